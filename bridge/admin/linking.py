"""Reads what an admin types to link rooms: addresses and the policies for them."""

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from bridge.admin.facade import NewLeg, Refused
from bridge.model import LegPolicy

CHOICES: dict[str, tuple[str, ...]] = {
    "direction": ("both", "in", "out"),
    "puppets": ("off", "speakers", "always"),
    "members": ("speakers", "all"),
    "threads": ("on", "off"),
    "reactions": ("few", "on", "off"),
    "answers_by_name": ("on", "off"),
}
FREE = ("relay", "edit_hold", "password")
_SWITCHES = ("threads", "answers_by_name")
_SECONDS = re.compile(r"([0-9]{1,4}(?:\.[0-9]+)?)s?")
LONGEST_HOLD = 300.0
"""Seconds; an edit that waits for longer says nothing any more."""


def spelled(name: str) -> str:
    """Write an option's name as it is typed."""
    return f"--{name.replace('_', '-')}"


def split_address(address: str, networks: Collection[str]) -> tuple[str, str]:
    """Split ``network:room`` at the first colon."""
    network, colon, room = address.partition(":")
    if not colon or not room:
        example = min(networks, default="libera")
        raise Refused(f"“{address}” is not network:room; write for example {example}:{address}")
    if network not in networks:
        known = ", ".join(sorted(networks))
        raise Refused(f"no network is called “{network}”; there are: {known}")
    return network, room


def new_legs(
    addresses: Sequence[str], options: Mapping[str, Sequence[str]], networks: Collection[str]
) -> list[NewLeg]:
    """Read addresses and options. An option's value is meant for all the rooms, or, written as
    ``network=value``, for the rooms of that network; the more special one wins."""
    pairs = [split_address(address, networks) for address in addresses]
    used = {network for network, _ in pairs}
    return [NewLeg(net, room, _policy(net, options, used, networks)) for net, room in pairs]


def _policy(
    network: str,
    options: Mapping[str, Sequence[str]],
    used: Collection[str],
    networks: Collection[str],
) -> LegPolicy:
    chosen: dict[str, Any] = {}
    for name, values in options.items():
        split = [_aimed(name, value, used, networks) for value in values]
        meant = [value for target in ("", network) for aim, value in split if aim == target]
        if meant:
            chosen[name] = _value(name, meant[-1])
    return LegPolicy(**chosen)


def _aimed(
    name: str, value: str, used: Collection[str], networks: Collection[str]
) -> tuple[str, str]:
    """Tell for which network a value is meant: none for all. A relay template may hold ``=``."""
    left, equals, right = value.partition("=")
    network, meant = (left, right) if equals and left in networks else ("", value)
    if network and network not in used:
        raise Refused(f"{spelled(name)} {value}: no room of {network} is being linked")
    if name in CHOICES and meant not in CHOICES[name]:
        raise Refused(f"{spelled(name)} {meant}: choose one of {', '.join(CHOICES[name])}")
    if name == "relay" and "{name}" not in meant:
        raise Refused(f"--relay {meant}: it must hold {{name}}, for example “<{{name}}> ”")
    if name == "edit_hold" and _hold(meant) is None:
        reason = f"write seconds, from 0s to {LONGEST_HOLD:g}s"
        raise Refused(f"{spelled(name)} {meant}: {reason}")
    return network, meant


def _value(name: str, text: str) -> Any:
    if name == "edit_hold":
        return _hold(text)
    return text == "on" if name in _SWITCHES else text


def _hold(text: str) -> float | None:
    match = _SECONDS.fullmatch(text)
    return float(match[1]) if match and float(match[1]) <= LONGEST_HOLD else None
