"""What ingesting reads from the environment, once."""

from __future__ import annotations

import os
from pathlib import Path

from pydantic import Field

from knowledge.settings import KnowledgeSettings


class IngestSettings(KnowledgeSettings):
    """The knowledge base's settings and the limits of reading."""

    passage_tokens: int = Field(
        256, ge=32, le=480, description="How long a passage of a document may be, in the embedding model's tokens."
    )
    readers: int = Field(
        os.cpu_count() or 1,
        ge=1,
        le=64,
        description="How many files are read at the same time, each in its own process.",
    )
    file_seconds: int = Field(
        30, ge=1, le=86_400, description="A file that takes longer to read than this is given up."
    )
    file_memory_mb: int = Field(
        512, ge=128, le=1_000_000, description="A file that needs more memory to read is given up."
    )
    file_mb: int = Field(100, ge=1, le=1_000_000, description="A file larger than this is not read.")
    ocr: bool = Field(
        True, description="Whether pages that are pictures are read by text recognition, where tesseract is installed."
    )
    redaction: Path | None = Field(
        None, description="A TOML file with own rules for what is taken out as personal data."
    )
    lock_wait_s: float = Field(10.0, ge=0, description="How long to wait while another process writes the index.")
