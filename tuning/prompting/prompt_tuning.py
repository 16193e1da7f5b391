"""Prompt tuning: tries words on the validation questions of each language, and keeps what is better as a version."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from knowledge.errors import SetupError
from knowledge.passages import Hit
from knowledge.progress import Progress
from service.models.registry import Served
from service.profile import Profile
from tuning.comparison import answer_metrics, cases
from tuning.comparison.answer_metrics import Vector
from tuning.comparison.answers import Asker, Kept
from tuning.comparison.bench import Bench
from tuning.comparison.cases import Case
from tuning.comparison.methods import Method, kind_of
from tuning.datasets import canaries, dataset, examples
from tuning.datasets.examples import Example
from tuning.prompt_versions import Prompt, Prompts
from tuning.prompting import prompt_candidates, prompt_search
from tuning.prompting.prompt_candidates import Candidate
from tuning.prompting.prompt_search import Found

FEWEST = 4  # validation questions of a language: with fewer nothing can be told apart


@dataclass(frozen=True, slots=True)
class Wish:
    """How a prompt is to be tuned."""

    method: Literal["rag", "alone"] = "rag"
    budget: int = 400  # questions asked in all, shared by the languages
    instructions: Mapping[str, Sequence[str]] = field(default_factory=dict)  # by language, to be tried too
    propose: int = 0  # so many of the model's own
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Tuned:
    """What came out: nothing is kept where nothing is better."""

    found: dict[str, Found]  # by language
    notes: tuple[str, ...]
    kept: Prompt | None = None
    profile: Path | None = None  # the file that lets the service use it
    diff: tuple[str, ...] = ()  # against the version before


class Tuner:
    """Tunes the prompt of one model over one knowledge base."""

    def __init__(
        self, asker: Asker, bench: Bench, served: Served, profile: Profile, data: Path, progress: Progress
    ) -> None:
        self._asker, self._bench, self._served, self._profile = asker, bench, served, profile
        self._kept, self._prompts, self._progress = Kept(data), Prompts(data), progress

    async def tune(self, folder: Path, wish: Wish) -> Tuned:
        """Search, and keep the winner. Raises SetupError for too few questions or calls, ModelUnavailable."""
        card = dataset.read_card(folder)
        held = cases.read(folder, "validation")
        # A made-up secret is no example of how the company answers.
        trained = [one for one in examples.left(folder, "train") if one.source != canaries.SOURCE]
        by_lang = {lang: [case for case in held if case.asked_in == lang] for lang in cases.languages_of(held)}
        notes = tuple(
            f"{lang}: {len(asked)} validation questions are too few to tune on."
            for lang, asked in by_lang.items()
            if len(asked) < FEWEST
        )
        by_lang = {lang: asked for lang, asked in by_lang.items() if len(asked) >= FEWEST}
        if not by_lang:
            raise SetupError(f"{' '.join(notes)} Make a larger data set: madoguchi tune dataset --validation 0.2")
        found: dict[str, Found] = {}
        for lang, asked in by_lang.items():
            tried = await self._candidates([one for one in trained if one.lang == lang], lang, wish)
            budget = wish.budget // len(by_lang)
            self._progress.stage(f"trying {lang}", min(budget, len(tried) * len(asked)))
            measure = _Measure(self._asker, self._bench, self._kept, self._served, wish.method, lang, asked)

            async def measured(candidate: Candidate, case: Case, measure: _Measure = measure) -> float:
                self._progress.advance(1)
                return await measure.quality(candidate, case)

            found[lang] = await prompt_search.search(tried, asked, budget, measured, wish.seed)
        better = {lang: one for lang, one in found.items() if one.is_better}
        return self._keep(better, found, notes, card["sha256"]) if better else Tuned(found, notes)

    async def _candidates(self, trained: Sequence[Example], lang: str, wish: Wish) -> list[Candidate]:
        own = prompt_candidates.INSTRUCTIONS.get(lang, ())
        named = [(f"instruction {n}", text) for n, text in enumerate(own, 1)]
        named += [(f"your instruction {n}", text) for n, text in enumerate(wish.instructions.get(lang, ()), 1)]
        if wish.propose:
            texts = await prompt_candidates.proposed(self._served, trained, lang, wish.propose)
            named += [(f"proposal {n}", text) for n, text in enumerate(texts, 1)]
        return prompt_candidates.candidates(named, prompt_candidates.shots(trained, self._bench.embed))

    def _keep(self, better: Mapping[str, Found], found: dict[str, Found], notes: tuple[str, ...], data: str) -> Tuned:
        questions = sum(one.questions for one in better.values())
        before = self._prompts.newest()
        kept, profile = self._prompts.keep(
            Prompt(
                {lang: one.winner.words for lang, one in better.items()},
                model=self._served.alias,
                score=sum(one.score * one.questions for one in better.values()) / questions,
                before=sum(one.before * one.questions for one in better.values()) / questions,
                created_at=datetime.now(UTC).isoformat(timespec="seconds"),
                data=data,
                history=tuple({"language": lang, "rounds": list(one.rounds)} for lang, one in better.items()),
            ),
            self._profile,
        )
        old = before.text().splitlines() if before else []
        name = before.version if before else "no words"
        diff = difflib.unified_diff(old, kept.text().splitlines(), name, kept.version, lineterm="", n=1)
        return Tuned(found, notes, kept, profile, tuple(diff))


class _Measure:
    """The quality of an answer with a candidate's words; answers are kept, so that none is asked twice."""

    def __init__(
        self,
        asker: Asker,
        bench: Bench,
        kept: Kept,
        served: Served,
        method: Literal["rag", "alone"],
        lang: str,
        asked: Sequence[Case],
    ) -> None:
        self._asker, self._bench, self._kept = asker, bench, kept
        self._served, self._method, self._lang = served, method, lang
        references = list(dict.fromkeys(case.reference for case in asked if case.reference))
        vectors = bench.embed(references)
        self._vectors: dict[str, Vector] = dict(zip(references, vectors, strict=True))
        self._evidence: dict[str, Sequence[Hit]] = {}
        self._base = answer_metrics.baseline(vectors)

    async def quality(self, candidate: Candidate, case: Case) -> float:
        """0 to 1. Raises ModelUnavailable."""
        method = self._with(candidate)
        fingerprint = self._asker.fingerprint(method)
        answer = self._kept.get(fingerprint, case)
        if answer is None:
            answer = await self._asker.ask(method, case)
            self._kept.add(fingerprint, case, answer)
        if case.id not in self._evidence:
            self._evidence[case.id] = self._bench.evidence(case)
        pair = None
        if case.reference and answer.outcome == "answered":
            text = answer_metrics.plain(answer.text)
            if text not in self._vectors:
                self._vectors[text] = self._bench.embed([text])[0]
            pair = (self._vectors[text], self._vectors[case.reference])
        scores = answer_metrics.score(case, answer.given, self._evidence[case.id], pair, self._base)
        return scores["quality"] or 0.0

    def _with(self, candidate: Candidate) -> Method:
        prompt = Prompt({self._lang: candidate.words}) if candidate.words.text() else None
        return Method(kind_of(self._method, prompt is not None, self._bench.adapted is not None), self._served, prompt)
