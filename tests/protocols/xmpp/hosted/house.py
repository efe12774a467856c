"""A gateway under test, with a bridge that lets everybody in, as an IRC network would."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any
from xml.etree.ElementTree import Element, fromstring

from bridge.model import (
    Account,
    Answer,
    Enter,
    Entered,
    MembersChanged,
    Past,
    PrivateSent,
    PuppetNamed,
    Rank,
    Rename,
    Request,
    RoomRef,
    Roster,
    Send,
    Standing,
    Standings,
    UserRef,
    from_text,
)
from protocols.xmpp.network import XmppNetwork
from tests.listening import Bridge, Memory
from tests.protocols.xmpp.bridge import config
from tests.servers.clients.transcript import Transcript
from tests.servers.clients.xmpp import Occupant
from tests.servers.prosody import Prosody

SERVER = "irc.example.net"
GATEWAY = "bridge.localhost"
Serve = Callable[[Request], Awaitable[Answer]]
MUC_USER = "{http://jabber.org/protocol/muc#user}"
STANZAS = "{urn:ietf:params:xml:ns:xmpp-stanzas}"


def room(channel: str) -> str:
    """The JID of a channel's room."""
    return f"{channel}%{SERVER}@{GATEWAY}"


def irc(nick: str, authority: str = "") -> Account:
    """Somebody on IRC."""
    return Account(UserRef("net", nick), nick, authority)


def ours(name: str) -> UserRef:
    """One of us."""
    return UserRef("xmpp", f"{name}@localhost")


class House(Bridge):
    """Lets everybody in under the nick they want; what was said is what the test put there."""

    def __init__(self, state: Memory | None = None):
        super().__init__(state)
        self.network: XmppNetwork | None = None
        self.members: dict[str, tuple[Account, ...]] = {}
        self.ranks: dict[str, Rank] = {}
        self.asked: list[Request] = []
        self.said: list[Send] = []
        self.private: list[PrivateSent] = []
        self.answers: dict[type, Any] = {}
        """What to answer, or raise, or a function that does, to a kind of request."""

    async def ask(self, request: Request) -> Answer:
        self.asked.append(request)
        self.wake()
        answer = self.answers.get(type(request))
        if callable(answer):
            found: Answer = await answer(request)
            return found
        if isinstance(answer, Exception):
            raise answer
        if answer is not None:
            ready: Answer = answer
            return ready
        return self._usual(request)

    def _usual(self, request: Request) -> Answer:
        assert self.network is not None
        if isinstance(request, Enter):
            members = self.members.get(request.address, ())
            self.network.display(Roster(request.room, members))
            standings = tuple(
                (member.user, Standing(self.ranks[member.name], address="u@host"))
                for member in members
                if member.name in self.ranks
            )
            self.network.display(Standings(request.room, standings))
            self.network.display(PuppetNamed(request.room, request.person.user, request.nick))
            return Entered(request.nick, RoomRef("net", request.address), "welcome", "bob", 1e9)
        if isinstance(request, Rename):
            self.network.display(PuppetNamed(request.room, request.person.user, request.nick))
            return request.nick
        return None

    async def past(self, room: RoomRef, user: UserRef, wanted: Past) -> list[Send]:
        found = [send for send in self.said if send.room == room and send.time >= wanted.since]
        return found[-wanted.count :]

    async def whisper(self, private: PrivateSent) -> None:
        self.private.append(private)
        self.wake()

    async def was_asked(self, kind: type[Any], start: int = 0) -> Any:
        """Wait for a request of this kind."""
        return await self.until(lambda: self._first(self.asked[start:], kind, lambda _: True))

    def say(self, channel: str, who: Account, text: str, key: str, **more: Any) -> Send:
        """Show what somebody says on IRC."""
        assert self.network is not None
        send = Send(
            key=key,
            room=RoomRef("xmpp", room(channel)),
            speaker=who,
            content=from_text(text, **more.pop("content", {})),
            time=more.pop("time", 1e9),
            **more,
        )
        self.network.present(send)
        return send

    def changed(self, channel: str, **change: Any) -> None:
        """Let people on IRC come and go."""
        assert self.network is not None
        self.network.display(MembersChanged(RoomRef("xmpp", room(channel)), **change))


