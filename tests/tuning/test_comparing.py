"""`madoguchi tune compare`: a planted better model is found, equals are called equal, and nothing is paid for twice."""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
import sys
import threading
from collections import Counter

import numpy as np
import pytest
from counter import FAQ
from embedding_server import embedding_server, reply
from models_to_compare import FakeModelServer, Messages, faithful, half, question

from knowledge.embedding import embeddings
from knowledge.index import adapting
from knowledge.index.adapting import Adapter, Head
from knowledge.index.store import Generation
from knowledge.index.wording import Wording
from knowledge.language.analysis import Analyzer
from knowledge.settings import KnowledgeSettings, load
from tuning import metrics
from tuning.comparison.comparing import Comparison, Scores
from tuning.comparison.recommending import recommend
from tuning.metrics import Estimate

ASKED = {  # in customers' words, with what the FAQ answers
    "送料っていくらかかりますか": "送料は全国一律550円です。",
    "何日以内なら返品できますか": "未使用の商品は到着から30日以内なら返品できます。",
    "保証は何年ありますか": "保証期間はお買い上げの日から2年間です。",
    "平日の営業時間は何時までですか": "平日は9時から18時まで営業しています。",
    "支払い方法には何がありますか": "クレジットカードと銀行振込をご利用いただけます。",
    "How much is express delivery?": "Express delivery costs 12 euros and takes two days.",
    "How many days do I have to return goods?": "You can return unused goods within 30 days of delivery.",
    "How many years does the warranty last?": "The warranty lasts two years from the day of purchase.",
    "Do you accept Visa cards?": "We accept Visa and Mastercard.",
    "Where can I find your shop?": "Our shop is at 5 Harbour Street in Bristol.",
}


@pytest.fixture
def asked(counter) -> str:
    """The questions as a set, and one that has no answer."""
    records = [{"id": str(n), "question": asked, "reference": told} for n, (asked, told) in enumerate(ASKED.items())]
    records.append({"id": "foreign", "question": "明日の東京の天気はどうですか", "must_refuse": True})
    return counter.lines("asked.jsonl", records)


def add(counter, alias: str, model: FakeModelServer, *more: str) -> None:
    code, _, err = counter.run("models", "add", alias, "--name", alias, "--base-url", model.url, *more)
    assert code == 0, err


def test_a_better_model_is_found_with_an_interval_and_again_without_asking(counter, asked):
    with FakeModelServer(faithful) as good, FakeModelServer(half) as bad:
        add(counter, "good", good, "--prompt-price", "1", "--completion-price", "2")
        add(counter, "bad", bad)
        code, told = counter.json("tune", "compare", asked, "--methods", "rag")
        assert (code, told["questions"], told["asked"]) == (0, 11, 22)
        best, other = told["scores"]
        assert (best["name"], other["name"]) == ("rag:good", "rag:bad")
        assert other["behind"]["high"] < 0
        assert other["p_adjusted"] < 0.05
        assert told["advice"]["verdict"] == "best"
        assert best["cost_per_1000"] > 0 == other["cost_per_1000"]
        assert {"ja", "en"} == set(best["groups"]["language"])
        requests = len(good.requests) + len(bad.requests)
        again = counter.json("tune", "compare", asked, "--methods", "rag")[1]
        assert len(good.requests) + len(bad.requests) == requests
    assert (again["asked"], again["spent"]) == (0, 0)
    assert again["scores"] == told["scores"]


def test_where_documents_changed_a_model_is_asked_again_only_about_what_changed(counter, asked):
    with FakeModelServer(faithful) as good:
        add(counter, "good", good, "--prompt-price", "1", "--completion-price", "2")
        before = counter.json("tune", "compare", asked, "--methods", "rag")[1]
        first = len(good.requests)
        counter.write("faq.csv", FAQ.replace("12 euros", "14 euros"))
        assert counter.run("ingest", "faq.csv")[0] == 0
        after = counter.json("tune", "compare", asked, "--methods", "rag")[1]
        again = [one["messages"][-1]["content"] for one in good.requests[first:]]
    assert before["generation"] != after["generation"]
    assert 0 < len(again) < first
    assert all("14 euros" in passages for passages in again)
    assert after["asked"] == len(again) + 1  # the foreign question, which reaches no model
    assert 0 < after["spent"] < before["spent"]
    [score] = after["scores"]
    assert score["tokens_per_answer"] == pytest.approx(before["scores"][0]["tokens_per_answer"], rel=0.1)


