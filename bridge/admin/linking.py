"""Reads what an admin types to link rooms: addresses and the policies for them."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from bridge.admin.facade import NewLeg, Refused
from bridge.model import LegPolicy

CHOICES: dict[str, tuple[str, ...]] = {
    "direction": ("both", "in", "out"),
    "puppets": ("off", "speakers", "always"),
    "members": ("speakers", "all"),
}
FREE = ("relay", "password")


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
            chosen[name] = meant[-1]
    return LegPolicy(**chosen)


def _aimed(
    name: str, value: str, used: Collection[str], networks: Collection[str]
) -> tuple[str, str]:
    """Tell for which network a value is meant: none for all. A relay template may hold ``=``."""
    left, equals, right = value.partition("=")
    network, meant = (left, right) if equals and left in networks else ("", value)
    if network and network not in used:
        raise Refused(f"--{name} {value}: no room of {network} is being linked")
    if name in CHOICES and meant not in CHOICES[name]:
        raise Refused(f"--{name} {meant}: choose one of {', '.join(CHOICES[name])}")
    if name == "relay" and "{name}" not in meant:
        raise Refused(f"--relay {meant}: it must hold {{name}}, for example “<{{name}}> ”")
    return network, meant
