"""Says how the daemon is: ``/healthz`` for machines, ``/`` for people."""

from collections.abc import Callable, Iterable, Sequence
from html import escape

import msgspec
from aiohttp import web

from bridge.admin import views
from bridge.admin.answers import age
from bridge.admin.facade import LegInfo, NetworkInfo, PortalInfo, Status
from bridge.web import layout
from bridge.web.trust import Ranges, trusted

REFRESH = 5


class Health:
    """Reads the status for each request. Strangers see only whether it works."""

    def __init__(self, status: Callable[[], Status], ranges: Ranges):
        self._status, self._ranges = status, ranges

    async def machine(self, request: web.Request) -> web.Response:
        """Answer ``/healthz``: 200 if it does its work, else 503."""
        now = self._status()
        known = trusted(request, self._ranges)
        body = views.status(now).data if known else {"healthy": now.healthy, "ready": now.ready}
        return web.Response(
            body=msgspec.json.encode(body),
            status=_code(now),
            content_type="application/json",
            headers=layout.PRIVATE,
        )

    async def person(self, request: web.Request) -> web.Response:
        """Answer ``/``: the same for people; it renews itself."""
        now = self._status()
        body = _head(now)
        if trusted(request, self._ranges):
            body += _summary(now) + _networks(now.networks) + _rooms(now.portals) + _laid_aside(now)
        return layout.page("Tercet", body, status=_code(now), refresh=REFRESH)


def _code(now: Status) -> int:
    return 200 if now.healthy else 503


def _head(now: Status) -> str:
    """Strangers see this too, so it gives no reasons."""
    if now.storage:
        return '<h1 class="dot bad">Tercet cannot keep messages</h1>'
    if not now.ready:
        return '<h1 class="dot wait">Tercet is starting</h1>'
    return '<h1 class="dot good">Tercet is ready</h1>'


def _summary(now: Status) -> str:
    lines = views.summary(now).splitlines()
    return "".join(f'<p class="quiet">{escape(line)}</p>' for line in lines)


def _networks(networks: Iterable[NetworkInfo]) -> str:
    rows = [
        (
            _text(network.name),
            _text(network.kind),
            _state(network),
            _text(views.figures(network)),
        )
        for network in networks
    ]
    return _table("Networks", ("name", "kind", "state", "figures"), rows)


def _rooms(portals: Iterable[PortalInfo]) -> str:
    rows = [
        (
            _text(portal.name if index == 0 else ""),
            _text(f"{leg.room.network}:{leg.address}"),
            _state(leg),
            _number(leg.members),
            _waiting(leg),
        )
        for portal in portals
        for index, leg in enumerate(portal.legs)
    ]
    return _table("Rooms", ("portal", "room", "state", "people", "waiting"), rows)


def _laid_aside(now: Status) -> str:
    rows = [(_text(age(one.time)), _text(one.room), _text(one.error)) for one in now.quarantine]
    return _table("Laid aside", ("ago", "room", "error"), rows) if rows else ""


def _table(title: str, columns: Iterable[str], rows: Sequence[tuple[str, ...]]) -> str:
    if not rows:
        return f'<h2>{title}</h2><p class="quiet">None yet.</p>'
    head = "".join(f"<th>{column}</th>" for column in columns)
    body = "".join(f"<tr>{''.join(cells)}</tr>" for cells in rows)
    return f"<h2>{title}</h2><table><tr>{head}</tr>{body}</table>"


def _text(text: str) -> str:
    return f"<td><bdi>{escape(text)}</bdi></td>"


def _number(number: int) -> str:
    return f"<td>{number:,}</td>"


def _waiting(leg: LegInfo) -> str:
    if not leg.backlog:
        return _number(0)
    since = f" for {age(leg.oldest)}" if leg.oldest is not None else ""
    return f'<td class="wait">{leg.backlog:,}{since}</td>'


def _state(info: NetworkInfo | LegInfo) -> str:
    if info.up:
        return '<td class="good dot">up</td>'
    detail = f' <span class="quiet">{escape(info.detail)}</span>' if info.detail else ""
    return f'<td class="bad dot">down{detail}</td>'
