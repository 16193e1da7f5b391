"""How fast the built-in embedding model is here: python -m benchmarks.embedding

Prints how long it takes to load, how many stored texts it embeds in a second, and how long a question takes.
The texts are Japanese and English in turn: the samples where they are, else sentences of a shop's help pages.
"""

from __future__ import annotations

import os
import random
import statistics
import time

from rich.console import Console
from rich.table import Table

from benchmarks.common.places import SAMPLES
from knowledge.embedder import Embedder
from knowledge.embedding.embeddings import open_embedder
from knowledge.settings import KnowledgeSettings, load

TEXTS, MEAN_TOKENS, MAX_TOKENS = 600, 130, 512
QUESTIONS, WARM_UP = 300, 10
SEED = 5
JAPANESE = [
    "返品は商品の到着後三十日以内にお申し込みください。",
    "送料は全国一律五百五十円で、五千円以上のお買い上げでは無料になります。",
    "ご注文の確定後、二営業日以内に倉庫から発送いたします。",
    "パスワードは、ログイン画面の「お忘れの方」から再設定できます。",
    "領収書はマイページのご注文履歴からダウンロードしてください。",
    "初期不良の場合は、送料を当社で負担して交換いたします。",
]
ENGLISH = [
    "You can return an unused item within thirty days of its arrival.",
    "Shipping is a flat 550 yen, and free for orders of 5,000 yen and more.",
    "We ship from our warehouse within two working days of your order.",
    "To reset your password, choose Forgot password on the sign-in page.",
    "Receipts can be downloaded from the order history in your account.",
    "If an item is faulty on arrival, we exchange it and pay the postage.",
]


def main() -> None:
    settings = load(KnowledgeSettings, embedding="builtin")
    open_embedder(settings)  # builds the model if this is its first use
    began = time.perf_counter()
    embedder = open_embedder(settings)
    loading = time.perf_counter() - began

    texts = make_texts(embedder)
    tokens = [min(count, MAX_TOKENS) for count in embedder.count_tokens(texts)]
    embedder.embed_passages(texts[:WARM_UP])
    began = time.perf_counter()
    embedder.embed_passages(texts)
    bulk = time.perf_counter() - began

    questions = [random.Random(n).choice([JAPANESE, ENGLISH][n % 2])[:40] for n in range(QUESTIONS)]
    times = sorted(_milliseconds(embedder, question) for question in questions)

    table = Table(title=f"{embedder.fingerprint} on {os.cpu_count()} cores", show_header=False)
    table.add_row("load", f"{loading:.2f} s")
    table.add_row(f"stored texts, {statistics.mean(tokens):.0f} tokens on average", f"{len(texts) / bulk:.0f} texts/s")
    table.add_row("", f"{sum(tokens) / bulk:,.0f} tokens/s")
    table.add_row("a question, half of them within", f"{times[len(times) // 2]:.1f} ms")
    table.add_row("a question, 95 of 100 within", f"{times[len(times) * 95 // 100]:.1f} ms")
    Console().print(table)


def make_texts(embedder: Embedder) -> list[str]:
    """Texts of many lengths, alternately Japanese and English, of about MEAN_TOKENS on average."""
    pick = random.Random(SEED)
    sentences = _sample_sentences() or (JAPANESE, ENGLISH)
    costs = [statistics.mean(embedder.count_tokens(some)) for some in sentences]
    texts = []
    for n in range(TEXTS):
        wanted = min(pick.expovariate(1 / MEAN_TOKENS) + 10, MAX_TOKENS)
        count = max(1, round(wanted / costs[n % 2]))
        texts.append(" ".join(pick.choices(sentences[n % 2], k=count)))
    return texts


def _sample_sentences() -> tuple[list[str], list[str]] | None:
    """The lines of the samples' text files, Japanese and English apart; None when there are none."""
    files = [file for file in sorted((SAMPLES / "knowledge").rglob("*")) if file.suffix in {".md", ".csv"}]
    lines = [line.strip() for file in files for line in file.read_text(encoding="utf-8-sig").splitlines()]
    lines = [line for line in lines if 15 <= len(line) <= 200]
    japanese = [line for line in lines if any("\u3040" <= letter <= "\u9fff" for letter in line)]
    english = [line for line in lines if line.isascii()]
    return (japanese, english) if japanese and english else None


def _milliseconds(embedder: Embedder, question: str) -> float:
    began = time.perf_counter()
    embedder.embed_query(question)
    return (time.perf_counter() - began) * 1000


if __name__ == "__main__":
    main()
