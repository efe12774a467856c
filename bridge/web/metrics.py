"""``/metrics`` for Prometheus: what is counted (``bridge.metrics``) and what the status tells."""

import re
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from bridge.admin.facade import LegInfo, Status
from bridge.web import layout
from bridge.web.trust import Ranges, trusted


class Metrics:
    """Serves the figures to trusted addresses."""

    def __init__(self, status: Callable[[], Status], ranges: Ranges):
        self._ranges = ranges
        self._registry = CollectorRegistry(auto_describe=False)
        self._registry.register(_StatusCollector(status))

    async def __call__(self, request: web.Request) -> web.Response:
        """Answer a request."""
        if not trusted(request, self._ranges):
            return layout.notice("Not for you", "See http.trusted in the configuration.", 403)
        body = generate_latest(REGISTRY) + generate_latest(self._registry)
        return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE_LATEST})


class _StatusCollector(Collector):
    def __init__(self, status: Callable[[], Status]):
        self._status = status

    def collect(self) -> Iterator[Metric]:
        now = self._status()
        yield from _daemon(now)
        yield _gauge(
            "up",
            "Whether the network is connected.",
            ("network", "kind"),
            (((info.name, info.kind), info.up) for info in now.networks),
        )
        yield from _figures(now)
        yield from _legs(now)


def _daemon(now: Status) -> Iterator[Metric]:
    for name, text, value in (
        ("healthy", "Whether the daemon does its work.", now.healthy),
        ("storage_ok", "Whether the journal can be written.", not now.storage),
        ("uptime_seconds", "Seconds since the daemon started.", now.uptime),
        ("portals", "Linked portals.", len(now.portals)),
        ("inbox", "Accepted events that are not decided yet.", now.inbox),
        ("quarantine", "Events that are laid aside.", now.quarantined),
        ("lines_in_doubt", "Lines that may have come twice.", now.in_doubt),
    ):
        yield GaugeMetricFamily(f"tercet_{name}", text, value=float(value))
    yield _gauge("build_info", "The version.", ("version",), [((now.version,), 1)])


def _figures(now: Status) -> Iterator[Metric]:
    """Make a metric of every figure that any network has."""
    found: dict[str, list[tuple[tuple[str, ...], float]]] = defaultdict(list)
    for info in now.networks:
        for name, value in info.figures.items():
            found[re.sub(r"[^a-z0-9_]", "_", name.lower())].append(((info.name,), value))
    for name, samples in sorted(found.items()):
        yield _gauge(f"network_{name}", "A network's own figure.", ("network",), samples)


def _legs(now: Status) -> Iterator[Metric]:
    """Sum up by network: thousands of rooms must not become thousands of time series."""
    legs: dict[str, list[LegInfo]] = {info.name: [] for info in now.networks}
    for portal in now.portals:
        for leg in portal.legs:
            legs.setdefault(leg.room.network, []).append(leg)
    for name, text, of in (
        ("rooms", "Linked rooms.", len),
        ("rooms_up", "Linked rooms that we are in.", lambda some: sum(leg.up for leg in some)),
        ("backlog", "Commands that wait.", lambda some: sum(leg.backlog for leg in some)),
        ("backlog_age_seconds", "Age of the oldest command that waits.", _oldest),
    ):
        samples = (((network,), of(some)) for network, some in legs.items())
        yield _gauge(name, text, ("network",), samples)


def _oldest(legs: list[LegInfo]) -> float:
    since = min((leg.oldest for leg in legs if leg.oldest is not None), default=None)
    return 0.0 if since is None else max(0.0, time.time() - since)


def _gauge(
    name: str,
    text: str,
    labels: tuple[str, ...],
    samples: Iterable[tuple[tuple[str, ...], float]],
) -> Metric:
    family = GaugeMetricFamily(f"tercet_{name}", text, labels=labels)
    for values, value in samples:
        family.add_metric(values, float(value))
    return family
