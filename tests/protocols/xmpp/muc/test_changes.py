"""Changing what was said in a room of a real Prosody."""

import time
from typing import Any
from xml.etree.ElementTree import Element

import pytest

from bridge.model import (
    Account,
    Command,
    Edit,
    LegPolicy,
    MessageRetracted,
    React,
    Rejected,
    Reply,
    Retract,
    RoomRef,
    Thread,
    UserRef,
    from_text,
)
from protocols.xmpp.network import XmppNetwork
from tests.protocols.xmpp.bridge import eventually, person, running, say
from tests.protocols.xmpp.stanzas import BODY, listen, stanza_id
from tests.servers.clients.xmpp import Occupant
from tests.servers.prosody import Prosody

REPLACE = "{urn:xmpp:message-correct:0}replace"
RETRACT = "{urn:xmpp:message-retract:1}retract"
REACTIONS = "{urn:xmpp:reactions:0}reactions"
REPLY = "{urn:xmpp:reply:0}reply"


async def do(network: XmppNetwork, command: Command) -> tuple[tuple[str, ...], ...]:
    return (await network.deliver(command, network.render(command), 0)).parts


def edit(room: str, target: tuple[str, ...], text: str, **more: Any) -> Edit:
    return Edit(
        key=f"edit:{text}",
        room=RoomRef("xmpp", room),
        speaker=more.pop("speaker", person("bob")),
        target=(target,),
        content=from_text(text),
        time=time.time(),
        **more,
    )


def retract(room: str, *target: tuple[str, ...], own: bool = True, **more: Any) -> Retract:
    author = more.pop("author", person("bob"))
    return Retract(
        key=f"retract:{target}",
        room=RoomRef("xmpp", room),
        speaker=author,
        author=author,
        target=target,
        own=own,
        **more,
    )


def react(room: str, target: tuple[str, ...], *keys: str, **more: Any) -> React:
    return React(
        key=f"react:{keys}",
        room=RoomRef("xmpp", room),
        speaker=person("bob"),
        target=target,
        author=Account(UserRef("xmpp", "anna"), "anna"),
        reaction=more.pop("reaction", keys[-1] if keys else "👍"),
        added=more.pop("added", True),
        all=keys,
        **more,
    )


async def test_a_new_version_names_the_first_and_repeats_everything(
    prosody: Prosody, anna: Occupant
) -> None:
    room = f"edits@{prosody.muc}"
    async with running(prosody, room) as (network, bridge):
        await anna.join(room, "anna")
        parent = stanza_id((await anna.say(room, "question")).raw)
        ids = await say(network, room, person("bob"), "helo")
        first = await anna.wait_for(lambda it: it.body == "helo")
        reply = Reply((f"sid:{parent}",), Account(UserRef("xmpp", "a"), "anna"), "question")
        thread = Thread("us.t1", ("sid:x", "thread:their own"), ())
        for text in ("hello", "hello!"):
            (edited,) = await do(network, edit(room, ids, text, reply=reply, thread=thread))
            assert edited[0].startswith("sid:")
        last = (await anna.wait_for(lambda it: it.body.endswith("hello!"))).raw
        assert last.find(REPLACE).get("id") == first.raw.get("id")
        assert last.get("from") == f"{room}/bob"
        assert last.findtext(BODY) == "> anna: question\nhello!"
        assert last.find(REPLY).get("id") == parent
        assert last.findtext("{jabber:client}thread") == "their own"
        assert not [it for it in bridge.events if not hasattr(it, "content")]


async def test_a_new_version_by_the_relay_replaces_what_the_relay_said(
    prosody: Prosody, anna: Occupant
) -> None:
    room = f"edits-relay@{prosody.muc}"
    async with running(prosody, room, policy=LegPolicy(puppets="off")) as (network, _):
        await anna.join(room, "anna")
        ids = await say(network, room, person("bob"), "helo")
        await do(network, edit(room, ids, "hello"))
        said = await anna.wait_for(lambda it: it.body == "<bob> hello")
        assert said.raw.find(REPLACE) is not None


@pytest.mark.parametrize("target", [("attr:somebody/else",), ("sid:S1",), ()])
async def test_what_nobody_would_believe_is_said_as_a_message_of_its_own(
    prosody: Prosody, anna: Occupant, target: tuple[str, ...]
) -> None:
    room = f"edits-{len(str(target))}@{prosody.muc}"
    async with running(prosody, room) as (network, _):
        await anna.join(room, "anna")
        await do(network, edit(room, target, "hello"))
        said = await anna.wait_for(lambda it: it.body == "[edit] hello")
        assert said.nick == "bob"
        assert said.raw.find(REPLACE) is None


async def test_a_doubtful_new_version_is_said_once(prosody: Prosody, anna: Occupant) -> None:
    room = f"edits-doubt@{prosody.muc}"
    async with running(prosody, room) as (network, _):
        await anna.join(room, "anna")
        ids = await say(network, room, person("bob"), "helo")
        once = await do(network, edit(room, ids, "hello"))
        assert await do(network, edit(room, ids, "hello", doubtful=True)) == once
        await anna.say(room, "end")
    assert [it.body for it in anna.messages.items].count("hello") == 1


