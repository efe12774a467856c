"""The stream: connecting, losing it, hostile stanzas, questions and answers."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from xml.etree.ElementTree import Element

import pytest

from bridge.model import Unavailable
from protocols.xmpp import component as module
from protocols.xmpp import disco
from protocols.xmpp.component import Component, Failed
from protocols.xmpp.config import XmppConfig
from tests.protocols.xmpp.faulty import FaultyServer, faulty


class Ear:
    """Keeps what comes in."""

    def __init__(self) -> None:
        self.messages: list[Element] = []
        self.presences: list[Element] = []
        self.iqs: list[Element] = []
        self.words: list[str] = []
        self.connected = 0
        self.news = asyncio.Event()

    def on_message(self, xml: Element) -> None:
        self.messages.append(xml)
        self.news.set()
        if xml.get("id") == "poison":
            raise RuntimeError("a bug")

    def on_presence(self, xml: Element) -> None:
        self.presences.append(xml)
        self.news.set()

    def on_iq(self, xml: Element) -> None:
        self.iqs.append(xml)
        self.news.set()

    def on_connected(self) -> None:
        self.connected += 1
        self.news.set()

    def on_disconnected(self, words: str) -> None:
        self.words.append(words)
        self.news.set()

    async def until(self, condition: object) -> None:
        assert callable(condition)
        async with asyncio.timeout(10):
            while not condition():
                self.news.clear()
                await self.news.wait()


@asynccontextmanager
async def connected(server: FaultyServer) -> AsyncIterator[tuple[Component, Ear]]:
    ear = Ear()
    config = XmppConfig(jid="bridge.localhost", secret="secret", server=f"127.0.0.1:{server.port}")
    component = Component(config, ear)
    task = asyncio.create_task(component.stay_connected())
    try:
        yield component, ear
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await component.close()


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let reconnecting take no time."""
    monkeypatch.setattr(module, "DELAYS", (0.01,))


async def test_it_comes_back_when_the_stream_is_lost(quick: None) -> None:
    async with faulty() as server, connected(server) as (component, ear):
        await ear.until(lambda: ear.connected == 1)
        server.hang_up()
        await ear.until(lambda: ear.connected == 2)
        component.post("<message id='later'/>")
        await server.hears("id='later'")
        assert len(ear.words) == 1


async def test_without_a_stream_nothing_is_taken() -> None:
    component = Component(XmppConfig(jid="bridge.localhost", secret="secret"), Ear())
    with pytest.raises(Unavailable):
        component.post("<message/>")
    with pytest.raises(Unavailable):
        await component.ask("get", "a", "b", disco.PING)
    await component.close()


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        ("not-authorized", "refused the secret"),
        ("host-unknown", "knows no component"),
        ("conflict", "another program"),
        ("system-shutdown", "closed the stream: system-shutdown"),
    ],
)
async def test_a_stream_error_is_explained(quick: None, condition: str, words: str) -> None:
    error = (
        f"<stream:error><{condition} xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>"
        "</stream:error></stream:stream>"
    )
    async with faulty(error) as server, connected(server) as (component, ear):
        await ear.until(lambda: ear.words)
        assert words in ear.words[0]
        assert component.is_rival == (condition == "conflict")
        if condition != "system-shutdown":
            assert server.connections == 1  # and not soon again


async def test_a_silent_port_is_given_up(quick: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "HANDSHAKE_SECONDS", 0.1)
    async with faulty("") as server, connected(server) as (_, ear):
        await ear.until(lambda: len(ear.words) >= 2)
        assert "does not answer" in ear.words[0]


async def test_a_stream_that_died_silently_is_noticed(
    quick: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PING_SECONDS", 0.1)
    monkeypatch.setattr(module, "PONG_SECONDS", 0.1)
    async with faulty() as server, connected(server) as (_, ear):
        await ear.until(lambda: ear.connected == 1)
        await server.hears("<iq type='get' from='bridge.localhost' to='bridge.localhost'")
        await ear.until(lambda: ear.connected >= 2)


async def test_a_question_gets_the_answer_of_whom_it_was_put_to() -> None:
    async with faulty() as server, connected(server) as (component, ear):
        await ear.until(lambda: ear.connected)
        asked = asyncio.create_task(component.ask("get", "bridge.localhost", "room@muc", "<q/>"))
        name = (await server.hears("id='([^']+)'><q/>"))[1]
        server.send(f"<iq type='result' id='{name}' from='liar@muc' to='bridge.localhost'/>")
        server.send(f"<iq type='result' id='{name}' from='room@muc' to='bridge.localhost'/>")
        assert (await asked).get("from") == "room@muc"


async def test_an_error_and_a_silence_are_told_apart() -> None:
    async with faulty() as server, connected(server) as (component, ear):
        await ear.until(lambda: ear.connected)
        asked = asyncio.create_task(component.ask("get", "bridge.localhost", "room@muc", "<q/>"))
        name = (await server.hears("id='([^']+)'><q/>"))[1]
        server.send(
            f"<iq type='error' id='{name}' from='room@muc' to='bridge.localhost'>"
            "<error type='cancel'><item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>"
            "</error></iq>"
        )
        with pytest.raises(Failed) as failed:
            await asked
        assert failed.value.failure.condition == "item-not-found"
        with pytest.raises(Unavailable, match="does not answer"):
            await component.ask("get", "bridge.localhost", "room@muc", "<q/>", seconds=0.05)


async def test_strangers_questions_are_handed_on() -> None:
    async with faulty() as server, connected(server) as (_, ear):
        await ear.until(lambda: ear.connected)
        server.send("<iq type='get' id='v' from='a@b' to='bridge.localhost'><x xmlns='y'/></iq>")
        await ear.until(lambda: [xml.get("id") for xml in ear.iqs] == ["v"])


async def test_huge_deep_and_poisonous_stanzas_do_not_end_the_stream() -> None:
    async with faulty() as server, connected(server) as (component, ear):
        await ear.until(lambda: ear.connected)
        server.send(f"<message from='a@b/c'><body>{'x' * 10_000_000}</body></message>")
        server.send(f"<message from='a@b/c'>{'<a>' * 20_000}{'</a>' * 20_000}</message>")
        server.send("<message from='a@b/c' id='poison'/><message id='fine'/>")
        await ear.until(lambda: ear.messages and ear.messages[-1].get("id") == "fine")
        assert len(ear.messages) == 4
        assert component.up
        assert not ear.words


async def test_stanzas_stamped_for_clients_are_understood_too() -> None:
    async with faulty() as server, connected(server) as (_, ear):
        await ear.until(lambda: ear.connected)
        server.send("<message xmlns='jabber:client' id='c'/><presence xmlns='jabber:client'/>")
        await ear.until(lambda: ear.messages and ear.presences)


async def test_what_is_not_xml_ends_the_stream_and_a_new_one_begins(quick: None) -> None:
    async with faulty() as server, connected(server) as (_, ear):
        await ear.until(lambda: ear.connected == 1)
        server.send("<&>")
        await ear.until(lambda: ear.connected == 2)


async def test_a_slow_server_makes_us_wait() -> None:
    async with faulty() as server, connected(server) as (component, ear):
        await ear.until(lambda: ear.connected)
        component.pause_writing()
        waiting = asyncio.create_task(component.writable())
        await asyncio.sleep(0)
        assert not waiting.done()
        component.resume_writing()
        await waiting
