"""The registration: what the homeserver must be told about us before it starts."""

import re
from collections.abc import Iterable
from typing import Any

import yaml

from protocols.matrix.address import Ghosts
from protocols.matrix.config import MatrixConfig


def registration(config: MatrixConfig, networks: Iterable[str]) -> dict[str, Any]:
    """Describe us to the homeserver (Matrix application service API, "Registration").

    ``networks`` are the other networks of this bridge: the ghosts of their people are ours alone.
    The secrets are in it: keep the file readable for the homeserver and nobody else.
    """
    ghosts = Ghosts(config.server_name, config.ghost_template, config.ghost_prefixes)
    server = re.escape(config.server_name)
    prefixes = sorted({ghosts.learn(network) for network in (*networks, *ghosts.networks())})
    return {
        "id": config.id,
        "url": config.address,
        "as_token": config.as_token.get_secret_value(),
        "hs_token": config.hs_token.get_secret_value(),
        "sender_localpart": config.sender_localpart,
        "rate_limited": False,
        "receive_ephemeral": True,
        "de.sorunome.msc2409.push_ephemeral": True,
        # With devices of their own, what ghosts sent is remembered over a restart (MSC4190).
        "io.element.msc4190": True,
        "namespaces": {
            "users": [
                {"exclusive": True, "regex": f"@{re.escape(prefix)}.*:{server}"}
                for prefix in prefixes
            ],
            "aliases": [],
            "rooms": [],
        },
    }


def registration_yaml(config: MatrixConfig, networks: Iterable[str]) -> str:
    """Write the registration as the file that Synapse, Dendrite and their like read."""
    return yaml.safe_dump(registration(config, networks), sort_keys=False, allow_unicode=True)
