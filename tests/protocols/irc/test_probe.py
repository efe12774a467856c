"""``tercet check`` against real servers, and the ways to log in."""

from pathlib import Path
from typing import Any

import trustme

from bridge.model import NetworkStatus
from protocols.irc.config import IrcConfig
from protocols.irc.network import IrcNetwork
from tests.protocols.irc.bridge import running, settings
from tests.servers.clients.irc import IrcClient
from tests.servers.inspircd import InspIRCd


def secure(server: InspIRCd, **options: Any) -> dict[str, Any]:
    address = {"host": "localhost", "port": server.tls_port}
    return {"servers": [address], "tls_ca_file": str(server.ca_file), **options}


def login(name: str = "alice", **options: Any) -> dict[str, Any]:
    return {"account": name, "password": f"{name}-pw", **options}


async def test_tls_with_a_known_ca_and_sasl_plain(inspircd: InspIRCd) -> None:
    anna = IrcClient("anna30", inspircd.port)
    await anna.connect()
    await anna.join("#tls")
    async with running(0, "#tls", nick="relay30", **secure(inspircd, sasl=login())):
        anna.send("WHOIS relay30")
        account = await anna.line(lambda line: line.command == "330")
        assert account.params[2] == "alice"
        await anna.line(lambda line: line.command == "671")
    await anna.close()


async def test_a_certificate_of_an_unknown_ca_is_refused(
    inspircd: InspIRCd, tmp_path: Path
) -> None:
    other = tmp_path / "other.pem"
    trustme.CA().cert_pem.write_to_path(other)
    options = secure(inspircd) | {"tls_ca_file": str(other)}
    async with running(0, "#tls", nick="relay31", wait=False, **options) as (network, bridge, _):
        told = await bridge.until(
            lambda: [s for s in bridge.states if isinstance(s, NetworkStatus)]
        )
        assert not told[0].up
        assert "certificate is not trusted" in told[0].detail
        findings = await network.probe()
        assert [f.level for f in findings] == ["error"]
        assert "tls_ca_file" in findings[0].text


async def test_a_wrong_password_is_told_and_not_ignored(inspircd: InspIRCd) -> None:
    options = secure(inspircd, sasl=login(password="wrong"))
    async with running(0, "#tls", nick="relay32", wait=False, **options) as (_, bridge, _):
        told = await bridge.until(
            lambda: [s for s in bridge.states if isinstance(s, NetworkStatus)]
        )
        assert not told[0].up
        assert "SASL log-in failed" in told[0].detail


async def test_sasl_external_uses_the_client_certificate(
    inspircd: InspIRCd, tmp_path: Path
) -> None:
    certificate = inspircd.ca.issue_cert("relay.example.org")
    pem = tmp_path / "relay.pem"
    certificate.private_key_and_cert_chain_pem.write_to_path(pem)
    options = secure(inspircd, tls_certificate=str(pem))
    async with running(0, "#tls", nick="relay33", **options, sasl=login("bob")) as (network, _, _):
        relay = network.rooms.relay
        assert relay is not None
        relay.send("PRIVMSG", "NickServ", "CERT ADD")
        anna = IrcClient("anna33", inspircd.port)
        await anna.connect()
        anna.send("WHOIS relay33")
        await anna.line(lambda line: line.command == "318")
    external = {"mechanism": "EXTERNAL", "account": "bob"}
    async with running(0, "#tls", nick="relay33", **options, sasl=external):
        anna.send("WHOIS relay33")
        account = await anna.line(lambda line: line.command == "330")
        assert account.params[2] == "bob"
    await anna.close()


async def test_nickserv_logs_in_and_frees_the_nick(inspircd: InspIRCd) -> None:
    thief = IrcClient("carol", inspircd.port)
    await thief.connect()
    service = {"password": "carol-pw"}
    async with running(inspircd.port, "#ns", nick="carol", nickserv=service) as (
        network,
        bridge,
        _,
    ):
        await bridge.until(lambda: network.view.ours and list(network.view.ours) == ["carol"])
    await thief.close()


async def test_check_names_what_works_and_what_is_missing(inspircd: InspIRCd) -> None:
    config = IrcConfig.model_validate(
        {
            "servers": [
                {"host": "localhost", "port": inspircd.tls_port},
                {"host": "127.0.0.1", "port": inspircd.port, "tls": True},
                {"host": "127.0.0.1", "port": 1},
            ],
            "tls_ca_file": str(inspircd.ca_file),
            "sasl": login(),
        }
    )
    findings = await IrcNetwork("net", config).probe()
    good = [f for f in findings if f.subject.endswith(f":{inspircd.tls_port}")]
    assert [f.level for f in good] == ["ok", "ok"]
    assert "TLS, verified" in good[0].text
    assert "SASL PLAIN" in good[1].text
    rest = [f for f in findings if f not in good]
    assert [f.level for f in rest] == ["error", "error"]
    wrong = IrcNetwork("net", settings(inspircd.port, sasl=login(password="no")))
    levels = [f.level for f in await wrong.probe()]
    assert "error" in levels
