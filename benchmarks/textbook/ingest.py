"""The textbook's way from files to an index: LangChain's loaders, its splitter and its FAISS store, as its tutorials
show them.

    python benchmarks/textbook/ingest.py FOLDER [--tokenizer FILE] [--index FOLDER]

Chunks have 1,000 characters of which 200 are said twice, as in the tutorials; with a tokenizer.json they have what a
passage of ours may have, 256 tokens less the five of markers and prefix, of which 50 are said twice. Prints one line
of JSON: files, chunks, characters of text (what overlaps is counted once), files that cannot be read, and CPU seconds,
imports left out. With an index folder, vectors that cost nothing are stored there, and the bytes on disk are printed
too.
"""

from __future__ import annotations

import argparse
import json
import time
import warnings
from pathlib import Path

warnings.filterwarnings("ignore")

from langchain_community.document_loaders import BSHTMLLoader, PyPDFLoader, TextLoader  # noqa: E402
from langchain_community.vectorstores import FAISS  # noqa: E402
from langchain_core.embeddings import Embeddings  # noqa: E402
from langchain_text_splitters import RecursiveCharacterTextSplitter  # noqa: E402
from tokenizers import Tokenizer  # noqa: E402

DIMENSIONS = 384
LOADERS = {
    ".txt": lambda path: TextLoader(path, encoding="utf-8"),
    ".pdf": PyPDFLoader,
    ".html": lambda path: BSHTMLLoader(path, open_encoding="utf-8"),
}


class FakeEmbeddings(Embeddings):
    """Vectors at no cost."""

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        return [[0.05] * DIMENSIONS] * len(texts)

    def embed_query(self, text: str) -> list[float]:
        return [0.05] * DIMENSIONS


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--tokenizer", type=Path)
    parser.add_argument("--index", type=Path)
    asked = parser.parse_args()
    files = [file for file in sorted(asked.folder.rglob("*")) if file.suffix in LOADERS]
    splitter = RecursiveCharacterTextSplitter(chunk_size=1000, chunk_overlap=200)
    if asked.tokenizer:
        tokenizer = Tokenizer.from_file(str(asked.tokenizer))
        splitter = RecursiveCharacterTextSplitter(
            chunk_size=251,
            chunk_overlap=50,
            length_function=lambda text: len(tokenizer.encode(text, add_special_tokens=False).ids),
        )
    chunks, characters, failed = [], 0, 0
    began = time.process_time()
    for file in files:
        try:
            documents = LOADERS[file.suffix](str(file)).load()
        except Exception:  # noqa: BLE001 - whatever pypdf says of a damaged or locked file
            failed += 1
            continue
        characters += sum(len(document.page_content) for document in documents)
        chunks += splitter.split_documents(documents)
    if asked.index:
        FAISS.from_documents(chunks, FakeEmbeddings()).save_local(str(asked.index))
    told = {"files": len(files), "chunks": len(chunks), "characters": characters, "failed": failed}
    told["cpu"] = time.process_time() - began
    if asked.index:
        told["bytes"] = sum(file.stat().st_size for file in asked.index.rglob("*"))
    print(json.dumps(told))


if __name__ == "__main__":
    main()
