"""The two built-in encoders as one: English is read by both, everything else by the multilingual one."""

import numpy as np
import pytest

from knowledge.embedding.embeddings import open_embedder, verify
from knowledge.encoder.bilingual import ENGLISH_SHARE, BilingualEncoder
from knowledge.encoder.build import ENGLISH, ensure_model
from knowledge.encoder.onnx_encoder import QUERY_TOKENS, OnnxEncoder
from knowledge.settings import KnowledgeSettings


@pytest.fixture(scope="module")
def english() -> OnnxEncoder:
    return OnnxEncoder.load(ensure_model(KnowledgeSettings().models, ENGLISH))


@pytest.fixture(scope="module")
def multilingual() -> OnnxEncoder:
    return OnnxEncoder.load(ensure_model(KnowledgeSettings().models))


@pytest.fixture(scope="module")
def both(multilingual: OnnxEncoder, english: OnnxEncoder) -> BilingualEncoder:
    return BilingualEncoder(multilingual, english)


def test_it_is_the_builtin_embedding(both: BilingualEncoder):
    assert open_embedder(KnowledgeSettings(embedding="builtin")).fingerprint == both.fingerprint
    assert both.dimensions == 776
    verify(KnowledgeSettings())


def test_the_english_encoder_tells_a_paraphrase_from_the_same_words_about_something_else(english: OnnxEncoder):
    question, paraphrase, other = english.embed_passages(
        ["How do I delete my account?", "Remove my profile permanently", "How do I open an account?"]
    )
    far = english.embed_query("The weather is nice today")
    assert question @ paraphrase > 0.5 > question @ far + 0.3
    assert question @ other < 0.9


def test_the_english_encoder_reads_as_bert_does(english: OnnxEncoder):
    assert english.count_tokens(["", "embeddings", "Café CAFE", "返金"]) == [2, 6, 4, 4]  # em ##bed ##ding ##s


def test_the_cosine_of_two_english_texts_is_the_weighted_mean(
    both: BilingualEncoder, multilingual: OnnxEncoder, english: OnnxEncoder
):
    text, question = "Refunds take five days.", "When do I get my money back?"
    cosine = both.embed_passages([text])[0] @ both.embed_query(question)
    parts = [encoder.embed_passages([text])[0] @ encoder.embed_query(question) for encoder in (multilingual, english)]
    assert cosine == pytest.approx((1 - ENGLISH_SHARE) * parts[0] + ENGLISH_SHARE * parts[1], abs=1e-5)


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("返金には五日かかります。", "お金はいつ戻りますか"),
        ("Refunds take five days.", "お金はいつ戻りますか"),
        ("返金には五日かかります。", "When do I get my money back?"),
    ],
)
def test_texts_that_are_not_both_english_are_compared_by_the_multilingual_half(
    both: BilingualEncoder, multilingual: OnnxEncoder, text: str, question: str
):
    cosine = both.embed_passages([text])[0] @ both.embed_query(question)
    part = multilingual.embed_passages([text])[0] @ multilingual.embed_query(question)
    assert cosine == pytest.approx((1 - ENGLISH_SHARE) * part, abs=1e-5)


def test_a_question_is_nearest_to_its_answer_in_the_other_language(both: BilingualEncoder):
    texts = ["Refunds take five days.", "Our office is closed on Sundays.", "Coffee should be kept cool."]
    assert np.argmax(both.embed_passages(texts) @ both.embed_query("返金はいつ届きますか")) == 0
    texts = ["返金には五日かかります。", "日曜は休業です。", "コーヒーは涼しい所で保存してください。"]
    assert np.argmax(both.embed_passages(texts) @ both.embed_query("When will my refund arrive?")) == 0


def test_all_vectors_have_length_one_and_the_order_of_the_texts_stays(both: BilingualEncoder):
    texts = ["Refunds", "返金", "42", "Opening hours", "営業時間"]
    vectors = both.embed_passages(texts)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert all(
        np.allclose(both.embed_passages([text])[0], row, atol=1e-5) for text, row in zip(texts, vectors, strict=True)
    )
    assert both.embed_passages([]).shape == (0, 776)
    assert np.linalg.norm(both.embed_query("Refunds")) == pytest.approx(1, abs=1e-5)
    done: list[int] = []
    both.embed_passages(texts, done.append)
    assert sum(done) == len(texts)


def test_of_a_question_no_more_than_its_first_tokens_are_read(multilingual: OnnxEncoder):
    words = [f"word{number} refund" for number in range(QUERY_TOKENS)]
    read, more = (multilingual.embed_query(" ".join(words[:count])) for count in (QUERY_TOKENS // 2, QUERY_TOKENS))
    assert np.allclose(read, more, atol=1e-6)
    assert not np.allclose(read, multilingual.embed_query(" ".join(words[:20])), atol=1e-3)
