"""What the counter says in the place of an answer, where nothing is found or the question is not clear."""

from __future__ import annotations

from collections.abc import Sequence

from knowledge.passages import Found
from service.answering.messages import followups
from service.answering.messages.vague import is_one_word
from service.answering.passages import choosing, clarifying, marked, siblings
from service.answering.quotations.quoting import Situation
from service.answering.telling import Ending
from service.answering.texts.inert import inert
from service.answers import Reason, Turn
from service.profile import Profile


def instead(
    asked: str,
    history: Sequence[Turn],
    found: Found,
    lang: str,
    profile: Profile,
    enough: float,
    situation: Situation,
    lacking: Reason | None,
    *,
    turned: bool,
) -> Ending | None:
    """What is said instead of an answer; None where there is one.

    `asked` found the passages; below a confidence of `enough` they are no answer. `lacking` is why no model is there to
    understand what leans on the conversation. `turned` is for a question that was answered before and is only wanted in
    another language.
    """
    texts, both, question = profile.says(lang), profile.texts, found.question
    back = clarifying.asked_back(history, (both.ja, both.en))
    unsure = not found.hits or found.confidence < enough
    # what leans on the conversation has been made clear by it
    alone = asked == question and not turned and not situation.own and not (history and followups.leans(question))
    alone = alone and not siblings.series(asked, found.hits) and not marked.is_listed(asked, found.hits)
    names = clarifying.options(question, found.hits, lang) if alone and not unsure else []
    unclear = bool(names) or (unsure and not history and is_one_word(question))
    if unsure and situation.own:
        return texts.own_handoff, "handoff", "unsupported_request"
    if unsure and situation.upset:
        return texts.failed, "handoff", "policy"
    if (unsure and back) or (unclear and back >= clarifying.PATIENCE):
        return texts.failed, "handoff", "clarification_failed"
    if unclear:
        return inert(clarifying.asking(texts, names)), "clarify", None
    if unsure and lacking and history and followups.leans(question):  # a model might have understood it
        return texts.failed, "handoff", lacking
    if unsure:
        return refusal(found, lang, profile, situation), "refused", "missing_knowledge"
    return None


def refusal(found: Found, lang: str, profile: Profile, situation: Situation) -> str:
    """What is said where the documents hold no answer: what comes near to it is named to who may choose."""
    near = choosing.nearest(found, lang) if situation.may_choose else {}
    return inert(clarifying.refusing(profile.says(lang), [*near.values()]))
