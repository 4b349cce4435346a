"""A web server that would carry recordings in the clear does not start."""

import pytest

from pbx.playback.exposure import exposed

pytestmark = pytest.mark.requirement("REC-11")


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1"])
def test_loopback_needs_nothing(host: str) -> None:
    assert exposed(host, has_certificate=False, behind_proxy=False) == ""


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "10.0.0.1", "fe80::1"])
def test_others_need_a_certificate_or_a_proxy(host: str) -> None:
    assert f"on {host}" in exposed(host, has_certificate=False, behind_proxy=False)
    assert exposed(host, has_certificate=True, behind_proxy=False) == ""
    assert exposed(host, has_certificate=False, behind_proxy=True) == ""
