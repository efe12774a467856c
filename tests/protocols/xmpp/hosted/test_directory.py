"""A server's channels."""

from bridge.model import Listed, Listing, ListRooms, Rejected
from tests.protocols.xmpp.hosted.house import Client, House, condition

ITEMS = "http://jabber.org/protocol/disco#items"
RSM = "http://jabber.org/protocol/rsm"
SERVER = "irc.example.net@bridge.localhost"


def query(rsm: str = "") -> str:
    return f"<query xmlns='{ITEMS}'>{rsm}</query>"


async def test_a_list_is_asked_for_once_and_paged(house: House, anna: Client) -> None:
    rooms = tuple(Listed(f"#chan{n}", n, f"topic {n}") for n in range(1000))
    house.answers[ListRooms] = Listing(rooms)
    answer = await anna.ask(SERVER, "get", query(f"<set xmlns='{RSM}'><max>2</max></set>"))
    items = [it.attrib for it in answer.iter(f"{{{ITEMS}}}item")]
    assert items == [
        {"jid": "#chan999%irc.example.net@bridge.localhost", "name": "#chan999 (999) topic 999"},
        {"jid": "#chan998%irc.example.net@bridge.localhost", "name": "#chan998 (998) topic 998"},
    ]
    assert answer.findtext(f".//{{{RSM}}}count") == "1000"
    await anna.ask(SERVER, "get", query())
    assert len(house.asked) == 1


async def test_a_refusal_is_not_kept(house: House, anna: Client) -> None:
    house.answers[ListRooms] = Rejected("try again later", "limit")
    assert condition(await anna.ask(SERVER, "get", query())) == "resource-constraint"
    house.answers[ListRooms] = Listing(())
    assert (await anna.ask(SERVER, "get", query())).get("type") == "result"
