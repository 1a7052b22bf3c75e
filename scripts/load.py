#!/usr/bin/env python3
"""Asks a real server of a store more than it likes, and says what it held; the last line is JSON.

Usage: scripts/load.py STORE [--clients N] [--seconds S] [--swaps N] [--soak MINUTES] [--bad N]

  held    N clients ask one question after another: answers per second, latency, errors
  swaps   meanwhile another generation of the store is put in force, again and again: every answer must be the
          one that its generation gives, and the memory must return; needs two generations with one encoder
  soak    the same questions for minutes: how the memory of the server grows
  bad     requests that are no HTTP, or say what no route takes: the server must refuse each and go on answering
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from scripts.asking import held, soaked
from scripts.bad_requests import refused
from scripts.servers import served
from scripts.swaps import expected, generations, point_to, swapped


def measure(arguments: argparse.Namespace) -> dict[str, Any]:
    """Return everything that is asked for, as JSON-ready values."""
    store: Path = arguments.store
    found: dict[str, Any] = {}
    with served(store) as (url, process):
        found["held"] = asdict(held(url, arguments.clients, arguments.seconds))
        if arguments.swaps:
            names = generations(store)
            answers = expected(store, names)
            found["swaps"] = asdict(swapped(store, url, process.pid, answers, arguments.clients, arguments.swaps))
            point_to(store, names[0])
        if arguments.bad:
            found["bad"] = asdict(refused(url, arguments.bad))
        if arguments.soak:
            found["soak"] = asdict(soaked(url, arguments.soak))
    return found


def main() -> int:
    """Measure what the command line asks for, and print it."""
    parser = argparse.ArgumentParser(description="Load tests of the service; see the head of this file.")
    parser.add_argument("store", type=Path)
    parser.add_argument("--clients", type=int, default=16)
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--swaps", type=int, default=0)
    parser.add_argument("--soak", type=float, default=0, metavar="MINUTES")
    parser.add_argument("--bad", type=int, default=0)
    found = measure(parser.parse_args())
    for name, figures in found.items():
        print(f"{name}: {json.dumps(figures, ensure_ascii=False)}", file=sys.stderr)
    print(json.dumps(found, ensure_ascii=False))
    return 0


if __name__ == "__main__":
    sys.exit(main())
