"""What the service does with requests that are made from its own description, by schemathesis."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from index.encoding.encoder import Encoder
from search.settings import key_digest
from tests.support.servers import app_of, serving

KEY = "0123456789abcdef"


@pytest.fixture(scope="module")
def client(example_store: Path, encoder: Encoder) -> Iterator[httpx.Client]:
    """Yield a client of the service over the example store."""
    with serving(app_of(example_store, encoder)) as opened:
        yield opened


def schemathesis(client: httpx.Client, folder: Path, *options: str) -> dict[str, Any]:
    """Run every check on requests of every kind against a service; return the report, or fail with its words."""
    report = folder / "report.json"
    command = [sys.executable, "-m", "schemathesis.cli", "run", f"{client.base_url}/openapi.json", "--no-color"]
    command += ["--checks", "all", "--mode", "all", "--suppress-health-check", "all", "--request-timeout", "100"]
    command += ["--report-json-path", str(report), "--continue-on-failure", *options]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-2000:]
    found: dict[str, Any] = json.loads(report.read_text(encoding="utf-8"))
    return found


def answered(client: httpx.Client, status: str = "") -> float:
    """Return how many requests were answered with a status that begins so."""
    return sum(float(line.rpartition(" ")[2]) for line in counted(client, status))


def counted(client: httpx.Client, status: str) -> list[str]:
    """Return the service's counts of requests that were answered with a status that begins so."""
    lines = [line for line in client.get("/metrics").text.splitlines() if line.startswith("nonmun_requests_total{")]
    return [line for line in lines if f'status="{status}' in line]


def test_some_hundred_requests_made_from_the_description_find_nothing_wrong(
    client: httpx.Client, tmp_path: Path
) -> None:
    failures = counted(client, "5")  # while the encoder was loaded
    schemathesis(client, tmp_path, "--max-examples", "8", "--seed", "1", "--phases", "examples,coverage,fuzzing")
    assert answered(client) > 300
    assert counted(client, "5") == failures


@pytest.mark.slow
def test_thousands_of_requests_made_from_the_description_find_nothing_wrong(
    client: httpx.Client, tmp_path: Path
) -> None:
    before, failures = answered(client), counted(client, "5")
    schemathesis(client, tmp_path, "--max-examples", "150")
    assert answered(client) - before >= 2000
    assert counted(client, "5") == failures


@pytest.mark.slow
def test_requests_with_a_key_find_nothing_wrong_and_those_without_are_refused(
    example_store: Path, encoder: Encoder, tmp_path: Path
) -> None:
    with serving(app_of(example_store, encoder, keys=(key_digest(KEY),))) as guarded:
        guarded.headers["Authorization"] = f"Bearer {KEY}"
        failures = counted(guarded, "5")
        schemathesis(guarded, tmp_path, "--max-examples", "30", "--header", f"Authorization: Bearer {KEY}")
        assert answered(guarded, "401") > 0
        assert counted(guarded, "5") == failures
