"""The conversations with small companies: what each message is to be told stands in that company's documents."""

import json

import pytest

from benchmarks.conversations import SETS, judged
from benchmarks.samples import squeezed
from benchmarks.small_desks import COMPANIES
from service.answers import Answer, Citation

TALKS = [(part, json.loads(line)) for part, path in SETS.items() for line in path.read_text("utf-8").splitlines()]
SOURCE = Citation(1, "p", "d", "t", "s", None, None, None, "q", 1.0)


@pytest.mark.parametrize(("part", "talk"), TALKS, ids=[f"{part}-{talk['id']}" for part, talk in TALKS])
def test_what_is_to_be_said_stands_in_the_documents(part, talk):
    texts = "".join(path.read_text("utf-8") for path in (COMPANIES / part / talk["company"]).glob("*.md"))
    assert 3 <= len(talk["messages"]) <= 5
    for message in talk["messages"]:
        assert message["expected"] in ("answer", "none", "thanks")
        assert ("gold" in message) == (message["expected"] == "answer")
        assert all(squeezed(part).casefold() in squeezed(texts).casefold() for part in message.get("gold", ()))


@pytest.mark.parametrize(
    ("message", "text", "confidence", "what"),
    [
        ({"expected": "answer", "gold": ["£5", "free"]}, "It is £ 5, or free [1].", 0.9, "said"),
        ({"expected": "answer", "gold": ["£5", "free"]}, "It is £5 [1].", 0.6, "half said, in doubt"),
        ({"expected": "answer", "gold": ["£5"]}, "Yes [1].", 0.9, "beside"),
        ({"expected": "none"}, "Yes [1].", 0.6, "answered, in doubt"),
        ({"expected": "thanks"}, "Yes [1].", 0.6, "no courtesy"),
    ],
)
def test_what_became_of_a_message(message, text, confidence, what):
    answer = Answer(text, "answered", (SOURCE,), confidence, "extractive", "en", "g")
    assert judged(message, answer, 0.5) == what
    refused = Answer("No.", "refused", (), 0.1, "extractive", "en", "g")
    assert judged(message, refused, 0.5) in ("refused", "none", "no courtesy")
