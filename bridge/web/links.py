"""Signed links: to long texts, and to files that only one of the networks can open."""

import hashlib
import re

from itsdangerous import BadData, URLSafeTimedSerializer
from msgspec import structs

from bridge.model import File

_LONGEST_NAME = 60
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")


class Links:
    """Makes and reads the links. Whoever has one can see what is behind it, until it expires."""

    def __init__(self, secret: str, url: str, expire: float, *, purpose: str, folder: str):
        """``secret`` is kept in the database; ``url`` is where the daemon's web server is seen from
        outside; ``expire`` is in seconds; a link made for one purpose is good for no other."""
        # SHA-1 is sound inside an HMAC, and keeps the links short enough for a line of IRC.
        options = {"key_derivation": "hmac", "digest_method": hashlib.sha1}
        salt = f"tercet.{purpose}"
        self._signer = URLSafeTimedSerializer(secret, salt=salt, signer_kwargs=options)
        self._url, self._expire = f"{url}/{folder}", expire

    def url(self, key: str) -> str:
        """Make a link by which ``key`` can be read again. It hides nothing of it."""
        return f"{self._url}/{self._signer.dumps(key)}"

    def key(self, token: str) -> str:
        """Read a token; raises ``SignatureExpired`` or another ``BadData``."""
        return str(self._signer.loads(token, max_age=int(self._expire)))


class TextLinks(Links):
    """Links to pages that ``pages.Texts`` knows by their key."""

    def __init__(self, secret: str, url: str, expire: float):
        super().__init__(secret, url, expire, purpose="texts", folder="t")


class FileLinks(Links):
    """Links to files, each named by its event in the archive and its number in there: nothing of
    where it comes from is in the link."""

    def __init__(self, secret: str, url: str, expire: float):
        super().__init__(secret, url, expire, purpose="files", folder="m")

    def offer(self, event: int, file: File, number: int) -> File:
        """Fill in where everybody can get a file; nothing if nobody can."""
        if not file.network:
            return structs.replace(
                file, url=_public(file.source), thumbnail_url=_public(file.thumbnail)
            )
        url = f"{self.url(f'{event:x}.{number:x}')}/{safe_name(file)}"
        small = f"{url}?thumbnail" if file.thumbnail else ""
        return structs.replace(file, url=url, thumbnail_url=small)

    def read(self, token: str) -> tuple[int, int]:
        """Return the event and the number of the file; raises as ``key`` does."""
        event, _, number = self.key(token).partition(".")
        try:
            return int(event, 16), int(number, 16)
        except ValueError as error:
            raise BadData("no file") from error


def safe_name(file: File) -> str:
    """Make a name that survives every client, for the end of a link."""
    name = file.name.replace("\\", "/").rpartition("/")[2]
    stem, dot, ending = name.rpartition(".")
    if not dot:
        stem, ending = name, ""
    ending = _plain(ending)[:10]
    stem = _plain(stem)[: _LONGEST_NAME - len(ending)] or file.kind
    return f"{stem}.{ending}" if ending else stem


def _plain(text: str) -> str:
    return _UNSAFE.sub("_", text).strip("._-")


def _public(address: str) -> str:
    """Only web addresses are for everybody: others may hold a key (XEP-0454), or run something."""
    web = address[:8].lower().startswith(("http://", "https://"))
    return address if web and address.isprintable() and " " not in address else ""
