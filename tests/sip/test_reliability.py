"""The three degrees of reliability."""

from typing import get_args

from pbx.sip.reliability import Reliable
from pbx.sip.settings import EndpointSettings
from tests.sip.conftest import PBX


def test_an_endpoint_supports_it_unless_told_otherwise() -> None:
    assert EndpointSettings(listen=PBX).reliable == "supported"
    assert set(get_args(Reliable)) == {"never", "supported", "required"}
