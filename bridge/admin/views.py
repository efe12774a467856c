"""Turns the facade's values into answers. A room's password is never shown."""

from typing import Any

import msgspec

from bridge.admin.answers import Answer, Table, age, duration, plural
from bridge.admin.carrying import short
from bridge.admin.facade import LegInfo, NetworkInfo, PortalInfo, Status
from bridge.model import LegPolicy


def portals(found: list[PortalInfo], text: str = "") -> Answer:
    """Show portals with their rooms."""
    rows = tuple(_room(portal, leg) for portal in found for leg in portal.legs)
    tables = [Table("", ("portal", "room", "state", "people", "waiting", "policy"), rows)]
    tables += _carrying([leg for portal in found for leg in portal.legs if leg.carries])
    return Answer(_data([_shown(portal) for portal in found]), text, tuple(tables))


def status(now: Status) -> Answer:
    """Show the whole daemon."""
    now = msgspec.structs.replace(now, portals=tuple(map(_shown, now.portals)))
    data = _data(now) | {"healthy": now.healthy, "backlog": now.backlog, "oldest": now.oldest}
    waiting = [
        (portal.name, _address(leg), str(leg.backlog), age(leg.oldest), leg.detail)
        for portal in now.portals
        for leg in portal.legs
        if leg.backlog or not leg.up
    ]
    networks = tuple(
        (info.name, info.kind, state(info), info.detail, figures(info)) for info in now.networks
    )
    tables = [Table("Networks", ("name", "kind", "state", "detail", "figures"), networks)]
    if waiting:
        columns = ("portal", "room", "waiting", "oldest", "detail")
        tables.append(Table("Rooms that wait or are down", columns, tuple(waiting)))
    if now.quarantine:
        laid = tuple((age(one.time), one.room, one.error) for one in now.quarantine)
        tables.append(Table("Laid aside", ("ago", "room", "error"), laid))
    return Answer(data, summary(now), tuple(tables))


def summary(now: Status) -> str:
    """Say in a few lines how the daemon is."""
    lines = [f"Tercet {now.version}, up for {duration(now.uptime)}, {verdict(now)}."]
    legs = sum(len(portal.legs) for portal in now.portals)
    lines.append(f"{plural(len(now.portals), 'portal')}, {plural(legs, 'room')}.")
    if now.backlog:
        since = f", the oldest for {age(now.oldest)}" if now.oldest is not None else ""
        lines.append(f"{plural(now.backlog, 'message')} waiting{since}.")
    if now.inbox:
        lines.append(f"{plural(now.inbox, 'event')} not decided yet.")
    if now.quarantined:
        lines.append(f"{plural(now.quarantined, 'event')} laid aside after failing repeatedly.")
    if now.in_doubt:
        lines.append(f"{plural(now.in_doubt, 'line')} in doubt: they may have come twice.")
    return "\n".join(lines)


def verdict(now: Status) -> str:
    """Say in a word or two whether it works."""
    if now.storage:
        return f"the journal cannot be written: {now.storage}"
    return "ready" if now.ready else "starting"


def state(info: NetworkInfo | LegInfo) -> str:
    """Write up or down."""
    return "up" if info.up else "down"


def figures(info: NetworkInfo) -> str:
    """Write a network's own figures in one line."""
    return ", ".join(
        f"{name.replace('_', ' ')} {value:g}" for name, value in sorted(info.figures.items())
    )


def policy(of: LegPolicy) -> str:
    """Write what differs from the usual policy."""
    changed = {
        name: _option(name, value)
        for name, value in msgspec.structs.asdict(of).items()
        if value != getattr(LegPolicy(), name)
    }
    return " ".join(f"{name}={value}" for name, value in changed.items())


def _option(name: str, value: Any) -> Any:
    """Write the value of an option as ``tercet link`` takes it; not a password."""
    match name, value:
        case "password", _:
            return "set"
        case _, bool():
            return "on" if value else "off"
        case "edit_hold", float():
            return f"{value:g}s"
    return value


def _carrying(legs: list[LegInfo]) -> list[Table]:
    """Show what each room gets natively, and what not."""
    if not legs:
        return []
    features = tuple(legs[0].carries)
    title = "What is shown natively (yes), told in words, or not shown (-)"
    columns = ("room", *(name.replace("_", " ") for name in features))
    rows = tuple((_address(leg), *(short(leg.carries[name]) for name in features)) for leg in legs)
    return [Table(title, columns, rows)]


def _room(portal: PortalInfo, leg: LegInfo) -> tuple[str, ...]:
    shown = state(leg) + (f": {leg.detail}" if leg.detail else "")
    waiting = str(leg.backlog) + (f" for {age(leg.oldest)}" if leg.oldest is not None else "")
    return (portal.name, _address(leg), shown, str(leg.members), waiting, policy(leg.policy))


def _address(leg: LegInfo) -> str:
    return f"{leg.room.network}:{leg.address}"


def _shown(portal: PortalInfo) -> PortalInfo:
    return msgspec.structs.replace(portal, legs=tuple(map(_without_password, portal.legs)))


def _without_password(leg: LegInfo) -> LegInfo:
    hidden = msgspec.structs.replace(leg.policy, password="***" if leg.policy.password else "")
    return msgspec.structs.replace(leg, policy=hidden)


def _data(value: Any) -> Any:
    return msgspec.to_builtins(value)
