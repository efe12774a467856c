"""Sending events: as the bot, or as a person's ghost that may have to be made sure of first."""

import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any

from mautrix.errors import MatrixRequestError, MForbidden

from bridge.model import Account, Unavailable
from protocols.matrix import encode
from protocols.matrix.client import error_code, segment, words
from protocols.matrix.rooms import Room
from protocols.matrix.site import Site

log = logging.getLogger(__name__)

Act = Callable[[dict[str, str]], Awaitable[str]]
"""Does something as whoever the query names, and returns the event's id."""


class Speech:
    """The way from a part to an event of the right sender."""

    def __init__(self, site: Site):
        self._site = site

    async def voice(self, room: Room, person: Account) -> str | None:
        """Have the person's ghost in the room; None: it cannot be there, or is not wanted."""
        if room.policy.puppets == "off":
            return None
        return await self._site.puppets.enter(room, person)

    async def as_ghost(self, room: Room, person: Account, act: Act) -> str | None:
        """Do something as the person's ghost; None if it cannot be there. If the homeserver
        refuses it, it may have been put out, or be unknown to a homeserver that began anew: make
        sure of it once, then take the answer."""
        mxid = await self.voice(room, person)
        if mxid is None:
            return None
        try:
            return await act(self._site.puppets.query(mxid))
        except MatrixRequestError as error:
            if not isinstance(error, MForbidden) and "DEVICE" not in error_code(error):
                raise
            log.info("%s: %s was refused: %s", room.ref, mxid, words(error))
        mxid = await self._site.puppets.renew(room, person)
        return None if mxid is None else await act(self._site.puppets.query(mxid))

    async def put(
        self, room: Room, part: encode.Part, name: str, spoken: dict[str, str], said: float = 0.0
    ) -> str:
        """Send a part under the name of its transaction, as the bot if nobody is named; ``said``
        dates it back. Its file is uploaded before."""
        query = spoken or self._site.puppets.query(self._site.bot)
        ready = await self._site.uploads.ready(part, query)
        if said:
            query["ts"] = str(int(min(said, time.time()) * 1000))
        path = f"{room.path}/send/{segment(ready.type)}/{name}"
        answer = await self._site.homeserver.call("PUT", path, bytes(ready.content), query)
        await self._site.uploads.shown(event_id(answer), part)
        return event_id(answer)

    async def say(
        self, room: Room, part: encode.Part, name: str, spoken: dict[str, str], said: float
    ) -> str:
        """Send a message; one that cannot be in its thread goes out without."""
        try:
            return await self.put(room, part, name, spoken, said)
        except MatrixRequestError as error:
            plain = encode.unthreaded(part) if error.http_status == 400 else None
            if plain is None:
                raise
            log.info("%s: not in a thread: %s", room.ref, words(error))
        return await self.put(room, plain, name, spoken, said)

    async def redact(self, room: Room, part: encode.Part, name: str, spoken: dict[str, str]) -> str:
        """Take an event back; its file is not used for another one."""
        await self._site.uploads.forget(part.redacts)
        query = spoken or self._site.puppets.query(self._site.bot)
        path = f"{room.path}/redact/{segment(part.redacts)}/{name}"
        answer = await self._site.homeserver.call("PUT", path, bytes(part.content), query)
        return event_id(answer)


def event_id(answer: dict[str, Any]) -> str:
    """Read which event a request became."""
    found = answer.get("event_id")
    if not isinstance(found, str):
        raise Unavailable("the homeserver's answer names no event")
    return found
