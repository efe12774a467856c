"""Asking a silent room whether we are still in it (XEP-0410)."""

import asyncio
import logging
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from bridge.model import Unavailable
from protocols.xmpp import disco
from protocols.xmpp.component import Failed

if TYPE_CHECKING:
    from protocols.xmpp.muc.room import Room

log = logging.getLogger(__name__)

STILL_IN = frozenset({"service-unavailable", "feature-not-implemented", "item-not-found"})
UNKNOWN = frozenset({"remote-server-not-found", "remote-server-timeout"})


async def ask(room: "Room") -> bool | None:
    """Tell whether we are in the room; None: nobody knows (XEP-0410 §3.2)."""
    me = f"{room.ref.id}/{room.entrance.nick}"
    try:
        await room.wire.component.ask(
            "get", room.listener, me, disco.PING, room.wire.config.patience
        )
    except Failed as error:
        if error.failure.condition in UNKNOWN:
            return None
        return error.failure.condition in STILL_IN
    except Unavailable:
        return None
    return True


async def watch(rooms: Callable[[], Iterable["Room"]], silence: float) -> None:
    """Ask every room that has been silent for so many seconds, until cancelled."""
    while True:
        await asyncio.sleep(min(30.0, silence / 4))
        for room in rooms():
            if room.is_up and time.monotonic() - room.last_heard > silence:
                room.last_heard = time.monotonic()
                room.wire.start(room.check())
