"""Nothing on this machine, and nobody beyond it, is told that a text was embedded."""

import os
import subprocess
import sys
from pathlib import Path

from ingest.settings import IngestSettings
from knowledge.embedding.embeddings import open_embedder
from knowledge.settings import load

EMBED = """
from ingest.settings import IngestSettings
from knowledge.embedding.embeddings import open_embedder
from knowledge.settings import load
open_embedder(load(IngestSettings)).embed_query("Where is my parcel?")
"""


def test_the_runtime_of_the_encoders_leaves_no_id_and_no_events(tmp_path):
    settings = load(IngestSettings)
    open_embedder(settings)  # so that the models are there
    # What else is set where tests run may itself silence the runtime, as CI does.
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(Path(__file__).parents[2]), "HOME": str(tmp_path)}
    environment |= {"TMPDIR": str(tmp_path), "MADOGUCHI_MODELS": str(settings.models.absolute())}
    subprocess.run([sys.executable, "-c", EMBED], env=environment, cwd=tmp_path, check=True)
    assert not list(tmp_path.rglob("*"))
