"""A language model of random weights, small enough to be trained in seconds; and conversations for it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

TEMPLATE = "{% for m in messages %}<{{ m.role }}> {{ m.content }} </s> {% endfor %}"
TEMPLATE += "{% if add_generation_prompt %}<assistant> {% endif %}"
WORDS = ["<pad>", "</s>", "<unk>", "<user>", "<assistant>", *(f"w{number}" for number in range(60))]


def make(folder: Path) -> Path:
    """Write the model and its tokenizer; skips the test where what trains is not installed."""
    torch = pytest.importorskip("torch", reason="torch is not installed: make tuning")
    transformers = pytest.importorskip("transformers", reason="transformers is not installed: make tuning")
    pytest.importorskip("peft", reason="peft is not installed: make tuning")
    from tokenizers import Tokenizer, models, pre_tokenizers

    words = Tokenizer(models.WordLevel({word: number for number, word in enumerate(WORDS)}, "<unk>"))
    words.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer = transformers.PreTrainedTokenizerFast(
        tokenizer_object=words, pad_token="<pad>", eos_token="</s>", unk_token="<unk>"
    )
    tokenizer.chat_template = TEMPLATE
    tokenizer.save_pretrained(folder)
    torch.manual_seed(0)
    shape: dict[str, Any] = {"hidden_size": 64, "intermediate_size": 64, "num_hidden_layers": 2}
    shape |= {"num_attention_heads": 4, "num_key_value_heads": 2, "vocab_size": len(WORDS), "initializer_range": 0.2}
    transformers.LlamaForCausalLM(transformers.LlamaConfig(**shape)).save_pretrained(folder)
    return folder


def rows(first: int, count: int) -> str:
    """Conversations, one a line: each answer repeats what was asked."""
    lines = []
    for number in range(first, first + count):
        words = f"w{number % 60} w{number * 7 % 60}"
        messages = [{"role": "user", "content": words}, {"role": "assistant", "content": words}]
        lines.append(json.dumps({"messages": messages}))
    return "\n".join(lines)
