"""One file per format; `reading.py` says which reader gets which file."""
