"""Questions that no customer should ask, and how long each search takes: python -m benchmarks.robustness [FOLDER]

FOLDER is a knowledge base (MADOGUCHI_DATA); without it the sample company's is made. Each question is asked five times
through the real search, embedding included. Printed are the median in milliseconds of the processor, which other
programs do not disturb, and the longest by the clock. Exit code 1 when one fails or its median is above 50 ms.
"""

from __future__ import annotations

import base64
import random
import statistics
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.common.bases import ingest
from benchmarks.common.places import SAMPLES
from ingest.settings import IngestSettings
from knowledge.embedder import Embedder
from knowledge.embedding.embeddings import open_embedder
from knowledge.index.store import Generation
from knowledge.language.analysis import Analyzer
from knowledge.searching import retrieval
from knowledge.settings import load

LONG, TIMES, MOST_MS = 10_000, 5, 50.0  # characters; of each question; of the processor
WORDS = ("refund", "order", "返品", "送料", "配送", "kettle", "warranty", "cancel", "領収書", "ポイント")
BEFORE = "How many years of warranty are there?"  # asked before: an unclear question is searched with it, too


def questions() -> dict[str, str]:
    """What is asked, by what it is."""
    chance = random.Random(5)
    some = [chance.choice(WORDS) for _ in range(LONG)]
    letters = "".join(chr(chance.randint(0x4E00, 0x9FFF)) for _ in range(LONG))
    return {
        "one Latin letter": "a",
        "one kanji": "返",
        "one digit": "7",
        "a space": " ",
        "nothing": "",
        "only punctuation": "?!…、。・；：「」()[]{}<>",
        "10,000 question marks": "?" * LONG,
        "10,000 line breaks": "\n" * LONG,
        "emoji": "🙂🙃🎉",
        "an emoji of families and a word": "👨‍👩‍👧‍👦 返品 👍🏽",
        "10,000 emoji": "🙂" * LONG,
        "full-width Latin": "ＲＥＦＵＮＤ　ｐｌｅａｓｅ　１２３",
        "half-width katakana": "ﾍﾝﾋﾟﾝ ｼﾀｲ",
        "mixed scripts": "orderを cancel したい、でもrefund은 언제 مرحبا?",
        "Korean": "환불은 언제 되나요?",
        "Arabic": "متى أسترد أموالي؟",
        "Thai": "ฉันจะขอเงินคืนได้อย่างไร",
        "marks piled on letters": "r̷̢̛e̶̡f̵̨u̷͢n̸d̴" * 20,
        "SQL": "'; DROP TABLE passages; SELECT * FROM users WHERE '1'='1' --",
        "query syntax": 'title:返品 AND (body:* OR letters:"a b"~2) NOT [1 TO *] ^5 /re.*/ +must -not',
        "unclosed quotation": '"refund (',
        "a regular expression": "(a+)+$" * 50,
        "a script element": "<script>alert(1)</script> ${jndi:ldap://x} {{7*7}} %00",
        "control characters": "\x00\x01\x07\x1b[31mrefund\x7f",
        "half a surrogate pair": "refund \ud800",
        "turned around": "\u202ednufer\u202c \u200b\u200d\ufeff",
        "10,000 letters x": "x" * LONG,
        "10,000 kanji in no order": letters,
        "10,000 characters of words": " ".join(some)[:LONG],
        "10,000 characters of Japanese sentences": "返品したいのですが、送料はどちらの負担ですか。" * (LONG // 23),
        "10,000 characters of English sentences": "I want my money back, how long will it take? " * (LONG // 45),
        "10,000 characters of base64": base64.b64encode(chance.randbytes(LONG))[:LONG].decode(),
        "JSON": '{"question": {"$ne": null}, "limit": 1e999}',
    }


def asked(generation: Generation, embedder: Embedder, question: str) -> tuple[float, float]:
    """The median of the processor's milliseconds and the longest by the clock."""
    busy, waited = [], []
    for _ in range(TIMES):
        began, cpu = time.perf_counter(), time.process_time()
        found = retrieval.search(generation, embedder, question, 5, history=(BEFORE,))
        busy.append(1000 * (time.process_time() - cpu))
        waited.append(1000 * (time.perf_counter() - began))
        assert 0 <= found.confidence <= 1
    return statistics.median(busy), max(waited)


def main() -> int:
    with tempfile.TemporaryDirectory() as scratch:
        settings = load(IngestSettings, data=Path(sys.argv[1]) if sys.argv[1:] else Path(scratch))
        embedder, analyzer = open_embedder(settings), Analyzer()
        if not sys.argv[1:]:
            ingest([SAMPLES / "knowledge"], settings.data, embedder, analyzer)
        generation = Generation.open(settings.data, analyzer, embedder.fingerprint)
        retrieval.search(generation, embedder, "warm 返品")
        print(f"{len(generation)} passages{'':<32}{'ms of the processor':>20}{'longest':>9}")
        slow = 0
        for what, question in questions().items():
            busy, waited = asked(generation, embedder, question)
            slow += busy > MOST_MS
            print(f"{what:<45}{busy:>20.1f}{waited:>9.1f}", flush=True)
    print(f"{len(questions())} questions, {slow} above {MOST_MS:.0f} ms")
    return int(slow > 0)


if __name__ == "__main__":
    sys.exit(main())
