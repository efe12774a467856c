"""The texts that ``tercet init`` fills in: sections of the configuration, and what the servers of
each network must be told. Data, not code: the bridge itself knows no network.
"""

from collections.abc import Mapping
from importlib.resources import files
from string import Template

SNIPPETS = {"xmpp": ("prosody.cfg.lua", "ejabberd.yml"), "matrix": ("synapse.yaml",)}
"""What the server of a kind of network is told, by the kind."""


def fill(name: str, values: Mapping[str, str]) -> str:
    """Fill in one of the texts."""
    text = files(__package__).joinpath(name).read_text("utf-8")
    return Template(text).substitute(values)
