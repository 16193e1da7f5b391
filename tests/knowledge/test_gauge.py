"""What the cosines of an encoder mean that nobody has measured: told once, kept, and counted in the confidence."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from embedders import FakeEmbedder
from small_faqs import knowledge_of

from benchmarks.common.unmeasured import Unmeasured
from ingest.pipeline import Order, Pipeline
from ingest.settings import IngestSettings
from knowledge.confidence import calibration
from knowledge.embedder import Vectors
from knowledge.errors import EmbeddingUnavailable
from knowledge.index import gauge
from knowledge.index.gauge import BUILT_IN, Gauge, Scale
from knowledge.index.store import Generation
from knowledge.searching import assurance, retrieval
from knowledge.settings import load

PAIRS = [
    ("How much is shipping?", "Shipping is $5 within the country."),
    ("Can I return an order?", "Within 30 days of delivery, unused and in its box."),
    ("When are you open?", "From 9 to 18 on weekdays."),
    ("How can I pay?", "By card, bank transfer or on delivery."),
    ("Where is my parcel?", "The number to follow it by is in the mail that says it was sent."),
    ("Is there a warranty?", "Two years on every machine that we sell."),
    ("Do you repair old machines?", "Yes, as long as there are parts for them."),
    ("Can I change my address?", "In your account, until the order has been sent."),
]


@pytest.fixture(scope="module")
def spread(embedder):
    return Unmeasured("spread", embedder, centred=True)  # unrelated texts lie far apart


def test_the_built_in_encoder_has_the_scale_that_is_written_down(embedder):
    for lang, asked in gauge.questions().items():
        scale, apart = gauge.scale_of(embedder, asked)
        assert scale.middle == pytest.approx(BUILT_IN[lang].middle, abs=0.002)
        assert scale.spread == pytest.approx(BUILT_IN[lang].spread, rel=0.05)
        assert apart > gauge.APART


def test_cosines_of_another_encoder_are_put_on_that_scale(embedder, spread):
    measured = Gauge.measured(spread)
    for lang, asked in gauge.questions().items():
        scale, _ = gauge.scale_of(spread, asked)
        assert scale.middle < BUILT_IN[lang].middle - 0.1  # another scale altogether
        there = measured.as_built_in(lang, scale.middle + scale.spread)
        assert there == pytest.approx(BUILT_IN[lang].middle + BUILT_IN[lang].spread)
    assert measured.as_built_in("fr", 0.3) == measured.as_built_in("ja", 0.3)  # all but English


def test_an_encoder_whose_cosines_tell_nothing_has_no_scale():
    assert Gauge.measured(FakeEmbedder()).as_built_in("ja", 0.5) is None
    assert Gauge.measured(Same()).as_built_in("en", 1.0) is None


class Same(FakeEmbedder):
    """All texts have one vector."""

    def _vector(self, text: str) -> Vectors:
        return np.full(self.dimensions, self.dimensions**-0.5, np.float32)


def test_it_is_measured_once_kept_and_measured_anew_by_a_rebuild(tmp_path, analyzer, spread):
    settings, file = load(IngestSettings, data=tmp_path / "data"), tmp_path / "a.md"
    pipeline, measured = Pipeline(settings, spread, analyzer), gauge.questions()["en"][0].asked
    asked: list[str] = []
    spread.embed_queries = lambda texts: asked.extend(texts) or Unmeasured.embed_queries(spread, texts)
    try:
        file.write_text("# Shipping\n\nIt is $5.\n", "utf-8")
        pipeline.run(Order([file]))
        assert asked.count(measured) == 1
        first = Generation.open(settings.data, analyzer).gauge
        file.write_text("# Shipping\n\nIt is $6.\n", "utf-8")
        pipeline.run(Order([file]))
        assert asked.count(measured) == 1
        second = Generation.open(settings.data, analyzer).gauge
        assert first.as_built_in("en", 0.3) == second.as_built_in("en", 0.3) != 0.3
        pipeline.run(Order([file], rebuild=True))
        assert asked.count(measured) == 2
    finally:
        del spread.embed_queries


def test_a_server_that_fails_just_then_costs_a_warning_and_the_next_run_measures(tmp_path, analyzer):
    class Failing(FakeEmbedder):
        fails = True

        def embed_queries(self, texts: Sequence[str]) -> Vectors:
            if self.fails:
                raise EmbeddingUnavailable("The server is busy.")
            return super().embed_queries(texts)

    settings, file, failing = load(IngestSettings, data=tmp_path / "data"), tmp_path / "a.md", Failing()
    file.write_text("# Shipping\n\nIt is $5.\n", "utf-8")
    report = Pipeline(settings, failing, analyzer).run(Order([file]))
    assert report.added == [str(file.name)]
    assert any("The server is busy." in said and "next run" in said for _, said in report.warnings)
    assert Generation.open(settings.data, analyzer).gauge is None
    failing.fails = False
    file.write_text("# Shipping\n\nIt is $6.\n", "utf-8")
    assert not Pipeline(settings, failing, analyzer).run(Order([file])).warnings
    assert Generation.open(settings.data, analyzer).gauge is not None


def test_the_confidence_follows_the_scale_and_across_languages_what_is_usual(tmp_path, analyzer, spread):
    generation = knowledge_of(tmp_path, PAIRS, spread, analyzer)
    seen = retrieval.search(generation, spread, "what does delivery cost", 1).seen
    told = assurance.confidence(generation, spread.fingerprint, "en", seen)
    nearer = replace(seen, cosine=seen.cosine + 0.1)
    assert assurance.confidence(generation, spread.fingerprint, "en", nearer) > told
    across = replace(seen, across=True)
    usual = calibration(spread.fingerprint, "en", across=True).confidence(across)
    assert assurance.confidence(generation, spread.fingerprint, "en", across) == usual


def test_what_nothing_answers_is_told_from_what_a_pair_answers(tmp_path, analyzer, spread):
    generation = knowledge_of(tmp_path, PAIRS, spread, analyzer)

    def sure(question: str) -> float:
        return retrieval.search(generation, spread, question, 1).confidence

    answered = ["what does delivery cost", "can i send it back", "opening hours on tuesday", "do you take cards"]
    foreign = ["what is the capital of france", "my bicycle has a flat tyre", "who wrote this novel", "is it raining"]
    assert min(map(sure, answered)) > max(map(sure, foreign))


def test_scales_are_put_on_one_another():
    assert Scale(0.8, 0.02).to(Scale(0.3, 0.1), 0.83) == pytest.approx(0.45)
