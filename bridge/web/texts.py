"""Pages behind signed links: a message that was too long for a room, or what a room missed."""

import hashlib
from datetime import UTC, datetime
from html import escape

from aiohttp import web
from itsdangerous import BadData, SignatureExpired, URLSafeTimedSerializer

from bridge.web import layout
from bridge.web.pages import Entry, Page, Texts

_SALT = "tercet.texts"


class Links:
    """Makes and reads the links. Whoever has one can read the page, until it expires."""

    def __init__(self, secret: str, url: str, expire: float):
        """``secret`` is kept in the database; ``url`` is where the daemon's web server is seen from
        outside; ``expire`` is in seconds."""
        # SHA-1 is sound inside an HMAC, and keeps the links short enough for a line of IRC.
        options = {"key_derivation": "hmac", "digest_method": hashlib.sha1}
        self._signer = URLSafeTimedSerializer(secret, salt=_SALT, signer_kwargs=options)
        self._url, self._expire = url, expire

    def url(self, key: str) -> str:
        """Make a link to the page that ``Texts.page`` knows by this key."""
        return f"{self._url}/t/{self._signer.dumps(key)}"

    def key(self, token: str) -> str:
        """Read a token; raises ``SignatureExpired`` or another ``BadData``."""
        return str(self._signer.loads(token, max_age=int(self._expire)))


class TextPages:
    """Serves ``/t/TOKEN``, for people, and with ``?plain`` for programs."""

    def __init__(self, links: Links, texts: Texts):
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
        f'<pre dir="auto">{escape(entry.text)}</pre></article>'
    )


def _plain(entry: Entry) -> str:
    return f"[{_time(entry)}] {entry.author}\n{entry.text}"


def _time(entry: Entry) -> str:
    try:
        return datetime.fromtimestamp(entry.time, UTC).strftime("%Y-%m-%d %H:%M UTC")
    except (ValueError, OverflowError, OSError):
        return "some time"  # a network's clock may say anything
