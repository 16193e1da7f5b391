"""An adapter as GGUF: every tensor under llama.cpp's name and in its order of rows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from knowledge.errors import SetupError
from tuning.training import gguf_adapter

gguf = pytest.importorskip("gguf", reason="gguf is not installed: make tuning")
safetensors = pytest.importorskip("safetensors.numpy", reason="safetensors is not installed: make tuning")
HEADS, KEY_HEADS, WIDTH, RANK = 4, 2, 32, 3
SIZES = {"q_proj": WIDTH, "k_proj": WIDTH // 2, "v_proj": WIDTH // 2, "o_proj": WIDTH}


def base(folder: Path, architecture: str) -> Path:
    writer = gguf.GGUFWriter(folder / "base.gguf", architecture)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(KEY_HEADS)
    writer.add_tensor("token_embd.weight", np.zeros((2, WIDTH), np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return folder / "base.gguf"


def adapter(folder: Path, more: str | None = None) -> tuple[Path, dict[str, Any]]:
    chance = np.random.default_rng(0)
    tensors = {}
    for name, rows in SIZES.items():
        place = f"base_model.model.model.layers.1.self_attn.{name}.lora_"
        tensors[f"{place}A.weight"] = chance.normal(size=(RANK, WIDTH)).astype(np.float32)
        tensors[f"{place}B.weight"] = chance.normal(size=(rows, RANK)).astype(np.float32)
    if more is not None:
        tensors[more] = np.zeros((RANK, WIDTH), np.float32)
    place = folder / "adapter"
    place.mkdir()
    safetensors.save_file(tensors, place / "adapter_model.safetensors")
    (place / "adapter_config.json").write_text(json.dumps({"lora_alpha": 6, "r": RANK}))
    return place, {name.split("self_attn.")[1]: value for name, value in tensors.items() if "self_attn" in name}


def as_rotated_by_halves(rows: Any, heads: int) -> Any:
    """The inverse, as transformers takes it when it reads a GGUF file."""
    return rows.reshape(heads, rows.shape[0] // heads // 2, 2, -1).swapaxes(1, 2).reshape(rows.shape)


@pytest.mark.parametrize(("architecture", "turned"), [("llama", True), ("qwen2", False)])
def test_every_matrix_is_where_llama_cpp_looks_for_it(tmp_path: Path, architecture: str, turned: bool) -> None:
    place, tensors = adapter(tmp_path)
    file = gguf_adapter.write(place, base(tmp_path, architecture), tmp_path / "adapter.gguf")
    reader = gguf.GGUFReader(file)
    assert reader.get_field("general.type").contents() == "adapter"
    assert reader.get_field("adapter.type").contents() == "lora"
    assert reader.get_field("adapter.lora.alpha").contents() == 6
    assert reader.get_field("general.architecture").contents() == architecture
    found = {tensor.name: np.array(tensor.data) for tensor in reader.tensors}
    assert len(found) == 2 * len(SIZES)
    for name, written in gguf_adapter.PROJECTIONS.items():
        down, up = (found[f"blk.1.{written}.weight.lora_{side}"] for side in "ab")
        np.testing.assert_array_equal(down, tensors[f"{name}.lora_A.weight"])
        heads = {"q_proj": HEADS, "k_proj": KEY_HEADS}.get(name)
        if turned and heads is not None:
            assert not np.array_equal(up, tensors[f"{name}.lora_B.weight"])
            up = as_rotated_by_halves(up, heads)
        np.testing.assert_array_equal(up, tensors[f"{name}.lora_B.weight"])
    assert [path.name for path in tmp_path.glob("*.new")] == []


def test_what_cannot_be_served_is_refused_in_words(tmp_path: Path) -> None:
    place, _ = adapter(tmp_path, more="base_model.model.lm_head.lora_A.weight")
    with pytest.raises(SetupError, match="lm_head"):
        gguf_adapter.write(place, base(tmp_path, "llama"), tmp_path / "adapter.gguf")
    with pytest.raises(SetupError, match="architecture mamba; adapters are written for llama, qwen2, qwen3"):
        gguf_adapter.write(place, base(tmp_path, "mamba"), tmp_path / "adapter.gguf")
    (tmp_path / "no.gguf").write_bytes(b"no model at all")
    with pytest.raises(SetupError, match="no GGUF file that can be read"):
        gguf_adapter.write(place, tmp_path / "no.gguf", tmp_path / "adapter.gguf")
    assert not (tmp_path / "adapter.gguf").exists()
