"""Tells which web addresses may be opened because a stranger named them (no I/O)."""

from collections.abc import Collection
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

from yarl import URL

from bridge.model import MediaRefused

PORTS = frozenset({80, 443, 5281, 5443, 7443, 8443})
"""Where web servers are, and the upload services of XMPP servers (Prosody, ejabberd, Openfire)."""
Place = tuple[str, int]
"""A host, as URLs write it, and a port."""

# What carries an IPv4 address at its end: mapped, compatible, translated (RFC 4291, 6052, 8215).
_CARRIERS = tuple(map(IPv6Network, ("::ffff:0:0/96", "::/96", "64:ff9b::/96")))
# Tunnels and translators that lead who knows where (RFC 3056, 4380, 8215), and site-local.
_DETOURS = tuple(map(IPv6Network, ("2002::/16", "2001::/32", "64:ff9b:1::/48", "fec0::/10")))


def web_address(text: str) -> URL:
    """Read a web address. Raises ``MediaRefused`` for whatever else it is."""
    if text[:9].lower() == "aesgcm://":  # XEP-0454: the key is in it
        raise MediaRefused("the file is encrypted, so the bridge cannot open it")
    try:
        url = URL(text)
        host, port = url.host, url.port
    except ValueError:
        raise MediaRefused("that is no web address") from None
    if url.scheme not in ("http", "https") or not host or not port:
        raise MediaRefused("that is no web address")
    if url.user is not None or url.password is not None:
        raise MediaRefused("the bridge does not open addresses with a password in them")
    return url.with_fragment(None)


def listed(url: URL, allow: Collection[Place]) -> bool:
    """Tell whether the admin allows this very host and port, wherever it is."""
    return ((url.host or "").rstrip("."), url.port) in allow


def check_port(url: URL) -> None:
    """Raise ``MediaRefused`` for a port at which there is hardly a web server."""
    if url.port not in PORTS:
        raise MediaRefused(f"the bridge does not open files at port {url.port}")


def public(address: str) -> bool:
    """Tell whether an IP address is one that everybody could reach."""
    try:
        ip: IPv4Address | IPv6Address = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, IPv6Address):
        if any(ip in network for network in _DETOURS):
            return False
        if any(ip in network for network in _CARRIERS):
            ip = IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or ip.is_unspecified)
