"""Turns a trained adapter into the GGUF file that llama-server loads beside its base model (`--lora`)."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from knowledge.errors import SetupError

FILE = "adapter.gguf"
# Architectures by their GGUF names, and whether llama.cpp keeps the rows of their queries and keys in another order
# (the halves of each head's rotation interleaved, as in llama.cpp's conversion/llama.py).
INTERLEAVED = {"llama": True, "qwen2": False, "qwen3": False}
PROJECTIONS = {"q_proj": "attn_q", "k_proj": "attn_k", "v_proj": "attn_v", "o_proj": "attn_output"}
_NAME = re.compile(r"\.layers\.(\d+)\.self_attn\.(\w+)\.lora_([AB])\.weight$")


def write(adapter: Path, base: Path, out: Path) -> Path:
    """Write the adapter of a folder (peft's) for a base model (GGUF) and give the file.

    Raises SetupError where the base is of an architecture, or the adapter of a kind, that is not known here, and where
    the libraries are missing.
    """
    try:
        from gguf import GGUFType, GGUFWriter, Keys
        from safetensors.numpy import load_file
    except ImportError as error:
        raise SetupError(f"{error.name} is not installed: make tuning, or pip install 'madoguchi[tuning]'") from None

    architecture, heads, key_heads = _heads(base)
    settings = json.loads((adapter / "adapter_config.json").read_text("utf-8"))
    fresh = out.with_name(f"{out.name}.new")
    writer = GGUFWriter(fresh, architecture)
    writer.add_type(GGUFType.ADAPTER)
    writer.add_string(Keys.Adapter.TYPE, "lora")
    writer.add_float32(Keys.Adapter.LORA_ALPHA, float(settings["lora_alpha"]))
    for name, value in load_file(adapter / "adapter_model.safetensors").items():
        found = _NAME.search(name)
        if found is None or found[2] not in PROJECTIONS:
            raise SetupError(f"{adapter} tunes {name}, which cannot be served from here. llama.cpp converts it, too.")
        layer, projection, side = found.groups()
        if side == "B" and INTERLEAVED[architecture] and projection in ("q_proj", "k_proj"):
            value = interleaved(value, heads if projection == "q_proj" else key_heads)
        target = f"blk.{layer}.{PROJECTIONS[projection]}.weight.lora_{side.lower()}"
        writer.add_tensor(target, np.ascontiguousarray(value, np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    fresh.replace(out)
    return out


def interleaved(rows: NDArray[Any], heads: int) -> NDArray[Any]:
    """The rows (heads × 2 halves × n) of a projection in llama.cpp's order (heads × n × 2)."""
    return rows.reshape(heads, 2, rows.shape[0] // heads // 2, -1).swapaxes(1, 2).reshape(rows.shape)


def _heads(base: Path) -> tuple[str, int, int]:
    """The architecture of a GGUF file, and how many heads ask and are asked."""
    from gguf import GGUFReader, Keys

    try:
        reader = GGUFReader(base)
    except (OSError, ValueError) as error:
        raise SetupError(f"{base} is no GGUF file that can be read: {error}") from None

    def value(name: str) -> Any:
        field = reader.get_field(name)
        return None if field is None else field.contents()

    architecture = str(value(Keys.General.ARCHITECTURE))
    if architecture not in INTERLEAVED:
        raise SetupError(
            f"{base} is of the architecture {architecture}; adapters are written for {', '.join(INTERLEAVED)}. "
            "llama.cpp's convert_lora_to_gguf.py knows more."
        )
    heads = int(value(Keys.Attention.HEAD_COUNT.format(arch=architecture)))
    return architecture, heads, int(value(Keys.Attention.HEAD_COUNT_KV.format(arch=architecture)) or heads)
