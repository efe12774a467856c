"""Questions, asked by a real client."""

import pytest

from bridge.model import Configure, Look, Rejected, Setting, Settings
from tests.protocols.xmpp.hosted.house import Client, House, condition, irc, room

INFO = "http://jabber.org/protocol/disco#info"
ITEMS = "http://jabber.org/protocol/disco#items"
PING = "<ping xmlns='urn:xmpp:ping'/>"


def features(xml: object) -> set[str]:
    return {it.get("var") for it in xml.iter(f"{{{INFO}}}feature")}  # type: ignore[attr-defined]


def identities(xml: object) -> set[tuple[str, str]]:
    found = xml.iter(f"{{{INFO}}}identity")  # type: ignore[attr-defined]
    return {(it.get("category"), it.get("type")) for it in found}


async def test_everything_says_what_it_is(house: House, anna: Client) -> None:
    query = f"<query xmlns='{INFO}'/>"
    found = await anna.ask("bridge.localhost", "get", query)
    assert ("gateway", "irc") in identities(found)
    assert {"http://jabber.org/protocol/muc", "jabber:iq:gateway"} <= features(found)
    found = await anna.ask("irc.example.net@bridge.localhost", "get", query)
    assert ("conference", "text") in identities(found)
    found = await anna.ask("bob%irc.example.net@bridge.localhost", "get", query)
    assert ("client", "pc") in identities(found)
    house.members["#info"] = (irc("bob"),)
    await anna.join("#info", "anna")
    found = await anna.ask(room("#info"), "get", query)
    assert ("conference", "text") in identities(found)
    assert {
        "urn:xmpp:sid:0",
        "urn:xmpp:occupant-id:0",
        "muc_nonanonymous",
        "http://jabber.org/protocol/muc#stable_id",
        "http://jabber.org/protocol/muc#self-ping-optimization",
    } <= features(found)
    values = [it.text for it in found.iter("{jabber:x:data}value")]
    assert "welcome" in values
    assert "2" in values


async def test_nodes_of_a_room(anna: Client) -> None:
    await anna.join("#nodes", "anna")
    node = f"<query xmlns='{INFO}' node='x-roomuser-item'/>"
    found = await anna.ask(room("#nodes"), "get", node)
    assert found.find(f".//{{{INFO}}}identity").get("name") == "anna"
    node = f"<query xmlns='{INFO}' node='http://jabber.org/protocol/muc#traffic'/>"
    assert "urn:xmpp:reactions:0" in features(await anna.ask(room("#nodes"), "get", node))
    unknown = await anna.ask(room("#nodes"), "get", f"<query xmlns='{INFO}' node='x'/>")
    assert condition(unknown) == "item-not-found"


async def test_who_is_in_sees_the_others_in_the_list(house: House, anna: Client) -> None:
    house.members["#items"] = (irc("bob"),)
    query = f"<query xmlns='{ITEMS}'/>"
    assert not list((await anna.ask(room("#items"), "get", query)).iter(f"{{{ITEMS}}}item"))
    await anna.join("#items", "anna")
    found = await anna.ask(room("#items"), "get", query)
    assert {it.get("name") for it in found.iter(f"{{{ITEMS}}}item")} == {"bob", "anna"}
    found = await anna.ask("bridge.localhost", "get", query)
    jids = [it.get("jid") for it in found.iter(f"{{{ITEMS}}}item")]
    assert jids == ["irc.example.net@bridge.localhost"]


async def test_a_self_ping_tells_whether_one_is_in(house: House, anna: Client) -> None:
    me = f"{room('#ping')}/anna"
    assert condition(await anna.ask(me, "get", PING)) == "not-acceptable"
    await anna.join("#ping", "anna")
    assert (await anna.ask(me, "get", PING)).get("type") == "result"
    assert house.asked == [house.asked[0]]  # nobody else had to be asked


async def test_people_of_irc_are_looked_at(house: House, anna: Client) -> None:
    house.members["#look"] = (irc("bob"),)
    await anna.join("#look", "anna")
    house.answers[Look] = "irssi 1.4"
    bob = f"{room('#look')}/bob"
    found = await anna.ask(bob, "get", "<query xmlns='jabber:iq:version'/>")
    assert found.findtext(".//{jabber:iq:version}name") == "irssi 1.4"
    house.answers[Look] = "bob is ~bob@host <Bob & co>"
    jid = "bob%irc.example.net@bridge.localhost"
    found = await anna.ask(jid, "get", "<vCard xmlns='vcard-temp'/>")
    assert found.findtext(".//{vcard-temp}DESC") == "bob is ~bob@host <Bob & co>"
    assert (await anna.ask(bob, "get", PING)).get("type") == "result"
    whats = [it.what for it in house.asked if isinstance(it, Look)]
    assert whats == ["version", "whois", "ping"]
    nobody = await anna.ask(f"{room('#look')}/nobody", "get", PING)
    assert condition(nobody) == "item-not-found"
    house.answers[Look] = Rejected("No such nick", "unknown")
    assert condition(await anna.ask(bob, "get", PING)) == "item-not-found"


async def test_an_address_is_made_of_what_somebody_types(anna: Client) -> None:
    query = "<query xmlns='jabber:iq:gateway'/>"
    assert (await anna.ask("bridge.localhost", "get", query)).find(".//{*}prompt") is not None
    query = "<query xmlns='jabber:iq:gateway'><prompt>bob%irc.example.net</prompt></query>"
    found = await anna.ask("bridge.localhost", "set", query)
    assert found.findtext(".//{*}jid") == "bob%irc.example.net@bridge.localhost"
    query = "<query xmlns='jabber:iq:gateway'><prompt>bob</prompt></query>"
    assert condition(await anna.ask("bridge.localhost", "set", query)) == "bad-request"
    found = await anna.ask("bridge.localhost", "get", "<query xmlns='jabber:iq:register'/>")
    assert found.find(".//{jabber:iq:register}registered") is not None


async def test_a_room_is_configured_for_oneself(house: House, anna: Client) -> None:
    kept = {"encoding_in": "latin-1"}

    async def configure(request: Configure) -> Settings:
        kept.update(request.changes)
        setting = Setting("encoding_in", "Incoming encoding", "text", kept["encoding_in"])
        return Settings((setting,))

    house.answers[Configure] = configure
    owner = "http://jabber.org/protocol/muc#owner"
    found = await anna.ask(room("#conf"), "get", f"<query xmlns='{owner}'/>")
    assert found.findtext(".//{jabber:x:data}value") is not None
    assert "latin-1" in [it.text for it in found.iter("{jabber:x:data}value")]
    submit = (
        f"<query xmlns='{owner}'><x xmlns='jabber:x:data' type='submit'>"
        "<field var='encoding_in'><value>utf-8</value></field>"
        "<field var='unknown'><value>1</value></field></x></query>"
    )
    assert (await anna.ask(room("#conf"), "set", submit)).get("type") == "result"
    assert kept == {"encoding_in": "utf-8"}
    destroy = f"<query xmlns='{owner}'><destroy/></query>"
    assert condition(await anna.ask(room("#conf"), "set", destroy)) == "forbidden"


@pytest.mark.parametrize("kind", ["get", "set"])
async def test_what_nobody_knows_is_answered(anna: Client, kind: str) -> None:
    answer = await anna.ask("bridge.localhost", kind, "<x xmlns='urn:nothing'/>")
    assert condition(answer) == "service-unavailable"
