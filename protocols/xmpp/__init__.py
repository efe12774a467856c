"""The xmpp network."""
