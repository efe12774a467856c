"""An XMPP client on slixmpp that sits in MUCs."""

import asyncio
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree as ET

import slixmpp
from slixmpp.xmlstream.handler import Callback
from slixmpp.xmlstream.matcher import MatchXPath

from tests.servers.clients.transcript import Said, Transcript

_MUC = "http://jabber.org/protocol/muc"
_SID = "urn:xmpp:sid:0"
_BODY = "{jabber:client}body"
_SUBJECT = "{jabber:client}subject"


class Occupant:
    """Someone on XMPP. ``messages`` has what was said in MUCs, one's own reflections too.

    What the room's history repeats after a reconnect is left out, by its stanza-id.
    """

    def __init__(self, name: str, port: int, *, domain: str = "localhost") -> None:
        self.jid = f"{name}@{domain}"
        self.password = f"{name}-pw"
        self.port = port
        self.messages: Transcript[Said] = Transcript()
        self.presences: Transcript[ET.Element] = Transcript()
        self.rooms: dict[str, str] = {}
        self._known: set[str] = set()
        self._client: slixmpp.ClientXMPP | None = None
        self._gone = asyncio.Event()

    async def connect(self, timeout: float = 10.0) -> None:
        """Log in, and go back into the rooms one was in. May be called again."""
        await self.close()
        self._client = client = slixmpp.ClientXMPP(
            self.jid,
            self.password,
            plugin_config={
                "feature_mechanisms": {"unencrypted_plain": True, "unencrypted_scram": True}
            },
        )
        client.enable_starttls = False
        client.enable_direct_tls = False
        client.enable_plaintext = True
        self._gone.clear()
        ready = asyncio.Event()
        client.add_event_handler("session_start", lambda _: ready.set())
        client.add_event_handler("disconnected", lambda _: self._gone.set())
        # slixmpp's own event leaves out messages without a body, such as a subject.
        client.register_handler(
            Callback(
                "every message",
                MatchXPath("{jabber:client}message"),
                lambda message: self._take(message.xml),
            )
        )
        client.add_event_handler("presence", lambda presence: self.presences.add(presence.xml))
        client.connect("127.0.0.1", self.port)
        await asyncio.wait_for(ready.wait(), timeout)
        client.send_presence()
        for room, nick in list(self.rooms.items()):
            await self.join(room, nick)

    async def join(self, room: str, nick: str, *, history: int | None = None) -> None:
        """Enter a MUC, with ``history`` lines of what was said (None: all the room gives).

        Raises ``TimeoutError`` if the room does not let us in.
        """
        self.rooms[room] = nick
        start = len(self.presences.items)
        query = ET.Element(f"{{{_MUC}}}x")
        if history is not None:
            ET.SubElement(query, f"{{{_MUC}}}history", maxstanzas=str(history))
        presence = self.client.make_presence(pto=f"{room}/{nick}")
        presence.append(query)
        presence.send()
        await self.presences.wait_for(lambda p: _own(p, room), 10, start)

    def leave(self, room: str) -> None:
        """Leave a MUC."""
        nick = self.rooms.pop(room)
        self.client.send_presence(pto=f"{room}/{nick}", ptype="unavailable")

    async def say(self, room: str, text: str, *extra: str) -> Said:
        """Say something (``extra``: XML children) and return its reflection."""
        message = self.client.make_message(room, mtype="groupchat", mbody=text)
        message["id"] = sent = self.client.new_id()
        for child in extra:
            message.xml.append(ET.fromstring(child))
        start = len(self.messages.items)
        message.send()
        return await self.wait_for(lambda said: said.raw.get("id") == sent, 10, start)

    async def emote(self, room: str, text: str) -> Said:
        """Say ``/me text``."""
        return await self.say(room, f"/me {text}")

    def subject(self, room: str, text: str) -> None:
        """Change the room's subject."""
        message = self.client.make_message(room, mtype="groupchat", msubject=text)
        message.send()

    def set_role(self, room: str, nick: str, role: str, reason: str = "") -> None:
        """Give an occupant a role; ``none`` kicks (XEP-0045 §8.2)."""
        self._admin(room, {"nick": nick, "role": role}, reason)

    def set_affiliation(self, room: str, jid: str, affiliation: str, reason: str = "") -> None:
        """Give someone an affiliation; ``outcast`` bans (XEP-0045 §9.1)."""
        self._admin(room, {"jid": jid, "affiliation": affiliation}, reason)

    async def wait_for(
        self, predicate: Callable[[Said], object], timeout: float = 10.0, start: int = 0
    ) -> Said:
        """Wait for something that is said in a MUC."""
        return await self.messages.wait_for(predicate, timeout, start)

    async def occupants(self, room: str, nicks: set[str], timeout: float = 10.0) -> None:
        """Wait until at least these nicks are in the room."""

        def there(_: ET.Element) -> bool:
            return nicks <= self.present(room)

        await self.presences.wait_for(there, timeout)

    def present(self, room: str) -> set[str]:
        """Return the nicks that are in the room as far as we saw."""
        here: set[str] = set()
        for presence in self.presences.items:
            bare, _, nick = presence.get("from", "").partition("/")
            if bare == room:
                (here.discard if presence.get("type") else here.add)(nick)
        return here

    async def closed(self, timeout: float = 10.0) -> None:
        """Wait until the server is gone."""
        await asyncio.wait_for(self._gone.wait(), timeout)

    async def close(self) -> None:
        """Log out."""
        if self._client is None:
            return
        client, self._client = self._client, None
        if not self._gone.is_set():
            await client.disconnect(wait=0.5, ignore_send_queue=True)

    @property
    def client(self) -> Any:
        """The slixmpp client, for what has no method here."""
        if self._client is None:
            raise ConnectionError("not connected")
        return self._client

    def _admin(self, room: str, item: dict[str, str], reason: str) -> None:
        query = ET.Element("{http://jabber.org/protocol/muc#admin}query")
        child = ET.SubElement(query, "{http://jabber.org/protocol/muc#admin}item", item)
        if reason:
            ET.SubElement(child, "{http://jabber.org/protocol/muc#admin}reason").text = reason
        iq = self.client.make_iq_set(query, ito=room)
        iq.send()

    def _take(self, message: ET.Element) -> None:
        if message.get("type") != "groupchat":
            return
        room, _, nick = message.get("from", "").partition("/")
        archived = message.find(f"{{{_SID}}}stanza-id")
        stanza_id = "" if archived is None else archived.get("id", "")
        if stanza_id and stanza_id in self._known:
            return
        self._known.add(stanza_id)
        late = message.find("{urn:xmpp:delay}delay") is not None
        body, subject = message.findtext(_BODY), message.findtext(_SUBJECT)
        if body is None and message.find(_SUBJECT) is not None:
            self.messages.add(Said(room, nick, subject or "", "subject", late, message))
        elif body is not None and body.startswith("/me "):
            self.messages.add(Said(room, nick, body[4:], "emote", late, message))
        elif body is not None:
            self.messages.add(Said(room, nick, body, "text", late, message))


def _own(presence: ET.Element, room: str) -> bool:
    """Whether this is the presence that ends the list of occupants (status 110)."""
    statuses = presence.iterfind(f"{{{_MUC}#user}}x/{{{_MUC}#user}}status")
    here = presence.get("from", "").startswith(f"{room}/") and presence.get("type") is None
    return here and any(status.get("code") == "110" for status in statuses)
