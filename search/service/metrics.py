"""What the service counts, in the text format of Prometheus; the only import of prometheus_client."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)

STAGES = ("read", "encode", "dense", "lexical", "fuse", "highlight", "write")
CONTENT_TYPE = CONTENT_TYPE_LATEST

_REQUEST_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_STAGE_SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0)


class Metrics:
    """Counters of one service."""

    def __init__(self) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]  # a second series beside each counter
        self._registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        self.requests = Counter(
            "nonmun_requests", "Requests by route and status.", ["route", "status"], registry=registry
        )
        self.request_seconds = Histogram(
            "nonmun_request_seconds",
            "Seconds from a request to its answer.",
            ["route"],
            buckets=_REQUEST_SECONDS,
            registry=registry,
        )
        self.stage_seconds = Histogram(
            "nonmun_stage_seconds", "Seconds in a stage.", ["stage"], buckets=_STAGE_SECONDS, registry=registry
        )
        self.cache = Counter("nonmun_cache_requests", "Repeated questions or not.", ["result"], registry=registry)
        self.refused = Counter(
            "nonmun_unanswered", "Questions that were given up or not begun.", ["reason"], registry=registry
        )
        self.reloads = Counter("nonmun_reloads", "Generations put in force.", registry=registry)
        self.reload_failures = Counter(
            "nonmun_reload_failures", "Generations or encoders that could not be opened.", registry=registry
        )
        self.encoder_failures = Counter(
            "nonmun_encoder_failures",
            "Questions answered by words alone because the encoder failed.",
            registry=registry,
        )
        self._generation = Gauge(
            "nonmun_generation_info", "The generation in force.", ["generation"], registry=registry
        )
        for stage in STAGES:
            self.stage_seconds.labels(stage)
        for result in ("hit", "miss"):
            self.cache.labels(result)
        for reason in ("overload", "timeout", "abandoned"):
            self.refused.labels(reason)

    def watch(self, name: str, meaning: str, value: Callable[[], float]) -> None:
        """Add a gauge whose value is read whenever the metrics are."""
        Gauge(name, meaning, registry=self._registry).set_function(value)

    def generation(self, name: str) -> None:
        """Note which generation is in force."""
        self._generation.clear()
        self._generation.labels(name).set(1)
        self.reloads.inc()

    def stages(self, seconds: Mapping[str, float]) -> None:
        """Count how long the stages of one question took."""
        for name, spent in seconds.items():
            self.stage_seconds.labels(name).observe(spent)

    def text(self) -> bytes:
        """Return everything as Prometheus reads it."""
        return generate_latest(self._registry)
