"""Pages behind signed links: a message that was too long for a room, or what a room missed."""

from datetime import UTC, datetime
from html import escape

from aiohttp import web
from itsdangerous import BadData, SignatureExpired

from bridge.web import layout
from bridge.web.links import TextLinks
from bridge.web.pages import Entry, Page, Texts

_GONE = "(taken back)"


class TextPages:
    """Serves ``/t/TOKEN``, for people, and with ``?plain`` for programs."""

    def __init__(self, links: TextLinks, texts: Texts):
        self._links, self._texts = links, texts

    async def __call__(self, request: web.Request) -> web.Response:
        """Answer a request."""
        try:
            key = self._links.key(request.match_info["token"])
        except SignatureExpired:
            return layout.notice("Too old", "This link has expired. Ask in the room.", 410)
        except BadData:
            return _not_found()
        page = await self._texts.page(key)
        if page is None:
            return _not_found()
        if all(entry.gone for entry in page.entries):
            return layout.notice("Taken back", "This was taken back.", 410)
        if "plain" in request.query:
            return layout.plain("\n\n".join(map(_plain, page.entries)) + "\n")
        return layout.page(page.title, _html(page))


def _not_found() -> web.Response:
    text = "There is nothing behind this link, or no longer. Was it cut off when it was copied?"
    return layout.notice("Nothing here", text, 404)


def _html(page: Page) -> str:
    entries = "".join(map(_article, page.entries))
    return (
        f'<h1 dir="auto">{escape(page.title)}</h1>'
        f'<p class="quiet"><a href="?plain">as plain text</a></p>{entries}'
    )


def _article(entry: Entry) -> str:
    return (
        f"<article><header><b><bdi>{escape(entry.author)}</bdi></b> {_time(entry)}</header>"
        f"{_said(entry)}</article>"
    )


def _said(entry: Entry) -> str:
    if entry.gone:
        return f'<p class="quiet">{_GONE}</p>'
    text = f'<pre dir="auto">{escape(entry.text)}</pre>' if entry.text else ""
    return text + "".join(
        f'<p dir="auto"><a href="{escape(url)}">{escape(label)}</a></p>'
        for label, url in entry.files
    )


def _plain(entry: Entry) -> str:
    lines = [entry.text] if entry.text else []
    lines += [f"{label}: {url}" for label, url in entry.files]
    return "\n".join([f"[{_time(entry)}] {entry.author}", *([_GONE] if entry.gone else lines)])


def _time(entry: Entry) -> str:
    try:
        return datetime.fromtimestamp(entry.time, UTC).strftime("%Y-%m-%d %H:%M UTC")
    except (ValueError, OverflowError, OSError):
        return "some time"  # a network's clock may say anything
