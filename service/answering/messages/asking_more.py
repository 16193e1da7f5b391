"""Knows messages that ask on about the last answer, and name no matter: "Why?", "例を挙げて", "In more detail"."""

from __future__ import annotations

import re

from service.answering.texts.typed import bare, typed

LONGEST = 60  # characters: a longer message says more

_WHAT_JA = r"(?:それ|これ|今の|その(?:こと|話|答え))?(?:は|って|の)?"
_MORE_STILL_JA = r"(?:もっと|もう少し|もうちょっと|さらに)と?"
_MORE_JA = (
    rf"(?:え|じゃあ?|では|でも)?{_WHAT_JA}(?:なぜ|なんで|何で|どうして)(?:なん|そう(?:なる|なん)?)?(?:の|ん)?(?:です|でしょう|だ)?か?"
    rf"|{_WHAT_JA}(?:理由|わけ)(?:は|を)?(?:何|なん)?(?:です)?か?"
    r"|(?:たとえば|例えば|具体的に)(?:は|どういう(?:こと|感じ)|どんな(?:もの|感じ|こと)?|何|なに)?(?:です)?か?"
    r"|(?:何か)?(?:具体的な|簡単な|別の|他の|もう(?:一|1)つ)?(?:具体例|例え?|たとえ)[はをもが]?"
    r"(?:ありますか|ある|挙げて|あげて|出して|教えて|見せて|ほしい|知りたい|お願いします)?"
    rf"|(?:{_MORE_STILL_JA})?(?:詳しく|くわしく|具体的に|細かく|丁寧に)(?:は|説明して|教えて|知りたい|お願いします)?"
    rf"|{_MORE_STILL_JA}(?:説明して|教えて)|続き(?:[はを]|を?教えて|をお願いします)?"
    r"|(?:つまり|要するに|要は)(?:どう(?:いうこと|なる(?:の)?)|何|なに)?(?:です)?か?"
    r"|(?:それ(?:は)?|え)?どう(?:いう|ゆう)(?:こと|意味)(?:なん|なの)?(?:です)?か?"
)
_PLEASE_JA = (
    r"(?:ください|下さい|もらえ(?:ます|ません)か|いただけ(?:ます|ません)か|くれ(?:ます|ません)か|です|ます)?[かねよ]?"
)
_ASK_EN = r"(?:(?:can|could|would|will) (?:you|i) )?(?:please )?"
_THAT_EN = r"(?:that|this|it)"
_MORE_EN = (
    r"(?:but |and |so |ok )?(?:why(?: not)?|how so|how come"
    rf"|why (?:is|does|do|was) {_THAT_EN}(?: so| work| happen| the case)?|how does {_THAT_EN} work)"
    rf"|{_ASK_EN}(?:(?:give|show|have|get|see)(?: me| us)? )?"
    rf"(?:(?:an?|one|another|some|more|simple|concrete|easy|real) )*examples?(?: of {_THAT_EN})?"
    r"(?: please)?|for (?:example|instance)|such as|like what"
    rf"|{_ASK_EN}(?:(?:give|tell|show|get|explain|have|me|us|{_THAT_EN}|a) )*"
    rf"(?:(?:a (?:little|bit) )?more (?:details?|information|info|about {_THAT_EN})|in (?:more|greater) detail)"
    r"(?: please)?"
    rf"|{_ASK_EN}(?:go on|continue|elaborate|tell me more|explain more|say more)(?: (?:on|about) {_THAT_EN})?"
    r"(?: please)?"
    rf"|what do you mean(?: by {_THAT_EN})?|(?:so )?what does {_THAT_EN}(?: all)? mean|and then|in other words"
)
_MORE = re.compile(rf"(?:{_MORE_JA}){_PLEASE_JA}|{_MORE_EN}")


def asks_more(message: str) -> bool:
    """Whether a message asks for a reason, an example or more of what was said last, and for nothing else."""
    text = typed(message)
    if len(text) > LONGEST:
        return False
    plain = bare(text)
    return bool(plain) and (_MORE.fullmatch(plain) or _MORE.fullmatch(plain.replace(" ", ""))) is not None
