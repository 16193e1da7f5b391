"""An embedding model of the operator's own: a folder with an ONNX file and a tokenizer, as others publish them."""

import json
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer, models, pre_tokenizers

from knowledge.embedder import Embedder
from knowledge.embedding.embeddings import open_embedder
from knowledge.errors import ConfigError
from knowledge.settings import KnowledgeSettings

WORDS = {"[PAD]": 0, "[UNK]": 1, "red": 2, "green": 3, "blue": 4, "query:": 5, "passage:": 6}
TABLE = np.array(
    [[9, 9, 9], [1, 1, 1], [3, 0, 0], [0, 3, 0], [0, 0, 3], [6, 0, 0], [0, 6, 0]], np.float32
)  # one row a word


def make_folder(folder: Path, *, per_token: bool = True, types: bool = False, scale: float = 1) -> Path:
    """A model that looks words up in TABLE, and gives one vector per token or their plain mean."""
    folder.mkdir(exist_ok=True)
    inputs = ["input_ids", "attention_mask", *(["token_type_ids"] if types else [])]
    nodes = [helper.make_node("Gather", ["table", "input_ids"], ["words"])]
    if types:
        nodes += [helper.make_node("Gather", ["types", "token_type_ids"], ["kinds"])]
        nodes += [helper.make_node("Add", ["words", "kinds"], ["typed"])]
    words = "typed" if types else "words"
    if per_token:
        nodes += [helper.make_node("Identity", [words], ["output"])]
    else:
        nodes += [helper.make_node("ReduceMean", [words, "tokens"], ["output"], keepdims=0)]
    constants = {
        "table": TABLE * np.float32(scale),
        "types": np.array([[0, 0, 1], [7, 7, 7]], np.float32),
        "tokens": np.array([1]),
    }
    graph = helper.make_graph(
        nodes,
        "words",
        [helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "tokens"]) for name in inputs],
        [helper.make_tensor_value_info("output", TensorProto.FLOAT, None)],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    onnx.save(model, folder / "model.onnx")
    tokenizer = Tokenizer(models.WordLevel(WORDS, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer.save(str(folder / "tokenizer.json"))
    return folder


def opened(folder: Path) -> Embedder:
    return open_embedder(KnowledgeSettings(embedding=f"onnx:{folder}"))


def unit(*numbers: float) -> np.ndarray:
    return np.array(numbers) / np.linalg.norm(numbers)


def test_a_bare_folder_works_with_the_mean_of_its_tokens(tmp_path: Path):
    embedder = opened(make_folder(tmp_path))
    np.testing.assert_allclose(embedder.embed_query("red red green"), unit(2, 1, 0), atol=1e-6)
    assert embedder.dimensions == 3
    assert embedder.count_tokens(["red", "red green  blue"]) == [1, 3]


def test_padding_does_not_count(tmp_path: Path):
    vectors = opened(make_folder(tmp_path)).embed_passages(["blue", "red green", "red green blue blue"])
    np.testing.assert_allclose(vectors, [unit(0, 0, 1), unit(1, 1, 0), unit(1, 1, 2)], atol=1e-6)


def test_a_model_that_wants_token_types_gets_the_first(tmp_path: Path):
    embedder = opened(make_folder(tmp_path, types=True))
    np.testing.assert_allclose(embedder.embed_query("red"), unit(3, 0, 1), atol=1e-6)


def test_a_model_that_pools_itself_is_only_brought_to_length_one(tmp_path: Path):
    embedder = opened(make_folder(tmp_path, per_token=False))
    np.testing.assert_allclose(embedder.embed_query("red red green"), unit(2, 1, 0), atol=1e-6)


def test_a_model_that_pools_by_its_first_token_is_known_by_its_own_description(tmp_path: Path):
    (make_folder(tmp_path) / "1_Pooling").mkdir()
    (tmp_path / "1_Pooling" / "config.json").write_text(
        '{"word_embedding_dimension": 3, "pooling_mode_cls_token": true}'
    )
    np.testing.assert_allclose(opened(tmp_path).embed_query("red green blue"), unit(1, 0, 0), atol=1e-6)


def test_the_folder_of_an_exported_model_may_have_it_one_level_deeper(tmp_path: Path):
    (make_folder(tmp_path) / "onnx").mkdir()
    (tmp_path / "model.onnx").rename(tmp_path / "onnx" / "model.onnx")
    np.testing.assert_allclose(opened(tmp_path).embed_query("green"), unit(0, 1, 0), atol=1e-6)


def test_the_manifest_tells_prefixes_and_limits(tmp_path: Path):
    told = {"name": "colours", "dim": 3, "max_tokens": 3, "query_prefix": "query: ", "passage_prefix": "passage: "}
    (make_folder(tmp_path) / "manifest.json").write_text(json.dumps(told))
    embedder = opened(tmp_path)
    np.testing.assert_allclose(embedder.embed_query("blue"), unit(2, 0, 1), atol=1e-6)
    np.testing.assert_allclose(embedder.embed_passages(["blue blue red red"])[0], unit(0, 1, 1), atol=1e-6)
    assert embedder.count_tokens(["blue blue red red"]) == [5]
    assert embedder.fingerprint.startswith("colours:")


def test_the_fingerprint_follows_what_makes_a_vector_and_not_where_the_folder_lies(tmp_path: Path):
    here = opened(make_folder(tmp_path / "here")).fingerprint
    assert opened(make_folder(tmp_path / "there")).fingerprint == here
    assert opened(make_folder(tmp_path / "there", scale=2)).fingerprint != here
    (tmp_path / "here" / "manifest.json").write_text('{"query_prefix": "query: "}')
    assert opened(tmp_path / "here").fingerprint != here


def test_a_folder_without_a_model_is_told_with_an_example(tmp_path: Path):
    with pytest.raises(ConfigError, match=r"model\.onnx is missing there.*MADOGUCHI_EMBEDDING=onnx:"):
        opened(tmp_path / "nowhere")
    (make_folder(tmp_path) / "tokenizer.json").unlink()
    with pytest.raises(ConfigError, match=r"tokenizer\.json is missing there"):
        opened(tmp_path)


@pytest.mark.parametrize("content", ["", "nonsense", "{}", '{"dim": 3}'])
@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json"])
def test_a_file_that_is_something_else_is_named(tmp_path: Path, name: str, content: str):
    (make_folder(tmp_path) / name).write_text(content)
    with pytest.raises(ConfigError, match=rf"{name} is not"):
        opened(tmp_path)


@pytest.mark.parametrize(
    ("manifest", "complaint"),
    [
        ("{", "Invalid JSON"),
        ('{"pooling": "max"}', "wrong at pooling"),
        ('{"max_token": 512}', "wrong at max_token"),
        ('{"dim": 384}', "says dim 384, but the vectors of .* have 3"),
    ],
)
def test_a_wrong_manifest_is_told_with_its_field(tmp_path: Path, manifest: str, complaint: str):
    (make_folder(tmp_path) / "manifest.json").write_text(manifest)
    with pytest.raises(ConfigError, match=complaint):
        opened(tmp_path)
