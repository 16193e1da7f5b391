"""Understands a question by what was said before it, where it leans on that; and leaves it alone where it does not.

Putting the conversation before every question makes most searches worse. So a cheap rule looks for what makes a message
lean: pointing words, a beginning that goes on, too few words of its own. Then both are searched, the message alone and
with the customer's question before it, and the two rankings decide.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from service.answering.messages.asking_again import asks_again
from service.answering.messages.courtesies import courtesy, without_courtesies
from service.answering.messages.tongues import wished_language
from service.answering.texts.terms import words
from service.answering.texts.typed import typed
from service.answers import Turn

FEW = 2  # content words that do not make a question of their own, when the message is as short as this:
KEPT = 3  # questions that are searched with: what it is all about, and the last ones
SHORT = {"ja": 8, "en": 24}  # characters
LEAD = 0.25  # how much surer a leaning message must be alone, to be taken without what came before

_IS_JA = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")
_POINTS_JA = re.compile(
    r"それ|その|そこ|そちら(?!で)|そう(?:です|いう|する|なる|した)|これ(?!から)|この(?!たび|度)|ここ|こちらの|あれ|あの|同じ|同様|両方|どちら|どっち|"
    r"後者|前者|さっき|先ほど|前の|他(?:に|の|は)|ほか(?:に|の|は)|別の|もう一[つ度]|もっと|以外"
)
_GOES_ON_JA = re.compile(
    r"^(?:じゃあ?|では|でしたら|だったら|なら|あと|それ|で、|ちなみに|例えば|たとえば|また|でも|しかし|もし|一方|逆に|"
    r"なぜ|どうして|いつ|どこ|いくら|どう(?:やって|すれば)|何[日円回時]|誰)"
)
_ELLIPSIS_JA = re.compile(
    r"^[^。、?？]{1,14}(?:は|なら|だと|の場合は?|でも|だったら)"
    r"(?:どう(?:ですか|なりますか|でしょうか)?|いい|可能)?[?？。]*$"
)
# 大学生だといくらですか, 吹きガラスのほうは何時から？
_OTHER_CASE_JA = re.compile(
    r"^[^。、?？]{1,14}(?:の(?:ほう|方)(?:は|が|だと|なら)?|だと|の場合は?|だったら)"
    r"(?:いくら|いつ|どこ|どう|何[日円回時分人歳名])[^。、?？]{0,10}[?？。]*$"
)
# A thing that is named: a word of several kanji, of katakana or Latin letters, or one kanji with a particle after it.
_THING_JA = re.compile(
    r"[\u4e00-\u9fff々]{2,}|[ァ-ヴー]{2,}|[a-z0-9]{2,}|(?![今人日金時方何前後中上下私僕達度回分])[\u4e00-\u9fff](?=[はがをもにでのとへや、。?？\s]|$)"
)
_HOW_MANY_JA = re.compile(r"何[日円回時分人歳名台個本冊枚泊箱組席着度階件年月週秒]+")  # 何分待てば: it names no thing
_OF_CASES = frozenset(("場合", "方", "同"))
_ALSO_JA = re.compile(  # 色も変えられますか, 1時間だけ休むのもできる？, 冷凍でも大丈夫ですか, 子供用のものはありますか
    r"^[^。、?？]{1,14}(?:の|(?<![んいっ])で)も(?:でき|可能|いい|よい|良い|大丈夫|平気|あり|ok)[^。、?？]{0,8}[?？。]*$|"
    r"^[^。、?？]{1,10}の(?:もの|やつ)[はがをも]|"
    r"^(?!.{0,3}[何一][度回つ]も)[^。、?？]{0,8}[\u4e00-\u9fffァ-ヴー]も(?![うしらのりるれっ])[^。、?？]{2,10}[?？。]*$"
)
# A clause that the sentence before completes ("使ってしまったんですが"), or an account that asks for nothing itself.
_TRAILS_JA = re.compile(
    r"(?:けど|けれど|けども|んですが|のですが|なのに|かも(?:しれません|しれない)?|ています|てます|ていません|てません)[。…\s]*$"
)
_POINTS_EN = re.compile(
    r"\b(?:it|its|that|those|these|this|they|them|their|(?<!is )(?<!are )there|then|one|ones|same|"
    r"both|either|else|other|others|another|"
    r"instead|again|so|former|latter|he|she|him|her"
    r"|(?:any|some)thing (?:\w{3,}er|more|less)|a (?:bit|little) \w{3,}er)\b"  # than what was spoken of
)
# A question of its own: who says "the fee" means that of something that was spoken of.
_AUX = r"(?:do|does|did|can|could|may|is|are|am|will|would|should|must)"
_WHOLE_EN = re.compile(
    rf"(?!.*\bthe\b)(?:{_AUX}\b|(?:how|what)(?:'s|s)?\b(?: \w+){{0,2}}? {_AUX}\b|i (?:want|need|have|lost)\b)"
)
_WHOLE_JA = re.compile(
    r"(?:あります|ある|ございます|ほしい|欲しい|たい|教えて(?:ください|下さい)?)(?:の|ん)?(?:です)?か?(?:が|けど)?[?？。]*$"
)
_GOES_ON_EN = re.compile(
    r"^(?:and|but|or|so|what about|how about|what if|then|also|ok|okay|in that case|if (?:so|not)|even)\b"
)
_ASKS_EN = re.compile(
    r"^(?:why|when|where|how (?:much|long|many|soon|often)|which|who|for how long|until when|by when)\b"
)
_AMOUNTS = frozenset(("much", "long", "many", "soon", "often"))
# Of a message that names another thing and says no more: "じゃあ部長は？", "and for children?"
_NAME_JA = re.compile(
    r"(?:じゃあ?|では|でしたら|それでは|あと)?[、 ]*([^。、?？\s]{1,12}?)(?:の場合は?|だと|なら|は)"
    r"(?:どう(?:ですか|なりますか|でしょうか)?)?[?？。]*"
)
_NAME_EN = re.compile(
    r"(?:and|or|ok|what about|how about)[, ]+(?:what about |how about |for |in |on |to |with )?"
    r"(?:the |a |an )?([a-z0-9][\w-]*(?: [\w-]+){0,2}?)[?.! ]*",
    re.IGNORECASE,
)
_THING = re.compile(r"[\u4e00-\u9fff々]+|[ァ-ヴー]+|[A-Za-z][\w-]*")
MOST_PUT_ANEW = 4  # each is a search
_CODE = re.compile(r"(?<![A-Za-z0-9])([A-Za-z]{1,4})(-?)(\d{1,5}[A-Za-z]{0,2})(?![A-Za-z0-9])")
_CORRECTS_JA = re.compile(
    r"(?:(?:いえ|いや|いいえ|(?:違|ちが)(?:います|う|った)|(?:そう)?じゃなくて|そうではなく(?:て)?|間違えました|訂正です)[、。,\s]+"
    r"|[^。、?？]{1,20}(?:じゃなくて|ではなく(?:て)?|じゃなく)(?![てもし])[、,]?)(?P<rest>.+)",
    re.DOTALL,
)
_CORRECTS_EN = re.compile(
    r"(?:(?:no|nope|sorry|oops|wait|actually|oh)[,.! ]+)*"
    r"(?:i(?:'m| am| was)? (?:mean|meant|asking about|talking about)|meant)\b[,: ]*(?P<rest>.+)",
    re.IGNORECASE | re.DOTALL,
)
_COMPARES = re.compile(
    r"違|比べ|比較|どちら|どっち|両方|共通|互換|\b(?:differ\w*|compar\w*|than|versus|vs|both|either|compatible|between|or)\b",
    re.IGNORECASE,
)
_CHOICE = re.compile(r"^\s*\(?(\d{1,2})\)?(?:番|つ?目|\.)?(?:です|でお願いします|を?お願いします|please)?[。.]?\s*$")


def leans(message: str) -> bool:
    """Whether a message needs what was said before it to be understood."""
    text = typed(message)
    own = [word for word in words(text) if word not in _OF_CASES]
    if _IS_JA.search(text):
        if (
            _POINTS_JA.search(text)
            or _ALSO_JA.match(text)
            or _OTHER_CASE_JA.match(text)
            or not _THING_JA.search(_HOW_MANY_JA.sub(" ", text))
            or (len(own) < FEW and (_ELLIPSIS_JA.match(text) or len(text) <= SHORT["ja"]))
        ):
            return True
        return bool(_GOES_ON_JA.match(text) or _TRAILS_JA.search(text)) and len(own) <= FEW
    if len(own) < FEW or (len(own) <= FEW and len(text) <= SHORT["en"]):
        return True
    if _ASKS_EN.match(text) and len([word for word in own if word not in _AMOUNTS]) <= FEW:
        return True
    return bool(_POINTS_EN.search(text) or _GOES_ON_EN.match(text)) and len(own) <= 2 * FEW + 1


def corrected(message: str) -> str | None:
    """What a message puts in the place of what was said: "No, I meant the fee"; None where it corrects nothing."""
    message = message.replace("’", "'").strip()
    found = _CORRECTS_JA.match(message) or _CORRECTS_EN.match(message)
    return found["rest"].strip() or None if found else None


def points(message: str) -> bool:
    """Whether a message has a word that stands for what was said before it."""
    text = typed(message)
    return bool((_POINTS_JA if _IS_JA.search(text) else _POINTS_EN).search(text))


def is_whole(message: str) -> bool:
    """Whether a message is a question of its own, however short, with no word that stands for what was said before."""
    text = typed(message)
    whole = _WHOLE_JA.search(text) and _THING_JA.search(text) if _IS_JA.search(text) else _WHOLE_EN.match(text)
    return bool(whole) and not points(text)


def before(history: Sequence[Turn]) -> str | None:
    """The customer's last question that said something of its own; None when there is none."""
    kept: list[str] = []
    for message in (turn.text for turn in reversed(history) if turn.role == "user"):
        if kept and (not leans(kept[0]) or is_whole(kept[0])):
            break
        if asked := _asked(message, history):
            kept.insert(0, asked)
    if not kept:
        return None
    # Japanese leaves out what was named at first, where English names it again.
    first = kept[:1] if _IS_JA.search(kept[-1]) else kept[-KEPT : 1 - KEPT]
    return "\n".join(kept if len(kept) <= KEPT else [*first, *kept[1 - KEPT :]])


