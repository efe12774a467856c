"""What a connection does first."""

from pathlib import Path

from bridge.model import Configure
from tests.protocols.irc.seats.people import SERVER, ask, enter, gateway, irssi, somebody
from tests.servers.inspircd import InspIRCd


async def test_own_commands_and_nickserv_come_before_the_first_join(
    inspircd: InspIRCd, tmp_path: Path
) -> None:
    bob = await irssi("bob101", inspircd.port, "#first101")
    bob.send("MODE #first101 +R")
    seats = {"key_file": str(tmp_path / "key"), "interval": 0}
    async with gateway(inspircd.port, "#first101", seats=seats) as (network, _, (room,)):
        anna = somebody("anna101")
        changes = {
            "nickserv_password": "dave-pw",
            "sasl_account": "dave",
            "after_connect_commands": "AWAY :born away\nQUIT",
        }
        await ask(network, Configure(person=anna, network=SERVER, changes=changes))
        await enter(network, room, anna)
        bob.send("WHOIS anna101")
        assert (await bob.line(lambda line: line.command == "330")).params[2] == "dave"
        assert (await bob.line(lambda line: line.command == "301")).params[-1] == "born away"
    await bob.close()


async def test_lines_in_another_encoding_are_read_as_their_reader_wants(
    inspircd: InspIRCd, tmp_path: Path
) -> None:
    bob = await irssi("bob102", inspircd.port, "#koi102")
    seats = {"key_file": str(tmp_path / "key"), "interval": 0}
    async with gateway(inspircd.port, "#koi102", seats=seats) as (network, bridge, (room,)):
        anna = somebody("anna102")
        for address, charset in (("", "cp1251"), ("#koi102", "koi8-r")):
            changes = {"encoding_in": charset}
            await ask(
                network, Configure(person=anna, network=SERVER, address=address, changes=changes)
            )
        await enter(network, room, anna)
        assert bob._writer is not None
        bob._writer.write("PRIVMSG #koi102 :привет\r\n".encode("koi8-r"))
        await bridge.heard(room, "привет")
        bob._writer.write("PRIVMSG anna102 :привет\r\n".encode("cp1251"))
        await bridge.whispered("привет")
    await bob.close()