def test_two_models_that_say_the_same_are_called_equal(counter, asked):
    with FakeModelServer(faithful) as one, FakeModelServer(faithful) as other:
        add(counter, "one", one)
        add(counter, "other", other)
        code, told = counter.json("tune", "compare", asked, "--methods", "rag")
        shown = counter.run("tune", "compare", asked, "--methods", "rag")[1]
    assert code == 0
    assert (told["scores"][1]["behind"]["value"], told["scores"][1]["p_adjusted"]) == (0, 1)
    assert told["advice"]["verdict"] == "equal"
    assert "No difference between the methods is proven" in shown
    assert "no number of questions would tell them apart" in shown


def test_every_method_is_tried_and_the_page_tells_it(counter, asked):
    with (
        FakeModelServer(faithful) as base,
        FakeModelServer(lambda messages: ASKED.get(question(messages), "わかりません。")) as tuned,
    ):
        add(counter, "base", base)
        add(counter, "tuned", tuned, "--fine-tuned", "--parent", "base")
        code, told = counter.json("tune", "compare", asked, "--report", "page.html")
    assert code == 0
    names = {one["name"]: one for one in told["scores"]}
    assert set(names) == {"extractive", "rag:base", "alone:base", "rag:tuned", "alone:tuned"}
    assert names["alone:tuned"]["values"]["quality"]["value"] == pytest.approx(1)
    assert names["alone:base"]["values"]["wrong_refusal"]["value"] == 1
    assert names["rag:base"]["values"]["supported"]["value"] == 1
    page = (counter.folder / "page.html").read_text("utf-8")
    assert all(one["title"] in page for one in told["scores"])
    assert page.index("Recommendation") > page.index("All measures")
    assert "<script" not in page
    assert any("tune prompt" in why for why in told["not_tried"])


def test_a_limit_stops_before_more_is_spent_and_a_higher_one_goes_on(counter, asked):
    with FakeModelServer(faithful) as model:
        add(counter, "model", model, "--prompt-price", "1000000")  # an answer costs 120
        code, told = counter.json("tune", "compare", asked, "--methods", "rag", "--limit-cost", "500")
        assert (code, told["asked"]) == (2, 5)
        assert any("limit of 500" in why for why in told["not_tried"])
        assert told["questions"] == 5
        code, told = counter.json("tune", "compare", asked, "--methods", "rag", "--limit-cost", "100000")
        assert (code, told["questions"]) == (0, 11)


def test_what_is_killed_goes_on_where_it_was_and_comes_to_the_same_figures(counter, asked, monkeypatch):
    reached, release = threading.Event(), threading.Event()

    def slow_at_the_sixth(messages: Messages) -> str:
        if len(model.requests) == 6:
            reached.set()
            release.wait(60)
        return faithful(messages)

    compare = ("tune", "compare", asked, "--methods", "extractive,rag")
    with FakeModelServer(slow_at_the_sixth) as model:
        add(counter, "model", model)
        shutil.copytree(counter.data, counter.folder / "whole", symlinks=True)
        run = subprocess.Popen([sys.executable, "-m", "madoguchi", *compare], stderr=subprocess.DEVNULL)
        try:
            assert reached.wait(60)
        finally:
            run.kill()  # with an answer under way
            run.wait(30)
            release.set()
        code, told = counter.json(*compare)
        assert (code, told["questions"]) == (0, 11)
        paid = Counter(question(request["messages"]) for request in model.requests)
        assert sorted(paid.values()) == [*[1] * (len(paid) - 1), 2]  # what was under way has to be asked again
        monkeypatch.setenv("MADOGUCHI_DATA", str(counter.folder / "whole"))
        whole = counter.json(*compare)[1]
    assert whole["asked"] == 22 > told["asked"] > 0
    assert whole["qualities"] == told["qualities"]
    assert [one["values"] for one in whole["scores"]] == [one["values"] for one in told["scores"]]


def test_who_stops_it_is_told_that_it_goes_on(counter, asked):
    reached, release = threading.Event(), threading.Event()

    def slow(messages: Messages) -> str:
        reached.set()
        release.wait(60)
        return faithful(messages)

    with FakeModelServer(slow) as model:
        add(counter, "model", model, "--first-token-s", "60")
        command = [sys.executable, "-m", "madoguchi", "tune", "compare", asked, "--methods", "rag"]
        run = subprocess.Popen(
            command,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=lambda: signal.signal(
                signal.SIGINT, signal.SIG_DFL
            ),  # ignored where tests run in the background
        )
        try:
            assert reached.wait(60)
            run.send_signal(signal.SIGINT)
            told = run.communicate(timeout=60)[1]
        finally:
            run.kill()
            release.set()
    assert run.returncode == 130
    assert "Run the same command again: it goes on where it was." in told


