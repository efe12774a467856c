"""Files on the web are opened as a careful stranger would."""

import asyncio
import socket

import aiohttp
import pytest

from bridge.media import addresses
from bridge.media.web import Web
from bridge.model import MediaRefused
from tests.media.weather import PNG, Storm, storm

SPELLINGS = [
    "127.0.0.1",
    "127.1",
    "2130706433",
    "0x7f000001",
    "0x7f.1",
    "017700000001",
    "0177.0.0.1",
    "0.0.0.0",
    "0",
    "localhost",
    "localhost.",
    "[::1]",
    "[::]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "①②⑦.⓪.⓪.①",
    "127。0。0。1",
]


async def read(address: str, *allow: tuple[str, int], **patience: float) -> bytes:
    web = Web(frozenset(allow), aiohttp.ClientTimeout(**{"total": 20, **patience}))
    try:
        async with web.open(address) as body:
            return b"".join([piece async for piece in body])
    finally:
        await web.close()


async def refusal(address: str, *allow: tuple[str, int], **patience: float) -> MediaRefused:
    with pytest.raises(MediaRefused, match=r"^[a-z].*[^.]$") as refused:
        await read(address, *allow, **patience)
    return refused.value


@pytest.mark.parametrize("host", SPELLINGS)
async def test_this_machine_is_not_opened_however_it_is_spelt(
    host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with storm() as server:
        monkeypatch.setattr(addresses, "PORTS", {server.port})
        await refusal(server.url("cat.png", host))
        assert server.asked == []


async def test_a_name_that_means_a_private_address_is_not_opened(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """No name on this machine means one of somebody else's private addresses, so the resolver is
    told to; the first answer is public and the second is not, as with names that change."""
    answers = iter(["127.0.0.1", "::1", "10.9.8.7", "169.254.169.254"])

    async def resolve(self: object, host: str, port: int = 0, family: int = 0) -> list[object]:
        address = next(answers)
        kind = socket.AF_INET6 if ":" in address else socket.AF_INET
        return [
            {
                "hostname": host,
                "host": address,
                "port": port,
                "family": kind,
                "proto": 0,
                "flags": 0,
            }
        ]

    monkeypatch.setattr(aiohttp.DefaultResolver, "resolve", resolve)
    async with storm() as server:
        monkeypatch.setattr(addresses, "PORTS", {server.port})
        for _ in range(4):
            refused = await refusal(server.url("cat.png", "rebind.example"))
            assert str(refused) == "the bridge does not open private addresses"
        assert server.asked == []


async def test_a_listed_host_is_opened_and_told_nothing_of_us(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1/")
    async with storm() as server:
        listed = ("127.0.0.1", server.port)
        assert await read(server.url("cat.png"), listed) == PNG
        web = Web({listed})
        for _ in range(2):
            async with web.open(server.url("cat.png#secret")) as body:
                assert (body.mime, body.size) == ("text/html", len(PNG))
        await web.close()
        for request in server.asked:
            assert not {"Cookie", "Authorization", "Referer"} & set(request.headers)
            assert request.headers["Accept-Encoding"] == "identity"
        assert (await refusal(server.url("cat.png", "localhost"), listed)).lasting


async def test_each_redirect_is_looked_at_again() -> None:
    async with storm() as server, storm() as inside:
        listed = ("localhost", server.port)
        start = server.url("to/", "localhost")
        for target in (
            inside.url("cat.png"),
            inside.url("cat.png", "[::1]"),
            "http://127.0.0.1/",
            "file:///etc/passwd",
            "//127.0.0.1:80/",
            "http://a:b@x.example/",
            "http://[bad/",
        ):
            await refusal(f"{start}?url={target}", listed)
        assert inside.asked == []
        assert await read(f"{start}?url=/cat.png", listed) == PNG
        await refusal(server.url("nowhere", "localhost"), listed)


async def test_nobody_is_followed_for_ever() -> None:
    async with storm() as server:
        await refusal(server.url("round/0"), ("127.0.0.1", server.port))
        assert len(server.asked) == 4


@pytest.mark.parametrize(
    ("path", "lasting"), [("gone", True), ("broken", False), ("bomb", True), ("short", False)]
)
async def test_what_a_server_does_not_give_is_told(path: str, lasting: bool) -> None:
    async with storm() as server:
        refused = await refusal(server.url(path), ("127.0.0.1", server.port))
        assert refused.lasting is lasting


async def test_a_server_that_is_silent_or_slow_is_left_alone() -> None:
    async with storm() as server:
        listed = ("127.0.0.1", server.port)
        assert not (await refusal(server.url("silent"), listed, sock_read=0.1)).lasting
        assert not (await refusal(server.url("slow"), listed, total=0.3)).lasting
        async with asyncio.timeout(5):
            await server.stopped.wait()


async def test_a_server_that_is_not_there_is_told() -> None:
    server = Storm()
    refused = await refusal(server.url("cat.png"), ("127.0.0.1", server.port))
    assert str(refused) == "the web server cannot be reached"
    assert not refused.lasting
