"""One file per format; `ingest/reading.py` says which reader gets which file."""
