"""Synapse: a homeserver that federates with nobody, and the application services it knows."""

import base64
import hashlib
import hmac
import json
import os
import secrets
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.servers import ports
from tests.servers.process import ACCOUNTS, PROJECT, Process, Server, ServerMissing

SERVER_NAME = "hs.localhost"
_SHARED_SECRET = "registration-secret"


@dataclass(frozen=True)
class AppService:
    """What a homeserver and one application service have agreed on."""

    id: str = "tercet"
    as_port: int = field(default_factory=ports.reserve)
    as_token: str = "as-token-for-tests"
    hs_token: str = "hs-token-for-tests"
    sender_localpart: str = "tercet"
    ghosts: str = "@_.*"
    aliases: str = "#_.*"

    @property
    def sender(self) -> str:
        """The bot's own user id."""
        return f"@{self.sender_localpart}:{SERVER_NAME}"

    def registration(self) -> dict[str, Any]:
        """The registration file's content."""
        domain = SERVER_NAME.replace(".", r"\.")
        return {
            "id": self.id,
            "url": f"http://127.0.0.1:{self.as_port}",
            "as_token": self.as_token,
            "hs_token": self.hs_token,
            "sender_localpart": self.sender_localpart,
            "rate_limited": False,
            "receive_ephemeral": True,
            "de.sorunome.msc2409.push_ephemeral": True,
            "org.matrix.msc3202": True,
            "io.element.msc4190": True,
            "namespaces": {
                "users": [{"exclusive": True, "regex": f"{self.ghosts}:{domain}"}],
                "aliases": [{"exclusive": True, "regex": f"{self.aliases}:{domain}"}],
                "rooms": [],
            },
        }


class Synapse(Server):
    """Synapse with SQLite, every rate limit off. ``registrations`` replaces the default one.

    ``second=True`` adds a second, independent application service (``self.second``).
    """

    server_name = SERVER_NAME

    def __init__(
        self, folder: Path, *, second: bool = False, registrations: Sequence[Path] = ()
    ) -> None:
        super().__init__(folder)
        self.port = ports.reserve()
        self.url = f"http://127.0.0.1:{self.port}"
        self.appservice = AppService()
        self.second = AppService(
            id="second",
            as_token="as-token-of-the-second",
            hs_token="hs-token-of-the-second",
            sender_localpart="second",
            ghosts="@second_.*",
            aliases="#second_.*",
        )
        own = (self.appservice, self.second) if second else (self.appservice,)
        self.registrations = list(registrations) or [self._register(service) for service in own]
        self._tokens: dict[str, str] = {}

    @property
    def as_port(self) -> int:
        """Where the application service is expected to listen."""
        return self.appservice.as_port

    @property
    def as_token(self) -> str:
        """What the application service shows to Synapse."""
        return self.appservice.as_token

    @property
    def hs_token(self) -> str:
        """What Synapse shows to the application service."""
        return self.appservice.hs_token

    @property
    def sender(self) -> str:
        """The application service's bot."""
        return self.appservice.sender

    def start(self) -> None:
        """Start Synapse; ready after 2 s, on two busy cores later."""
        python = _python()
        self._write_signing_key()
        self.render("synapse-log.yaml", self.folder / "log.yaml", {"FOLDER": self.folder})
        config = self.render("homeserver.yaml", self.folder / "homeserver.yaml", self._values())
        argv: list[str | Path] = [python, "-m", "synapse.app.homeserver", "-c", config]
        synapse = Process("synapse", argv, self.folder)
        self.processes.append(synapse)
        synapse.start(lambda: bool(self.request("GET", "/_matrix/client/versions")), limit=120)
        for name in ACCOUNTS:
            self.token(name)

    def token(self, name: str) -> str:
        """Return an access token of ``@NAME:hs.localhost``, creating the account if it is new."""
        if name not in self._tokens:
            self._tokens[name] = self._load_tokens().get(name) or self._create(name)
            self._token_file.write_text(json.dumps(self._load_tokens() | self._tokens))
        return self._tokens[name]

    def user_id(self, name: str) -> str:
        """Return the full user id of an account."""
        return f"@{name}:{self.server_name}"

    def request(self, method: str, path: str, body: object = None, token: str = "") -> Any:
        """Ask Synapse something and return the decoded answer. Raises ``OSError`` on any error."""
        headers = {"Content-Type": "application/json"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, headers, method=method)
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with direct.open(request, timeout=30) as answer:
            return json.load(answer)

    @property
    def _token_file(self) -> Path:
        return self.folder / "tokens.json"

    def _load_tokens(self) -> dict[str, str]:
        if not self._token_file.exists():
            return {}
        return dict(json.loads(self._token_file.read_text()))

    def _create(self, name: str) -> str:
        """Register with the shared secret (Synapse admin API, "Shared-Secret Registration")."""
        path = "/_synapse/admin/v1/register"
        nonce = self.request("GET", path)["nonce"]
        role = "admin" if name == "admin" else "notadmin"
        proof = "\0".join([nonce, name, f"{name}-pw", role]).encode()
        body = {
            "nonce": nonce,
            "username": name,
            "password": f"{name}-pw",
            "admin": name == "admin",
            "mac": hmac.new(_SHARED_SECRET.encode(), proof, hashlib.sha1).hexdigest(),
        }
        return str(self.request("POST", path, body)["access_token"])

    def _register(self, service: AppService) -> Path:
        path = self.folder / f"registration-{service.id}.yaml"
        path.write_text(json.dumps(service.registration(), indent=2))  # JSON is YAML
        return path

    def _write_signing_key(self) -> None:
        path = self.folder / "signing.key"
        if not path.exists():
            seed = base64.b64encode(secrets.token_bytes(32)).decode().rstrip("=")
            path.write_text(f"ed25519 a_test {seed}\n")

    def _values(self) -> dict[str, object]:
        return {
            "FOLDER": self.folder,
            "SERVER_NAME": self.server_name,
            "PORT": self.port,
            "SHARED_SECRET": _SHARED_SECRET,
            "REGISTRATIONS": json.dumps([str(path) for path in self.registrations]),
        }


def _python() -> str:
    own = PROJECT / ".cache" / "synapse" / "bin" / "python"
    python = os.environ.get("SYNAPSE_PYTHON") or (str(own) if own.exists() else None)
    if python is None:
        raise ServerMissing("Synapse is missing: ./contrib/test --setup installs it into .cache")
    return python
