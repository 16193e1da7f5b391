"""A cross-encoder of the operator's own puts what was found in order: a folder, as sentence-transformers exports it."""

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer, models, pre_tokenizers, processors

from knowledge.encoder.cross_encoder import CrossEncoder
from knowledge.errors import ConfigError
from knowledge.passages import Found, Hit, Passage
from knowledge.searching.reranking import CANDIDATES, open_reranker, rerank
from knowledge.settings import KnowledgeSettings, load

WORDS = {"[PAD]": 0, "[UNK]": 1, "[CLS]": 2, "[SEP]": 3, "good": 4, "bad": 5, "question": 6}
SLOW_STEPS = 6
WORTH = np.array([[9], [0], [0], [0], [1], [-1], [0]], np.float32)  # of a word of the passage


def make_folder(folder: Path, labels: int = 1, slow: bool = False) -> Path:
    """A model that adds up what the words of the passage, and not those of the question, are worth."""
    folder.mkdir(exist_ok=True)
    nodes = [
        helper.make_node("Gather", ["worth", "input_ids"], ["words"]),
        helper.make_node("Mul", ["token_type_ids", "attention_mask"], ["of_passage"]),
        helper.make_node("Cast", ["of_passage"], ["counted"], to=TensorProto.FLOAT),
        helper.make_node("Unsqueeze", ["counted", "last"], ["each"]),
        helper.make_node("Mul", ["words", "each"], ["counting"]),
        helper.make_node("ReduceSum", ["counting", "tokens"], ["sum"], keepdims=0),
    ]
    if slow:  # a product after the other, each of which takes longer than the budget of the test allows for all
        nodes += [helper.make_node("ReduceMax", ["sum"], ["highest"], keepdims=0)]
        nodes += [helper.make_node("Mul", ["large", "highest"], ["large0"])]
        nodes += [helper.make_node("MatMul", [f"large{n}", "large"], [f"large{n + 1}"]) for n in range(SLOW_STEPS)]
        nodes += [helper.make_node("ReduceMax", [f"large{SLOW_STEPS}"], ["most"], keepdims=0)]
        nodes += [helper.make_node("Add", ["sum", "most"], ["one"])]
    else:
        nodes += [helper.make_node("Identity", ["sum"], ["one"])]
    nodes += [helper.make_node("Mul", ["one", "sides"], ["logits"])]
    constants = {
        "worth": WORTH,
        "last": np.array([2]),
        "tokens": np.array([1]),
        "sides": {1: np.array([1], np.float32), 2: np.array([-0.5, 0.5], np.float32)}.get(
            labels, np.ones(labels, np.float32)
        ),
    }
    if slow:
        constants |= {"large": np.zeros((1000, 1000), np.float32)}
    inputs = [
        helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "tokens"])
        for name in ("input_ids", "attention_mask", "token_type_ids")
    ]
    stored = [numpy_helper.from_array(value, name) for name, value in constants.items()]
    output = helper.make_tensor_value_info("logits", TensorProto.FLOAT, None)
    graph = helper.make_graph(nodes, "judge", inputs, [output], stored)
    onnx.save(
        helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10), folder / "model.onnx"
    )
    tokenizer = Tokenizer(models.WordLevel(WORDS, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    tokenizer.save(str(folder / "tokenizer.json"))
    return folder


def found(*texts: str) -> Found:
    hits = (
        Hit(Passage(text, "d", "faq", "default", "en", "faq.csv", "title", text, "heading"), 9.0 - n, 0.9, 0.5)
        for n, text in enumerate(texts)
    )
    return Found(tuple(hits), 0.8, "en", "generation")


def texts(order: Found) -> list[str]:
    return [hit.passage.text for hit in order.hits]


@pytest.mark.parametrize("labels", [1, 2])
def test_the_order_is_the_models_and_its_probabilities_are_the_scores(tmp_path: Path, labels: int):
    settings = load(KnowledgeSettings, reranker=f"onnx:{make_folder(tmp_path, labels)}", reranker_budget_ms=5000)
    reranker = open_reranker(settings)
    assert reranker is not None
    order = rerank(found("bad", "good", "good good", "other", "bad bad"), reranker, "good question", 5)
    assert texts(order) == ["good good", "good", "other", "bad", "bad bad"]
    assert order.hits[2].score == pytest.approx(0.5)
    assert order.hits[1].score == pytest.approx(1 / (1 + np.exp(-1)))
    assert order.confidence == 0.8


def test_only_the_first_passages_are_judged_and_the_rest_follow(tmp_path: Path):
    reranker = CrossEncoder.load(make_folder(tmp_path), 5.0)
    order = rerank(found(*["bad"] * CANDIDATES, "good"), reranker, "question", CANDIDATES + 1)
    assert texts(order)[-1] == "good"


def test_a_long_message_leaves_room_for_the_passage(tmp_path: Path):
    reranker = CrossEncoder.load(make_folder(tmp_path), 5.0)
    assert texts(rerank(found("bad", "good"), reranker, "question " * 3000, 2)) == ["good", "bad"]
    assert texts(rerank(found("bad " * 3000, "good"), reranker, "", 2))[0] == "good"


def test_a_model_that_is_too_slow_is_stopped_and_the_order_stands(tmp_path: Path):
    reranker = CrossEncoder.load(make_folder(tmp_path, slow=True), 0.03)
    assert texts(rerank(found("bad", "good"), reranker, "question", 2)) == ["bad", "good"]
    assert reranker.trouble == "0 of 2 passages judged within 30 ms"


def test_a_folder_without_a_model_is_told_with_an_example(tmp_path: Path):
    with pytest.raises(ConfigError, match=r"model\.onnx is missing there.*MADOGUCHI_RERANKER=onnx:"):
        CrossEncoder.load(tmp_path / "nowhere", 1.0)


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json"])
def test_a_file_that_is_something_else_is_named(tmp_path: Path, name: str):
    (make_folder(tmp_path) / name).write_text("nonsense")
    with pytest.raises(ConfigError, match=rf"{name} is not"):
        CrossEncoder.load(tmp_path, 1.0)


def test_a_classifier_of_many_kinds_is_no_cross_encoder(tmp_path: Path):
    with pytest.raises(ConfigError, match="it gives 3 numbers for a pair"):
        CrossEncoder.load(make_folder(tmp_path, labels=3), 1.0)


@pytest.mark.parametrize("value", ["onnx:", "/models/judge", "localhost/rerank"])
def test_a_setting_that_names_neither_is_refused(value: str):
    with pytest.raises(ConfigError, match="MADOGUCHI_RERANKER is wrong: must begin with http"):
        load(KnowledgeSettings, reranker=value)
