"""The textbook's way from files to chunks: LangChain's loaders and its splitter, as its tutorials show them.

    python benchmarks/textbook/ingest.py FOLDER

Prints one line of JSON: files, chunks, characters of text (what overlaps counted once) and CPU seconds, imports left out.
"""

from __future__ import annotations

import json
import sys
import time
import warnings
from pathlib import Path

warnings.filterwarnings("ignore")

from langchain_community.document_loaders import BSHTMLLoader, PyPDFLoader, TextLoader  # noqa: E402
from langchain_text_splitters import RecursiveCharacterTextSplitter  # noqa: E402


def main() -> None:
    loaders = {
        ".txt": lambda path: TextLoader(path, encoding="utf-8"),
        ".pdf": PyPDFLoader,
        ".html": lambda path: BSHTMLLoader(path, open_encoding="utf-8"),
    }
    files = [file for file in sorted(Path(sys.argv[1]).rglob("*")) if file.suffix in loaders]
    splitter = RecursiveCharacterTextSplitter(chunk_size=1000, chunk_overlap=200)
    chunks, characters = 0, 0
    began = time.process_time()
    for file in files:
        documents = loaders[file.suffix](str(file)).load()
        characters += sum(len(document.page_content) for document in documents)
        chunks += len(splitter.split_documents(documents))
    cpu = time.process_time() - began
    print(json.dumps({"files": len(files), "chunks": chunks, "characters": characters, "cpu": cpu}))


if __name__ == "__main__":
    main()
