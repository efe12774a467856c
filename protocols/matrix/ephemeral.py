"""Who types and who has read what, as the homeserver pushes it beside the events. Pure, and
patient: what is malformed is left out.
"""

from typing import Any

import msgspec
from msgspec import Raw, Struct

from protocols.matrix.decode import event_id, fields

_MOST = 1_000
"""Signals of one transaction."""


class Typists(Struct, frozen=True):
    """These, and nobody else, type in a room now."""

    room_id: str
    mxids: tuple[str, ...]


class Receipt(Struct, frozen=True):
    """Somebody has read a room up to an event."""

    room_id: str
    mxid: str
    event_id: str


class _Signal(Struct, frozen=True):
    type: str = ""
    room_id: str = ""
    content: Raw = Raw(b"{}")


class _Pushed(Struct, frozen=True):
    ephemeral: list[Raw] = []
    unstable: list[Raw] = msgspec.field(name="de.sorunome.msc2409.ephemeral", default_factory=list)
    """What homeservers before Matrix 1.13 call it; newer ones send it under both names."""


_pushed = msgspec.json.Decoder(_Pushed)
_signal = msgspec.json.Decoder(_Signal)


def read(body: bytes) -> list[Typists | Receipt]:
    """Read what a transaction holds of it (MSC2409)."""
    if b"ephemeral" not in body:
        return []
    try:
        pushed = _pushed.decode(body)
    except (msgspec.MsgspecError, RecursionError, ValueError):
        return []
    found: list[Typists | Receipt] = []
    for raw in pushed.ephemeral or pushed.unstable:
        found += _read(raw)
    return found[:_MOST]


def _read(raw: Raw) -> list[Typists | Receipt]:
    try:
        signal = _signal.decode(raw)
    except (msgspec.MsgspecError, RecursionError, ValueError):
        return []
    content = fields(signal.content)
    if signal.type == "m.typing":
        users = content.get("user_ids")
        mxids = users[:_MOST] if isinstance(users, list) else []
        return [Typists(signal.room_id, tuple(mxid for mxid in mxids if isinstance(mxid, str)))]
    return _receipts(signal.room_id, content) if signal.type == "m.receipt" else []


def _receipts(room_id: str, content: dict[str, Any]) -> list[Typists | Receipt]:
    """Read public receipts for the room. Those for one thread say nothing about the rest of it."""
    found: list[Typists | Receipt] = []
    for target, kinds in content.items():
        readers = kinds.get("m.read") if isinstance(kinds, dict) else None
        for mxid, receipt in readers.items() if isinstance(readers, dict) else ():
            thread = receipt.get("thread_id") if isinstance(receipt, dict) else None
            if event_id(target) and thread in (None, "main"):
                found.append(Receipt(room_id, mxid, target))
    return found
