"""HTTP against a server that says exactly what a test wants."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import trustme

from protocols.matrix import wire
from protocols.matrix.wire import Answer, Broken, Wire

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


class Server:
    """Answers each request with the next of ``answers``; None closes the connection."""

    def __init__(self, *answers: bytes | None) -> None:
        self.answers = list(answers)
        self.asked: list[bytes] = []
        self.connections = 0
        self.port = 0
        self.pause = 0.0

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
                self.asked.append(head + await reader.readexactly(length))
                answer = self.answers.pop(0) if self.answers else OK
                if answer is None:
                    break
                for place in range(0, len(answer), 7) if self.pause else (0,):
                    piece = answer[place : place + 7] if self.pause else answer
                    writer.write(piece)
                    await writer.drain()
                    await asyncio.sleep(self.pause)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def talking(
    *answers: bytes | None, context: ssl.SSLContext | None = None
) -> AsyncIterator[tuple[Server, Wire]]:
    server = Server(*answers)
    listener = await asyncio.start_server(server.talk, "127.0.0.1", 0, ssl=context)
    server.port = listener.sockets[0].getsockname()[1]
    scheme = "https" if context else "http"
    made = Wire(f"{scheme}://localhost:{server.port}/base/")
    try:
        yield server, made
    finally:
        made.close()
        listener.close()


async def ask(made: Wire, method: str = "PUT", body: bytes | None = b"{}") -> Answer:
    async with asyncio.timeout(5):
        return await made.request(method, "/x?y=z", "Authorization: Bearer t\r\n", body)


async def test_requests_are_written_as_http_and_share_a_connection() -> None:
    async with talking() as (server, made):
        for _ in range(3):
            assert await ask(made) == Answer(200, b"{}")
    assert server.connections == 1
    assert (
        server.asked[0]
        == (
            f"PUT /base/x?y=z HTTP/1.1\r\nHost: localhost:{server.port}\r\n"
            "Authorization: Bearer t\r\nContent-Length: 2\r\n\r\n{}"
        ).encode()
    )


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (b"HTTP/1.1 204 No Content\r\n\r\n", Answer(204, b"")),
        (b"HTTP/1.1 100 Continue\r\n\r\n" + OK, Answer(200, b"{}")),
        (
            b"HTTP/1.1 429 Slow\r\nretry-after: 7\r\nContent-Length: 0\r\n\r\n",
            Answer(429, b"", "7"),
        ),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
            b"2\r\n{}\r\n3\r\nabc\r\n0\r\n\r\n",
            Answer(200, b"{}abc"),
        ),
    ],
)
@pytest.mark.parametrize("pause", [0.0, 0.001])
async def test_answers_come_in_many_shapes_and_pieces(
    answer: bytes, expected: Answer, pause: float
) -> None:
    async with talking(answer) as (server, made):
        server.pause = pause
        assert await ask(made) == expected
        server.pause = 0.0
        assert await ask(made) == Answer(200, b"{}")
        assert server.connections == 1


async def test_a_connection_that_is_not_to_be_kept_is_closed() -> None:
    last = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
    async with talking(last) as (server, made):
        await ask(made)
        await ask(made)
        assert server.connections == 2


@pytest.mark.parametrize("answer", [b"SMTP ready\r\n\r\n", b"HTTP/9 x\r\n\r\n", None])
async def test_what_is_no_answer_is_an_error_and_ends_the_connection(answer: bytes | None) -> None:
    async with talking(answer) as (server, made):
        with pytest.raises(Broken):
            await ask(made)
        assert (await ask(made)).status == 200
        assert server.connections == 2


async def test_a_kept_connection_that_the_server_gave_up_is_replaced_once() -> None:
    async with talking(OK, None, OK, OK, None) as (server, made):
        await ask(made)
        assert (await ask(made)).status == 200
        assert server.connections == 2
        await ask(made)
        with pytest.raises(Broken):
            await ask(made, "POST")


async def test_a_request_that_is_given_up_takes_its_connection_with_it() -> None:
    async with talking(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf") as (server, made):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await made.request("PUT", "/x", "", b"")
        assert (await ask(made)).body == b"{}"
        assert server.connections == 2


async def test_an_answer_without_end_is_not_kept_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "_LONGEST", 1000)
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n" + b"x" * 5000
    async with talking(answer) as (_, made):
        with pytest.raises(Broken, match="too long"):
            await ask(made)


async def test_many_at_once_use_a_few_connections() -> None:
    async with talking() as (server, made):
        answers = await asyncio.gather(*(ask(made) for _ in range(200)))
        assert {answer.status for answer in answers} == {200}
        assert server.connections <= 32


async def test_nobody_there_is_an_error() -> None:
    with pytest.raises(OSError, match="9"):
        await ask(Wire("http://127.0.0.1:9"))


async def test_a_certificate_of_strangers_is_refused_and_a_known_one_taken(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    async with talking(context=context) as (_, made):
        with pytest.raises(ssl.SSLCertVerificationError):
            await ask(made)
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    monkeypatch.setattr(ssl, "create_default_context", lambda: trusting)
    async with talking(context=context) as (_, made):
        assert (await ask(made)).status == 200
