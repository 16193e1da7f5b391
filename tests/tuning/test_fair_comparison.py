"""A comparison says what makes it unfair, how sure it is, and what to do next; tickets held back make it fair."""

from __future__ import annotations

import pytest
from models_to_compare import FakeModelServer, faithful
from test_comparing import ASKED, add

from service.models.specs import Spec, Training
from tuning import metrics
from tuning.comparison import fairness
from tuning.comparison.cases import Case
from tuning.comparison.comparing import Comparison, Scores
from tuning.comparison.recommending import Advice, recommend
from tuning.datasets import dataset
from tuning.datasets.dataset import Recipe
from tuning.datasets.examples import Example
from tuning.training.jobs import Jobs, Order

TICKETS = [
    ("Good morning, what would sending a parcel by express set me back?", "Express delivery costs 12 euros."),
    ("Hello, my kettle broke after a year, am I still covered?", "Yes, the warranty lasts two years from purchase."),
    ("Could I pay with my Mastercard, please?", "Yes, we accept Visa and Mastercard."),
    ("Would you take a mug back that I bought three weeks ago?", "Yes, unused goods can come back within 30 days."),
]


def scores(name: str, qualities: list[float], best: list[float] | None, cost: float = 1.0) -> Scores:
    behind = metrics.paired(qualities, best) if best else None
    values = dict.fromkeys(("quality", "substance", "supported", "right_refusal"), metrics.bootstrap(qualities))
    return Scores(name, name, values, 1, 1, 1, 1, cost, 1, behind, behind and behind.p, {})


def advised(
    methods: dict[str, list[float]], costs: dict[str, float] | None = None, in_index: int = 0, **more
) -> Advice:
    """What is advised of these methods' qualities, the best given first."""
    best, count = next(iter(methods.values())), len(next(iter(methods.values())))
    told = tuple(
        scores(name, one, None if one is best else best, (costs or {}).get(name, 1.0)) for name, one in methods.items()
    )
    return recommend(Comparison(told, count, count, count, in_index, 0, 0, methods, (), **more))


def shaky(mean: float, every: int) -> list[float]:
    return [mean + 0.3 * (number % every - (every - 1) / 2) / every for number in range(60)]


def test_nothing_is_promoted_where_none_answers_well():
    told = advised({"extractive": shaky(0.32, 3), "rag:big": shaky(0.25, 4)})
    assert "None of them answers well" in told.next
    assert "promote" not in told.next


def test_three_lines_say_what_how_sure_and_what_next():
    told = advised({"rag:big": shaky(0.8, 3), "extractive": shaky(0.4, 4)})
    assert (told.headline, told.verdict) == ("rag:big answers best.", "best")
    assert "over 60 questions" in told.sure
    assert "is behind by 0.40" in told.sure
    assert "madoguchi tune promote big --share 10%" in told.next
    told = advised({"rag:dear": shaky(0.6, 3), "rag:cheap": shaky(0.59, 4)}, {"rag:dear": 9.0})
    assert told.method == "rag:cheap"
    assert "It may be up to 0.0" in told.sure
    assert "worse than: rag:dear; these questions cannot tell" in told.sure
    assert "do not decide yet" in advised({"rag:big": shaky(0.8, 3), "extractive": shaky(0.4, 4)}, in_index=40).next
    assert "--prompt --share" in advised({"rag+prompt:big": shaky(0.8, 3), "extractive": shaky(0.4, 4)}).next


def test_what_the_counter_cannot_serve_is_recommended_only_where_it_is_better():
    equal = {"alone:tuned": shaky(0.7, 3), "rag:tuned": shaky(0.69, 4)}
    assert advised(equal, {"alone:tuned": 0.1}).method == "rag:tuned"
    told = advised({"alone:tuned": shaky(0.9, 3), "rag:tuned": shaky(0.5, 4)})
    assert (told.method, "serves no model without passages" in told.next) == ("alone:tuned", True)


def test_who_leads_whatever_the_wording_is_told():
    quoted, said = shaky(0.8, 3), shaky(0.7, 4)
    substances = {"extractive": shaky(0.7, 3), "rag:big": shaky(0.9, 4)}
    told = advised({"extractive": quoted, "rag:big": said}, substances=substances)
    assert any("By facts and meaning alone" in line and "rag:big is ahead" in line for line in told.would_change)
    told = advised({"extractive": quoted, "rag:big": said}, substances={"extractive": quoted, "rag:big": said})
    assert not any("By facts and meaning" in line for line in told.would_change)


def test_what_cannot_be_told_apart_by_any_set_and_what_only_refuses_is_told():
    told = advised({"extractive": shaky(0.7, 3), "rag:near": shaky(0.699, 4), "rag:far": shaky(0.68, 5)})
    near, far = (next(line for line in told.would_change if name in line) for name in ("rag:near", "rag:far"))
    assert "no set of questions that you will have" in near
    assert far.startswith("About ")
    refusing, quoting = shaky(0.34, 3), shaky(0.33, 4)
    some = (scores("alone:shy", refusing, None), scores("extractive", quoting, refusing))
    some[0].values["wrong_refusal"] = metrics.bootstrap([1.0] * 60)
    told = recommend(
        Comparison(
            some, 60, 60, 40, 0, 0, 0, {"alone:shy": refusing, "extractive": quoting}, tuple(map(str, range(60)))
        )
    )
    assert "alone:shy refuses 100% of the questions that have an answer" in " ".join(told.reasons)


