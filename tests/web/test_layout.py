"""The frame of every page."""

import hashlib
from base64 import b64encode

from bridge.web import layout


def test_the_policy_names_the_style_that_is_sent() -> None:
    text = layout.page("<title>", "<p>body</p>").text or ""
    style = text.partition("<style>")[2].partition("</style>")[0]
    digest = b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert digest in layout.PRIVATE["Content-Security-Policy"]
    assert "<title>&lt;title&gt;</title>" in text


def test_only_a_page_that_asks_for_it_is_renewed() -> None:
    assert "refresh" not in (layout.page("t", "b").text or "")
    assert 'content="5"' in (layout.page("t", "b", refresh=5).text or "")


def test_a_notice_is_text_not_html() -> None:
    response = layout.notice("<b>", "<i>", 404)
    assert response.status == 404
    assert "<h1>&lt;b&gt;</h1><p>&lt;i&gt;</p>" in (response.text or "")


def test_plain_text_stays_as_it_is() -> None:
    response = layout.plain("<é>\n")
    assert response.text == "<é>\n"
    assert response.headers["Content-Type"] == "text/plain; charset=utf-8"
