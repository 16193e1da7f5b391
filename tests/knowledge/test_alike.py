"""Questions that ask the same are found by the real encoders, in one language and across the two."""

from __future__ import annotations

import numpy as np
import pytest

from knowledge.language.languages import language
from knowledge.searching import alike
from knowledge.settings import KnowledgeSettings

QUESTIONS = [
    "ギフトカードは使えますか",
    "Can I use a gift card?",
    "店舗に駐車場はありますか",
    "ギフトカードで払えますか",
    "Can I pay with a gift card?",
    "お店に駐車場はありますか",
    "Is there parking at the store?",
    "How long is the warranty?",
]


@pytest.mark.parametrize("block", [1, 2, 256])
def test_questions_are_put_together_whatever_their_language(block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alike, "BLOCK", block)
    vectors = alike.comparing(KnowledgeSettings(_env_file=None)).embed_queries(QUESTIONS)
    assert alike.groups(vectors, list(map(language, QUESTIONS))) == [0, 0, 2, 0, 0, 2, 2, 7]


def test_one_language_and_no_question_are_fine() -> None:
    assert alike.groups(np.empty((0, 4), np.float32), []) == []
    assert alike.groups(np.eye(3, dtype=np.float32), ["ja", "ja", "ko"]) == [0, 1, 2]
