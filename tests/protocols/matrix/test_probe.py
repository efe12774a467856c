"""``tercet check`` against a real Synapse and one that misbehaves."""

import pytest
from aiohttp import web

from protocols.matrix.network import MatrixNetwork
from tests.protocols.matrix.bridge import config, running
from tests.protocols.matrix.fake import error, misbehaving
from tests.servers.synapse import Synapse


async def found(network: MatrixNetwork) -> list[tuple[str, str]]:
    return [(finding.subject, finding.level) for finding in await network.probe()]


async def test_all_is_well_while_the_daemon_runs(synapse: Synapse) -> None:
    async with running(synapse) as (network, _):
        assert await found(network) == [
            ("homeserver", "ok"),
            ("registration", "ok"),
            ("devices", "ok"),
            ("address", "ok"),
        ]


async def test_before_the_daemon_runs_its_address_is_a_warning(synapse: Synapse) -> None:
    network = MatrixNetwork("mx", config(synapse))
    assert (await found(network))[-1] == ("address", "warning")


async def test_a_wrong_token_is_named(synapse: Synapse) -> None:
    (_, finding) = await MatrixNetwork("mx", config(synapse, as_token="not-the-token")).probe()
    assert (finding.subject, finding.level) == ("registration", "error")
    assert "not-the-token" not in finding.text
    assert "tercet registration" in finding.text


async def test_a_wrong_name_of_the_bot_or_the_registration_is_named(synapse: Synapse) -> None:
    network = MatrixNetwork("mx", config(synapse, sender_localpart="robot"))
    assert ("registration", "error") in await found(network)
    network = MatrixNetwork("mx", config(synapse, id="other"))
    assert ("address", "error") in await found(network)


async def test_nobody_there_is_one_error(synapse: Synapse) -> None:
    (finding,) = await MatrixNetwork("mx", config(synapse, url="http://127.0.0.1:9")).probe()
    assert finding.level == "error"
    assert "http://127.0.0.1:9" in finding.text


@pytest.mark.parametrize("answer", [web.json_response({}), error(404, "M_UNRECOGNIZED")])
async def test_what_is_no_homeserver_is_an_error(answer: web.Response) -> None:
    async with misbehaving() as fake:
        fake.next("/versions", answer)
        fake.next("/whoami", web.Response(text="<html>"))
        assert (await found(MatrixNetwork("mx", config(fake))))[-1][1] == "error"


async def test_missing_devices_are_a_warning() -> None:
    async with misbehaving() as fake:
        fake.next("/devices/", error(404, "M_NOT_FOUND"))
        assert ("devices", "warning") in await found(MatrixNetwork("mx", config(fake)))
