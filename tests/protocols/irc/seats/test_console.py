"""The server's own words, and people's own lines to it."""

import pytest

from bridge.model import Describe, Disconnect, Raw, Rejected, SeatLost, ServerSaid
from tests.protocols.irc.bridge import Bridge
from tests.protocols.irc.seats.people import SERVER, ask, enter, gateway, irssi, somebody, states
from tests.servers.inspircd import InspIRCd


def words(bridge: Bridge) -> list[str]:
    return [state.text for state in states(bridge, ServerSaid)]


async def test_a_person_hears_their_server(inspircd: InspIRCd) -> None:
    async with gateway(inspircd.port, "#con90") as (network, bridge, (room,)):
        anna = somebody("anna90")
        await enter(network, room, anna)
        said = states(bridge, ServerSaid)
        assert {state.network for state in said} == {SERVER}
        assert {state.user for state in said} == {anna.user}
        text = words(bridge)
        assert text[0] == f"Connecting to 127.0.0.1:{inspircd.port} (not encrypted)"
        assert "Connected to IRC server." in text
        assert any("A server for tests." in line for line in text)
        assert any("Welcome" in line for line in text)
        assert {state.sender for state in said} >= {"", "irc.testbed"}
        description = str(await ask(network, Describe(person=anna, network=SERVER)))
        assert description.startswith(
            f"Connected to IRC server 127.0.0.1 on port {inspircd.port} since "
        )
        assert description.endswith("#con90")
        await ask(network, Disconnect(person=anna, text="enough"))
        assert (await bridge.saw(SeatLost)).how == "left"
        description = str(await ask(network, Describe(person=anna, network=SERVER)))
        assert description == f"You are not connected to {SERVER}."


async def test_lines_of_ones_own_go_to_the_server_and_the_answer_comes_back(
    inspircd: InspIRCd,
) -> None:
    bob = await irssi("bob91", inspircd.port)
    async with gateway(inspircd.port) as (network, bridge, _):
        anna = somebody("anna91")
        await ask(network, Raw(person=anna, network=SERVER, line="whowas nobody91"))
        await bridge.saw(ServerSaid, lambda said: "nobody91" in said.text)
        await ask(network, Raw(person=anna, network=SERVER, line="PRIVMSG bob91 :hello  there"))
        heard = await bob.line(lambda line: line.command == "PRIVMSG")
        assert (heard.nick, heard.params[-1]) == ("anna91", "hello  there")
        await ask(network, Raw(person=anna, network=SERVER, line="NONSENSE"))
        await bridge.saw(ServerSaid, lambda said: "Unknown command" in said.text)
    await bob.close()


@pytest.mark.parametrize(
    "line",
    ["QUIT", "nick other", "PASS x", "CAP REQ :draft/x", "PONG x", "PRIVMSG #c :hi", "@a=b PING",
     ":anna QUIT", "NOTICE @#c,#d :hi", "A\r\nQUIT", "\0", "", "PRIVMSG bob :" + "x" * 600],
)  # fmt: skip
async def test_lines_that_would_break_the_connection_are_refused(
    inspircd: InspIRCd, line: str
) -> None:
    async with gateway(inspircd.port) as (network, _, _):
        with pytest.raises(Rejected):
            await ask(network, Raw(person=somebody("anna92"), network=SERVER, line=line))
