"""Each server keeps its place and its data over stop, kill and start."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.servers.dialogue import talk
from tests.servers.ergo import Ergo
from tests.servers.inspircd import InspIRCd
from tests.servers.process import Server, listens
from tests.servers.prosody import Prosody
from tests.servers.synapse import Synapse

LOGIN = [
    (["CAP REQ :sasl", "NICK x", "USER x 0 * :x"], " ACK "),
    (["AUTHENTICATE PLAIN"], r"AUTHENTICATE :?\+"),
    (["AUTHENTICATE AGFsaWNlAGFsaWNlLXB3"], " 903 "),  # \0alice\0alice-pw
]


def _main_port(server: Any) -> int:
    return int(server.c2s_port if isinstance(server, Prosody) else server.port)


@pytest.mark.parametrize("kind", ["prosody", "inspircd", "ergo", "synapse"])
def test_a_server_comes_back_at_its_place(kind: str, request: pytest.FixtureRequest) -> None:
    server: Server = request.getfixturevalue(f"new_{kind}")()
    port = _main_port(server)
    assert listens(port)
    for end in (server.stop, server.kill):
        end()
        assert not server.running
        with pytest.raises(OSError, match="refused"):
            listens(port)
        server.start()
        assert server.running
        assert listens(port)


def test_services_keep_accounts_over_a_restart_and_a_crash(
    new_inspircd: Callable[..., InspIRCd],
) -> None:
    server = new_inspircd(services=True)
    assert talk(server.port, LOGIN)
    server.restart()
    assert talk(server.port, LOGIN)
    server.kill()
    server.start()
    assert talk(server.port, LOGIN)


def test_services_can_go_away_alone(new_inspircd: Callable[..., InspIRCd]) -> None:
    server = new_inspircd(services=True)
    server.stop_services()
    assert server.running
    assert not server.services_linked()
    server.start_services()
    assert server.services_linked()


def test_an_irc_server_can_ask_for_a_password(new_inspircd: Callable[..., InspIRCd]) -> None:
    server = new_inspircd(password="open sesame")
    introduction = ["NICK x", "USER x 0 * :x"]
    assert not talk(server.port, [(introduction, " 001 ")], limit=2.0)
    assert talk(server.port, [(["PASS :open sesame", *introduction], " 001 ")])


def test_ergo_keeps_accounts(new_ergo: Callable[..., Ergo]) -> None:
    server = new_ergo()
    server.restart()
    assert talk(server.port, LOGIN)


def test_synapse_keeps_accounts_and_knows_its_application_services(
    new_synapse: Callable[..., Synapse],
) -> None:
    server = new_synapse(second=True)
    token = server.token("alice")
    server.restart()
    whoami = "/_matrix/client/v3/account/whoami"
    assert server.request("GET", whoami, token=token)["user_id"] == "@alice:hs.localhost"
    for service in (server.appservice, server.second):
        answer = server.request("GET", whoami, token=service.as_token)
        assert answer["user_id"] == service.sender
