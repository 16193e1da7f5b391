"""`python -m ingest PATH...` is the command `madoguchi ingest`."""

import sys

from madoguchi.__main__ import main

if __name__ == "__main__":
    sys.argv.insert(1, "ingest")
    main()
