"""Who may see how the daemon is."""

import ipaddress

import pytest
from aiohttp.test_utils import make_mocked_request

from bridge.web.trust import trusted

RANGES = (ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("2001:db8::/32"))


@pytest.mark.parametrize(
    ("peer", "forwarded", "expected"),
    [
        ("127.0.0.1", None, True),
        ("::ffff:127.0.0.1", None, True),
        ("2001:db8::1", None, True),
        ("192.0.2.1", None, False),
        ("", None, False),
        ("192.0.2.1", "127.0.0.1", False),
        ("127.0.0.1", "192.0.2.1", False),
        ("127.0.0.1", "127.0.0.1, 192.0.2.1", False),
        ("127.0.0.1", "192.0.2.1, 127.0.0.1", True),
        ("127.0.0.1", "unknown", False),
    ],
)
def test_an_address_is_trusted_only_if_listed(
    peer: str, forwarded: str | None, expected: bool
) -> None:
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    request = make_mocked_request("GET", "/", headers).clone(remote=peer)
    assert trusted(request, RANGES) is expected
