"""The figures that the daemon counts for Prometheus. Hot paths use children bound beforehand.

What can be read off the status at any time (backlogs, connections) is not counted here: see
``bridge.web.metrics``.
"""

from functools import cache

from prometheus_client import Counter, Histogram, disable_created_metrics

disable_created_metrics()  # type: ignore[no-untyped-call]

_received = Counter("tercet_events_received", "Events taken in from a network.", ["network"])
_delivered = Counter("tercet_commands_delivered", "Commands that a network took.", ["network"])
_rejected = Counter("tercet_commands_rejected", "Commands that a network refused.", ["network"])
_retried = Counter("tercet_commands_retried", "Attempts to be made again.", ["network"])
_lag = Histogram(
    "tercet_delivery_seconds",
    "Seconds from the decision to the proof of delivery.",
    ["network"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60, 600, 3600),
)

commit_seconds = Histogram(
    "tercet_journal_commit_seconds",
    "Seconds that a commit of the journal took.",
    buckets=(0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5),
)
commit_failures = Counter("tercet_journal_failures", "Commits of the journal that failed.")
quarantined = Counter("tercet_events_quarantined", "Events laid aside after failing repeatedly.")


class NetworkMetrics:
    """The figures of one network: counters to ``inc()``, and ``lag`` to ``observe(seconds)``."""

    __slots__ = ("delivered", "lag", "received", "rejected", "retried")

    def __init__(self, network: str):
        self.received = _received.labels(network)
        self.delivered = _delivered.labels(network)
        self.rejected = _rejected.labels(network)
        self.retried = _retried.labels(network)
        self.lag = _lag.labels(network)


@cache
def of(network: str) -> NetworkMetrics:
    """Return the figures of a network; always the same object."""
    return NetworkMetrics(network)
