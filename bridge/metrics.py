"""The figures that the daemon counts for Prometheus.

Those of a network are on the way of every message. They belong to the event loop alone, so they
are plain numbers, read when somebody asks: a tenth of what the library's counters cost with their
locks. What can be read off the status at any time (backlogs, connections) is not counted here: see
``bridge.web.metrics``.
"""

from bisect import bisect_left
from collections.abc import Iterator

from prometheus_client import REGISTRY, Counter, Histogram, disable_created_metrics
from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

disable_created_metrics()  # type: ignore[no-untyped-call]

commit_seconds = Histogram(
    "tercet_journal_commit_seconds",
    "Seconds that a commit of the journal took.",
    buckets=(0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5),
)
commit_failures = Counter("tercet_journal_failures", "Commits of the journal that failed.")
quarantined = Counter("tercet_events_quarantined", "Events laid aside after failing repeatedly.")

_LAGS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60, 600, 3600)
"""Seconds; the last bucket is for all that is longer."""
_COUNTERS = (
    ("events_received", "Events taken in from a network.", "received"),
    ("commands_delivered", "Commands that a network took.", "delivered"),
    ("commands_rejected", "Commands that a network refused.", "rejected"),
    ("commands_retried", "Attempts to be made again.", "retried"),
)


class NetworkMetrics:
    """The figures of one network, to be counted up by whoever has something to count."""

    __slots__ = ("_lags", "_late", "delivered", "received", "rejected", "retried")

    def __init__(self) -> None:
        self.received = 0
        self.delivered = 0
        self.rejected = 0
        self.retried = 0
        self._lags = [0] * (len(_LAGS) + 1)
        self._late = 0.0

    def lagged(self, seconds: float) -> None:
        """Count how long a delivery took, from the decision to the proof."""
        self._lags[bisect_left(_LAGS, seconds)] += 1
        self._late += seconds

    def lags(self) -> tuple[list[tuple[str, float]], float]:
        """Return how many took no longer than each limit, and the sum of all."""
        found: list[tuple[str, float]] = []
        count = 0
        for limit, more in zip((*map(str, _LAGS), "+Inf"), self._lags, strict=True):
            count += more
            found.append((limit, float(count)))
        return found, self._late


_networks: dict[str, NetworkMetrics] = {}


def of(network: str) -> NetworkMetrics:
    """Return the figures of a network; always the same object."""
    found = _networks.get(network)
    if found is None:
        found = _networks[network] = NetworkMetrics()
    return found


class _Networks(Collector):
    """Reads the figures of all networks."""

    def collect(self) -> Iterator[Metric]:
        for name, text, field in _COUNTERS:
            counted = CounterMetricFamily(f"tercet_{name}", text, labels=("network",))
            for network, figures in _networks.items():
                counted.add_metric((network,), getattr(figures, field))
            yield counted
        lag = HistogramMetricFamily(
            "tercet_delivery_seconds",
            "Seconds from the decision to the proof of delivery.",
            labels=("network",),
        )
        for network, figures in _networks.items():
            buckets, total = figures.lags()
            lag.add_metric((network,), buckets, total)
        yield lag


REGISTRY.register(_Networks())
