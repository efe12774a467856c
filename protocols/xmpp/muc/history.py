"""What was said while we were away: how much join history to ask for, and archive pages."""

import asyncio
import math
from xml.etree.ElementTree import Element

from bridge.model import KeyValue
from protocols.xmpp import decode, encode

OVERLAP = 60.0
"""Seconds of history asked for once more; what was reported but not yet journaled is in there."""
WRITE_SECONDS = 5.0
"""How often the time of the last message is written down."""
PAGE = 100
PAGES = 5
MAM = "urn:xmpp:mam:2"


class History:
    """One room's memory of how far it was heard."""

    def __init__(self, room: str, state: KeyValue):
        self._key = f"heard:{room}"
        self._state = state
        self._heard: float | None = None
        self._written = 0.0
        self.before = -math.inf
        """Until when the room had been heard when we last entered it, by our clock."""
        self.reach = math.inf
        """Since when everything of our own would have been seen, by the room's clock."""

    async def load(self) -> None:
        """Remember how far the room was heard before the daemon started."""
        if self._heard is None and (text := await self._state.get(self._key)):
            self._heard = self._written = float(text)

    def seconds(self, now: float) -> int | None:
        """How many seconds of history to ask for; None: none, we were never here."""
        self.before = -math.inf if self._heard is None else self._heard
        return None if self._heard is None else math.ceil(max(now - self._heard, 0.0) + OVERLAP)

    def heard(self, now: float) -> None:
        """The room spoke."""
        self._heard = now

    async def save(self, now: float, every: float = WRITE_SECONDS) -> None:
        """Write down how far it was heard, but not too often."""
        if (
            self._heard is not None
            and self._heard != self._written
            and (now - self._written >= every or every == 0)
        ):
            self._written = self._heard
            await self._state.put(self._key, repr(self._heard))

    async def forget(self) -> None:
        """The room is not visited any longer."""
        self._heard = None
        await self._state.delete(self._key)


def page_query(queryid: str, before: str) -> str:
    """Ask for the last messages before an archive id, or the last of all (XEP-0313 §5)."""
    return (
        f"<query xmlns='{MAM}' queryid='{encode.attribute(queryid)}'>"
        f"<set xmlns='http://jabber.org/protocol/rsm'><max>{PAGE}</max>"
        f"<before>{encode.text_node(before)}</before></set></query>"
    )


def page_end(answer: Element) -> tuple[bool, str]:
    """Read whether this was the last page, and the id of its first message."""
    fin = answer.find(f"{{{MAM}}}fin")
    if fin is None:
        return True, ""
    rsm = "{http://jabber.org/protocol/rsm}"
    first = fin.findtext(f"{rsm}set/{rsm}first") or ""
    return fin.get("complete") == "true" or not first, first


class Pages:
    """The archive query that is under way, if one is."""

    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self.queryid = ""
        self.found: list[tuple[str, decode.MucMessage]] = []

    def take(self, xml: Element) -> bool:
        """Take in a stanza if it is a result of the query; tell whether it was."""
        result = decode.archived(xml)
        if result is None:
            return False
        queryid, archive_id, message = result
        if self.queryid and queryid == self.queryid and len(self.found) < PAGE * 2:
            self.found.append((archive_id, decode.message(message)))
        return True
