import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.language.sentences import first_sentence_end, sentence_spans, split_sentences

LIKELY = st.text(st.sampled_from("あ漢カa B1.。！？!?「」『』（）()\"'、, \n　…．:"), max_size=80)


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("返品できますか？はい、できます。", ["返品できますか？", "はい、できます。"]),
        (
            "「返品できますか？」と聞かれた。「はい。」そう答えた。",
            ["「返品できますか？」と聞かれた。", "「はい。」そう答えた。"],
        ),
        ("「一つ。二つ。」と数えた。終わり！", ["「一つ。二つ。」と数えた。", "終わり！"]),
        ("（詳しくはこちら。）次です。", ["（詳しくはこちら。）", "次です。"]),
        ("閉じ忘れ「です。次の文です。", ["閉じ忘れ「です。", "次の文です。"]),
        ("料金は1.5倍、Ver.2.0です。以上", ["料金は1.5倍、Ver.2.0です。", "以上"]),
        ("ですか?はい!終わり", ["ですか?", "はい!", "終わり"]),
        ("え？と思った。", ["え？と思った。"]),
        ("Dr. Smith paid $3.50. See e.g. Fig. 3. OK?", ["Dr. Smith paid $3.50.", "See e.g. Fig. 3.", "OK?"]),
        ("Visit https://a.example/x?y=1.2 now. Done.", ["Visit https://a.example/x?y=1.2 now.", "Done."]),
        ('"Is it?" he asked. "Yes." She left.', ['"Is it?" he asked.', '"Yes."', "She left."]),
        ("The U.S. Army came. I did. So.", ["The U.S. Army came.", "I did.", "So."]),
        ("The answer is no. Call No. 5.", ["The answer is no.", "Call No. 5."]),
        ("1. Open it. Then close.", ["1. Open it.", "Then close."]),
        ("one line\nanother line", ["one line", "another line"]),
        ("まず…次に", ["まず…次に"]),
        ("", []),
        (" \n ", []),
    ],
)
def test_sentences_end_where_a_reader_ends_them(text, sentences):
    assert split_sentences(text) == sentences


@given(LIKELY | st.text(max_size=200))
def test_nothing_but_white_space_is_lost(text):
    assert "".join(split_sentences(text)).split() or not text.strip()
    assert "".join("".join(split_sentences(text)).split()) == "".join(text.split())
    spans = sentence_spans(text)
    assert "".join(text[start:end] for start, end in spans) == text


@given(LIKELY)
def test_no_sentence_begins_with_the_end_of_another(text):
    for before, sentence in zip(split_sentences(text), split_sentences(text)[1:], strict=False):
        assert sentence[0] not in "。」』）" or before[-1] not in "。！？" or "\n" in text


def test_the_first_end_is_that_of_the_first_sentence():
    texts = [
        "",
        "\n",
        "\nA. B.",
        "a",
        "「はい。」と言う。次。",
        "Mr. A went. He came.",
        "v1.2 is here. 次です。",
        "…\n。",
        "A!? b. C",
    ]
    for text in texts:
        assert first_sentence_end(text) == (sentence_spans(text) or [(0, 0)])[0][1]


@pytest.mark.parametrize("words", ["A. ", "Mr. B. ", "「はい。」と言う。次。", "(a.) ", "え？と、", "あ。"])
def test_a_line_without_an_end_takes_time_as_it_is_long(words):
    began = time.process_time()
    split_sentences(words * (200_000 // len(words)))
    assert time.process_time() - began < 20  # far less than one; in the square of the length, minutes
