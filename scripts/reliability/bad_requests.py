"""Requests that no server should take, and whether it goes on answering."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import httpx

from scripts.bench.servers import send_raw
from scripts.reliability.asking import question


@dataclass(frozen=True, slots=True)
class BadInputs:
    """How many bad requests were sent, what came back for them, and whether good ones were answered meanwhile."""

    tried: int
    answers: Mapping[str, int]
    crashes: int
    good: int
    good_lost: int


def bad_requests(seed: int) -> Iterator[bytes]:
    """Yield requests without end that are no HTTP, are cut off, or say what no route takes."""
    chance = random.Random(seed)
    paths = ["/search?q=", "/search", "/similar", "/papers/", "/glossary?limit=", "/stats", "/metrics", "/", "*", ""]
    while True:
        noise = chance.randbytes(chance.randint(1, 300))
        path = chance.choice(paths) + "".join(f"%{byte:02X}" for byte in noise[:40])
        method = chance.choice(["GET", "POST", "PUT", "OPTIONS", "TRACE", "get", "", "\x00"])
        head = f"{method} {path} HTTP/1.{chance.randint(0, 3)}\r\nHost: 127.0.0.1\r\n".encode("latin-1")
        yield chance.choice(
            [
                noise,
                head + b"\r\n",
                head[: chance.randint(1, len(head))],
                head + b"Content-Length: 300\r\n\r\n" + noise,
                head + b"Content-Length: -1\r\nTransfer-Encoding: chunked\r\n\r\n" + noise,
                head + b"Transfer-Encoding: chunked\r\n\r\n" + noise,
                head + noise + b"\r\n\r\n",
                b"POST /similar HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: %d\r\n\r\n%b" % (len(noise), noise),
                b"GET /search?q=%b HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n" % noise,
                b"GET /search?q=a&k=%d HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" % chance.randint(-(10**30), 10**30),
            ]
        )


def refused(url: str, count: int, seed: int = 0) -> BadInputs:
    """Send bad requests to a server, good ones among them, and return what came back."""
    parts = httpx.URL(url)
    answers: Counter[str] = Counter()
    good = lost = 0
    with httpx.Client(base_url=url, timeout=60, trust_env=False) as client:
        for number, request in zip(range(count), bad_requests(seed), strict=False):
            answers[send_raw((parts.host, parts.port or 80), request)] += 1
            if number % 10 == 0:
                good += 1
                lost += client.get("/search", params={"q": question(number), "k": 1}).status_code != 200
    crashes = sum(times for status, times in answers.items() if status.startswith("5"))
    return BadInputs(count, dict(sorted(answers.items())), crashes, good, lost)