def test_a_limit_wants_prices(counter, asked):
    with FakeModelServer(faithful) as model:
        add(counter, "model", model)
        code, _, err = counter.run("tune", "compare", asked, "--limit-cost", "1")
        assert (code, model.requests) == (1, [])
    assert "model has none" in err


def test_a_model_that_fails_spoils_no_comparison_and_counts_for_nobody(counter, asked):
    with FakeModelServer(faithful) as good, FakeModelServer(faithful) as down:
        down.fault = "500"
        add(counter, "good", good)
        add(counter, "down", down, "--retries", "0")
        code, told = counter.json("tune", "compare", asked, "--methods", "extractive,rag")
        assert (code, {one["name"] for one in told["scores"]}) == (2, {"extractive", "rag:good"})
        assert any(why.startswith("rag:down failed") for why in told["not_tried"])
        assert len(down.requests) <= 5  # it was given up
        down.fault = None
        code, told = counter.json("tune", "compare", asked, "--methods", "extractive,rag")
    assert (code, len(told["scores"])) == (0, 3)


def test_a_model_that_is_down_spoils_nothing_though_some_questions_never_reach_it(counter, asked):
    hello = counter.write("hello.yaml", "- {id: hello, question: こんにちは, reference: こんにちは。}\n")
    with FakeModelServer(faithful) as good, FakeModelServer(faithful) as down:
        down.fault = "500"
        add(counter, "good", good)
        add(counter, "down", down, "--retries", "0")
        code, told = counter.json("tune", "compare", asked, hello, "--methods", "extractive,rag")
    assert (code, told["questions"]) == (2, 12), told["not_tried"]
    assert {one["name"] for one in told["scores"]} == {"extractive", "rag:good"}
    assert any(why.startswith("rag:down failed: no answer") for why in told["not_tried"])


def test_a_judge_is_blind_to_places_and_set_against_the_measured_quality(counter, asked):
    def longer(messages: Messages) -> str:
        first, second = re.split(r"\nAnswer B:\n", messages[-1]["content"].rpartition("Answer A:\n")[2])
        return "A" if len(first.strip()) > len(second.strip()) else "B"

    with FakeModelServer(faithful) as good, FakeModelServer(half) as bad, FakeModelServer(longer) as fair:
        add(counter, "good", good)
        add(counter, "bad", bad)
        add(counter, "judge", fair)
        options = ("--models", "good,bad", "--methods", "rag", "--judge", "judge")
        told = counter.json("tune", "compare", asked, *options)[1]
        [judged] = told["judge"]
        assert (judged["method"], judged["unread"]) == ("rag:bad", 0)
        assert judged["best_wins"] >= 8
        assert judged["agreement"] >= 0.9
        asked_of_it = len(fair.requests)
        counter.json("tune", "compare", asked, *options)
        assert len(fair.requests) == asked_of_it
    with FakeModelServer(lambda messages: "A") as partial:
        add(counter, "judge", partial, "--replace")
        [judged] = counter.json("tune", "compare", asked, *options)[1]["judge"]
    assert (judged["best_wins"], judged["other_wins"]) == (0, 0)  # it only likes what stands first


SLANG = {  # what customers say, and what they mean
    "ガチョの件でお尋ねします": "送料はいくらですか",
    "ミョンについて知りたいです": "返品はいつまでできますか",
    "ゾルの話なのですが": "営業時間を教えてください",
    "Tell me about the flumph": "Which cards do you accept?",
    "I have a query on the quozz": "Where is your shop?",
    "What of the brindle?": "How long is the warranty?",
}


