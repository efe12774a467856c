"""The web application as a whole, over real HTTP."""

import socket
from typing import Any

import pytest
from aiohttp import web

from tests.admin.office import Office
from tests.web.serving import application, serving


async def hello(request: web.Request) -> web.Response:
    return web.Response(text=f"hello {request.match_info['name']}")


async def test_a_network_mounts_routes_and_may_mount_them_anew() -> None:
    app, _ = application(Office())
    app.add("PUT", "/hello/{name}", hello)
    async with serving(app) as client:
        assert await (await client.put("/hello/ada")).text() == "hello ada"

        async def again(request: web.Request) -> web.Response:
            return web.Response(text="again")

        app.add("PUT", "/hello/{name}", again)
        assert await (await client.put("/hello/ada")).text() == "again"


async def test_a_new_route_is_too_late_once_it_serves() -> None:
    app, _ = application(Office())
    async with serving(app):
        with pytest.raises(RuntimeError, match="too late"):
            app.add("GET", "/late", hello)


async def test_a_failure_tells_strangers_nothing(caplog: pytest.LogCaptureFixture) -> None:
    async def fail(request: web.Request) -> web.Response:
        raise KeyError("the secret reason")

    app, _ = application(Office())
    app.add("GET", "/fail", fail)
    async with serving(app) as client:
        response = await client.get("/fail")
        assert response.status == 500
        assert "secret reason" not in await response.text()
    assert "secret reason" in caplog.text


async def test_a_large_transaction_is_taken() -> None:
    async def length(request: web.Request) -> web.Response:
        return web.Response(text=str(len(await request.read())))

    app, _ = application(Office())
    app.add("PUT", "/transaction", length)
    async with serving(app) as client:
        response = await client.put("/transaction", data=b"x" * (8 << 20))
        assert await response.text() == str(8 << 20)


async def test_no_answer_tells_which_software_serves_it() -> None:
    app, _ = application(Office())
    async with serving(app) as client:
        for path in ("/", "/nothing"):
            headers: Any = (await client.get(path)).headers
            assert headers["Server"] == "Tercet"
            assert headers["X-Content-Type-Options"] == "nosniff"


async def test_monitors_may_ask_for_the_head_alone() -> None:
    app, _ = application(Office(storage="disk full"))
    async with serving(app) as client:
        response = await client.head("/healthz")
        assert (response.status, await response.read()) == (503, b"")


async def test_a_port_that_is_taken_is_an_error_of_the_system() -> None:
    app, _ = application(Office())
    with socket.socket() as other:
        other.bind(tuple(app._listen))
        other.listen()
        with pytest.raises(OSError, match="address already in use"):
            await app.start()
        await app.stop()
