"""Passages encoded by the machines of a Ray cluster; the only import of ray and pyarrow.

Ray Data hands out tables of passages to processes that have loaded the encoder once each, and hands them out again
where a process or a machine is lost. What comes back is ticked off here, so that each passage is given on once;
whoever keeps what is given on loses no more to a failure than what was being encoded.
"""

from __future__ import annotations

import logging
import os
import platform
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from index.encoding.encoder import Encoder, Fingerprint, Passage, PassageVectors, QueryVector, Runtime
from index.encoding.models import load_encoder
from index.errors import MissingExtra, ModelError
from index.paper import Span
from index.versions import made_with

os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # nothing is reported to anybody
os.environ.setdefault("RAY_BACKEND_LOG_LEVEL", "fatal")  # what goes wrong is raised; the rest is of no use to a reader

try:
    import pyarrow as pa
    import ray
    import ray.data
    from ray.exceptions import RayError, RayTaskError
except ImportError as missing:
    raise MissingExtra(f"--ray needs a library that is not installed ({missing}): pip install 'nonmun[ray]'") from None

LOCAL = "local"
MOST_CORES = 4
"""Cores of one process: more would leave cores idle where the machines' numbers of cores differ."""
PASSAGES = {"core": 64, "gpu": 2048}
"""How many passages a process takes at once, which is what it costs to lose one."""
WINDOW = 262_144
"""How many passages lie in Ray's memory at once."""
LOCAL_MEMORY = 400_000_000

_GIVEN = pa.schema([("position", pa.int64()), ("text", pa.binary()), ("bounds", pa.list_(pa.int64()))])
_FOUND = pa.schema(
    [("position", pa.int64()), ("section", pa.binary()), ("sentences", pa.binary()), ("truncated", pa.bool_())]
)

_ERROR = re.compile(r"(?!ray\.)\w[\w.]*(?:Error|Exception): ")


@dataclass(frozen=True, slots=True)
class Pool:
    """How many processes encode, and the cores and graphics processors that each of them has."""

    workers: int
    cores: int
    gpus: int

    @property
    def passages(self) -> int:
        """How many passages a process takes at once."""
        return PASSAGES["gpu"] if self.gpus else PASSAGES["core"] * self.cores


