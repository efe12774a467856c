"""A gateway of two small networks, one that hosts rooms and one that seats people."""

import asyncio

from bridge.engine.bridge import Bridge
from bridge.engine.context import Limits
from bridge.model import (
    Account,
    Capabilities,
    Delivered,
    Enter,
    Entered,
    Leave,
    MessageSent,
    Past,
    PuppetNamed,
    Rejected,
    RoomRef,
    RoomStatus,
    Roster,
    Standings,
    Tell,
    UserRef,
    from_text,
    plain,
)
from bridge.store import Store
from protocols.loopback.network import LoopbackNetwork
from tests.engine.house import NoRoutes

ANNA = Account(UserRef("xmpp", "anna@x"), "anna")
OTTO = Account(UserRef("xmpp", "otto@x"), "otto")
BOB = Account(UserRef("net", "bob"), "bob")
ROOM = RoomRef("xmpp", "#c%irc.net.example@gw")
FULL = Capabilities(
    times=True, replies=True, edits=True, retractions=True, moderation=True, reactions=True
)


class Host(LoopbackNetwork):
    """Hosts every room whose name begins with ``#``."""

    def __init__(self, name):
        super().__init__(name)
        self.presented = []
        self.displayed = []
        self.whispers = []

    @property
    def bridge(self):
        return self._host

    def present(self, command):
        self.presented.append(command)

    def display(self, state):
        self.displayed.append(state)

    def is_hosted(self, room):
        return room.id.startswith("#")

    async def whisper(self, whisper):
        self.whispers.append(whisper)

    def tells(self):
        return [command for command in self.delivered if isinstance(command, Tell)]


class Seats(LoopbackNetwork):
    """Seats everybody who knows the way, under the nick they want and an underscore."""

    def __init__(self, name):
        super().__init__(name)
        self.seats = set()
        self.people = {}
        self.asked = []
        self.mute = set()
        self.answer = asyncio.Event()
        self.answer.set()
        self.whispers = []

    def answers_to(self, server):
        return server == f"irc.{self.name}.example"

    def is_seated(self, user, room):
        return (user, room) in self.seats

    def is_writing(self, user):
        return False

    async def serve(self, request):
        self.asked.append(request)
        if isinstance(request, Leave):
            self.seats.discard((request.person.user, request.room))
        if not isinstance(request, Enter):
            return None
        if request.address == "#closed":
            raise Rejected("Cannot join channel (+i)", "closed")
        self.seats.add((request.person.user, request.room))
        self._host.observe(RoomStatus(request.room, True))
        members, standings = self.people.get(request.address, ((), ()))
        self._host.observe(Roster(request.room, members))
        self._host.observe(Standings(request.room, standings))
        nick = f"{request.nick}_"
        self._host.observe(PuppetNamed(request.room, request.person.user, nick))
        return Entered(nick, request.room, "welcome")

    async def deliver(self, command, parts, done):
        if isinstance(command, Tell):
            return Delivered()
        await self.answer.wait()
        if command.speaker.user in self.mute:
            raise Rejected("Cannot send to channel (+m)", "forbidden")
        return await super().deliver(command, parts, done)

    async def whisper(self, whisper):
        if whisper.to == "nobody":
            raise Rejected("No such nick", "unknown")
        self.whispers.append(whisper)


def behind(name):
    """The loopback room that a channel name stands for."""
    return RoomRef("net", name)


class Gateway:
    """A network that hosts, one that seats, and the bridge between."""

    def __init__(self, path):
        self.path = path
        self.now = 1_800_014_400.0

    async def __aenter__(self):
        self.host, self.net = Host("xmpp"), Seats("net")
        self.host.can = FULL
        await self.open()
        return self

    async def open(self):
        self.store = await Store.open(self.path / "t.db")
        self.bridge = await Bridge.open(
            self.store,
            [self.host, self.net],
            limits=Limits(edit_hold=0.05),
            clock=lambda: self.now,
        )
        self.bridge.start(NoRoutes())
        await asyncio.sleep(0)

    async def __aexit__(self, *error):
        await self.close()

    async def close(self):
        await self.bridge.close()
        await self.store.close()

    async def enter(self, person=ANNA, channel="#c", room=ROOM):
        return await self.host.bridge.ask(
            Enter(
                person=person,
                room=room,
                network="irc.net.example",
                address=channel,
                nick=person.name,
            )
        )

    def say(self, text, person=ANNA, room=ROOM, **more):
        ids = (f"sid-{text}", f"attr-{text}")
        event = MessageSent(
            room=room, author=person, ids=ids, content=from_text(text), time=self.now, **more
        )
        self.host.bridge.report(event)

    def hear(self, text, **more):
        event = MessageSent(
            room=behind("#c"),
            author=BOB,
            ids=(text,),
            content=from_text(text),
            time=self.now,
            **more,
        )
        self.net._host.report(event)

    async def until(self, condition):
        async with asyncio.timeout(5):
            while not condition():
                await asyncio.sleep(0.002)

    def presented(self):
        return [(c.speaker.name, plain(c.content)) for c in self.host.presented]

    async def past(self, person=ANNA, **wanted):
        found = await self.host.bridge.past(ROOM, person.user, Past(**wanted))
        return [plain(send.content) for send in found]
