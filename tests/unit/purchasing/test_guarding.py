"""Visitors are told apart by what they cannot choose of their address."""

import pytest
from django.test import RequestFactory, override_settings

from redismart.web import limits


def counted(address: str) -> str:
    return limits.address_of(RequestFactory().get("/", REMOTE_ADDR=address))


@pytest.mark.parametrize(
    ("address", "line"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff:ffff:ffff:ffff", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
        ("nonsense", "nonsense"),
        ("[", "["),
    ],
)
def test_a_line_of_ipv6_counts_as_one_visitor(address: str, line: str) -> None:
    assert counted(address) == line


@pytest.mark.parametrize(
    ("told", "line"),
    [
        ("10.0.0.1, 203.0.113.7", "203.0.113.7"),
        ("203.0.113.7:50123", "203.0.113.7"),
        ("203.0.113.7:50124", "203.0.113.7"),
        ("[2001:db8::7]:50123", "2001:db8::/64"),
        ("2001:db8::8", "2001:db8::/64"),
    ],
)
@override_settings(PROXIES=1)
def test_so_does_what_a_proxy_tells_whatever_port_it_adds(told: str, line: str) -> None:
    request = RequestFactory().get("/", HTTP_X_FORWARDED_FOR=told)
    assert limits.address_of(request) == line