@asynccontextmanager
async def gateway(
    prosody: Prosody, state: Memory | None = None, **settings: Any
) -> AsyncIterator[House]:
    """Run a gateway that everybody on this Prosody may use."""
    house = House(state)
    settings = {"allow": ["localhost"]} | settings
    house.network = XmppNetwork("xmpp", config(prosody, gateway=settings))
    task = asyncio.create_task(house.network.run(house))
    try:
        await house.until(lambda: any(getattr(it, "up", False) for it in house.states))
        yield house
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


class Client:
    """A slixmpp client as its server shows it every stanza."""

    def __init__(self, occupant: Occupant):
        self.occupant = occupant
        self.messages: Transcript[Element] = Transcript()
        self.presences: Transcript[Element] = Transcript()
        self.order: list[Element] = []
        from slixmpp.xmlstream.handler import Callback
        from slixmpp.xmlstream.matcher import MatchXPath

        for kind in ("message", "presence"):
            occupant.client.register_handler(
                Callback(
                    f"every {kind}",
                    MatchXPath(f"{{jabber:client}}{kind}"),
                    self._take,
                )
            )

    def _take(self, stanza: Any) -> None:
        if GATEWAY not in stanza.xml.get("from", ""):
            return
        self.order.append(stanza.xml)
        is_message = stanza.xml.tag.endswith("message")
        (self.messages if is_message else self.presences).add(stanza.xml)

    def send(self, text: str) -> None:
        """Send a stanza as it is written here."""
        self.occupant.client.send_raw(text)

    def enter(self, channel: str, nick: str, inside: str = "") -> None:
        """Ask to come in, without waiting."""
        muc = "http://jabber.org/protocol/muc"
        self.send(f"<presence to='{room(channel)}/{nick}'><x xmlns='{muc}'>{inside}</x></presence>")

    async def join(self, channel: str, nick: str, inside: str = "") -> Element:
        """Come in; return the subject, which is the last of it."""
        start = len(self.messages.items)
        self.enter(channel, nick, inside)
        return await self.message(lambda xml: xml.find("{*}subject") is not None, start)

    async def message(
        self, matches: Callable[[Element], object] = lambda _: True, start: int = 0
    ) -> Element:
        """Wait for a message."""
        return await self.messages.wait_for(matches, 10, start)

    async def presence(
        self, matches: Callable[[Element], object] = lambda _: True, start: int = 0
    ) -> Element:
        """Wait for a presence."""
        return await self.presences.wait_for(matches, 10, start)

    async def body(self, text: str, start: int = 0) -> Element:
        """Wait for a message that says this."""
        return await self.message(lambda xml: xml.findtext("{*}body") == text, start)

    async def ask(self, to: str, kind: str, query: str) -> Element:
        """Ask something; return the answer, also if it is an error."""
        from slixmpp.exceptions import IqError

        iq = self.occupant.client.make_iq(itype=kind, ito=to)
        iq.append(fromstring(query))
        try:
            answer = await iq.send(timeout=10)
        except IqError as error:
            answer = error.iq
        found: Element = answer.xml
        return found


def nick(xml: Element) -> str:
    return xml.get("from", "").partition("/")[2]


def codes(xml: Element) -> set[str]:
    return {it.get("code", "") for it in xml.iter(f"{MUC_USER}status")}


def item(xml: Element) -> dict[str, str]:
    found = xml.find(f"{MUC_USER}x/{MUC_USER}item")
    assert found is not None
    return dict(found.attrib)


def condition(xml: Element) -> str:
    """The condition of an error stanza."""
    error = xml.find("{*}error")
    assert error is not None, xml.attrib
    return next(it.tag for it in error if it.tag.startswith(STANZAS)).removeprefix(STANZAS)
