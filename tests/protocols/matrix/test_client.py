"""Requests to a homeserver that misbehaves."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from mautrix.errors import MatrixRequestError, MForbidden, MTooLarge

from bridge.model import Unavailable
from protocols.matrix.client import Homeserver, error_code, segment, words
from tests.protocols.matrix.fake import Fake, error, misbehaving


@pytest.fixture
async def fake() -> AsyncIterator[Fake]:
    async with misbehaving() as server:
        yield server


@pytest.fixture
async def homeserver(fake: Fake) -> AsyncIterator[Homeserver]:
    made = Homeserver(fake.url, "our-token")
    yield made
    await made.close()


async def test_a_rate_limit_is_waited_out(fake: Fake, homeserver: Homeserver) -> None:
    limited = web.json_response(
        {"errcode": "M_LIMIT_EXCEEDED", "error": "slow", "retry_after_ms": 60}, status=429
    )
    fake.next("/send/", limited, error(429, "M_LIMIT_EXCEEDED", **{"Retry-After": "0"}))
    answer = await homeserver.call("PUT", "/v3/rooms/!r/send/m.room.message/1", {"body": "x"})
    assert answer["event_id"]
    assert homeserver.waits == 2
    assert len(fake.seen) == 3


async def test_a_rate_limit_beyond_patience_means_later(fake: Fake, homeserver: Homeserver) -> None:
    fake.next("/send/", error(429, "M_LIMIT_EXCEEDED", **{"Retry-After": "3600"}))
    with pytest.raises(Unavailable, match="limits how fast"):
        await homeserver.call("PUT", "/v3/rooms/!r/send/m.room.message/1", {})


@pytest.mark.parametrize("status", [500, 502, 503, 504])
async def test_trouble_of_the_homeserver_means_later(
    fake: Fake, homeserver: Homeserver, status: int
) -> None:
    fake.next("/x", web.Response(status=status, text="<html>Bad Gateway</html>"))
    with pytest.raises(Unavailable, match="trouble"):
        await homeserver.get("/x")
    assert homeserver.trouble.is_set()


async def test_a_connection_that_is_cut_means_later(fake: Fake, homeserver: Homeserver) -> None:
    fake.next("/x", ConnectionResetError(), ConnectionResetError())  # aiohttp tries once more
    with pytest.raises(Unavailable, match="cannot be reached"):
        await homeserver.call("PUT", "/x", {})
    assert homeserver.trouble.is_set()


async def test_nobody_there_means_later() -> None:
    homeserver = Homeserver("http://127.0.0.1:9", "our-token")
    with pytest.raises(Unavailable, match="cannot be reached"):
        await homeserver.get("/x")
    await homeserver.close()


async def test_a_homeserver_that_never_answers_is_not_waited_for_for_ever(
    homeserver: Homeserver,
) -> None:
    silent = await asyncio.start_server(lambda reader, writer: None, "127.0.0.1", 0)
    port = silent.sockets[0].getsockname()[1]
    waiting = Homeserver(f"http://127.0.0.1:{port}", "our-token")
    with pytest.raises(Unavailable, match="cannot be reached"):
        await waiting.call("GET", "/x", limit=0.1)
    await waiting.close()
    silent.close()


@pytest.mark.parametrize("body", ["", "[]", "5", "<html>", "{", "[" * 100_000])
async def test_an_answer_that_is_no_object_means_later(
    fake: Fake, homeserver: Homeserver, body: str
) -> None:
    fake.next("/x", web.Response(text=body))
    with pytest.raises(Unavailable):
        await homeserver.get("/x")


async def test_an_answer_of_something_in_between_is_no_refusal(
    fake: Fake, homeserver: Homeserver
) -> None:
    fake.next("/x", web.Response(status=403, text="<html>no</html>"))
    with pytest.raises(Unavailable, match="in between"):
        await homeserver.get("/x")


async def test_refusals_keep_their_code_and_words(fake: Fake, homeserver: Homeserver) -> None:
    fake.next("/x", error(403, "M_FORBIDDEN", "You are muted"), error(400, "M_ODD", "odd"))
    with pytest.raises(MForbidden) as muted:
        await homeserver.get("/x")
    assert words(muted.value) == "You are muted"
    with pytest.raises(MatrixRequestError) as odd:
        await homeserver.get("/x")
    assert (error_code(odd.value), words(odd.value)) == ("M_ODD", "odd")


async def test_what_is_too_large_for_a_proxy_is_too_large(
    fake: Fake, homeserver: Homeserver
) -> None:
    fake.next("/x", web.Response(status=413, text="<html>"), error(413, "M_TOO_LARGE"))
    for _ in range(2):
        with pytest.raises(MTooLarge):
            await homeserver.call("PUT", "/x", {})


async def test_a_wrong_token_is_for_the_admin_and_never_shown(
    fake: Fake, homeserver: Homeserver, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(1)
    fake.next("/x", error(401, "M_UNKNOWN_TOKEN", "Unknown access token"))
    with pytest.raises(Unavailable, match="as_token"):
        await homeserver.get("/x")
    assert "our-token" not in caplog.text


def test_ids_are_written_so_that_no_path_can_be_forged() -> None:
    assert segment("!a/../b?c#d%é") == "!a%2F..%2Fb%3Fc%23d%25%C3%A9"
