#!/usr/bin/env python3
"""Builds or renews a store, from a checkout: the same as `nonmun index`, with its options and exit codes.

Made for cron: it uses the checkout's own .venv, whichever Python starts it.
"""

import os
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
VENV = REPOSITORY / ".venv"

sys.path.insert(0, str(REPOSITORY))

if __name__ == "__main__":
    python = VENV / "bin" / "python"
    if python.exists() and not Path(sys.prefix).samefile(VENV):
        os.execv(python, [str(python), __file__, *sys.argv[1:]])

    from search.cli.main import main

    sys.exit(main(["index", *sys.argv[1:]]))
