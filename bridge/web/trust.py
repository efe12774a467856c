"""Tells who may see how the daemon is: those whose address the configuration lists."""

import ipaddress
from collections.abc import Collection

from aiohttp import web

Ranges = Collection[ipaddress.IPv4Network | ipaddress.IPv6Network]


def trusted(request: web.Request, ranges: Ranges) -> bool:
    """Tell whether a request comes from a listed address. Behind a listed proxy, the address that
    the proxy saw counts: the last one in ``X-Forwarded-For``, the only one it vouches for."""
    if not _listed(request.remote, ranges):
        return False
    forwarded = request.headers.getall("X-Forwarded-For", [])
    return not forwarded or _listed(forwarded[-1].rpartition(",")[2].strip(), ranges)


def _listed(address: str | None, ranges: Ranges) -> bool:
    try:
        parsed = ipaddress.ip_address(address or "")
    except ValueError:
        return False
    mapped = getattr(parsed, "ipv4_mapped", None)
    return any((mapped or parsed) in network for network in ranges)
