"""Pages behind signed links."""

import pytest
from itsdangerous import BadSignature, SignatureExpired

from bridge.web.links import TextLinks as Links
from bridge.web.pages import Entry, Page
from tests.admin.office import Office
from tests.web.serving import Shelf, application, serving

HOSTILE = "<script>alert(1)</script>\n  two\u202e  spaces & more"


@pytest.mark.parametrize("key", ["42", "den/libera:#den?x=1", "ü" * 20])
def test_a_link_leads_back_to_its_key(key: str) -> None:
    links = Links("secret", "https://x.example", 60)
    url = links.url(key)
    assert url.startswith("https://x.example/t/")
    assert links.key(url.rpartition("/")[2]) == key


def test_a_link_fits_into_a_line_with_room_to_spare() -> None:
    assert len(Links("secret", "https://tercet.example.org", 60).url("message-1234")) < 110


def test_a_link_of_another_daemon_or_purpose_is_not_taken() -> None:
    token = Links("other secret", "", 60).url("42").rpartition("/")[2]
    with pytest.raises(BadSignature):
        Links("secret", "", 60).key(token)


def test_an_old_link_is_told_apart_from_a_wrong_one() -> None:
    links = Links("secret", "", -1)
    with pytest.raises(SignatureExpired):
        links.key(links.url("42").rpartition("/")[2])


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
