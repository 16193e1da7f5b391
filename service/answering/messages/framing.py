"""The words around a question: salutations, apologies, haste, where it was looked for in vain, signatures.

They only blur what is searched for. A clause at the beginning or the end that asks nothing and says nothing else is
left out, as long as something else is said; a clause that says anything of its own stays.
"""

from __future__ import annotations

import re

from service.answering.texts.terms import words
from service.answering.texts.typed import typed

MOST = 8  # clauses that are left out at either end
LONGEST_SIGNATURE = 80  # characters after "Kind regards"

_SIGNS = "\u2600-\u27bf\U0001f300-\U0001faff\ufe0f"  # emoji
_ENDS = f"。．!！?？\\n、，：；{_SIGNS}"
# Up to a stop, a comma, a new line, an emoji, or a blank after Japanese: 送料はいくらですか 至急お願いします
_CLAUSE = re.compile(rf"(?:[^{_ENDS}.,:;\s]|[.,:;](?=\S)|(?<![ぁ-ヶ一-鿿])[ \t\u3000])*(?:[{_ENDS}.,:;\s]+|$)")
_PICTURES = re.compile(rf"^[\s{_SIGNS}]+|[\s{_SIGNS}]+$")
_EDGES = re.compile(rf"^[\s{_SIGNS}]+|[{_ENDS}.,:;…〜~ー\s]+$")
_FRAME_EN = frozenset(
    """
    sorry apologies apologise apologize bother bothering trouble disturb question questions query ask asking asked
    wondering wonder wanted hope hoping well great good nice lovely happy hi hello hey hiya dear sir madam team support
    everyone folks guys thanks thank thx cheers ta regards best sincerely faithfully wishes advance reply replies
    respond response answer answers soon asap urgent urgently rush hurry please pls plz help kindly appreciate
    appreciated grateful patience anywhere couldn't can't find found see saw seen look looked looking checked searched
    read already didn't don't again nobody anyone got back calling called tried writing write wrote customer years ages
    always loyal hear hearing forward sent point following below concern know tell let anyway really much lot excuse
    pardon greetings whenever namely expect i've i'd i'm i'll we've um erm yo oh rather quite
    """.split()  # noqa: SIM905  # a list of one word a line would be longer than the rest of the file
)
# Words that are of no matter only beside one of others: "Sunday, are you open?" asks about it, "happy Sunday" does not.
_BESIDE_EN = (
    (
        "today monday tuesday wednesday thursday friday saturday sunday weekend week day morning afternoon evening",
        "good happy hope nice lovely great expect",
    ),
    (
        "website site page faq faqs subject",
        "find found see saw seen look looked looking checked searched read question",
    ),
    ("quick quickly small short simple silly stupid basic straight clear", "question questions query point answer"),
    ("kind kindest warm", "regards wishes"),
)
_ONLY_BESIDE = [(frozenset(some.split()), frozenset(others.split())) for some, others in _BESIDE_EN]
_FILLERS_EN = frozenset(("so", "well", "now", "now then", "ok", "okay", "um", "erm", "yo", "oh", "hi", "x", "xx"))
_ASKS_EN = re.compile(
    r"\b(?:how|what|where|when|why|who|which|whose)\b|^(?:do|does|did|is|are|was|will|would|should|may|must|has|have|am)\b"
    r"|^(?:can|could|may) (?!you\b)"
)
_BUT_EN = re.compile(r"(?:sorry|apologies|excuse me|pardon me)\b[a-z' ]{0,40}?\bbut\s+", re.IGNORECASE)
_INDIRECT_EN = re.compile(
    r"(?:(?:i was |i'm |am |just )*wondering(?: if| whether)?|i(?:'d| would) (?:like|love) to know(?: if| whether)?"
    r"|(?:can|could|would) you (?:please |kindly )?(?:tell me|let me know)(?: if| whether)?"
    r"|(?:please |kindly )(?:tell me|let me know)(?: if| whether)?)\b[,: ]\s*(?=\S)",
    re.IGNORECASE,
)
_NAMED_EN = re.compile(r"(?:hi )?(?:my name is|my name's) [\w.-]+(?: [\w.-]+)?", re.IGNORECASE)
_CLOSING = re.compile(
    r"(?:^|(?<=[\n.!?。！？\s]))(?:(?:with )?(?:kind(?:est)?|best|warm(?:est)?|many) (?:regards|wishes|thanks)"
    r"|all the best|regards|best|yours (?:sincerely|faithfully|truly)|sincerely|take care|cheers|thanks|thank you)"
    r"(?:[,!.]+\s|\s*\n)",
    re.IGNORECASE,
)
_ENDING = re.compile(r"(?:^|(?<=[\n.!?。！？\s]))(?:-{2,}|sent from my |iphoneから送信|敬具|草々)", re.IGNORECASE)
_WORD_OF_NAME = re.compile(r"[A-Z(][\w.,'()-]*|x+|of|the|and|&")
_NAME = re.compile(  # on a line of its own, below the rest
    r"\n\s*(?:[A-Z][\w.-]+(?: [A-Z][\w.-]+)?(?: x+)?|[一-鿿々]{1,4}[ \u3000]?[一-鿿々]{0,4}|[ァ-ヶー]{2,8})\s*\Z"
)
# What tells no matter: nothing that is spoken of, wished for or done.
_ANYHOW = r"(?:(?!について|に関|の件|た[いく])[^をがはの]){0,16}"
_FRAME_JA = re.compile(
    # What begins: a call, an apology, who writes, what is announced, where it was looked for in vain.
    r"(?:あ[ーっ]*|え[ーっ]*と[ーね]*|あのう?[ーね]*|ねえ(?:ねえ)?|なあ|もしもし|拝啓.*|さて|ところで|件名.*|(?:標記|下記)の件.*|取り急ぎ"
    r"|(?:ご担当(?:者)?|担当者|サポート(?:センター)?|カスタマーサポート|お客様(?:窓口|センター))?(?:様|さま|御中)"
    rf"|{_ANYHOW}(?:申し訳(?:ありません|ございません|ない(?:です)?)|恐縮(?:です)?|恐れ入ります|失礼(?:いた|致)?します"
    r"|す[みい]ませ[ー]*ん|ごめん(?:なさい|ね)?)(?:が|けど)?"
    rf"|{_ANYHOW}と(?:申し|いい)ます"
    rf"|(?:つかぬことを|{_ANYHOW})(?:お?聞き|お?伺い|お?尋ね|質問|お?問い?合わせ)(?:し|いたし|致し|させて)?"
    r"(?:ます|です|たい(?:ん|の)?(?:です)?|もらい(?:ます|たい(?:です)?)"
    r"|いただき(?:ます|たい(?:です)?)|(?:たい)?ことがあ(?:ります|って|るん?です))(?:が|けど)?"
    r"|(?:すみません)?(?:少し|ちょっと)?(?:わから|分から|判ら)(?:な(?:い|くて)|ず)(?:ので|のですが|んですが)?"
    r"|(?:そちらの|御社の)?(?:サイト|ホームページ|hp|faq|よくある質問|ウェブ).{0,12}"
    r"(?:載って|書いて|書かれて|見当たら|見つから|見つけられ|分から|わから).{0,12}"
    r"|(?:そちらの|御社の)?(?:サイト|ホームページ|hp|faq|よくある質問|説明書|ウェブ).{0,8}(?:読み|見|確認し|調べ|探し)(?:まし|て).{0,8}"
    r"|(?:答え|回答|情報|記載)?[がは]?(?:どこ(?:に)?も|特に)?(?:載って|書いて|書かれて)(?:い)?(?:ない|なかった|ません).{0,8}"
    r"|(?:今日は)?(?:一点|ひとつ|一つ|1つ|1点)(?:だけ)?(?:教えて(?:ください|下さい)|お願いします|質問(?:です)?)?"
    r"|教えて(?:ください|下さい|ほしいです)?|ご?質問(?:です|があります)?|初めて(?:メール|ご?連絡)(?:いた|致)?します"
    r"|(?:大変)?お?世話に?なって(?:おり|い)?ます"
    r"|(?:いつも|日頃|平素).{0,14}(?:世話に?なって?.{0,6}|感謝.{0,8}|ありがとうございます)"
    # What ends: haste, how soon, thanks to come.
    rf"|{_ANYHOW}(?:急いで(?:い|おり)?ます|急ぎ(?:です|ません|ではありません))|(?:大)?至急(?:で|です)?"
    r"|(?:大?至急|なるはやで?|早めに|早急に)ご?(?:お?願い|教えて|返事|回答).{0,10}"
    rf"|{_ANYHOW}(?:返事|回答|返信|教示|(?<=ご)確認|(?<=ご)対応|(?<=ご)連絡).{{0,6}}"
    r"(?:お願い(?:し|いたし|致し)ます|待って(?:い)?ます|待ちして(?:い|おり)ます"
    r"|いただけ(?:ます|れば|たら|ると).{0,12}|幸いです|助かります|結構です)"
    r"|お(?:尋ね|知らせ|礼|願い)まで|時下.{0,24}|お手数.{0,20}"
    r"|(?:以上|どうぞ|何卒|どうか|では|それでは|ほど|、)*(?:よろしく|宜しく|お願い|おねがい)(?:お願い|おねがい)?"
    r"(?:(?:いた|致)?します|(?:申し)?上げます)?|頼む[わよ]?|頼みます)"
)


