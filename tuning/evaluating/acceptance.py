"""Runs a company's acceptance tests: what an answer must say, cite or refuse, and what has changed since last time."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from knowledge.language.languages import UNKNOWN, language
from service.answering.answerer import Answerer
from service.answers import Answer, Done, Turn
from tuning import records
from tuning.comparison.answer_metrics import is_source, plain, says, says_any
from tuning.comparison.cases import Case


@dataclass(frozen=True, slots=True)
class Result:
    """One case, asked."""

    id: str
    question: str
    failures: tuple[str, ...]  # sentences; none when it passed
    answer: str
    outcome: str
    sources: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Whether all that was wanted came."""
        return not self.failures


@dataclass(frozen=True, slots=True)
class Difference:
    """What has changed since the last run of the same set against the same model."""

    broken: tuple[str, ...]  # ids that passed and now fail
    mended: tuple[str, ...]
    added: tuple[str, ...]
    removed: tuple[str, ...]
    reworded: tuple[str, ...]  # answered in other words, pass or fail as before


async def run(
    answerer: Answerer, cases: Sequence[Case], model: str | None, progress: Callable[[int], None]
) -> list[Result]:
    """Ask every case as a conversation of its own. Raises UnknownModel, NoKnowledge and its like."""
    results = []
    for case in cases:
        history = [Turn(said.role, said.text) for said in case.history]
        stream = answerer.stream(case.question, history, lang=case.lang or None, model=model)
        [answer] = [event.answer async for event in stream if isinstance(event, Done)]
        sources = tuple(dict.fromkeys(citation.source for citation in answer.citations))
        results.append(
            Result(case.id, case.question, tuple(failures(case, answer)), answer.text, answer.outcome, sources)
        )
        progress(1)
    return results


def failures(case: Case, answer: Answer) -> Iterator[str]:
    """What is wrong with an answer, a sentence each."""
    for alternatives in case.must_say:
        if not says_any(answer.text, alternatives):
            yield f"It does not say {' or '.join(map(repr, alternatives))}."
    for words in case.must_not_say:
        if says(answer.text, words):
            yield f"It says {words!r}."
    for alternatives in case.must_cite:
        if not any(is_source(cited.source, wanted) for cited in answer.citations for wanted in alternatives):
            yield f"It does not cite {' or '.join(alternatives)}."
    refused = answer.outcome in ("refused", "handoff")
    if case.must_refuse is not None and refused != case.must_refuse:
        yield "It is answered, and must be refused." if case.must_refuse else f"It is not answered ({answer.outcome})."
    if case.must_hand_off is not None and (answer.outcome == "handoff") != case.must_hand_off:
        yield "It is not handed to a person." if case.must_hand_off else "It is handed to a person."
    spoken = language(plain(answer.text))
    if case.language is not None and spoken not in (case.language, UNKNOWN):
        yield f"It is in {spoken}, not in {case.language}."


class Runs:
    """The last run of each set against each model, in the data folder."""

    def __init__(self, data: Path) -> None:
        self._folder = data / "tuning" / "acceptance"

    def last(self, place: Path, model: str) -> dict[str, Any] | None:
        """What `keep` kept; None when there was no run, or when it cannot be read any more."""
        return records.read(self._file(place, model))

    def keep(self, place: Path, model: str, results: Sequence[Result]) -> None:
        """Keep a run as the last one."""
        kept = {"set": str(place), "model": model, "results": {one.id: asdict(one) for one in results}}
        records.write(self._file(place, model), kept)

    def _file(self, place: Path, model: str) -> Path:
        name = sha256(f"{place.resolve()}\0{model}".encode()).hexdigest()[:8]
        return self._folder / f"{re.sub(r'[^A-Za-z0-9._-]', '-', f'{place.stem}-{model}')}-{name}.json"


def difference(before: Mapping[str, Any], results: Sequence[Result]) -> Difference:
    """What has changed since a run that was kept."""
    old: Mapping[str, Any] = before["results"]
    now = {one.id: one for one in results}
    both = [one for one in results if one.id in old]
    return Difference(
        broken=tuple(one.id for one in both if not one.passed and not old[one.id]["failures"]),
        mended=tuple(one.id for one in both if one.passed and old[one.id]["failures"]),
        added=tuple(name for name in now if name not in old),
        removed=tuple(name for name in old if name not in now),
        reworded=tuple(
            one.id
            for one in both
            if one.answer != old[one.id]["answer"] and one.passed == (not old[one.id]["failures"])
        ),
    )


def as_dict(results: Sequence[Result], changed: Difference | None) -> dict[str, Any]:
    """For `--json`."""
    failed = sum(not one.passed for one in results)
    told = [asdict(one) | {"passed": one.passed} for one in results]
    since = asdict(changed) if changed else None
    return {"cases": len(results), "failed": failed, "results": told, "since_last_run": since}
