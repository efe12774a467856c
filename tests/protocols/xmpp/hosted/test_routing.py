"""Which stanza is for whom; and that nothing hostile does harm."""

import pytest

from bridge.model import Enter, Rejected
from tests.protocols.xmpp.hosted.house import Client, House, condition, room
from tests.servers.clients.xmpp import Occupant
from tests.servers.prosody import Prosody


async def test_a_flood_of_joins_is_refused(house: House, anna: Client) -> None:
    house.answers[Enter] = Rejected("no such channel", "unknown")
    for n in range(1000):
        anna.enter(f"#f{n}", "anna")
    await anna.presence(
        lambda xml: xml.get("type") == "error" and condition(xml) == "resource-constraint"
    )
    assert len(house.asked) < 800


@pytest.mark.parametrize(
    ("to", "answer"),
    [
        ("bridge.localhost", "subscribed"),
        ("irc.example.net@bridge.localhost", "subscribed"),
        ("bob%irc.example.net@bridge.localhost", "unsubscribed"),
    ],
)
async def test_only_gateway_and_servers_are_contacts(
    prosody: Prosody, house: House, to: str, answer: str
) -> None:
    occupant = Occupant("dave", prosody.c2s_port)
    await occupant.connect()
    dave = Client(occupant)
    await occupant.client.get_roster()
    dave.send(f"<presence type='subscribe' to='{to}'/>")
    await dave.presence(lambda xml: (xml.get("from"), xml.get("type")) == (to, answer))
    if answer == "subscribed":
        await dave.presence(lambda xml: (xml.get("from"), xml.get("type")) == (to, None))
    dave.send(f"<presence type='unsubscribe' to='{to}'/>")
    await occupant.close()


async def test_odd_stanzas_do_no_harm(house: House, anna: Client) -> None:
    await anna.join("#odd", "anna")
    for text in (
        f"<message type='error' to='{room('#odd')}'/>",
        f"<presence type='error' to='{room('#odd')}/bob'/>",
        f"<presence type='nonsense' to='{room('#odd')}/bob'/>",
        f"<message to='{room('#odd')}'/>",
        f"<message type='headline' to='{room('#odd')}/'><body/></message>",
        "<message to='%@bridge.localhost'><body>x</body></message>",
        "<presence to='@bridge.localhost/x'><x xmlns='http://jabber.org/protocol/muc'/></presence>",
        "<presence to='#%@bridge.localhost/x'><x xmlns='http://jabber.org/protocol/muc'/></presence>",
    ):
        anna.send(text)
    await anna.join("#odd", "anna")
