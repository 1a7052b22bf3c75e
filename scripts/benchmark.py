#!/usr/bin/env python3
"""Measures quality, speed, growth and reliability, also beside other systems; prints tables and writes JSON.

Usage: scripts/benchmark.py encode|query|growth|peers|quality|digests|reliability [options]
Each command has --help, and writes benchmarks/NAME.json.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from index.errors import NonmunError
from scripts.bench import digests as bench_digests
from scripts.bench import encode as bench_encode
from scripts.bench import growth as bench_growth
from scripts.bench import peers as bench_peers
from scripts.bench import quality as bench_quality
from scripts.bench import query as bench_query
from scripts.reliability import figures as bench_reliability
from search.cli.main import error_code
from search.text import one_line

COMMANDS = {
    "encode": bench_encode,
    "query": bench_query,
    "growth": bench_growth,
    "peers": bench_peers,
    "quality": bench_quality,
    "digests": bench_digests,
    "reliability": bench_reliability,
}


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    plain = argparse.RawDescriptionHelpFormatter
    found = argparse.ArgumentParser(description=__doc__, formatter_class=plain, allow_abbrev=False)
    commands = found.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, module in COMMANDS.items():
        text = module.__doc__ or ""
        summary = text.partition(": ")[2].partition("\n")[0]
        command = commands.add_parser(name, help=summary, description=text, formatter_class=plain, allow_abbrev=False)
        module.add_arguments(command)
    return found


def main(arguments: Sequence[str]) -> int:
    """Run one benchmark and return the exit code."""
    chosen = parser().parse_args(arguments)
    try:
        COMMANDS[chosen.command].run(chosen)
    except NonmunError as error:
        print(f"benchmark.py: {one_line(str(error))}", file=sys.stderr)
        return error_code(error)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
