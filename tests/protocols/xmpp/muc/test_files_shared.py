"""Files between a client at a real Prosody and the bridge."""

from typing import Any
from xml.etree.ElementTree import Element

from bridge.model import (
    Content,
    CopyConfirmed,
    Edit,
    LegPolicy,
    MessageSent,
    Paragraph,
    RoomRef,
    Send,
    Text,
    plain,
)
from bridge.model.content import File, Place
from protocols.xmpp.network import XmppNetwork
from tests.protocols.xmpp.bridge import Bridge, person, running
from tests.protocols.xmpp.stanzas import listen, send, stanza_id
from tests.servers.clients.xmpp import Occupant
from tests.servers.prosody import Prosody

URL = "https://up.example/cat.jpg"
OOB = f"<x xmlns='jabber:x:oob'><url>{URL}</url></x>"
SHARING = (
    "<file-sharing xmlns='urn:xmpp:sfs:0' disposition='inline'>"
    "<file xmlns='urn:xmpp:file:metadata:0'><media-type>image/jpeg</media-type>"
    "<name>cat.jpg</name><size>1200</size></file><sources>"
    f"<url-data xmlns='http://jabber.org/protocol/url-data' target='{URL}'/></sources>"
    "</file-sharing>"
)
FALLBACK = "<fallback xmlns='urn:xmpp:fallback:0' for='urn:xmpp:sfs:0'><body/></fallback>"
REPLY = "{urn:xmpp:reply:0}reply"
REPLACE = "{urn:xmpp:message-correct:0}replace"
METADATA = "{urn:xmpp:file:metadata:0}"
CAT = File(
    kind="image",
    source="mxc://hs/cat",
    network="matrix",
    name="cat.jpg",
    mime="image/jpeg",
    size=1200,
    width=40,
    height=30,
    description="a cat",
    url="https://gw.example/m/t0k/cat.jpg",
    thumbnail_url="https://gw.example/m/t0k/small.jpg",
)
DOG = File(kind="file", source="https://x/dog", name="dog.pdf", url="https://x/dog")


def words(text: str) -> tuple[Paragraph, ...]:
    return (Paragraph((Text(text),)),) if text else ()


def sent(room: str, text: str, *attached: Any, key: str = "k") -> Send:
    content = Content(words(text), attached=attached)
    return Send(key=key, room=RoomRef("xmpp", room), speaker=person("bob"), content=content, time=0)


async def deliver(network: XmppNetwork, command: Any) -> tuple[tuple[str, ...], ...]:
    return (await network.deliver(command, network.render(command), 0)).parts


async def heard(bridge: Bridge, source: str) -> MessageSent:
    def fits(it: MessageSent) -> bool:
        return any(isinstance(a, File) and a.source == source for a in it.content.attached)

    return await bridge.event(MessageSent, fits)


def child(xml: Element, tag: str) -> Element:
    found = xml.find(tag)
    assert found is not None
    return found


async def test_a_shared_file_is_a_file_and_a_bare_address_is_a_text(
    prosody: Prosody, anna: Occupant
) -> None:
    room = f"shared@{prosody.muc}"
    async with running(prosody, room) as (_, bridge):
        await anna.join(room, "anna")
        await anna.say(room, URL)
        text = await bridge.event(MessageSent, lambda it: plain(it.content) == URL)
        assert text.content.attached == ()
        send(anna, room, "with-oob", f"<body>{URL}</body>{OOB}{SHARING}{FALLBACK}")
        file = await heard(bridge, URL)
        assert file.content == Content(
            (),
            attached=(
                File(kind="image", source=URL, name="cat.jpg", mime="image/jpeg", size=1200),
            ),
        )
        send(anna, room, "captioned", f"<body>look!</body>{OOB.replace('cat', 'other')}")
        other = await heard(bridge, URL.replace("cat", "other"))
        assert plain(other.content) == "look!"
        send(anna, room, "no-body-at-all", SHARING.replace("cat.jpg", "silent.jpg"))
        await heard(bridge, URL.replace("cat", "silent"))


async def test_an_encrypted_file_is_told_without_its_key(prosody: Prosody, anna: Occupant) -> None:
    room = f"keys@{prosody.muc}"
    async with running(prosody, room) as (_, bridge):
        await anna.join(room, "anna")
        url = "aesgcm://up.example/x.jpg#00aa11bb"
        send(anna, room, "key1", f"<body>{url}</body><x xmlns='jabber:x:oob'><url>{url}</url></x>")
        told = await bridge.event(MessageSent)
        assert (plain(told.content), told.content.attached) == ("[encrypted file]", ())


