"""The textbook's way from files to an index: LangChain's loaders, its splitter and its FAISS store, as its tutorials
show them.

    python benchmarks/textbook/ingest.py FOLDER [INDEX]

Prints one line of JSON: files, chunks, characters of text (what overlaps is counted once), files that cannot be read,
and CPU seconds, imports left out. With INDEX, vectors that cost nothing are stored there, and the bytes on disk are
printed too.
"""

from __future__ import annotations

import json
import sys
import time
import warnings
from pathlib import Path

warnings.filterwarnings("ignore")

from langchain_community.document_loaders import BSHTMLLoader, PyPDFLoader, TextLoader  # noqa: E402
from langchain_community.vectorstores import FAISS  # noqa: E402
from langchain_core.embeddings import Embeddings  # noqa: E402
from langchain_text_splitters import RecursiveCharacterTextSplitter  # noqa: E402

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
    folder, *index = map(Path, sys.argv[1:])
    files = [file for file in sorted(folder.rglob("*")) if file.suffix in LOADERS]
    splitter = RecursiveCharacterTextSplitter(chunk_size=1000, chunk_overlap=200)
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
    if index:
        FAISS.from_documents(chunks, FakeEmbeddings()).save_local(str(index[0]))
    told = {"files": len(files), "chunks": len(chunks), "characters": characters, "failed": failed}
    told["cpu"] = time.process_time() - began
    if index:
        told["bytes"] = sum(file.stat().st_size for file in index[0].rglob("*"))
    print(json.dumps(told))


if __name__ == "__main__":
    main()