def _asked(message: str, history: Sequence[Turn]) -> str | None:
    """What an earlier message asked, where it is about a matter."""
    if courtesy(message, history):
        return None
    asked = wish[1] if (wish := wished_language(message)) else without_courtesies(message)
    if not asked or asks_again(asked):
        return None
    return corrected(asked) or asked


def joined(earlier: str, message: str) -> str:
    """The earlier question with the message that leans on it, as one.

    A code that the message names takes the place of another of its kind: "And the KX-200?" asks the same of it, and
    not of the KX-100. Who compares two means both.
    """
    if not _COMPARES.search(message):
        codes = {found[1].lower(): found for found in _CODE.finditer(unicodedata.normalize("NFKC", message))}

        def renamed(found: re.Match[str]) -> str:
            code = codes.get(found[1].lower())
            return code.group() if code is not None else found.group()

        if len(codes) == 1:
            earlier = _CODE.sub(renamed, earlier)
    return f"{earlier}\n{message}"


def put_anew(earlier: str, message: str) -> list[str]:
    """The earlier question with what the message names in the place of each thing that was named there.

    "部長は？" after "課長の日当いくら" asks 部長の日当いくら. None where the message says more than a name.
    """
    text = unicodedata.normalize("NFKC", message).strip()
    named = _NAME_JA.fullmatch(text) or _NAME_EN.fullmatch(text)
    line = earlier.rpartition("\n")[2]
    if named is None or _COMPARES.search(message):
        return []
    found = [word for word in _THING.finditer(unicodedata.normalize("NFKC", line)) if words(word.group())]
    line = unicodedata.normalize("NFKC", line)
    return [line[: word.start()] + named[1] + line[word.end() :] for word in found[:MOST_PUT_ANEW]]


def chosen(message: str, history: Sequence[Turn]) -> str:
    """The message, or what it names by its number: an option of a question back, or what an answer named beside it."""
    number = _CHOICE.match(unicodedata.normalize("NFKC", message))
    last = history[-1] if history else None
    if number is None or last is None or last.role != "assistant":
        return message
    options: dict[str, str] = dict(re.findall(r"^(\d{1,2})\. (.+)$", last.text, re.MULTILINE))
    options |= {n: name for name, n in re.findall(r"^(?:・|- )(.+?) ?\[(\d{1,2})\]$", last.text, re.MULTILINE)}
    return options.get(number[1], message)
