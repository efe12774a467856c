"""Two rooms on one XMPP server, each an XMPP network of its own: nothing is lost between them."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from xml.etree.ElementTree import fromstring

import pytest

from tests.protocols.xmpp.stanzas import listen, send, stanza_id
from tests.servers import ports
from tests.servers.clients.xmpp import Occupant
from tests.servers.prosody import Prosody
from tests.servers.tercet import Tercet, xmpp_section

ONE, TWO = "one@muc.localhost", "two@muc.localhost"
REPLY = "{urn:xmpp:reply:0}reply"
REPLACE = "{urn:xmpp:message-correct:0}replace"
REACTIONS = "{urn:xmpp:reactions:0}reactions"
RETRACT = "{urn:xmpp:message-retract:1}retract"
SHARING = "{urn:xmpp:sfs:0}file-sharing"
OOB = "<x xmlns='jabber:x:oob'><url>https://up.example/cat.jpg</url></x>"


class Both:
    """The people, one in each room."""

    def __init__(self, alice: Occupant, bob: Occupant):
        self.alice = alice
        self.bob = bob


async def _linked(tercet: Tercet) -> None:
    await asyncio.to_thread(tercet.command, "link", f"x1:{ONE}", f"x2:{TWO}")
    async with asyncio.timeout(20):
        while True:
            portals = await asyncio.to_thread(tercet.command, "rooms")
            if portals and all(leg["up"] for portal in portals for leg in portal["legs"]):
                return
            await asyncio.sleep(0.1)


@pytest.fixture
async def both(prosody: Prosody, tmp_path: Path) -> AsyncIterator[Both]:
    """A daemon with both networks, linked."""
    networks = {
        "x1": xmpp_section(prosody),
        "x2": xmpp_section(prosody, jid="bridge2.localhost"),
    }
    tercet = Tercet(tmp_path / "tercet", networks, ports.reserve())
    alice, bob = Occupant("alice", prosody.c2s_port), Occupant("bob", prosody.c2s_port)
    await asyncio.gather(alice.connect(), bob.connect())
    await alice.join(ONE, "alice")
    await bob.join(TWO, "bob")
    try:
        await asyncio.to_thread(tercet.start)
        await _linked(tercet)
        yield Both(alice, bob)
    finally:
        await asyncio.gather(alice.close(), bob.close())
        await asyncio.to_thread(tercet.stop)


async def test_all_that_can_be_said_about_a_message_crosses(both: Both) -> None:
    alice, bob = both.alice, both.bob
    heard = listen(bob)
    asked = await alice.say(ONE, "tea?")
    there = await bob.wait_for(lambda said: said.body == "tea?")
    await bob.say(TWO, "yes", f"<reply xmlns='urn:xmpp:reply:0' id='{stanza_id(there.raw)}'/>")
    answer = await alice.wait_for(lambda said: said.body.endswith("yes"))
    assert answer.body == "> alice: tea?\nyes"
    assert answer.raw.find(REPLY).get("id") == stanza_id(asked.raw)

    send(alice, ONE, "first-one", "<body>tpyo</body>")
    first = (await bob.wait_for(lambda said: said.body == "tpyo")).raw
    for new, old, text in (("second-one", "first-one", "typo"), ("third-one", "second-one", "ok")):
        replace = f"<replace xmlns='urn:xmpp:message-correct:0' id='{old}'/>"
        send(alice, ONE, new, f"<body>{text}</body>{replace}")
        edit = await bob.wait_for(lambda said, text=text: said.body == text)
        assert edit.raw.find(REPLACE).get("id") == first.get("id")
    sid = stanza_id(next(said.raw for said in alice.messages.items if said.body == "tpyo"))
    send(alice, ONE, "gone", f"<retract xmlns='urn:xmpp:message-retract:1' id='{sid}'/>")
    gone = await heard.wait_for(lambda xml: xml.find(RETRACT) is not None)
    assert gone.find(RETRACT).get("id") == stanza_id(first)


async def test_reactions_cross_as_the_whole_set(both: Both) -> None:
    heard = listen(both.alice)
    said = await both.alice.say(ONE, "cake!")
    there = stanza_id((await both.bob.wait_for(lambda it: it.body == "cake!")).raw)
    for number, keys in enumerate((("👍",), ("👍", "❤️"), ("❤️",), ())):
        each = "".join(f"<reaction>{key}</reaction>" for key in keys)
        element = f"<reactions xmlns='urn:xmpp:reactions:0' id='{there}'>{each}</reactions>"
        send(both.bob, TWO, f"react{number}", f"{element}<store xmlns='urn:xmpp:hints'/>")

        def same(xml: object, keys: tuple[str, ...] = keys) -> bool:
            found = xml.find(REACTIONS)  # type: ignore[attr-defined]
            return found is not None and {child.text for child in found} == set(keys)

        shown = await heard.wait_for(same)
        assert shown.find(REACTIONS).get("id") == stanza_id(said.raw)


async def test_a_thread_keeps_the_name_that_each_room_has_for_it(both: Both) -> None:
    send(both.alice, ONE, "threaded-1", "<body>root</body><thread>T1</thread>")
    await both.bob.wait_for(lambda said: said.body == "root")
    send(both.alice, ONE, "threaded-2", "<body>branch</body><thread>T1</thread>")
    branch = await both.bob.wait_for(lambda said: said.body == "branch")
    name = branch.raw.findtext("{jabber:client}thread")
    assert name
    send(both.bob, TWO, "threaded-3", f"<body>leaf</body><thread>{name}</thread>")
    leaf = await both.alice.wait_for(lambda said: said.body == "leaf")
    assert leaf.raw.findtext("{jabber:client}thread") == "T1"


async def test_a_file_with_a_caption_crosses_and_goes_as_one(both: Both) -> None:
    heard = listen(both.bob)
    body = "<body>look!</body>"
    send(both.alice, ONE, "file-one", body + OOB)
    file = await heard.wait_for(lambda xml: xml.find(SHARING) is not None)
    assert file.findtext("{jabber:client}body") == "https://up.example/cat.jpg"
    caption = await both.bob.wait_for(lambda said: said.body == "look!")
    assert caption.raw.find(REPLY).get("id") == stanza_id(file)
    replace = "<replace xmlns='urn:xmpp:message-correct:0' id='file-one'/>"
    send(both.alice, ONE, "file-two", f"<body>look here!</body>{OOB}{replace}")
    edit = await both.bob.wait_for(lambda said: said.body == "look here!")
    assert edit.raw.find(REPLACE).get("id") == caption.raw.get("id")
    said = next(it for it in both.alice.messages.items if it.body == "look!")
    sid = stanza_id(said.raw)
    send(both.alice, ONE, "gone", f"<retract xmlns='urn:xmpp:message-retract:1' id='{sid}'/>")
    wanted = {stanza_id(file), stanza_id(caption.raw)}
    found: set[str] = set()

    def all_gone(xml: object) -> bool:
        element = xml.find(RETRACT)  # type: ignore[attr-defined]
        if element is not None:
            found.add(element.get("id", ""))
        return wanted <= found

    await heard.wait_for(all_gone)


async def test_a_moderator_in_one_room_removes_it_there(both: Both) -> None:
    """The owner of the first room removes a copy; the daemon may not remove it in the second."""
    await both.bob.say(TWO, "buy")
    copy = await both.alice.wait_for(lambda said: said.body == "buy")
    iq = both.alice.client.make_iq_set(ito=ONE)
    iq.append(
        fromstring(
            f"<apply-to xmlns='urn:xmpp:fasten:0' id='{stanza_id(copy.raw)}'>"
            "<moderate xmlns='urn:xmpp:message-moderate:0'>"
            "<retract xmlns='urn:xmpp:message-retract:0'/></moderate></apply-to>"
        )
    )
    await iq.send()
    await both.bob.say(TWO, "after")
    await both.alice.wait_for(lambda said: said.body == "after")
