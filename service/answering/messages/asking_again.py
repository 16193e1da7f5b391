"""Knows messages about the last answer and not about a matter: "Are you sure?", "出典は？", "Say that again", "Why?".

Only a message that is nothing else counts; "Are you sure that you ship to Canada?" is a question.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

from service.answering.messages.asking_more import asks_more
from service.answering.messages.courtesies import courtesy
from service.answering.texts.typed import bare, typed
from service.answers import Turn

Again = Literal["doubted", "missed"]

LONGEST = 60  # characters: a longer message says more

_THAT_JA = r"(?:それ|これ|今の|いまの|さっきの|その(?:話|情報|回答|答え)|この(?:情報|回答|答え))(?:は|って|の)?"
_ANSWER_JA = rf"(?:{_THAT_JA})?"
_DOUBTED_JA = (
    rf"(?:えっ?)?{_ANSWER_JA}(?:本当|ほんとう?|まじ|マジ|確か|たしか|間違い(?:は)?(?:ない|ありません)|合って(?:い)?(?:る|ます)|正しい)"
    r"(?:なん|なの|に|の|で)?(?:です|でしょう)?か?"
    rf"|(?:{_ANSWER_JA}(?:出典|出所|根拠|情報源)|{_THAT_JA}(?:ソース|元の?資料|資料))(?:は|って)?"
    r"(?:何|なん|どれ|どこ)?(?:です|なの|でしょう)?か?(?:を?(?:教えて|見せて|示して)(?:ください|下さい|もらえますか)?)?"
    rf"|{_ANSWER_JA}(?:どこ|何)に(?:書いて|載って|のって|記載されて)(?:い|あり|あ)?(?:る|ます|た|ました)(?:の|ん)?(?:です)?か?"
    rf"|{_ANSWER_JA}どこ(?:から|の)(?:の)?(?:情報|話)(?:です|なの)?か?"
    # to be told once more
    rf"|(?:すみません|すいません)?{_ANSWER_JA}(?:もう(?:一|1)[度回]|もっかい|再度)(?:だけ|最初から|はじめから|初めから)?(?:を)?"
    r"(?:お?(?:願い|ねがい)(?:いた|致)?し(?:ます|たいです)|(?:説明し|教え|言っ|話し|見せ|書い)て"
    r"(?:ください|下さい|もらえ(?:ます|ません)か|いただけ(?:ます|ません)か|くれ(?:ます|ません)か|ほしいです)?)?"
)
_MISSED_JA = (
    r"(?:いや|いえ|いいえ|だから)?(?:違う|ちがう|違います|ちがいます|違うって|そうじゃな(?:い|くて)|そうではな(?:い|くて)|"
    r"そういうことじゃな(?:い|くて)|そういう意味(?:じゃ|では)な(?:い|くて)|聞いてるのはそこじゃない|"
    r"(?:質問|聞きたいこと|それ|答え)(?:の答え)?(?:に|が|は|と)?(?:違う|違います|答えに?なって(?:い)?(?:ない|ません)|なって(?:い)?(?:ない|ません))|"
    r"(?:聞いた|聞いている|聞いてる|聞きたい|質問した)のは(?:それ|そこ|そう)(?:じゃ|では)(?:ない|ありません|なくて))"
    r"(?:んです|のです|です)?(?:が|けど|よ|って)*"
)
_DOUBTED_EN = (
    r"(?:are|r) you (?:really |quite |absolutely |100% )?(?:sure|certain|serious)(?: about (?:that|this|it))?"
    r"|(?:oh )?really|for real|seriously|is (?:that|this|it) (?:really )?(?:right|true|correct|so)|you sure"
    r"|(?:what(?:'s| is| are)? )?(?:your |the )?sources?(?: (?:of|for) (?:that|this|it))?"
    r"|where (?:did|do|have) you (?:get|got|find|found|read|see) (?:that|this|it)(?: from)?"
    r"|where (?:does|did) (?:that|this|it) come from|where (?:does it say|is) (?:that|this|so)(?: written| stated)?"
    r"|(?:says|according to) who|how do you know(?: that| this)?|where is (?:that|this|it) (?:written|from|stated)"
    r"|(?:can|could) you (?:show|give|tell) me (?:the|your) source"
    # to be told once more
    r"|(?:sorry )?(?:(?:can|could|would) you )?(?:please )?(?:say|explain|tell me|repeat|show me)"
    r"(?: (?:that|it|this|the answer))? (?:again|once more|one more time)(?: for me)?(?: please)?"
    r"|(?:sorry )?(?:(?:can|could|would) you )?(?:please )?repeat (?:that|it|yourself|the (?:last )?answer)"
    r"(?: for me)?(?: please)?"
    r"|(?:i beg your )?pardon(?: me)?|come again|(?:once more|one more time|again)(?: please)?"
)
_MISSED_EN = (
    r"(?:no )?(?:that(?:'s| is|s)|this is|it(?:'s| is)) not "
    r"(?:what i (?:asked|meant|mean|am asking|was asking|want|wanted)(?: about| for)?|"
    r"(?:my question|the answer|an answer|it|right|helpful)(?: at all)?)"
    r"|(?:no )?(?:you|that) (?:did not|didn't|does not|doesn't|didnt|doesnt) answer (?:my|the) question"
    r"|(?:no )?i (?:did not|didn't|didnt) ask (?:that|about that|for that)|wrong(?: answer)?|no not that"
)
_KINDS = re.compile(rf"(?P<doubted>(?:{_DOUBTED_JA}|{_DOUBTED_EN}))|(?P<missed>(?:{_MISSED_JA}|{_MISSED_EN}))")


def asks_again(message: str) -> Again | None:
    """Whether a message doubts the last answer or asks where it stands, or says that it was not what was asked for."""
    text = typed(message)
    if len(text) > LONGEST:
        return None
    plain = bare(text)
    found = _KINDS.fullmatch(plain) or _KINDS.fullmatch(plain.replace(" ", ""))
    if found is None:
        return None
    return "doubted" if found["doubted"] else "missed"


def replayed(history: Sequence[Turn]) -> tuple[str, Sequence[Turn]] | None:
    """The question that was answered last, and the conversation before it; None when there is none."""
    for at in range(len(history) - 1, -1, -1):
        turn = history[at]
        if turn.role != "user" or courtesy(turn.text, history[:at]) or asks_again(turn.text) or asks_more(turn.text):
            continue
        return turn.text, history[:at]
    return None
