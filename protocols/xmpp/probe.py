"""Tries the settings without running: can we connect, and does the server take us."""

from xml.etree.ElementTree import Element

from bridge.model import Finding, Unavailable
from protocols.xmpp.component import Component
from protocols.xmpp.config import XmppConfig


class _Deaf:
    """Nobody listens during a trial."""

    def on_message(self, xml: Element) -> None:
        """Ignore it."""

    def on_presence(self, xml: Element) -> None:
        """Ignore it."""

    def on_iq(self, xml: Element) -> None:
        """Ignore it."""

    def on_connected(self) -> None:
        """Ignore it."""

    def on_disconnected(self, words: str) -> None:
        """Ignore it."""


async def probe(name: str, config: XmppConfig) -> list[Finding]:
    """Connect, shake hands, disconnect. At most about ten seconds."""
    component = Component(config, _Deaf())
    try:
        await component.open()
    except Unavailable as error:
        if component.is_rival:
            return [Finding(name, "ok", f"{config.jid} is taken, so the daemon seems to run")]
        return [Finding(name, "error", str(error))]
    finally:
        await component.close()
    return [Finding(name, "ok", f"{config.server} accepts us as {config.jid}")]
