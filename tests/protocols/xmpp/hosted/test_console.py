"""The chat with a server."""

from bridge.model import Raw, Rejected, ServerSaid
from tests.protocols.xmpp.hosted.house import Client, House, condition, gateway, ours
from tests.servers.clients.xmpp import Occupant
from tests.servers.prosody import Prosody

SERVER = "irc.example.net@bridge.localhost"


async def test_lines_are_sent_as_they_are(house: House, anna: Client) -> None:
    anna.send(f"<message type='chat' to='{SERVER}'><body>WHOIS bob\n\n/lusers</body></message>")
    await house.until(lambda: len(house.asked) == 2)
    assert [(it.network, it.line) for it in house.asked if isinstance(it, Raw)] == [
        ("irc.example.net", "WHOIS bob"),
        ("irc.example.net", "lusers"),
    ]


async def test_what_the_server_says_comes_from_it(house: House, anna: Client) -> None:
    assert house.network
    house.network.display(ServerSaid("irc.example.net", ours("alice"), "welcome", "irc.srv"))
    house.network.display(ServerSaid("irc.example.net", ours("alice"), "Connected."))
    assert (await anna.body("irc.srv: welcome")).get("from") == SERVER
    await anna.body("Connected.")


async def test_a_refusal_comes_back(house: House, anna: Client) -> None:
    house.answers[Raw] = Rejected("you are not connected", "gone")
    anna.send(f"<message type='chat' id='c1' to='{SERVER}'><body>LIST</body></message>")
    error = await anna.message(lambda xml: xml.get("type") == "error")
    assert (error.get("id"), condition(error)) == ("c1", "remote-server-timeout")


async def test_a_flood_is_refused(house: House, anna: Client) -> None:
    lines = "\n".join(["x"] * 50)
    anna.send(f"<message type='chat' id='c2' to='{SERVER}'><body>{lines}</body></message>")
    error = await anna.message(lambda xml: xml.get("type") == "error")
    assert condition(error) == "resource-constraint"
    assert house.asked == []


async def test_who_writes_to_the_gateway_learns_what_it_is(anna: Client) -> None:
    anna.send("<message type='chat' to='bridge.localhost'><body>help</body></message>")
    answer = await anna.message()
    assert "#channel%irc.example.org@bridge.localhost" in (answer.findtext("{*}body") or "")


async def test_with_one_server_the_gateway_is_its_console(prosody: Prosody) -> None:
    async with gateway(prosody, fixed_irc_server="irc.example.net") as house:
        occupant = Occupant("carol", prosody.c2s_port)
        await occupant.connect()
        carol = Client(occupant)
        carol.send("<message type='chat' to='bridge.localhost'><body>LIST</body></message>")
        raw = await house.was_asked(Raw)
        assert (raw.network, raw.line) == ("irc.example.net", "LIST")
        await occupant.close()
