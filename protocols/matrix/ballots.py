"""What became of a poll: looked up when it ends."""

import logging
from typing import Any

from cachetools import LRUCache
from mautrix.errors import MatrixRequestError

from bridge.model import Unavailable
from bridge.model.content import Poll
from protocols.matrix import polls
from protocols.matrix.client import Homeserver, segment
from protocols.matrix.decode import Envelope, event_id, fields
from protocols.matrix.encode import inner
from protocols.matrix.polls import Response
from protocols.matrix.rooms import Room

log = logging.getLogger(__name__)

_PAGES = 20
_KEPT = 1_000
_PATIENCE = 5.0
"""Seconds to wait for the homeserver; the room's other events wait with it."""


class Ballots:
    """Counts the votes of polls that have ended. Only its author or a moderator ends a poll, and
    only once (MSC3381)."""

    def __init__(self, homeserver: Homeserver):
        self._homeserver = homeserver
        self._ended: LRUCache[tuple[str, str], str] = LRUCache(_KEPT)

    async def ended(self, event: Envelope, room: Room) -> Poll | None:
        """Count; None if this does not end any poll, or nothing can be learned about it."""
        target = event_id(polls.concerned(fields(event.content)))
        if not target or self._ended.get((room.id, target), event.event_id) != event.event_id:
            return None
        try:
            start = await self._ask(f"{room.path}/event/{segment(target)}")
            found = polls.ballot(inner(start, "content"))
            author = start.get("sender")
            if start.get("type") not in polls.STARTS or found is None:
                return None
            if not _may_end(event.sender, author, room):
                return None
            responses = await self._responses(room, target)
        except (MatrixRequestError, Unavailable) as error:
            log.info("%s: what became of a poll cannot be looked up: %s", room.ref, error)
            return None
        end = event.origin_server_ts
        for one in responses:
            earlier = one.answers is None and one.time < end and one.event_id != event.event_id
            if earlier and _may_end(one.sender, author, room):
                return None
        self._ended[room.id, target] = event.event_id
        return polls.closed(found, responses, end)

    async def _responses(self, room: Room, target: str) -> list[Response]:
        path = f"{room.path.replace('/v3', '/v1', 1)}/relations/{segment(target)}/m.reference"
        found: list[Response] = []
        query = {"limit": "100", "dir": "f"}
        for _ in range(_PAGES):
            page = await self._ask(path, query)
            chunk = page.get("chunk")
            for event in chunk if isinstance(chunk, list) else ():
                response = polls.response(event) if isinstance(event, dict) else None
                if response is not None:
                    found.append(response)
            if not isinstance(page.get("next_batch"), str):
                return found
            query["from"] = page["next_batch"]
        log.info("%s: a poll has more votes than are counted", room.ref)
        return found

    async def _ask(self, path: str, query: dict[str, str] | None = None) -> dict[str, Any]:
        return await self._homeserver.call("GET", path, None, query, wait=0, limit=_PATIENCE)


def _may_end(who: str, author: object, room: Room) -> bool:
    return who == author or room.may_redact(who)
