"""What of a message is read, and in which parts."""

import pytest

from knowledge.searching import reading

SENTENCES = {
    "en": [f"The parcel number {number} that you sent to my old address never came." for number in range(40)],
    "ja": [f"お送りいただいた{number}番の荷物が前の住所に届いていません。" for number in range(40)],
}


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_the_parts_of_a_long_message_hold_all_of_its_sentences_once_and_in_order(lang):
    parts = reading.parts("\n".join(SENTENCES[lang]), lang)
    assert len(parts) > 3
    assert all(len(part) <= reading.PART[lang] + len(parts) for part in parts)
    told = "".join("".join(parts).split())
    places = [told.index("".join(sentence.split())) for sentence in SENTENCES[lang]]
    assert places == sorted(places)
    assert len(told) == sum(len("".join(sentence.split())) for sentence in SENTENCES[lang])


def test_an_ordinary_message_is_its_only_part():
    message = " ".join(SENTENCES["en"][:5])
    assert reading.parts(message, "en") == [message]


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_a_letter_that_one_vector_can_hold_is_one_part_more(lang):
    letter = "\n".join(SENTENCES[lang][:8])
    assert reading.LONG[lang] < len(letter) <= reading.EMBEDDED[lang]
    *parts, whole = reading.parts(letter, lang)
    assert whole == letter
    assert len(parts) > 1


@pytest.mark.parametrize("text", ["x" * 4000, "dGhpcyBpcyBubyBwcm9zZQ==" * 160, "返" * 4000, " " * 4000])
def test_of_what_is_no_prose_both_ends_are_embedded(text):
    assert reading.parts(text, "en") == [reading.ends(text, "en")]
    assert len(reading.ends(text, "en")) <= reading.EMBEDDED["en"] + 1


def test_lines_of_nothing_are_no_part():
    assert reading.parts("\n" * 1300 + "a", "en") == ["a"]


def test_a_sentence_without_an_end_is_left_out_and_the_others_stay():
    parts = reading.parts("\n".join([*SENTENCES["en"][:20], "key" * 400 + ".", *SENTENCES["en"][20:]]), "en")
    assert not any("keykey" in part for part in parts)
    assert SENTENCES["en"][20] in " ".join(parts)


def test_the_embedder_is_asked_for_the_parts():
    message = "\n".join(SENTENCES["en"])
    assert reading.embedded(message) == reading.parts(message, "en")
    assert reading.embedded("Where is my parcel?") == ["Where is my parcel?"]