def unframed(message: str) -> str:
    """A message without the words around what it says; all of it where nothing else is said."""
    rest = _unsigned(message.strip())
    clauses = [clause for clause in _CLAUSE.findall(rest) if clause]
    framed = 0
    while framed < min(len(clauses) - 1, MOST) and _is_frame(clauses[framed]):
        framed += 1
    rest = "".join(clauses[framed:])
    if framed:
        rest = _NAME.sub("", rest)
    clauses = [clause for clause in _CLAUSE.findall(rest) if clause]
    ends = len(clauses)
    while ends > max(1, len(clauses) - MOST) and _is_frame(clauses[ends - 1]):
        ends -= 1
    rest = _PICTURES.sub("", "".join(clauses[:ends])).strip()
    for begins in (_BUT_EN, _INDIRECT_EN):
        if (found := begins.match(rest)) and words(rest[found.end() :]):
            rest = rest[found.end() :]
    return rest if any(letter.isalnum() for letter in rest) else message


def _unsigned(message: str) -> str:
    """A message without what signs it: a name below a closing, or what a telephone writes there."""
    for found in (_ENDING.search(message), _CLOSING.search(message)):
        if not found or not found.start() or len(message) - found.end() > LONGEST_SIGNATURE:
            continue
        below = message[found.end() :]
        if "?" in below or "？" in below:
            continue
        if found.re is _ENDING or all(map(_WORD_OF_NAME.fullmatch, below.split())):
            return message[: found.start()].rstrip()
    return message


def _is_frame(clause: str) -> bool:
    """Whether a clause asks nothing, and says nothing but such words."""
    text = _EDGES.sub("", typed(clause))
    if "?" in clause or "？" in clause or not text:
        return not text
    if text.isascii():
        said = set(words(text))
        own = said.difference(_FRAME_EN, *(some for some, others in _ONLY_BESIDE if said & others))
        frames = bool(said) and not own and _ASKS_EN.search(text) is None
        return frames or text in _FILLERS_EN or _NAMED_EN.fullmatch(text) is not None
    return _FRAME_JA.fullmatch(text) is not None
