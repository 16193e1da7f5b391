"""Knows messages that ask nothing of the documents: greetings, thanks, goodbyes, and who it is that answers here.

Only a message that is nothing else counts; "Hi, where is my parcel?" is a question.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Literal

from service.answering.messages.framing import unframed
from service.answering.texts.typed import bare, typed
from service.answers import Turn

Courtesy = Literal["greeting", "thanks", "introduction"]

LONGEST = 80  # characters: a longer message is not a courtesy alone

_GREETING_JA = (
    r"こんにち[はわ]|こんばん[はわ]|おはよう(?:ございます)?|お?はじめまして|お?初めまして|もしもし"
    r"|ごめんください|やあ|どうも(?:です)?|(?:いつも|大変)*お?世話になって?(?:おり|い)?ます"
    r"|お疲れ(?:様|さま)(?:です|でした)?|すみません|すいません"
    r"|(?:どうぞ)?(?:よろ|宜)しく(?:お?(?:願い|ねがい)(?:いた|致)?します)?"
    r"|質問(?:です|があります|してもいいですか|よろしいですか)"
    r"|聞きたいことがあ(?:り|るの)(?:ます|です)(?:が|けど)?"
)
_THANKS_JA = (
    r"(?:どうも|本当に|大変|ご?丁寧[にな]|早速の?|迅速な?|素早い|すばやい)*"
    r"(?:(?:ご?(?:回答|返答|返事|返信|対応|説明|案内|連絡)|お返事|教えて(?:いただき|くださり|くれて))を?)?"
    r"(?:ありがと[うー]?|有[り]?難う)(?:ござい(?:ます|ました))?"
    r"|お世話になりました|(?:よかった|良かった)(?:です)?|(?:それなら)?安心(?:しました|です)"
    r"|(?:とても|すごく|よく)?(?:わかり|分かり)やす(?:い|かった)です|(?:とても)?参考になりました"
    r"|あざ(?:す|っす)|サンキュー|感謝(?:します|いたします|です)|(?:とても|大変)?助かり(?:ます|ました)"
    r"|(?:無事に?)?解決(?:しました|です)|(?:無事に?|うまく)?(?:(?:直|治|なお)り|でき|動き|つながり)ました|(?:もう)?(?:大丈夫|結構|いい)です(?:ね)?|以上です|さようなら|さよなら"
    r"|(?:それで|一度|では|じゃあ?)?(?:やって|試して|確認して|見て|電話して|連絡して|検討して|考えて)み(?:ます|る)"
    r"|失礼(?:いた|致)?します(?:ね)?|失礼(?:いた|致)?しました|バイバイ|おやすみ(?:なさい)?"
    r"|(?:それ)?では(?:また)?|じゃあ?(?:また|ね)?|また(?:来|き)ます"
)
_AGREED_JA = (
    r"はい|うん|ええ|(?:よく)?(?:わか|分か|解)り?(?:まし)?た|了解(?:です|しました|いたしました)?"
    r"|承知(?:です|しました|いたしました)|なるほど(?:です)?|そうですか|そうなんですね|オッケー|オーケー|ok(?:です)?"
    r"|へ[えー]|ふむ(?:ふむ)?"
)
_INTRODUCTION_JA = (
    r"(?:あなた|君|きみ|そちら)(?:の名前)?[はって]+(?:誰|だれ|どなた|何者|なに|何|ai|人間?|ロボット|(?:チャット)?ボット|機械)(?:なの|なん)?(?:です)?か?"
    r"|お名前は(?:何ですか)?|(?:ai|人間|ロボット|(?:チャット)?ボット|機械|自動応答)(?:なの|なん)?(?:です)?か"
    r"|(?:ここでは?|あなたは?)?何[がをに](?:でき(?:ますか|るの(?:ですか)?)|聞け(?:ますか|ばいいですか)|答えられますか|してくれますか)"
    r"|自己紹介(?:して(?:ください)?)?"
)
_PLEASE_JA = r"(?:ぜひ)?お?(?:願い|ねがい)(?:いた|致)?します|(?:ぜひ)?頼みます"
_PLEASE_EN = r"(?:yes |ok |sure )?please(?: do)?|go ahead|do (?:that|it)|i(?:'d| would) like that"
_GREETING_EN = (
    r"hi+(?: there| all| everyone| team)?|hello+(?: there| again| everyone)?|hey+(?: there)?|hiya|howdy"
    r"|greetings|good (?:morning|afternoon|evening|day)|how(?: are|'re) you(?: doing)?(?: today)?"
    r"|how's it going|what's up|(?:is )?any(?:one|body) (?:there|here)|are you there|i have a question"
    r"|(?:can|may) i ask (?:you )?(?:a question|something)|nice to meet you|test|testing"
)
_THANKS_EN = (
    r"(?:ok |okay )?(?:many )?thanks(?: a lot| so much| very much| a million| again| for (?:your|the) help)?"
    r"|thank you(?: so much| very much| again)?"
    r"(?: for (?:your|the|all your) (?:help|time|answer|quick reply|reply|information|info|support))?"
    r"|(?:ok |okay )?i(?:'ll| will) (?:try|do|check|think about|have a look at) (?:that|it|this)(?: then| now)?|will do"
    r"|thx|ty|tysm|ta|cheers(?: mate)?|much appreciated|(?:i )?appreciate (?:it|that|your help)"
    r"|(?:that|this|it) (?:answers|clears|settles|explains)(?: all| up)? (?:it|that|everything|my questions?)(?: up)?"
    r"|(?:that's|this is) (?:exactly |just )?what i (?:need(?:ed)?|wanted|was looking for)"
    r"|(?:that|it) did (?:it|the trick)|(?:all )?sorted(?: now)?|(?:that's )?good to know"
    r"|you(?:'ve| have) been (?:very |really |so |a )?(?:helpful|kind|great|big help)"
    r"|(?:no )?that(?:'s| is| was) (?:all|it|everything)(?: i (?:need|needed|wanted))?(?: for (?:now|today))?"
    r"|(?:no )?nothing else|no thanks|no thank you"
    r"|(?:that|it)(?:'s| is| was)? (?:very |really |so )?(?:helpful|helps|helped|worked|works|fixed|solved)"
    r"(?: a lot| now)?"
    r"|(?:good)?bye+(?: bye)?|good night|see (?:you|ya)(?: later| soon)?|take care|you too"
    r"|have a (?:nice|good|great|lovely) (?:day|one|evening|weekend)"
)
_AGREED_EN = (
    r"(?:ah |oh )?(?:ok(?:ay)?|i see|right|nice|great|lovely)|k|x+|yes|yep|yeah|nope|sure|al(?:l )?right|all good"
    r"|got it|understood|(?:that |it )?(?:all )?makes sense|fab|ace|phew|glad to hear (?:it|that)|what a relief"
    r"|(?:sounds )?(?:great|good|perfect)|fine|cool|nice|awesome|excellent|wonderful"
    r"|brilliant|lovely|amazing|fantastic|super"
    r"|(?:that's|this is) (?:very |really |so )?(?:great|good|fine|perfect|clear|useful|handy|kind(?: of you)?)"
    r"|i understand"
)
_A_MACHINE = (
    r"(?:an? )?(?:real |live |actual )?(?:ai|bot|robot|chatbot|human(?: being)?|person|machine|computer|chatgpt)"
)
_INTRODUCTION_EN = (
    r"(?:who|what)(?: are|'re) you(?: exactly)?|what(?:'s| is) your name"
    r"|who (?:is this|am i (?:talking|speaking|chatting) (?:to|with))"
    rf"|are you (?:{_A_MACHINE})(?: or (?:{_A_MACHINE}))?"
    rf"|am i (?:talking|speaking|chatting) (?:to|with) (?:{_A_MACHINE})(?: or (?:{_A_MACHINE}))?"
    r"|is this (?:an? )?(?:ai|bot|chatbot|robot)|what (?:can|do) you do(?: for me)?"
    r"|what can (?:i|you) (?:ask|help|answer)(?: you)?(?: me)?(?: with)?|(?:how )?can you help(?: me)?"
    r"|introduce yourself"
)
_KINDS: Sequence[tuple[Courtesy | Literal["agreed", "please"], str, str]] = (
    ("introduction", _INTRODUCTION_JA, _INTRODUCTION_EN),
    ("thanks", _THANKS_JA, _THANKS_EN),
    ("greeting", _GREETING_JA, _GREETING_EN),
    ("please", _PLEASE_JA, _PLEASE_EN),
    ("agreed", _AGREED_JA, _AGREED_EN),
)
_JA = re.compile("|".join(f"(?P<{kind}>{ja})" for kind, ja, _ in _KINDS))
_EN = re.compile("|".join(rf"(?P<{kind}>(?:{en})(?!\S))" for kind, _, en in _KINDS))
_HEAD = re.compile(r"([^。．.!！、,，\n]*[^。．.!！、,，\s])[。．.!！、,，\s]+(?=\w)")
# What announces another question, and says nothing of it.
_OPENS = re.compile(
    r"(?<!\s)\s*(?:(?:(?:just |and )?(?:one|another|a) (?:more |last |other |further |quick )*(?:thing|question)|"
    r"by the way|btw)[:,.!–—-]+\s*"
    r"|(?:もう(?:一つ|1つ|ひとつ)(?:だけ)?|別件(?:です|なの(?:です|ん?です))?が|話は?変わりますが|ついでに)[、。,:\s]+)",
    re.IGNORECASE,
)
_GOES_ON = re.compile(
    rf"{_OPENS.pattern}|(?:あと|それと|それから)(?!は|で|の|に|から)[、,\s]*", re.IGNORECASE
)  # after thanks
_ASKS_NOTHING_EN = (  # a word that begins no question, and no wish
    r"(?: ?(?!(?:how|what|when|where|why|which|who|can|could|do|does|did|is|are|will|would|may|should|but|if|i|my|need"
    r"|want|not|nothing|never|like)(?!\S))[a-z'-]+(?!\S))"
)
_THANKS_FOR_EN = re.compile(
    r"(?:ok(?:ay)?|great|many|and|\s)*(?:thanks|thank you)(?: so much| very much| again)?"
    rf" for(?!.* it (?!up|out)){_ASKS_NOTHING_EN}{{1,6}}"
)
# What a customer will do, of which a message of thanks may speak: "thanks, I'll ring them tomorrow", では予約します
_DECIDES = re.compile(
    rf"(?:(?:ok(?:ay)?|then|so|and) )*i(?:'ll| will|'m going to| am going to){_ASKS_NOTHING_EN}{{1,8}}"
    r"|[^?？]{0,30}(?:(?:で(?:いい|大丈夫|結構)です|[にと]します|て(?:み|おき)ます|て(?:みる|おく)|やめ(?:ます|ておきます)"
    r"|(?:予約|注文|購入|申請|検討|確認|連絡|電話|返送|持参|利用)(?:いた|致)?します"
    r"|(?:申し込み|買い|行き|伺い|送り|使い|待ち|頼み|選び)ます)(?:ね|よ)?)"
)
_CLAUSES = re.compile(r"[。．.!！、,，;；\n]+")
_DRAWN = re.compile("(?<=[ぁ-ん])ー+")  # ありがとうございまーす
GLAD = frozenset("👍🙏👌❤😊🙂😀😄🎉💯🙇")


def courtesy(message: str, history: Sequence[Turn] = ()) -> Courtesy | None:
    """What kind of courtesy a message is; None when it is more than that, or answers something that was asked back."""
    kinds = _kinds(message) or (_decided(message) if history else frozenset())
    if kinds == {"thanks"} and not any(letter.isalnum() for letter in message):
        return "thanks" if history else None
    if not kinds or (kinds <= {"agreed", "please"} and (not history or _was_asked(history[-1]))):
        return None
    if "introduction" in kinds:
        return "introduction"
    return "thanks" if kinds & {"thanks", "agreed"} else "greeting"


@lru_cache(maxsize=2048)
def _decided(message: str) -> frozenset[str]:
    """The kinds of phrases of a message that says no more than what it thanks for, and what the customer will do."""
    if len(message) > LONGEST:
        return frozenset()
    kinds = []
    for clause in filter(None, map(str.strip, _CLAUSES.split(typed(message)))):
        if _THANKS_FOR_EN.fullmatch(clause):
            kinds.append(frozenset(("thanks",)))
        elif not _DECIDES.fullmatch(clause):
            kinds.append(_kinds(clause))
    return frozenset().union(*kinds) if all(kinds) else frozenset()


@lru_cache(maxsize=2048)  # a conversation is looked through again with each of its questions
def without_courtesies(message: str) -> str:
    """A message without thanks, greetings and what frames it: "ありがとうございます。送料は？" asks 送料は？"""
    if not (kinds := _kinds(message)) and _decided(message):
        return message.strip()
    message = rest = message.strip() if kinds else unframed(message)
    while (head := _HEAD.match(rest)) and "introduction" not in (kinds := _kinds(head[1])) and kinds:
        rest = rest[head.end() :]
    pattern = _OPENS if rest == message else _GOES_ON
    return pattern.sub("", rest, count=1) or rest


def takes_up_offer(message: str, history: Sequence[Turn], offers: Sequence[str] = ()) -> bool:
    """Whether a message says yes, please, to the person whom a refusal, or an answer with such words, has offered."""
    kinds = _kinds(message)
    if not history or "please" not in kinds or not kinds <= {"agreed", "please"}:
        return False
    return history[-1].outcome == "refused" or any(offer in history[-1].text for offer in offers)


@lru_cache(maxsize=2048)
def _kinds(message: str) -> frozenset[str]:
    """The kinds of phrases that a message is wholly made of; none when it says anything else."""
    text = typed(message)
    if len(text) > LONGEST:
        return frozenset()
    if not (words := bare(text)):
        return frozenset(("thanks",)) if GLAD & set(text) else frozenset()
    japanese = words.replace(" ", "")
    return _parts(_EN, words, " ") or _parts(_JA, japanese, "") or _parts(_JA, _DRAWN.sub("", japanese), "")


def _parts(pattern: re.Pattern[str], text: str, between: str) -> frozenset[str]:
    """The kinds of phrases that a text is wholly made of; none when something is left."""
    kinds: set[str] = set()
    at = 0
    while at < len(text):
        found = pattern.match(text, at)
        if not found or not found.lastgroup or found.end() == at:
            return frozenset()
        kinds.add(found.lastgroup)
        at = found.end() + (len(between) if found.end() < len(text) else 0)
    return frozenset(kinds)


def _was_asked(last: Turn) -> bool:
    """Whether "yes" is an answer to what was said last."""
    return last.outcome == "clarify" or last.text.rstrip().endswith(("?", "？", "か。", "か"))
