"""Private messages, both ways."""

import pytest

from bridge.model import Account, Rejected, ServerSaid, Whisper, from_text, plain
from bridge.model.content import Content
from protocols.irc.network import IrcNetwork
from tests.protocols.irc.seats.people import enter, gateway, irssi, somebody
from tests.servers.inspircd import InspIRCd


async def whisper(
    network: IrcNetwork, speaker: Account, to: str, content: str | Content, key: str = "w"
) -> None:
    content = from_text(content) if isinstance(content, str) else content
    await network.whisper(Whisper(key=key, speaker=speaker, to=to, content=content, time=0.0))


async def test_two_people_talk_in_private(inspircd: InspIRCd) -> None:
    bob = await irssi("bob93", inspircd.port)
    async with gateway(inspircd.port, "#priv93") as (network, bridge, (room,)):
        anna = somebody("anna93")
        await enter(network, room, anna)
        await whisper(network, anna, "bob93", "two\nlines")
        first = await bob.line(lambda line: line.command == "PRIVMSG")
        await bob.line(lambda line: line.params[-1:] == ("lines",))
        assert (first.nick, first.params) == ("anna93", ("bob93", "two"))
        bob.send("PRIVMSG anna93 :\x02yes\x02?", "PRIVMSG anna93 :\x01ACTION nods\x01")
        heard = await bridge.whispered("yes?")
        assert (heard.author.name, heard.network, heard.to) == (
            "bob93", "xmpp", "anna93@example.org"
        )  # fmt: skip
        nods = await bridge.whispered("nods")
        assert nods.content.style == "emote"
        assert bridge.messages(room) == []
        assert [plain(w.content) for w in bridge.whispers] == ["yes?", "nods"]
    await bob.close()


async def test_who_is_not_there_or_away_is_told(inspircd: InspIRCd) -> None:
    bob = await irssi("bob94", inspircd.port)
    bob.send("AWAY :gone fishing")
    async with gateway(inspircd.port) as (network, bridge, _):
        anna = somebody("anna94")
        with pytest.raises(Rejected) as error:
            await whisper(network, anna, "nobody94", "hello?")
        assert error.value.why == "unknown"
        for bad in ("#channel", "a b", "a,b", "x\r\nQUIT", ""):
            with pytest.raises(Rejected):
                await whisper(network, anna, bad, "hello?")
        await whisper(network, anna, "bob94", "one", "1")
        await whisper(network, anna, "bob94", "two", "2")
        away = [
            state
            for state in bridge.states
            if isinstance(state, ServerSaid) and "gone fishing" in state.text
        ]
        assert [state.sender for state in away] == ["bob94"]
    await bob.close()


async def test_services_and_strangers_notices_are_the_server_s_words_until_one_talks_to_them(
    inspircd: InspIRCd,
) -> None:
    bob = await irssi("bob95", inspircd.port)
    async with gateway(inspircd.port, "#priv95") as (network, bridge, (room,)):
        anna = somebody("anna95")
        await enter(network, room, anna)
        bob.send("NOTICE anna95 :psst")
        said = await bridge.saw(ServerSaid, lambda said: said.text == "psst")
        assert said.sender == "bob95"
        await whisper(network, anna, "NickServ", "INFO alice")
        answer = await bridge.until(lambda: bridge.whispers[0] if bridge.whispers else None)
        assert answer.author.name == "NickServ"
        assert answer.content.style == "notice"
    await bob.close()


async def test_a_nick_that_somebody_else_took_is_not_written_to_unwarned(
    inspircd: InspIRCd,
) -> None:
    bob = await irssi("bob96", inspircd.port, "#priv96")
    async with gateway(inspircd.port, "#priv96") as (network, bridge, (room,)):
        anna = somebody("anna96")
        await enter(network, room, anna)
        await whisper(network, anna, "bob96", "a secret", "1")
        await bob.close()
        await bridge.until(lambda: network.view.people.get("bob96") is None)
        thief = await irssi("bob96", inspircd.port, "#priv96")
        await bridge.until(lambda: network.view.people.get("bob96") is not None)
        with pytest.raises(Rejected, match="somebody else"):
            await whisper(network, anna, "bob96", "another secret", "2")
        await whisper(network, anna, "bob96", "who are you?", "3")
        heard = await thief.line(lambda line: line.command == "PRIVMSG")
        assert heard.params[-1] == "who are you?"
        await thief.close()


async def test_two_people_of_the_gateway_talk_over_irc(inspircd: InspIRCd) -> None:
    async with gateway(inspircd.port, "#priv97") as (network, bridge, (room,)):
        anna, cyd = somebody("anna97"), somebody("cyd97")
        await enter(network, room, anna)
        await enter(network, room, cyd)
        await whisper(network, anna, "cyd97", "hi cyd")
        heard = await bridge.whispered("hi cyd")
        assert (heard.author.name, heard.to) == ("anna97", cyd.user.id)
