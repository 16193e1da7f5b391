"""Reads support conversations: from each resolved one, the customer's problem and what the agent said to solve it.

Personal data is taken out here, before anything leaves the reader.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import PurePath

from ingest.logs.courtesies import without_courtesies, without_greetings
from ingest.logs.replies import subject_of, tells_topic
from ingest.logs.signatures import said_by_agent, said_by_customer, without_name_below
from ingest.logs.turns import Conversation, Turn, plain
from ingest.privacy.own_contacts import OwnContacts
from ingest.texts.extracts import Extract, Section
from ingest.texts.questions import asks
from knowledge.counting import counted, some
from knowledge.language.sentences import split_sentences

RESOLVED = frozenset(
    ("", "resolved", "closed", "solved", "done", "complete", "completed", "fixed")
) | frozenset(("解決", "解決済", "解決済み", "完了", "対応済", "対応済み", "対応完了", "クローズ", "終了",
    "済", "○", "◯", "〇", "✓", "✔", "処理済", "処理済み", "回答済", "回答済み"))  # fmt: skip
PROBLEM_LENGTH = 12  # characters: "返金できますか" says enough, "はい" does not; shorter ones wait for the next turn
LONGEST_PROBLEM = 600  # characters of the customer's account that serve to find it
LONGEST_SAID = 10_000  # characters of one message of a customer that are looked at, half of them at its end
LONG = 600  # characters that the agents said: a longer conversation falls into the questions that it answered
_ANOTHER = re.compile(  # "One more thing: …", ちなみに…
    r"\b(?:another|(?:one|a) (?:more|different|second|last)|second|other) (?:question|thing|issue)\b"
    r"|\bby the way\b|\bbtw\b|ちなみに|もう(?:[一1１]|ひと)[つ点]|別件|(?:別|他|ほか)の(?:質問|件)"
    r"|(?:^|[。！!\n])(?:ところで|あと|それと)",
    re.IGNORECASE,
)
_PRESENTS_ITSELF = re.compile(  # "The lid does not close. Bruno", お世話になっております。佐藤です。
    r"^(?:\[NAME\](?:です|と申します|でございます)[。、]?\s*)"
    r"|(?<=[.!?。！？\n])\s{0,4}(?:(?:(?:kind |best |warm )?regards|cheers|thanks|sincerely)[,. ]*)?"
    r"(?:(?:携帯|電話|住所|tel|mobile|phone|mail)?[:： ]*\[(?:NAME|PHONE|EMAIL|ADDRESS|POSTCODE)\][ ,.]*)+$",
    re.IGNORECASE,
)
_SPEAKS = re.compile(  # 佐藤様、さくら館の梅田です。 before an answer, a name on a line of its own below it
    r"^(?:\[NAME\] ?(?:様|さん|さま)[、。,]?\s*)?(?:[^\s。、]{2,20}の)?"
    r"\[NAME\](?:です|でございます|と申します)[。、]\s*"
    r"|\n[ \t\u3000]{0,8}\[NAME\][.,]?$"
)


def extract(conversations: Iterable[Conversation], name: str) -> Extract:
    """One section a resolved conversation: its problem as the question, what solved it as the text.

    A long conversation that answered several questions has one for each of them, under the first.
    """
    result = Extract(PurePath(name).stem, "log", [])
    unresolved: Counter[str] = Counter()
    one_sided: list[str] = []
    empty: list[str] = []
    redacted: Counter[str] = Counter()
    contacts = OwnContacts()
    for conversation in conversations:
        status = plain(conversation.status)
        if status not in RESOLVED:
            unresolved[status] += 1
            continue
        if not any(turn.role == "agent" for turn in conversation.turns):
            one_sided.append(conversation.id)
            continue
        turns = [replace(turn, text=without_name_below(turn.text, conversation.people)) for turn in conversation.turns]
        conversation = replace(conversation, turns=list(map(_shortened, turns)))
        for said in conversation.turns:
            text = said.text if said.role == "customer" else said_by_agent(said.text)
            contacts.hear(said.role, text, conversation.id)
        sections = _sections(conversation, redacted)
        if not sections:
            empty.append(conversation.id)
        result.sections += sections
    result.redacted = dict(redacted)
    if unresolved:
        kinds = ", ".join(f"{count} {status}" for status, count in unresolved.most_common(8))
        result.warnings.append(f"Left out as not resolved: {counted(unresolved.total(), 'conversation')} ({kinds}).")
    if one_sided:
        result.warnings.append(
            f"Left out, as no agent speaks: {counted(len(one_sided), 'conversation')} ({some(one_sided, 5)})."
        )
    if empty:
        result.warnings.append(
            "Left out, as no problem or no solution is left beside courtesies: "
            f"{counted(len(empty), 'conversation')} ({some(empty, 5)})."
        )
    result.warnings += contacts.hints()
    return result


def _shortened(turn: Turn) -> Turn:
    """A customer's message without the middle of a very long one: what was pasted there tells neither who nor what."""
    if turn.role != "customer" or len(turn.text) <= LONGEST_SAID:
        return turn
    half = LONGEST_SAID // 2
    return replace(turn, text=f"{turn.text[:half]}\n…\n{turn.text[-half:]}")


