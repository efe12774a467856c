"""Which channels a network has, as the server tells one person (LIST)."""

import asyncio
import re

from cachetools import TTLCache

from bridge.model import Listed, Listing, ListRooms, Unavailable, UserRef
from protocols.irc.decode import Line
from protocols.irc.formatting import strip
from protocols.irc.seats.asking import Question
from protocols.irc.seats.crew import Seats

KEPT = 600.0
"""Seconds for which a list is not asked for again."""
PATIENCE = 60.0
MOST = 50_000
"""Channels of a list that are kept, however many there are."""
_MODES = re.compile(r"\[\+[A-Za-z]+(?: [^\]]*)?\] ?")
"""COMPAT(InspIRCd, 3): a channel's modes stand before its topic."""
_LISTS = 20
"""Lists kept: each person has their own, since members see channels that others must not."""


class Directory:
    """Lists of channels."""

    def __init__(self, seats: Seats):
        self.seats = seats
        self._lists: TTLCache[UserRef, Listing] = TTLCache(_LISTS, KEPT)
        self._asked: dict[UserRef, asyncio.Task[Listing]] = {}

    async def rooms(self, request: ListRooms) -> Listing:
        """See ``ListRooms``. Raises ``Rejected`` or ``Unavailable``."""
        user = request.person.user
        known = self._lists.get(user)
        if known is not None:
            return known
        task = self._asked.get(user)
        if task is None:
            task = self._asked[user] = asyncio.create_task(self._ask(request))
            task.add_done_callback(lambda _: self._asked.pop(user, None))
        return await asyncio.shield(task)

    async def _ask(self, request: ListRooms) -> Listing:
        sitter = await self.seats.reach(request.person, request.network)
        if sitter.up is None:
            raise Unavailable("not connected to IRC", sent=False)
        question, complete = ListQuestion(), True
        try:
            await sitter.questions.ask(sitter.up, question, "LIST", seconds=PATIENCE)
        except Unavailable:
            if not question.rooms:
                raise
            complete = False
        listing = Listing(tuple(question.rooms), complete and len(question.rooms) < MOST)
        if complete:
            self._lists[request.person.user] = listing
        return listing


class ListQuestion(Question):
    """Reads each line as it comes: there may be very many."""

    __slots__ = ("rooms",)

    def __init__(self) -> None:
        super().__init__(answers="321", ends="323", refusals="263 416")
        self.rooms: list[Listed] = []

    def takes(self, line: Line, names: frozenset[str]) -> bool:
        """See ``Question.takes``."""
        if line.command != "322":
            return super().takes(line, names)
        if len(self.rooms) < MOST:
            members = line.param(2)
            count = int(members) if members.isdigit() and len(members) < 10 else 0
            topic = _without_modes(strip(line.param(3)))
            self.rooms.append(Listed(line.param(1), count, topic))
        return True


def _without_modes(topic: str) -> str:
    found = _MODES.match(topic)
    return topic[found.end() :] if found else topic
