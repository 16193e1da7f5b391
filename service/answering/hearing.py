"""What a message is taken to ask, and what is said to it before anything is looked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from knowledge.language.languages import UNKNOWN, language
from service.answering.messages import followups
from service.answering.messages.asking_again import asks_again, replayed
from service.answering.messages.asking_more import asks_more
from service.answering.messages.courtesies import courtesy, takes_up_offer, without_courtesies
from service.answering.messages.handover import is_stuck, wants_person
from service.answering.messages.tongues import switches, wished_language
from service.answering.messages.vague import is_vague, says_nothing
from service.answering.passages import clarifying
from service.answering.telling import Ending
from service.answering.texts import days
from service.answers import Turn
from service.profile import Profile


@dataclass(frozen=True, slots=True)
class Heard:
    """A message within its conversation."""

    question: str  # without thanks and wishes
    history: Sequence[Turn]  # that it may lean on
    said: Sequence[Turn]  # that a model is shown
    lang: str  # that it is answered in
    level: str | None  # of the learner
    ending: Ending | None = None  # what is said without a search
    fresh: bool = False  # it begins a matter of its own
    turned: bool = False  # what was asked before is wanted in another language
    again: bool = False  # what was said last is wanted once more
    added: str = ""  # the customer's last words, where the question is an earlier one
    stuck: bool = False  # nothing has helped so far
    otherwise: bool = False  # it is to be put in other words

    @property
    def is_new(self) -> bool:
        """Whether it asks in its own words, and not for an earlier answer."""
        return not (self.turned or self.added or self.again)


def hear(message: str, history: Sequence[Turn], lang: str | None, profile: Profile, *, writes: bool) -> Heard:
    """Take a message for what it is; `writes` is whether a model is there, which could say more of the last answer."""
    lang, kept = lang or _language(message, history), _without_wishes(history, profile)
    if tongue := wished_language(message):
        message, lang = tongue[1] or followups.before(history) or "", tongue[0]
    question = without_courtesies(message)
    heard = Heard(question, kept, history, lang, _level(history, profile), turned=tongue is not None)
    if ending := _at_once(question, kept, lang, profile):
        return replace(heard, ending=ending)
    fresh = question != message.strip() and followups.is_whole(question)
    heard = replace(heard, fresh=fresh, stuck=bool(kept) and is_stuck(question))
    heard = _about_the_last(heard, profile, writes=writes)
    if heard.added or heard.again:
        heard = replace(heard, ending=_at_once(heard.question, heard.history, lang, profile))  # as the first time
    return replace(heard, question=days.spelled(followups.chosen(heard.question, heard.history), lang))


def _about_the_last(heard: Heard, profile: Profile, *, writes: bool) -> Heard:
    """With the earlier question in the place of words that are about its answer: at another level, more, once more."""
    question, last = heard.question, replayed(heard.history)
    added = ""
    if wish := profile.level_wished(question):
        heard = replace(heard, level=wish.level.name)
        if wish.question and not courtesy(wish.question):
            heard = replace(heard, question=wish.question, otherwise=not wish.apart)
        elif last:
            added, heard = question, replace(heard, otherwise=True)
        else:
            changed = profile.says(heard.lang).level_changed or question
            return replace(heard, ending=(changed, "answered", None))
    elif last and asks_more(question) and (writes or profile.reply_to(last[0])):
        added = question
    if last and added:
        heard = replace(heard, question=_matter(last[0], profile), history=last[1], added=added)
    if last and asks_again(question) == "doubted":
        heard = replace(heard, question=_matter(last[0], profile), history=last[1], said=last[1], again=True)
    return heard


def _at_once(question: str, history: Sequence[Turn], lang: str, profile: Profile) -> Ending | None:
    """What is said without a search: to wishes that the profile knows or for a person, and to no question."""
    texts, both = profile.says(lang), profile.texts
    if not question:  # nothing but a wish for a language, and nothing before it
        return texts.greeting, "answered", None
    if reply := profile.reply_to(question):
        return (reply.ja if lang == "ja" else reply.en), reply.outcome, reply.reason
    if wants_person(question) or takes_up_offer(question, history, (both.ja.upset, both.en.upset)):
        return texts.handoff, "handoff", "customer_request"
    last = next((turn.text for turn in reversed(history) if turn.role == "user"), "")
    if last and switches(question, last):
        return texts.greeting, "answered", None
    if kind := courtesy(question, history):
        return getattr(texts, kind), "answered", None
    missed = bool(history) and asks_again(question) == "missed"
    if missed or says_nothing(question, history) or (not history and is_vague(question)):
        if clarifying.asked_back(history, (both.ja, both.en)) >= clarifying.PATIENCE:
            return texts.failed, "handoff", "clarification_failed"
        return texts.clarify, "clarify", None
    return None


def _level(history: Sequence[Turn], profile: Profile) -> str | None:
    """The learner's level: that of the last answer, or the one last wished for where a client keeps no levels."""
    for turn in reversed(history):
        if turn.level:
            return turn.level
        if turn.role == "user" and (wish := profile.level_wished(turn.text)):
            return wish.level.name
    return None


def _without_wishes(history: Sequence[Turn], profile: Profile) -> Sequence[Turn]:
    """A conversation without the messages that only wished for a level: no question leans on them."""
    if not profile.levels:
        return history
    return [turn for turn in history if turn.role != "user" or not profile.only_wishes_level(turn.text)]


def _matter(question: str, profile: Profile) -> str:
    """What an earlier message asked, without thanks and wishes."""
    question = without_courtesies(question)
    wish = profile.level_wished(question)
    return wish.question if wish and wish.question else question


def _language(question: str, history: Sequence[Turn]) -> str:
    """The customer's language; of a message without words, such as a number, that of the message before."""
    for text in (question, *(turn.text for turn in reversed(history) if turn.role == "user")):
        if (lang := language(text)) != UNKNOWN:
            return lang
    return UNKNOWN