def adapt(counter, questions: list[str]) -> None:
    """Let the search know what passages these questions of customers want, and nothing else."""
    embedder = embeddings.open_embedder(load(KnowledgeSettings))
    generation = Generation.open(counter.data, Analyzer())
    passages = [passage for document in generation.documents for passage in generation.passages(document)]
    target = {passage.question: adapting.target_of(passage) for passage in passages}
    wanted = sorted({target[SLANG[question]] for question in questions})
    zero = np.zeros(embedder.dimensions, np.float32)
    gate = (0.0, 0.0, 0.0, 4.0, 0.0, 0.0, 0.0, 20.0)  # all goes by how near the nearest known question is
    Adapter(
        Head(embedder.fingerprint, "", "", len(questions), tuple(wanted), 0.02, 20.0, 0.0, gate, 16.0, {}),
        asks=np.stack([embedder.embed_query(question) for question in questions]),
        wording=Wording.of([generation.lexical.terms(question) for question in questions]),
        pairs=np.array(sorted((wanted.index(target[SLANG[q]]), n) for n, q in enumerate(questions)), np.int32)[:, ::-1],
        grades=np.ones(len(questions), np.float32),
        mean_question=zero,
        mean_passage=zero,
        form=np.zeros((len(zero), len(zero)), np.float32),
    ).save(counter.data)


@pytest.fixture
def meant(counter) -> str:
    """Questions in customers' own words, as a set."""
    rows = [line.split(",", 1) for line in FAQ.splitlines()[1:]]
    records = [{"id": asked, "question": asked, "reference": dict(rows)[of]} for asked, of in SLANG.items()]
    return counter.lines("meant.jsonl", records)


def test_the_adapted_search_is_compared_with_the_plain_one_and_nothing_else_differs(counter, meant):
    methods = "extractive,extractive+transfer,rag,rag+transfer"
    with FakeModelServer(faithful) as model:
        add(counter, "model", model)
        told = counter.json("tune", "compare", meant, "--methods", methods)[1]
        assert {one["name"] for one in told["scores"]} == {"extractive", "rag:model"}
        assert any("tune transfer" in why for why in told["not_tried"])
        before = {one["name"]: one["values"] for one in told["scores"]}
        adapt(counter, list(SLANG))
        code, told = counter.json("tune", "compare", meant, "--methods", methods)
        assert (code, told["asked"]) == (0, 2 * len(SLANG))  # what the plain search answered is kept
        scores = {one["name"]: one["values"] for one in told["scores"]}
        assert set(scores) == {"extractive", "extractive+transfer", "rag:model", "rag+transfer:model"}
        assert all(scores[name]["quality"] == values["quality"] for name, values in before.items())
        assert scores["rag+transfer:model"]["quality"]["value"] > scores["rag:model"]["quality"]["value"] + 0.3
        assert any("Adapted search + model model" in one["title"] for one in told["scores"])
        assert counter.json("tune", "compare", meant, "--methods", methods)[1]["asked"] == 0
        adapt(counter, list(SLANG)[:3])
        assert counter.json("tune", "compare", meant, "--methods", methods)[1]["asked"] == 2 * len(SLANG)


def test_the_reranker_that_serves_has_its_say_in_the_comparison(counter, asked, monkeypatch):
    def worst_first(request: dict) -> tuple[int, str, str]:
        return reply({"results": [{"index": n, "relevance_score": n} for n, _ in enumerate(request["documents"])]})

    before = counter.json("tune", "compare", asked)[1]
    with embedding_server() as server:
        server.behaviour = worst_first
        monkeypatch.setenv("MADOGUCHI_RERANKER", f"{server.url}/rerank")
        monkeypatch.setenv("MADOGUCHI_RERANKER_BUDGET_MS", "5000")
        after = counter.json("tune", "compare", asked)[1]
        monkeypatch.setenv("MADOGUCHI_RERANKER_MODEL", "another")
        another = counter.json("tune", "compare", asked)[1]
    assert after["asked"] == another["asked"] == before["asked"]  # they are other answers
    quality = [told["scores"][0]["values"]["quality"]["value"] for told in (before, after)]
    assert quality[1] < quality[0] - 0.3


def test_questions_that_the_adapted_search_has_learnt_from_are_told_and_shown_apart(counter, meant, asked):
    adapt(counter, list(SLANG))
    both = counter.write("both.jsonl", "".join((counter.folder / name).read_text("utf-8") for name in (meant, asked)))
    told = counter.json("tune", "compare", both, "--report", "page.html")[1]
    assert (told["learnt"], told["questions"]) == (6, 17)
    assert set(told["scores"][0]["groups"]["transfer"]) == {"learnt from", "held out"}
    assert any("6 of 17 questions are among those" in why for why in told["advice"]["would_change"])
    assert "By what the adapted search has seen: held out" in (counter.folder / "page.html").read_text("utf-8")
    assert counter.json("tune", "compare", both, "--methods", "extractive")[1]["learnt"] == 0  # it searches as it came


