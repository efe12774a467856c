"""The network-neutral half of the daemon: what was said, and what must be done about it."""

__version__ = "0.1.0"