async def test_places_cross_both_ways(prosody: Prosody, anna: Occupant) -> None:
    room = f"places@{prosody.muc}"
    async with running(prosody, room) as (network, bridge):
        await anna.join(room, "anna")
        await anna.say(room, "geo:51.5,0.12")
        here = await bridge.event(MessageSent)
        assert here.content == Content((), attached=(Place("geo:51.5,0.12"),))
        await deliver(network, sent(room, "", Place("geo:1.5,2.5", "the pub")))
        await anna.wait_for(lambda said: said.body == "geo:1.5,2.5")
        await anna.wait_for(lambda said: said.body == "the pub")


async def test_files_are_shown_and_what_is_said_of_them_answers_the_first(
    prosody: Prosody, anna: Occupant
) -> None:
    room = f"captions@{prosody.muc}"
    async with running(prosody, room) as (network, bridge):
        await anna.join(room, "anna")
        assert network.capabilities(RoomRef("xmpp", room)).files
        parts = await deliver(network, sent(room, "look!", CAT, DOG))
        assert [len(ids) for ids in parts] == [3, 3, 3]
        assert [it.part for it in bridge.all(CopyConfirmed)] == [0, 1]
        cat = (await anna.wait_for(lambda said: said.body == CAT.url)).raw
        assert cat.findtext("{jabber:x:oob}x/{jabber:x:oob}url") == CAT.url
        file = child(cat, f"{{urn:xmpp:sfs:0}}file-sharing/{METADATA}file")
        assert file.findtext(f"{METADATA}name") == "cat.jpg"
        assert file.findtext(f"{METADATA}size") == "1200"
        assert file.findtext(f"{METADATA}width") == "40"
        assert child(file, "{urn:xmpp:thumbs:1}thumbnail").get("uri") == CAT.thumbnail_url
        assert child(cat, "{urn:xmpp:fallback:0}fallback").get("for") == "urn:xmpp:sfs:0"
        await anna.wait_for(lambda said: said.body == DOG.url)
        caption = (await anna.wait_for(lambda said: said.body == "look!")).raw
        assert child(caption, REPLY).attrib == {"to": f"{room}/bob", "id": stanza_id(cat)}
        assert caption.find("{urn:xmpp:fallback:0}fallback") is None


async def test_what_is_said_of_a_file_is_changed_alone_or_added(
    prosody: Prosody, anna: Occupant
) -> None:
    room = f"recaption@{prosody.muc}"
    async with running(prosody, room) as (network, _):
        await anna.join(room, "anna")
        ref, bob = RoomRef("xmpp", room), person("bob")
        first = await deliver(network, sent(room, "lok!", CAT))
        content = Content(words("look!"), attached=(CAT,))
        edit = Edit(key="e", room=ref, speaker=bob, target=first, content=content, time=0)
        await deliver(network, edit)
        old = (await anna.wait_for(lambda said: said.body == "lok!")).raw
        new = (await anna.wait_for(lambda said: said.body == "look!")).raw
        assert child(new, REPLACE).get("id") == old.get("id")
        assert child(new, REPLY).get("id") == child(old, REPLY).get("id")
        bare = await deliver(network, sent(room, "", CAT, key="k2"))
        content = Content(words("added"), attached=(CAT,))
        await deliver(
            network, Edit(key="e2", room=ref, speaker=bob, target=bare, content=content, time=0)
        )
        added = (await anna.wait_for(lambda said: said.body == "added")).raw
        assert added.find(REPLACE) is None
        assert f"sid:{child(added, REPLY).get('id')}" == bare[0][0]


async def test_the_relay_says_whose_file_it_is(prosody: Prosody, anna: Occupant) -> None:
    room = f"relayed-files@{prosody.muc}"
    policy = LegPolicy(puppets="off", relay="[{name}] ")
    async with running(prosody, room, policy=policy) as (network, _):
        await anna.join(room, "anna")
        await deliver(network, sent(room, "look!", CAT))
        file = await anna.wait_for(lambda said: said.body == f"[bob] {CAT.url}")
        marked = child(file.raw, "{urn:xmpp:fallback:0}fallback/{urn:xmpp:fallback:0}body")
        assert (marked.get("start"), marked.get("end")) == ("6", str(len(file.body)))
        caption = await anna.wait_for(lambda said: said.body == "[bob] look!")
        assert child(caption.raw, REPLY).get("id") == stanza_id(file.raw)


async def test_what_is_left_of_a_delivery_is_said_after_a_pause(
    prosody: Prosody, anna: Occupant
) -> None:
    room = f"resumed@{prosody.muc}"
    async with running(prosody, room) as (network, _):
        await anna.join(room, "anna")
        noted = listen(anna)
        command = sent(room, "look!", CAT)
        parts = network.render(command)
        assert len(parts) == 2
        await network.deliver(command, parts[:1], 0)
        delivered = await network.deliver(command, parts, 1)
        assert len(delivered.parts) == 1
        caption = (await anna.wait_for(lambda said: said.body == "look!")).raw
        file = await noted.wait_for(lambda xml: xml.find("{jabber:x:oob}x") is not None)
        assert child(caption, REPLY).get("id") == stanza_id(file)
