"""How the daemon's pages look: one frame, one style, no scripts, nothing from elsewhere."""

from base64 import b64encode
from hashlib import sha256
from html import escape
from importlib.resources import files

from aiohttp import web

_STYLE = files("bridge.web").joinpath("style.css").read_text("utf-8")
_STYLE_HASH = b64encode(sha256(_STYLE.encode()).digest()).decode()
_POLICY = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; frame-ancestors 'none'; base-uri 'none'"
)

PRIVATE = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": _POLICY,
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
}
"""Headers for whatever shows what people wrote."""


def page(title: str, body: str, *, status: int = 200, refresh: int = 0) -> web.Response:
    """Frame a body that is HTML already; the title is text. ``refresh`` in seconds."""
    again = f'<meta http-equiv="refresh" content="{refresh}">' if refresh else ""
    text = (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}'
        f'</title><meta name="viewport" content="width=device-width, initial-scale=1">{again}'
        f"<style>{_STYLE}</style></head><body><main>{body}</main></body></html>"
    )
    return web.Response(text=text, status=status, content_type="text/html", headers=PRIVATE)


def plain(text: str) -> web.Response:
    """Show text as it is."""
    return web.Response(text=text, content_type="text/plain", charset="utf-8", headers=PRIVATE)


def notice(title: str, text: str, status: int) -> web.Response:
    """Show one friendly sentence."""
    return page(title, f"<h1>{escape(title)}</h1><p>{escape(text)}</p>", status=status)
