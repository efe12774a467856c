"""Pages behind signed links."""

import pytest

from bridge.web.pages import Entry, Page
from tests.admin.office import Office
from tests.web.serving import Shelf, application, serving

HOSTILE = "<script>alert(1)</script>\n  two\u202e  spaces & more"


async def test_a_page_shows_what_was_said_and_runs_none_of_it() -> None:
    shelf = Shelf()
    app, links = application(Office(), shelf)
    shelf.pages["42"] = Page("A message by <ada>", (Entry("<ada>", 1e9, HOSTILE),))
    async with serving(app) as client:
        response = await client.get(links.url("42"))
        text = await response.text()
    assert response.status == 200
    assert "&lt;script&gt;alert(1)&lt;/script&gt;\n  two" in text
    assert "<script" not in text
    assert "<ada>" not in text
    assert "2001-09-09 01:46 UTC" in text
    assert response.headers["X-Robots-Tag"] == "noindex, nofollow, noarchive"
    assert response.headers["Referrer-Policy"] == "no-referrer"
    assert response.headers["Cache-Control"] == "no-store"


async def test_programs_get_plain_text() -> None:
    shelf = Shelf()
    app, links = application(Office(), shelf)
    shelf.pages["42"] = Page("Missed", (Entry("ada", 0, HOSTILE), Entry("bob", 1e99, "hi")))
    async with serving(app) as client:
        response = await client.get(f"{links.url('42')}?plain")
        assert response.content_type == "text/plain"
        text = await response.text()
    assert text == f"[1970-01-01 00:00 UTC] ada\n{HOSTILE}\n\n[some time] bob\nhi\n"


async def test_a_megabyte_is_shown_whole() -> None:
    shelf = Shelf()
    app, links = application(Office(), shelf)
    shelf.pages["42"] = Page("Long", (Entry("ada", 0, "<é>" * 350_000),))
    async with serving(app) as client:
        text = await (await client.get(links.url("42"))).text()
    assert text.count("&lt;é&gt;") == 350_000


@pytest.mark.parametrize("token", ["x", "a.b.c", "IjQyIg.AAAAAA.AAAA", "%00", "é"])
async def test_a_forged_link_leads_nowhere(token: str) -> None:
    app, _ = application(Office())
    async with serving(app) as client:
        response = await client.get(f"/t/{token}")
        assert response.status == 404
        assert "Nothing here" in await response.text()


async def test_a_text_that_is_gone_and_a_link_that_is_old_say_so() -> None:
    app, links = application(Office())
    async with serving(app) as client:
        assert (await client.get(links.url("gone"))).status == 404
        links._expire = -1
        response = await client.get(links.url("42"))
        assert response.status == 410
        assert "expired" in await response.text()


async def test_what_is_attached_is_linked_to_and_what_was_taken_back_says_so() -> None:
    shelf = Shelf()
    app, links = application(Office(), shelf)
    files = (("<cat>.jpg", "https://x.example/m/a/cat.jpg"),)
    gone = Entry("bob", 0, "", gone=True)
    shelf.pages["42"] = Page("Missed", (Entry("ada", 0, "", files), gone))
    shelf.pages["43"] = Page("A message of bob", (gone,))
    async with serving(app) as client:
        text = await (await client.get(links.url("42"))).text()
        assert '<a href="https://x.example/m/a/cat.jpg">&lt;cat&gt;.jpg</a>' in text
        assert "(taken back)" in text
        plain = await (await client.get(f"{links.url('42')}?plain")).text()
        assert "ada\n<cat>.jpg: https://x.example/m/a/cat.jpg\n" in plain
        response = await client.get(links.url("43"))
        assert response.status == 410
        assert "taken back" in await response.text()
