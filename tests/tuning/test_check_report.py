"""`madoguchi tune check --report`: the card shows what the verdict says, and runs nothing."""

from __future__ import annotations

import pytest
from planted import PAIRS, clean, write
from test_checking import check

from tuning.datasets.examples import Example
from tuning.datasets.examples import write as write_examples
from tuning.datasets.moods import mood


@pytest.fixture
def rows(counter):
    """A data set of sixteen clean rows and one that must not be trained on; of the first the agent is known."""
    place = counter.folder / "set"
    place.mkdir()
    spoilt = {
        "messages": [{"role": "user", "content": "Which?"}, {"role": "assistant", "content": "<script>1</script>"}]
    }
    write(place / "train.jsonl", [*clean(), spoilt])
    known = [
        Example(str(n), question, answer, "en", "curated", "c", agent=f"<b>{n % 2}</b>", channel="mail", topic="Orders")
        for n, (question, answer) in enumerate(PAIRS)
    ]
    write_examples(place / "train.examples.jsonl", known)
    return str(place)


def test_the_card_tells_balance_costs_and_risk_and_runs_nothing(counter, rows):
    code, told = counter.json("tune", "check", rows, "--report", "card.html", "--epochs", "20")
    assert code == 1
    page = (counter.folder / "card.html").read_text("utf-8")
    assert "This data set must not be trained on as it is." in page
    for title in ("Languages", "How customers sound", "Length of the answers", "Channels", "Who answered", "Topics"):
        assert f"<h2>{title}</h2>" in page
    for cost in told["costs"]:
        assert cost["model"] in page
        assert f"{cost['dollars']:,.2f}" in page
    assert "Risk of over-fitting: high" in page
    assert "20 (planned)" in page
    assert "active-markup" in page
    assert "&lt;b&gt;0&lt;/b&gt;" in page
    assert "<script" not in page
    assert "<b>0" not in page


def test_a_card_that_cannot_be_written_is_refused_before_the_work(counter, rows):
    code, _, err = counter.run("tune", "check", rows, "--report", "nowhere/card.html")
    assert (code, "no file can be written" in err) == (2, True)


def test_lengths_and_moods_are_counted(tmp_path):
    verdict = check(tmp_path, train=clean())
    assert sum(verdict.balance["length"].values()) == len(PAIRS)
    assert list(verdict.balance["length"]) == ["up to 25 tokens", "up to 50 tokens"]
    assert verdict.balance["mood"] == {"calm": len(PAIRS)}


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("もう三回も連絡していますが、まだ返事が来ません。", "upset"),
        ("対応がひどくて、正直がっかりしています。", "upset"),
        ("I am still waiting for my parcel. This is unacceptable!", "upset"),
        ("I am not happy with the kettle.", "upset"),
        ("It isn't a great product, is it?", "upset"),
        ("いつもありがとうございます。フィルターだけ買えますか。", "pleased"),
        ("Thanks for the quick help! Do you sell spare lids?", "pleased"),
        ("最低気温が氷点下でも使えますか。", "calm"),
        ("まだ使えますか。", "calm"),
        ("Is it still under warranty?", "calm"),
        ("Which size is the best for a family?", "calm"),
        ("How do I file a warranty claim?", "calm"),
    ],
)
def test_a_mood_is_told_from_plain_words(question, expected):
    assert mood(question) == expected
