"""Voices that speak as fast as they are asked to: natives of a stage, and the raw servers' own."""

import asyncio
from contextlib import AsyncExitStack
from itertools import count
from urllib.parse import quote
from xml.sax.saxutils import escape

import slixmpp
from msgspec import Struct

from tests.benchmarks.traffic import Say
from tests.live.stage import Stage
from tests.servers.clients import IrcClient, MatrixClient, Occupant, Said, Transcript

_REPLY = "urn:xmpp:reply:0"
_AT_ONCE = 8
"""Requests of one Matrix speaker that are under way together, as of a busy client."""


class Server(Struct):
    """One server without the bridge: somebody speaks, and another client hears it."""

    say: Say
    ear: Transcript[Said]


class MatrixVoice:
    """Puts events into a room, some at a time, in the background."""

    def __init__(self, client: MatrixClient, room: str):
        self._client = client
        self._path = f"/_matrix/client/v3/rooms/{quote(room)}/send/m.room.message/"
        self._numbers = count()
        self._turns = asyncio.Semaphore(_AT_ONCE)
        self._tasks: set[asyncio.Task[None]] = set()

    def say(self, text: str, **more: object) -> None:
        """Say something as soon as there is a turn. ``more``: other fields of the event."""
        task = asyncio.create_task(self._put({"msgtype": "m.text", "body": text} | more))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _put(self, content: dict[str, object]) -> None:
        async with self._turns:
            path = f"{self._path}b{id(self)}.{next(self._numbers)}"
            await self._client.request("PUT", path, content)


def in_muc(client: slixmpp.XMLStream, room: str, sender: str = "", more: str = "") -> Say:
    """Return what sends ready stanzas to a MUC. ``more``: XML after the body."""
    head = f"<message to='{room}' type='groupchat'" + (f" from='{sender}'" if sender else "")
    numbers = count()

    def say(text: str) -> None:
        client.send_raw(f"{head} id='b{next(numbers)}'><body>{escape(text)}</body>{more}</message>")

    return say


def in_channel(client: IrcClient, channel: str) -> Say:
    """Return what sends lines to a channel."""
    return lambda text: client.send(f"PRIVMSG {channel} :{text}")


def natives(stage: Stage) -> dict[str, Say]:
    """Return the voice of each side's own client in the linked rooms."""
    return {
        "xmpp": in_muc(stage.alice.client, stage.muc),
        "irc": in_channel(stage.bob, stage.channel),
        "matrix": MatrixVoice(stage.carol, stage.room).say,
    }


async def answers(stage: Stage) -> dict[str, Say]:
    """Return voices that answer somebody of another network, and call them by name."""
    await stage.say("irc", "bob asks")
    await stage.say("xmpp", "alice asks")
    stanza = (await stage.alice.wait_for(lambda said: said.body == "bob asks", 30)).raw
    event = (await stage.carol.wait_for(lambda said: said.body == "bob asks", 30)).raw
    line = (await stage.bob.wait_for(lambda said: said.body.endswith("alice asks"), 30)).raw
    sid = stanza.find("{urn:xmpp:sid:0}stanza-id").get("id")
    about = {"m.in_reply_to": {"event_id": event["event_id"]}}
    ghost, matrix = event["sender"], MatrixVoice(stage.carol, stage.room)
    pill = f'<a href="https://matrix.to/#/{ghost}">bob</a>'
    stanzas = in_muc(stage.alice.client, stage.muc, more=f"<reply xmlns='{_REPLY}' id='{sid}'/>")
    tags = f"@+reply={line.tags['msgid']}"

    def on_matrix(text: str) -> None:
        matrix.say(
            f"bob: {text}",
            format="org.matrix.custom.html",
            formatted_body=f"{pill}: {text}",
            **{"m.relates_to": about, "m.mentions": {"user_ids": [ghost]}},
        )

    return {
        "xmpp": lambda text: stanzas(f"bob: {text}"),
        "irc": lambda text: stage.bob.send(f"{tags} PRIVMSG {stage.channel} :alice: {text}"),
        "matrix": on_matrix,
    }


async def servers(stage: Stage, clients: AsyncExitStack) -> dict[str, Server]:
    """Return a way through each server of the stage that does not go through Tercet."""
    return {
        "xmpp": await _prosody(stage, clients),
        "irc": await _inspircd(stage, clients),
        "matrix": await _synapse(stage, clients),
    }


async def _prosody(stage: Stage, clients: AsyncExitStack) -> Server:
    """From a component's occupant to a client's, as puppets are."""
    prosody, room = stage.prosody, f"raw@{stage.prosody.muc}"
    occupant = Occupant("dave", prosody.c2s_port)
    await occupant.connect()
    clients.push_async_callback(occupant.close)
    await occupant.join(room, "dave")
    component = slixmpp.ComponentXMPP(prosody.second_component, prosody.component_secret)
    ready = asyncio.Event()
    component.add_event_handler("session_start", lambda _: ready.set())
    component.connect("127.0.0.1", prosody.component_port)
    await asyncio.wait_for(ready.wait(), 10)
    clients.callback(component.abort)
    sender = f"raw@{prosody.second_component}"
    entry = "<x xmlns='http://jabber.org/protocol/muc'/>"
    component.send_raw(f"<presence from='{sender}' to='{room}/raw'>{entry}</presence>")
    await occupant.occupants(room, {"raw"})
    return Server(in_muc(component, room, sender), occupant.messages)


async def _inspircd(stage: Stage, clients: AsyncExitStack) -> Server:
    """From client to client."""
    speaker, listener = (IrcClient(nick, stage.inspircd.port) for nick in ("rawsay", "rawhear"))
    for client in (speaker, listener):
        await client.connect()
        clients.push_async_callback(client.close)
        await client.join("#raw")
    return Server(in_channel(speaker, "#raw"), listener.messages)


async def _synapse(stage: Stage, clients: AsyncExitStack) -> Server:
    """From a request to another client's sync."""
    synapse = stage.synapse
    speaker, listener = (
        MatrixClient(synapse.url, synapse.user_id(name), synapse.token(name))
        for name in ("dave", "bob")
    )
    for client in (speaker, listener):
        await client.connect()
        clients.push_async_callback(client.close)
    room = await speaker.create_room("Raw")
    await listener.join(room)
    return Server(MatrixVoice(speaker, room).say, listener.messages)