def trained(folder, jobs: Jobs) -> Spec:
    """A model that was trained on the tickets."""
    rows = [
        Example(str(n), f"{question} Number {n}.", answer, "en", "log", "tickets")
        for n, (question, answer) in enumerate(TICKETS)
    ]
    card = dataset.build(folder, rows, Recipe(validation=0, test=0))
    job = jobs.create(Order("openai", "small", str(folder), card.sha256))
    return Spec(name="ft", kind="fine_tuned", training=Training(job=job.id, data=card.sha256))


def test_questions_that_a_model_was_trained_on_are_counted(tmp_path):
    jobs = Jobs(tmp_path / "data")
    spec = trained(tmp_path / "set", jobs)
    cases = [Case(id=str(n), question=question) for n, (question, _) in enumerate(TICKETS[:3])]
    cases.append(Case(id="new", question="Do you repair old toasters?"))
    [told] = fairness.of_models({"tuned": spec}, cases, jobs)
    assert "3 of 4 questions are nearly the same as rows that tuned was trained on" in told
    assert fairness.of_models({"tuned": spec}, cases[3:], jobs) == []
    with (tmp_path / "set" / "train.jsonl").open("a", encoding="utf-8") as file:
        file.write('{"messages": [{"role": "user", "content": "Later?"}, {"role": "assistant", "content": "Yes."}]}\n')
    [told] = fairness.of_models({"tuned": spec}, cases, jobs)
    assert "cannot be told" in told


def test_a_model_without_a_price_beside_one_with_is_told(tmp_path):
    specs = {"dear": Spec(name="dear", price_per_million_prompt_tokens=2), "mine": Spec(name="mine")}
    [told] = fairness.of_models(specs, [], Jobs(tmp_path))
    assert "mine has no price here" in told
    assert fairness.of_models({"mine": specs["mine"]}, [], Jobs(tmp_path)) == []


def test_questions_that_have_judged_often_are_told():
    earlier = [{"ids": ["1", "2"], "qualities": {f"rag:{name}": [0, 0]}} for name in "abc"]
    assert "judged 3 other choices" in (fairness.of_looks(earlier, ("2", "1")) or "")
    assert fairness.of_looks([earlier[0]] * 5, ("1", "2")) is None  # the same comparison again finds nothing luckier
    assert fairness.of_looks(earlier, ("1", "3")) is None


@pytest.mark.parametrize("also", [False, True])
def test_tickets_of_another_knowledge_base_are_a_fair_set_and_sets_go_together(counter, monkeypatch, also):
    turns = [
        {"conversation_id": f"t{n}", "channel": "mail", "lang": "en", "status": "resolved",
         "turns": [{"role": "customer", "text": asked}, {"role": "agent", "text": told}]}
        for n, (asked, told) in enumerate(TICKETS)
    ]  # fmt: skip
    tickets = counter.lines("tickets.jsonl", turns)
    refused = counter.write("refused.yaml", "- {id: weather, question: 'Will it rain?', must_refuse: true}\n")
    with monkeypatch.context() as elsewhere:
        elsewhere.setenv("MADOGUCHI_DATA", str(counter.folder / "held"))
        assert counter.run("ingest", tickets)[0] == 0
        code, card = counter.json("tune", "dataset", "--out", "tickets", "--test", "1", "--validation", "0")
        assert (code, card["rows"]["test"]) == (0, len(TICKETS))
        said = counter.run("tune", "dataset", "--out", "tickets", "--test", "1", "--validation", "0")[1]
        assert "Next:      madoguchi tune compare tickets" in said
        assert "No row went" not in said
        code, _, err = counter.run("tune", "transfer", "tickets")
        assert (code != 0, "Labels are JSON Lines" in err) == (True, True)
    with FakeModelServer(faithful) as model:
        add(counter, "model", model)
        code, told = counter.json("tune", "compare", "tickets", *([refused] if also else []), "--methods", "rag")
    assert (code, told["questions"], told["in_index"]) == (0, len(TICKETS) + also, 0)
    [score] = told["scores"]
    assert score["values"]["citation_recall"] is None  # nobody can cite what the knowledge base does not hold
    lacking = "whether a method refuses what it should was not tried"
    assert any(lacking in line for line in told["advice"]["would_change"]) is not also


def test_the_answer_comes_first_and_what_failed_is_counted(counter):
    cases = [{"id": str(n), "question": one, "reference": told} for n, (one, told) in enumerate(ASKED.items())]
    asked = counter.lines("asked.jsonl", cases)
    with FakeModelServer(faithful) as good, FakeModelServer(faithful) as down:
        down.fault = "500"
        add(counter, "good", good)
        add(counter, "down", down, "--retries", "0")
        code, shown, err = counter.run("tune", "compare", asked, "--methods", "rag", "--report", "page.html")
    assert code == 2
    first, second, third = shown.splitlines()[:3]
    assert first.startswith("Search + model good")
    assert second.startswith("Quality ")
    assert third.startswith("Next: do not decide yet.")
    assert "rag:down failed: no answer to any question" in err
    page = (counter.folder / "page.html").read_text("utf-8")
    assert page.index("In short") < page.index("do not decide yet") < page.index("All measures")