def test_questions_that_stand_in_the_documents_are_called_too_easy(counter):
    questions = ["送料はいくらですか", "返品はいつまでできますか", "How long is the warranty?"]
    records = [{"id": str(n), "question": text, "must_say": "."} for n, text in enumerate(questions)]
    place = counter.lines("easy.jsonl", records)
    told = counter.json("tune", "compare", place)[1]
    assert told["in_index"] == 3
    assert "word for word" in told["advice"]["headline"]
    assert any("3 questions show large differences only" in why for why in told["advice"]["would_change"])


def test_several_questions_at_once_give_the_same_figures(counter, asked):
    with FakeModelServer(faithful) as model:
        add(counter, "model", model)
        slow = counter.json("tune", "compare", asked, "--methods", "alone")[1]
        (counter.data / "tuning" / "answers").rename(counter.folder / "elsewhere")
        quick = counter.json("tune", "compare", asked, "--methods", "alone", "--at-once", "4")[1]
    assert quick["asked"] == slow["asked"] == 11
    assert quick["qualities"] == slow["qualities"]


def test_a_disk_that_takes_no_answer_is_told_in_words(counter, asked):
    (counter.data / "tuning").mkdir()
    (counter.data / "tuning" / "answers").write_text("in the way", "utf-8")
    code, _, err = counter.run("tune", "compare", asked)
    assert (code, "cannot be written" in err) == (74, True)


def test_what_cannot_be_compared_is_told(counter, asked):
    assert "There is no method magic" in counter.run("tune", "compare", asked, "--methods", "magic")[2]
    assert (
        "There is nothing to compare. No model is there" in counter.run("tune", "compare", asked, "--methods", "rag")[2]
    )
    assert (
        "not adapted: madoguchi tune transfer"
        in counter.run("tune", "compare", asked, "--methods", "extractive+transfer")[2]
    )
    assert "no model 'nobody'" in counter.run("tune", "compare", asked, "--models", "nobody")[2]


def test_the_paired_test_sees_what_is_there_and_no_more():
    noise = [((37 * n) % 11) / 10 for n in range(60)]
    same = metrics.paired(noise, noise)
    assert (same.value, same.p, same.is_real, same.questions_needed) == (0, 1, False, None)
    better = metrics.paired([value + 0.2 + 0.1 * (n % 2) for n, value in enumerate(noise)], noise)
    assert better.is_real
    assert better.low < 0.25 < better.high
    assert better == metrics.paired([value + 0.2 + 0.1 * (n % 2) for n, value in enumerate(noise)], noise)
    swapped = metrics.paired(noise, noise[30:] + noise[:30])
    assert not swapped.is_real
    assert metrics.holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])


def test_the_paired_test_is_wrong_as_seldom_as_it_says():
    import numpy as np

    chance = np.random.default_rng(1)
    wrong = sum(
        metrics.paired(chance.normal(size=40), chance.normal(size=40), resamples=400, seed=run).is_real
        for run in range(120)
    )
    assert wrong / 120 < 0.12  # about one in twenty


def test_advice_says_how_many_questions_would_settle_it():
    def scores(name: str, mean: float, cost: float, effort: int, behind: metrics.Difference | None) -> Scores:
        estimate = Estimate(mean, mean - 0.1, mean + 0.1)
        values = dict.fromkeys(("quality", "supported", "right_refusal"), estimate)
        return Scores(name, name, values, 1, 1, 1, 1, cost, effort, behind, behind and behind.p, {})

    one = [0.5 + 0.3 * (n % 3 - 1) for n in range(40)]
    other = [value + 0.05 + 0.2 * (n % 4 - 1.5) for n, value in enumerate(one)]
    behind = metrics.paired(one, other)
    assert not behind.is_real
    told = recommend(
        Comparison(
            (scores("dear", 0.55, 9.0, 1, None), scores("cheap", 0.5, 1.0, 1, behind)),
            40,
            40,
            40,
            0,
            0,
            0,
            {"dear": other, "cheap": one},
            (),
        )
    )
    assert (told.method, told.verdict) == ("cheap", "equal")
    needed = metrics.paired(other, one).questions_needed
    assert needed is not None
    assert f"About {needed - 40:,} more questions would show whether dear is better" in " ".join(told.would_change)
