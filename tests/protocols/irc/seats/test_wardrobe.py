"""As whom people connect."""

from pathlib import Path
from typing import Any

import pytest

from bridge.model import Configure, Raw, Rejected, ServerSaid, Settings, UserRef
from protocols.irc.seats.wardrobe import Wardrobe, within
from protocols.irc.view import View
from tests.listening import Memory
from tests.protocols.irc.bridge import Bridge, settings
from tests.protocols.irc.seats.people import SERVER, ask, enter, gateway, irssi, somebody
from tests.servers.ergo import Ergo
from tests.servers.inspircd import InspIRCd


def wardrobe(folder: Path, state: Memory | None = None, **seats: Any) -> Wardrobe:
    view = View("net")
    view.host = Bridge(state)
    return Wardrobe(view, settings(1, seats={"key_file": str(folder / "key"), **seats}))


def change(name: str = "anna", address: str = "", **changes: str) -> Configure:
    return Configure(person=somebody(name), network=SERVER, address=address, changes=changes)


async def test_settings_are_kept_and_secrets_are_locked(tmp_path: Path) -> None:
    state = Memory()
    first = wardrobe(tmp_path, state)
    told = await first.configure(change(nick="anne", sasl_password="geheim", realname="Anne B"))
    assert {s.name: s.value for s in told.settings if s.value} == {
        "nick": "anne", "realname": "Anne B"
    }  # fmt: skip
    assert not any("geheim" in value for value in state.facts.values())
    again = wardrobe(tmp_path, state)
    anna = somebody("anna")
    await again.of(anna.user)
    profile, login = again.profile(anna), again.login(anna)
    assert (profile.nick, profile.realname) == ("anne", "Anne B")
    assert profile.username.startswith("t")
    assert login is not None
    assert (login.mechanism, login.account, login.password) == ("PLAIN", "anne", "geheim")
    other = await again.configure(change("bert"))
    assert not any(setting.is_set for setting in other.settings)
    await again.configure(change(sasl_password="", nick=""))
    assert again.login(anna) is None
    assert again.profile(anna).nick == "anna"


async def test_a_form_that_is_wrong_changes_nothing(tmp_path: Path) -> None:
    mine = wardrobe(tmp_path)
    for wrong in ({"nick": "anne", "colour": "red"}, {"realname": "x", "throttle_limit": "no"},
                  {"username": "root"}):  # fmt: skip
        with pytest.raises(Rejected):
            await mine.configure(change(**wrong))
    assert not any(s.is_set for s in (await mine.configure(change())).settings)


async def test_channels_have_settings_of_their_own(tmp_path: Path) -> None:
    state = Memory()
    mine = wardrobe(tmp_path, state)
    told = await mine.configure(change(address="#C", persistent="true", encoding_in="koi8-r"))
    assert {s.name: s.value for s in told.settings} == {
        "encoding_in": "koi8-r", "persistent": "true"
    }  # fmt: skip
    again = wardrobe(tmp_path, state)
    told = await again.configure(change(address="#c"))
    assert {s.name: s.value for s in told.settings}["persistent"] == "true"
    assert again.profile(somebody("anna")).charsets == {"#c": "koi8-r"}


async def test_the_admin_says_what_others_see_of_people(tmp_path: Path) -> None:
    mine = wardrobe(
        tmp_path,
        realname="{nick} of {user}",
        usernames=True,
        webirc={"password": "sesame", "prefix": "fd00:1::/64"},
        source="2001:db8:5::/64",
    )
    await mine.configure(change(username="annie"))
    profile = mine.profile(somebody("anna"))
    assert (profile.username, profile.realname) == ("annie", "anna of anna@example.org")
    assert profile.source.startswith("2001:db8:5:")
    assert profile.greeting.startswith(b"WEBIRC sesame tercet fd00:1:")


def test_everybody_has_an_address_of_their_own() -> None:
    anna, bert = (within("fd00::/64", UserRef("xmpp", name)) for name in ("anna", "bert"))
    assert anna != bert
    assert anna == within("fd00::/64", UserRef("xmpp", "anna"))
    assert str(anna).startswith("fd00:")


async def test_somebody_logs_in_with_their_own_account(inspircd: InspIRCd, tmp_path: Path) -> None:
    seats = {"key_file": str(tmp_path / "key"), "interval": 0}
    async with gateway(inspircd.port, "#login99", seats=seats) as (network, _, (room,)):
        anna = somebody("anna99")
        told = await ask(network, change("anna99", sasl_account="carol", sasl_password="carol-pw"))
        assert isinstance(told, Settings)
        await enter(network, room, anna)
        bob = await irssi("bob99", inspircd.port)
        bob.send("WHOIS anna99")
        assert (await bob.line(lambda line: line.command == "330")).params[2] == "carol"
        await bob.close()
        bert = somebody("bert99")
        await ask(network, change("bert99", sasl_account="carol", sasl_password="wrong"))
        with pytest.raises(Rejected, match="SASL") as error:
            await enter(network, room, bert)
        assert error.value.why == "forbidden"


async def test_scram_and_a_nick_of_ones_own_on_ergo(ergo: Ergo, tmp_path: Path) -> None:
    seats = {"key_file": str(tmp_path / "key"), "interval": 0}
    owner = await irssi("dora99", ergo.port)
    owner.send("NS REGISTER dora-password")
    await owner.line(lambda line: line.command in ("900", "920") or "created" in line.text.lower())
    await owner.close()
    async with gateway(ergo.port, "#scram99", seats=seats) as (network, _, (room,)):
        dora = somebody("dora99")
        await ask(network, change(
            "dora99", nick="dora99x", sasl_account="dora99", sasl_password="dora-password",
            sasl_mechanism="SCRAM-SHA-256",
        ))  # fmt: skip
        await enter(network, room, dora)
        session = network.seats.present(dora.user, room)
        assert session is not None
        assert session.connection is not None
        assert session.connection.logged_in


async def test_somebody_is_known_by_a_certificate_that_is_made_for_them(
    inspircd: InspIRCd, tmp_path: Path
) -> None:
    options = {
        "seats": {"key_file": str(tmp_path / "key"), "interval": 0},
        "servers": [{"host": "127.0.0.1", "port": inspircd.tls_port}],
        "tls_ca_file": str(inspircd.ca_file),
    }
    async with gateway(inspircd.port, "#cert99", **options) as (network, bridge, (room,)):
        anna = somebody("cert99")
        told = await ask(network, change("cert99", sasl_mechanism="EXTERNAL"))
        assert isinstance(told, Settings)
        prints = {s.name: s.value for s in told.settings}["certificate_fingerprint"]
        assert prints.startswith("SHA-256 ")
        same = await ask(network, change("cert99", certificate_fingerprint="nonsense"))
        assert same == told
        await enter(network, room, anna)
        for words in ("IDENTIFY alice alice-pw", "CERT ADD"):
            await ask(network, Raw(person=anna, network=SERVER, line=f"PRIVMSG NickServ :{words}"))
        await bridge.saw(ServerSaid, lambda said: prints.split()[1].rstrip(",") in said.text)
        network.seats.end(anna.user, "come back")
        await bridge.until(lambda: not network.view.is_ours("cert99"), 8)
        await enter(network, room, anna)
        session = network.seats.present(anna.user, room)
        assert session is not None
        assert session.connection is not None
        assert session.connection.logged_in
