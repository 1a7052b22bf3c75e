"""Runs on Ray in a process of their own, on a network of their own, in which nothing but loopback is up.

`unshare --net python -m tests.support.ray_runs cluster DIR` indexes the examples on two machines, one of which is lost
meanwhile, and prints what it saw as JSON; `... dying DIR` starts to index them on this machine alone, and ends
without a word; `... nonmun ARGUMENTS...` is the command line.
"""

from __future__ import annotations

import fcntl
import json
import os
import socket
import struct
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

from index.encoding.encoder import Encoder, Fingerprint, Passage, PassageVectors, QueryVector
from index.encoding.models import load_encoder
from index.errors import ModelError
from index.pipeline.build import build
from search.cli import main as cli
from tests.support.paths import REPOSITORY

EXAMPLES = REPOSITORY / "examples"
PASSAGES = 16
"""Few enough for the examples to be many tasks."""
DIED = 9

START_SECONDS = 300
"""What Ray is given to start in place of its own half minute, which is too little beside a suite on two cores."""

_SET_FLAGS, _UP_AND_RUNNING = 0x8914, 0x41


def raise_loopback() -> None:
    """Bring up the loopback interface of a new network namespace."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, _SET_FLAGS, struct.pack("16sh14s", b"lo", _UP_AND_RUNNING, b""))


def be_patient() -> None:
    """Have Ray wait for its own processes as long as they take."""
    os.environ.update(
        RAY_agent_register_timeout_ms=str(START_SECONDS * 1000), RAY_worker_register_timeout_seconds=str(START_SECONDS)
    )
    from ray._private import services

    ask_once = services.get_node

    def ask(address: str, node: str) -> Any:
        end = time.monotonic() + START_SECONDS
        while True:
            try:
                return ask_once(address, node)
            except RuntimeError:
                if time.monotonic() > end:
                    raise
                time.sleep(0.2)

    services.get_node = ask


class Counted:
    """An encoder that counts how often it gives each text's vectors on."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self.given: Counter[str] = Counter()

    @property
    def fingerprint(self) -> Fingerprint:
        return self._encoder.fingerprint

    def encode_query(self, text: str) -> QueryVector:
        return self._encoder.encode_query(text)

    def encode_passages(self, passages: Sequence[Passage]) -> Iterator[tuple[int, PassageVectors]]:
        for position, vectors in self._encoder.encode_passages(passages):
            self.given[passages[position].text] += 1
            yield position, vectors


class Reweighed:
    """An encoder that says it has other weights than it has."""

    def __init__(self, encoder: Encoder) -> None:
        self.fingerprint = replace(encoder.fingerprint, weights="0" * 64)
        self.encode_query = encoder.encode_query
        self.encode_passages = encoder.encode_passages


def dying(store: Path) -> None:
    """Index on this machine alone, and end at once when the first vectors have been kept."""
    from index.encoding import ray_encoder

    ray_encoder.PASSAGES["core"] = PASSAGES

    def progress(stage: str, done: int, count: int) -> None:
        if stage == "encode" and 0 < done < count:
            os._exit(DIED)

    with closing(ray_encoder.RayEncoder(load_encoder(), ray_encoder.LOCAL)) as encoder:
        build([EXAMPLES], store, encoder, progress)


def cluster(folder: Path) -> dict[str, Any]:
    """Index on two machines of one core each, of which the second is killed when the first vectors have come in."""
    from index.encoding import ray_encoder

    ray_encoder.PASSAGES["core"] = PASSAGES
    import ray
    from ray.cluster_utils import Cluster

    machine = {"num_cpus": 1, "object_store_memory": int(200e6), "include_dashboard": False}
    machines = Cluster(initialize_head=True, head_node_args=machine)
    second = machines.add_node(num_cpus=1, object_store_memory=int(200e6))
    local = load_encoder()
    done_when_killed: list[int] = []
    with closing(ray_encoder.RayEncoder(local, machines.address)) as encoder:

        def progress(stage: str, done: int, count: int) -> None:
            if stage == "encode" and 0 < done < count and not done_when_killed:
                done_when_killed.append(done)
                machines.remove_node(second, allow_graceful=False)

        counted = Counted(encoder)
        built = build([EXAMPLES], folder / "store", counted, progress)
        alive = sum(node["Alive"] for node in ray.nodes())
    return {
        "encoded": built.encoded,
        "given": sorted(set(counted.given.values())),
        "texts": len(counted.given),
        "done_when_killed": done_when_killed,
        "alive": alive,
        "refused": refused(local, machines.address),
    }


def refused(local: Encoder, address: str) -> str:
    """Return what is said where the machines' encoder is another."""
    from index.encoding.ray_encoder import RayEncoder

    with closing(RayEncoder(Reweighed(local), address)) as encoder:
        try:
            list(encoder.encode_passages([Passage("a text")]))
        except ModelError as error:
            return str(error)
    return ""


def main(arguments: Sequence[str]) -> None:
    """Bring loopback up, then do what the first argument says."""
    raise_loopback()
    be_patient()
    match arguments:
        case ["nonmun", *command]:
            sys.exit(cli.main(command))
        case ["dying", store]:
            dying(Path(store))
        case ["cluster", folder]:
            print(json.dumps(cluster(Path(folder))), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
