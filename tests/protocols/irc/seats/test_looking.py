"""What people ask about others."""

import pytest

from bridge.model import Look, Rejected
from protocols.irc.decode import Line
from protocols.irc.seats import looking
from protocols.irc.seats.looking import fact
from tests.protocols.irc.seats.people import SERVER, ask, gateway, irssi, somebody
from tests.servers.inspircd import InspIRCd


async def test_somebody_is_described_line_by_line(inspircd: InspIRCd) -> None:
    bob = await irssi("bob87", inspircd.port, "#look87")
    async with gateway(inspircd.port) as (network, _, _):
        anna = somebody("anna87")
        look = Look(person=anna, network=SERVER, nick="bob87", what="whois")
        facts = str(await ask(network, look)).split("\n")
        assert facts[0].startswith("bob87 is bob87@127.0.0.1")
        assert "in @#look87" in facts
        with pytest.raises(Rejected) as error:
            await ask(network, Look(person=anna, network=SERVER, nick="nobody87", what="whois"))
        assert error.value.why == "unknown"
    await bob.close()


async def test_a_client_is_asked_and_answers_or_not(
    inspircd: InspIRCd, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looking, "PATIENCE", 0.5)
    bob = await irssi("bob88", inspircd.port)
    async with gateway(inspircd.port) as (network, bridge, _):
        anna, cyd = somebody("anna88"), somebody("cyd88")
        version = Look(person=anna, network=SERVER, nick="bob88", what="version")
        with pytest.raises(Rejected, match="does not answer"):
            await ask(network, version)
        monkeypatch.undo()
        nobody = Look(person=anna, network=SERVER, nick="nobody88", what="ping")
        with pytest.raises(Rejected) as error:
            await ask(network, nobody)
        assert error.value.why == "unknown"
        await ask(network, Look(person=cyd, network=SERVER, nick="bob88", what="whois"))
        theirs = await ask(network, Look(person=anna, network=SERVER, nick="cyd88", what="version"))
        assert str(theirs).startswith("Tercet ")
        ping = await ask(network, Look(person=anna, network=SERVER, nick="cyd88", what="ping"))
        assert str(ping).endswith(" s")
        assert not bridge.whispers
    await bob.close()


@pytest.mark.parametrize(
    ("line", "text"),
    [
        (Line("311", ["me", "bob", "b", "h.example", "*", "\x02Bob\x02"]),
         "bob is b@h.example (Bob)"),
        (Line("312", ["me", "bob", "irc.a", "A server"]), "connected to irc.a (A server)"),
        (Line("317", ["me", "bob", "5", "0", "seconds idle"]),
         "idle for 5 s, signed on 1970-01-01 00:00 UTC"),
        (Line("317", ["me", "bob", "5", "seconds idle"]), "idle for 5 s"),
        (Line("330", ["me", "bob", "bobby", "is logged in as"]), "logged in as bobby"),
        (Line("671", ["me", "bob", "uses a secure connection"]), "uses a secure connection"),
        (Line("311", ["me"]), " is @ ()"),
    ],
)  # fmt: skip
def test_each_line_of_a_whois_is_a_fact(line: Line, text: str) -> None:
    assert fact(line) == text