def _sections(conversation: Conversation, redacted: Counter[str]) -> list[Section]:
    # Most tables and files of JSON are no logs, and making its patterns takes longer than reading them.
    from ingest.privacy.names import people
    from ingest.privacy.redaction import names_in, redact_counted

    names = names_in((turn.role, turn.text) for turn in conversation.turns) | people(conversation.people)
    turns = _with_subject(conversation)
    whole = _solved(turns)
    if whole is None:
        return []
    asks_anew = _asks_anew if len(whole[1]) > LONG else _asks_another
    solved = [each for part in _by_question(turns, asks_anew) if (each := _solved(part))]
    sections: list[Section] = []
    for problem, solution in solved:
        question, in_question = redact_counted(problem, names)
        text, in_text = redact_counted(solution, names)
        text = _SPEAKS.sub("", text).strip() or text
        redacted += in_question + in_text
        above = (sections[0].question,) if sections and sections[0].question else ()
        question = _PRESENTS_ITSELF.sub("", question).strip() or question
        section = Section(text, question=question[:LONGEST_PROBLEM], headings=above, anchor=conversation.id)
        sections.append(replace(section, row=conversation.row, lang=conversation.lang, updated=conversation.updated))
    return sections


def _with_subject(conversation: Conversation) -> Sequence[Turn]:
    """The turns, each once where a help desk writes it twice, after the subject where the customer wrote no words."""
    turns = [
        turn for turn, before in zip(conversation.turns, [None, *conversation.turns], strict=False) if turn != before
    ]
    subject = subject_of(conversation.subject)
    if any(turn.role == "customer" for turn in turns) or not tells_topic(subject):
        return turns
    return [Turn("customer", subject), *turns]


def _by_question(turns: Sequence[Turn], asks_anew: Callable[[str], bool]) -> Iterator[list[Turn]]:
    """The turns, parted where the customer asks something new after an agent has answered."""
    part: list[Turn] = []
    for turn in turns:
        if turn.role == "customer" and asks_anew(turn.text) and _solved(part):
            yield part
            part = []
        part.append(turn)
    yield part


def _asks_anew(text: str) -> bool:
    said = without_greetings(text)
    return len(said) >= PROBLEM_LENGTH and any(asks(sentence) for sentence in split_sentences(said))


def _asks_another(text: str) -> bool:
    """Whether the customer says that what they ask is another matter."""
    return _ANOTHER.search(text) is not None and _asks_anew(text)


def _solved(turns: Sequence[Turn]) -> tuple[str, str] | None:
    """The customer's problem and what the agent said to solve it; None when either is missing."""
    problem: list[str] = []
    solution: list[str] = []
    asked_back: list[str] = []  # what an agent asked: part of the solution only where no other words follow
    for turn in turns:
        if turn.role == "customer" and not solution and len("".join(problem)) < PROBLEM_LENGTH:
            problem += [said] if (said := without_greetings(said_by_customer(turn.text))) else []
        elif turn.role == "agent" and problem and (said := without_courtesies(turn.text)):
            if all(map(_is_question, split_sentences(said))):
                asked_back.append(said)
            else:
                solution.append(said)
                asked_back.clear()
    solution += asked_back
    if not problem or not solution:
        return None
    return " ".join(problem), "\n\n".join(solution)


def _is_question(sentence: str) -> bool:
    return sentence.rstrip("。 　").endswith(("?", "？", "か"))
