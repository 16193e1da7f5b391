"""A counter to try commands on: a small FAQ that was really ingested, and `madoguchi` run in this process."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from knowledge.embedder import Embedder
from knowledge.embedding import embeddings
from knowledge.errors import MadoguchiError
from knowledge.settings import KnowledgeSettings, load
from madoguchi.cli import app

FAQ = """\
質問,回答
返品はいつまでできますか,未使用の商品は到着から30日以内なら返品できます。
送料はいくらですか,送料は全国一律550円です。
保証期間はどのくらいですか,保証期間はお買い上げの日から2年間です。
営業時間を教えてください,平日は9時から18時まで営業しています。
支払い方法を教えてください,クレジットカードと銀行振込をご利用いただけます。
How long do I have to return something?,You can return unused goods within 30 days of delivery.
What does express delivery cost?,Express delivery costs 12 euros and takes two days.
How long is the warranty?,The warranty lasts two years from the day of purchase.
Which cards do you accept?,We accept Visa and Mastercard.
Where is your shop?,Our shop is at 5 Harbour Street in Bristol.
"""


_open = embeddings.open_embedder


@cache
def _opened() -> Embedder:
    return _open(load(KnowledgeSettings))


def _embedder(settings: KnowledgeSettings) -> Embedder:
    return _opened()


class Counter:
    """Runs commands against one knowledge base."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch) -> None:
        self.folder, self.data = folder, folder / "data"
        for name in os.environ:
            if name.startswith(("MADOGUCHI_", "OPENAI_")) and name != "MADOGUCHI_MODELS":
                patch.delenv(name)
        patch.setenv("MADOGUCHI_DATA", str(self.data))
        patch.chdir(folder)
        # The real model, opened once for all commands of the tests: opening it is most of what a command takes.
        patch.setattr("knowledge.embedding.embeddings.open_embedder", _embedder)
        self._patch = patch

    def run(self, *arguments: str) -> tuple[int, str, str]:
        """Exit code, stdout and stderr, as `madoguchi` would give them."""
        self._patch.setattr(sys, "argv", ["madoguchi", *arguments])
        result = CliRunner().invoke(app, list(arguments))
        if isinstance(result.exception, MadoguchiError):
            return result.exception.exit_code, result.stdout, str(result.exception)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result.exit_code, result.stdout, result.stderr

    def json(self, *arguments: str) -> tuple[int, dict[str, Any]]:
        """Exit code and the one object of `--json`."""
        code, out, err = self.run(*arguments, "--json")
        assert out, err
        return code, json.loads(out)

    def write(self, name: str, text: str) -> str:
        """A file, by its path."""
        (self.folder / name).write_text(text, "utf-8")
        return str(self.folder / name)

    def lines(self, name: str, records: Iterable[object]) -> str:
        """A file of JSON Lines, by its path."""
        return self.write(name, "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in records))