async def test_the_puppet_takes_back_every_version(prosody: Prosody, anna: Occupant) -> None:
    room = f"unsays@{prosody.muc}"
    async with running(prosody, room) as (network, bridge):
        await anna.join(room, "anna")
        heard = listen(anna)
        ids = await say(network, room, person("bob"), "oops")
        (edited,) = await do(network, edit(room, ids, "oops!"))
        (gone,) = await do(network, retract(room, ids, edited))
        assert gone[0].startswith("sid:")
        await heard.wait_for(lambda it: _retracts(it) == edited[0])
        taken = [it for it in heard.items if _retracts(it)]
        assert [_retracts(it) for it in taken] == [ids[0], edited[0]]
        assert [it.get("from") for it in taken] == [f"{room}/bob"] * 2
        assert [it.find(BODY) is not None for it in taken] == [True, False]
        assert all(it.find("{urn:xmpp:hints}store") is not None for it in taken)
        assert not bridge.events


async def test_nobody_takes_back_what_another_occupant_said(
    prosody: Prosody, anna: Occupant, boss: Occupant
) -> None:
    room = f"unsays-not@{prosody.muc}"
    await boss.join(room, "boss")
    async with running(prosody, room) as (network, _):
        await anna.join(room, "anna")
        theirs = stanza_id((await anna.say(room, "mine")).raw)
        with pytest.raises(Rejected, match="the occupant that said it"):
            await do(network, retract(room, (f"sid:{theirs}", "attr:anna/x")))
        with pytest.raises(Rejected, match=r"make tercet@bridge\.localhost one"):
            await do(network, retract(room, (f"sid:{theirs}",), own=False))
        with pytest.raises(Rejected, match="no id"):
            await do(network, retract(room, ("attr:anna/x",)))


async def test_as_a_moderator_we_remove_what_others_said(
    prosody: Prosody, anna: Occupant, boss: Occupant
) -> None:
    room = f"removes@{prosody.muc}"
    ref = RoomRef("xmpp", room)
    await boss.join(room, "boss")
    async with running(prosody, room) as (network, bridge):
        await anna.join(room, "anna")
        assert not network.capabilities(ref).moderation
        boss.set_role(room, "tercet", "moderator")
        await eventually(lambda: network.capabilities(ref).moderation)
        heard = listen(anna)
        theirs = stanza_id((await anna.say(room, "spam")).raw)
        await do(network, retract(room, (f"sid:{theirs}",), own=False, reason="it is spam"))
        told = await heard.wait_for(lambda it: it.find("{urn:xmpp:fasten:0}apply-to") is not None)
        assert told.get("from") == room
        assert told.find("{urn:xmpp:fasten:0}apply-to").get("id") == theirs
        assert "it is spam" in "".join(told.itertext())
        ours = await say(network, room, person("bob"), "spam too")
        await do(network, retract(room, ours, moderated=True))
        await do(network, retract(room, ("sid:never-was",), own=False))
        lost = stanza_id((await anna.say(room, "said by a puppet that is no more")).raw)
        await do(network, retract(room, (f"sid:{lost}", "attr:who knows/x")))
        await heard.wait_for(lambda it: lost in str(_fastened(it)))
        await anna.say(room, "end")
        await bridge.until(lambda: len(bridge.events) == 3)
        assert not bridge.all(MessageRetracted)  # We asked for these ourselves.


async def test_a_puppet_reacts_with_the_whole_set(prosody: Prosody, anna: Occupant) -> None:
    room = f"reacts-out@{prosody.muc}"
    async with running(prosody, room) as (network, bridge):
        await anna.join(room, "anna")
        heard = listen(anna)
        theirs = stanza_id((await anna.say(room, "good?")).raw)
        target = (f"sid:{theirs}",)
        for keys in (("👍",), ("👍", "🎉"), ()):
            (ids,) = await do(network, react(room, target, *keys, added=bool(keys)))
            assert ids[0].startswith("sid:")
        await heard.wait_for(lambda it: _reacts(it) == [])
        found = [it for it in heard.items if it.find(REACTIONS) is not None]
        assert [_reacts(it) for it in found] == [["👍"], ["👍", "🎉"], []]
        assert found[0].find(REACTIONS).get("id") == theirs
        assert found[0].get("from") == f"{room}/bob"
        assert found[0].find(BODY) is None
        assert len(bridge.events) == 1
        with pytest.raises(Rejected):
            await do(network, react(room, ("attr:anna/1",), "👍"))


async def test_without_a_puppet_a_reaction_is_told_in_words(
    prosody: Prosody, anna: Occupant
) -> None:
    room = f"reacts-relay@{prosody.muc}"
    async with running(prosody, room, policy=LegPolicy(puppets="off")) as (network, _):
        await anna.join(room, "anna")
        assert not network.capabilities(RoomRef("xmpp", room)).reactions
        theirs = stanza_id((await anna.say(room, "good?")).raw)
        await do(network, react(room, (f"sid:{theirs}",), "👍"))
        said = await anna.wait_for(lambda it: it.body == "* bob reacted with 👍")
        assert said.raw.find(REPLY).get("id") == theirs
        assert await do(network, react(room, (f"sid:{theirs}",), added=False)) == ((),)


def _fastened(xml: Element) -> str | None:
    found = xml.find("{urn:xmpp:fasten:0}apply-to")
    return found.get("id") if found is not None else None


def _retracts(xml: Element) -> str:
    found = xml.find(RETRACT)
    return f"sid:{found.get('id')}" if found is not None else ""


def _reacts(xml: Element) -> list[str | None] | None:
    found = xml.find(REACTIONS)
    return None if found is None else [child.text for child in found]
