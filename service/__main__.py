"""`python -m service`: answer customers over HTTP, as the environment says."""

import sys

from knowledge.errors import MadoguchiError
from knowledge.settings import load
from service.serving import serve
from service.settings import ServiceSettings

if __name__ == "__main__":
    try:
        serve(load(ServiceSettings))
    except MadoguchiError as error:
        sys.stderr.write(f"madoguchi: {error}\n")
        raise SystemExit(error.exit_code) from None