def pool_for(machines: Sequence[Mapping[str, float]], runtime: Runtime) -> Pool:
    """Return the processes for machines, each given by its numbers of `CPU` and `GPU`; ModelError for none.

    Torch takes the graphics processors where there are any, one a process; else cores are taken, all of them.
    """
    gpus = sum(int(machine.get("GPU", 0)) for machine in machines)
    if runtime == "torch" and gpus:
        return Pool(gpus, 1, 1)
    cores = [int(machine["CPU"]) for machine in machines if machine.get("CPU", 0) >= 1]
    if not cores:
        raise ModelError("the Ray cluster has no machine with a core to encode on: start one with ray start")
    each = min(MOST_CORES, *cores)
    return Pool(sum(count // each for count in cores), each, 0)


class RayEncoder:
    """Encodes passages on a Ray cluster, and queries with the encoder of this machine.

    The cluster's machines must make the same vectors: the same nonmun and the same model. Nothing is connected to
    until there is something to encode.
    """

    def __init__(self, local: Encoder, address: str) -> None:
        if "://" in address:
            raise ModelError(f"--ray {address}: give HOST:PORT, from a machine that has itself joined by ray start")
        self._local = local
        self._address = address
        self._connected = False

    @property
    def fingerprint(self) -> Fingerprint:
        """What the vectors depend on."""
        return self._local.fingerprint

    def encode_query(self, text: str) -> QueryVector:
        """Return one query's vector."""
        return self._local.encode_query(text)

    def encode_passages(self, passages: Sequence[Passage]) -> Iterator[tuple[int, PassageVectors]]:
        """Yield each passage's position and vectors as they come in; ModelError where the cluster cannot go on."""
        for start in range(0, len(passages), WINDOW):
            self._connect()
            window = passages[start : start + WINDOW]
            for position, vectors in self._encode(window):
                yield start + position, vectors

    def close(self) -> None:
        """Leave the cluster."""
        if self._connected:
            ray.shutdown()
            self._connected = False

    def _connect(self) -> None:
        if ray.is_initialized():
            return
        options: dict[str, Any] = {"address": self._address, "log_to_driver": False, "logging_level": logging.ERROR}
        if self._address == LOCAL:
            options |= {"include_dashboard": False, "object_store_memory": LOCAL_MEMORY}
        try:
            ray.init(**options)
        # Ray raises whatever its parts raise, which share no narrower base.
        except Exception as error:
            raise ModelError(f"no Ray cluster at {self._address}: {_reason(error)}") from error
        self._connected = True
        _keep_quiet()

    def _encode(self, passages: Sequence[Passage]) -> Iterator[tuple[int, PassageVectors]]:
        waiting = set(range(len(passages)))
        while waiting:
            before = len(waiting)
            try:
                for position, vectors in self._handed_out(passages, sorted(waiting)):
                    if position in waiting:
                        waiting.remove(position)
                        yield position, vectors
            except RayError as error:
                if isinstance(error, RayTaskError) or len(waiting) == before:
                    raise ModelError(f"the Ray cluster at {self._address} cannot encode: {_reason(error)}") from error

    def _handed_out(
        self, passages: Sequence[Passage], positions: Sequence[int]
    ) -> Iterator[tuple[int, PassageVectors]]:
        runtime = _runtime(self.fingerprint)
        pool = pool_for([node["Resources"] for node in ray.nodes() if node["Alive"]], runtime)
        parts = [positions[i : i + pool.passages] for i in range(0, len(positions), pool.passages)]
        encoded = ray.data.from_arrow([_table_of(passages, part) for part in parts]).map_batches(
            Worker,
            fn_constructor_args=(self.fingerprint, made_with()["nonmun"], pool.cores),
            batch_size=None,
            batch_format="pyarrow",
            zero_copy_batch=True,
            compute=ray.data.ActorPoolStrategy(size=min(pool.workers, len(parts))),
            num_cpus=pool.cores,
            num_gpus=pool.gpus,
        )
        for table in encoded.iter_batches(batch_size=None, batch_format="pyarrow"):
            yield from _vectors_in(table, self.fingerprint.dimensions)


class Worker:
    """One process of the cluster: the encoder that it has loaded, and why it may not use it."""

    def __init__(self, wanted: Fingerprint, code: str, cores: int) -> None:
        self._encoder = encoder_like(wanted, cores)
        self._refusal = refusal(wanted, code, self._encoder.fingerprint, made_with()["nonmun"])

    def __call__(self, table: pa.Table) -> pa.Table:
        """Return the vectors of a table of passages."""
        if self._refusal:
            raise ModelError(f"{platform.node()}: {self._refusal}")
        positions = table["position"].to_pylist()
        found = [(positions[i], v) for i, v in self._encoder.encode_passages(_passages_in(table))]
        rows = {
            "position": [position for position, _ in found],
            "section": [vectors.section.tobytes() for _, vectors in found],
            "sentences": [vectors.sentences.tobytes() for _, vectors in found],
            "truncated": [vectors.truncated for _, vectors in found],
        }
        return pa.table(rows, schema=_FOUND)


def encoder_like(wanted: Fingerprint, cores: int) -> Encoder:
    """Return the encoder of this machine for a fingerprint of another; torch computes in the precision used there."""
    encoder = load_encoder(wanted.model, _runtime(wanted), cores)
    if _runtime(wanted) == "torch":
        from index.encoding.torch_encoder import RUNTIME, TorchEncoder

        assert isinstance(encoder, TorchEncoder)
        encoder.set_precision(wanted.runtime.removeprefix(RUNTIME))
    return encoder


def refusal(wanted: Fingerprint, code: str, present: Fingerprint, present_code: str) -> str | None:
    """Return why a machine's vectors would not be those that are wanted, or None."""
    if code != present_code:
        return "has another version of nonmun; install the same one on every machine"
    for name in Fingerprint.__slots__:
        if (asked := getattr(wanted, name)) != (found := getattr(present, name)):
            return f"encodes otherwise ({name}: {found!r}, here: {asked!r}); give every machine the same model"
    return None


def _runtime(fingerprint: Fingerprint) -> Runtime:
    return "torch" if fingerprint.runtime.startswith("torch") else "onnx"


def _table_of(passages: Sequence[Passage], positions: Sequence[int]) -> pa.Table:
    some = [passages[position] for position in positions]
    rows = {
        "position": positions,
        "text": [passage.text.encode("utf-8", "surrogatepass") for passage in some],
        "bounds": [[bound for s in passage.sentences for bound in (s.start, s.end)] for passage in some],
    }
    return pa.table(rows, schema=_GIVEN)


def _passages_in(table: pa.Table) -> list[Passage]:
    texts = (text.decode("utf-8", "surrogatepass") for text in table["text"].to_pylist())
    return [Passage(text, _spans(bounds)) for text, bounds in zip(texts, table["bounds"].to_pylist(), strict=True)]


def _spans(bounds: Sequence[int]) -> tuple[Span, ...]:
    return tuple(Span(start, end) for start, end in list(pairwise(bounds))[::2])


def _vectors_in(table: pa.Table, dimensions: int) -> Iterator[tuple[int, PassageVectors]]:
    for row in table.to_pylist():
        section = np.frombuffer(row["section"], np.float32)
        sentences = np.frombuffer(row["sentences"], np.float32).reshape(-1, dimensions)
        yield row["position"], PassageVectors(section, sentences, row["truncated"])


def _keep_quiet() -> None:
    context = ray.data.DataContext.get_current()
    context.enable_progress_bars = False
    context.print_on_execution_start = False
    logging.getLogger("ray.data").setLevel(logging.CRITICAL)


def _reason(error: Exception) -> str:
    """Return the line of Ray's message that names an error; the rest is tracebacks and advice."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    named = [line for line in lines if _ERROR.match(line)]
    return (named or lines or [type(error).__name__])[-1].removeprefix(f"{ModelError.__module__}.ModelError: ")
