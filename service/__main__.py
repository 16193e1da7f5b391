"""`python -m service` is the command `madoguchi serve`."""

import sys

from madoguchi.__main__ import main

if __name__ == "__main__":
    sys.argv.insert(1, "serve")
    main()
