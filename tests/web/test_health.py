"""The health page: green or red, in full for those we trust, and no way in for hostile text."""

import pytest

from tests.admin.office import Office, den
from tests.web.serving import application, serving


@pytest.mark.parametrize(
    ("office", "status", "colour"),
    [
        (Office(den()), 200, "good"),
        (Office(den(), ready=False), 503, "wait"),
        (Office(den(), storage="disk full"), 503, "bad"),
    ],
)
async def test_it_is_red_unless_the_daemon_does_its_work(
    office: Office, status: int, colour: str
) -> None:
    app, _ = application(office)
    async with serving(app) as client:
        machine, person = await client.get("/healthz"), await client.get("/")
        assert (machine.status, person.status) == (status, status)
        assert (await machine.json())["healthy"] is (status == 200)
        assert f'<h1 class="dot {colour}">' in await person.text()


async def test_those_we_trust_see_networks_rooms_and_what_waits() -> None:
    app, _ = application(Office(den()))
    async with serving(app) as client:
        text = await (await client.get("/")).text()
        data = await (await client.get("/healthz")).json()
    assert "xmpp:den@muc.example.org" in text
    assert '<td class="wait">3 for 2 min</td>' in text
    assert "&lt;refused&gt; by the server" in text
    assert "<refused>" not in text
    assert 'http-equiv="refresh"' in text
    assert data["portals"][0]["legs"][1]["backlog"] == 3
    assert "sesame" not in text + str(data)


async def test_strangers_see_no_more_than_whether_it_works() -> None:
    app, _ = application(Office(den(), storage="disk full"), trusted=("10.0.0.0/8",))
    async with serving(app) as client:
        assert await (await client.get("/healthz")).json() == {"healthy": False, "ready": True}
        text = await (await client.get("/")).text()
        assert "cannot keep messages" in text
        assert "den" not in text.split("</style>")[1].replace("overflow", "")


async def test_a_daemon_without_rooms_has_a_page_too() -> None:
    app, _ = application(Office())
    async with serving(app) as client:
        assert "None yet." in await (await client.get("/")).text()


async def test_nothing_may_be_loaded_or_run_but_the_page_s_own_style() -> None:
    app, _ = application(Office(den()))
    async with serving(app) as client:
        response = await client.get("/")
        policy = response.headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'; style-src 'sha256-")
        assert "<script" not in await response.text()
