#!/usr/bin/env python3
"""Builds a store from sources in one go, from a checkout: the same as `nonmun index`, with its options."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from search.cli import main

if __name__ == "__main__":
    sys.exit(main(["index", *sys.argv[1:]]))
