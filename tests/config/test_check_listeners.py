"""Listeners that could not be of use, each at its place."""

from pathlib import Path

import pytest

from pbx.config.check_listeners import check_listeners
from pbx.config.models import PbxSettings
from pbx.config.read import read_model

CERTIFICATE = "  certificate: {chain: c.pem, key: k.pem}\n"
ORIGINS = "  websocket: {origins: ['https://phone.example']}\n"


def found(tmp_path: Path, text: str, *, has_certificate: bool = False) -> list[str]:
    (tmp_path / "pbx.yaml").write_text(text)
    read, errors = read_model(tmp_path / "pbx.yaml", "pbx.yaml", PbxSettings)
    assert read is not None and errors == []
    return [str(error) for error in check_listeners(read, has_certificate=has_certificate)]


def one(transport: str, host: str = "127.0.0.1", more: str = "") -> str:
    return f"sip:\n  listeners:\n    - {{transport: {transport}, host: '{host}', port: 5061{more}}}\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (one("tls"), "pbx.yaml:3:19: sip.listeners.0.transport: tls needs sip.certificate"),
        (one("wss") + ORIGINS, "pbx.yaml:3:19: sip.listeners.0.transport: wss needs sip.certificate"),
        (one("ws"), "pbx.yaml:3:19: sip.listeners.0.transport: nobody may connect"),
        (one("udp"), "pbx.yaml:3:19: sip.listeners.0.transport: a Via can name one udp address"),
        (one("udp", "::1", ", advertise: 192.0.2.1"), "advertise: the address is not of the listener's IP"),
        ("sip: {advertise: '2001:db8::1'}\n", "pbx.yaml:1:18: sip.advertise: the address is not of"),
    ],
)
def test_a_listener_of_no_use_is_an_error(tmp_path: Path, text: str, message: str) -> None:
    (line,) = found(tmp_path, text)
    assert message in line


@pytest.mark.parametrize(
    "text",
    [
        one("tls") + CERTIFICATE,
        one("wss") + CERTIFICATE + ORIGINS,
        one("ws") + "  websocket: {without_origin: true}\n",
        one("udp", "::1"),
        one("udp", "::1", ", advertise: '2001:db8::1'"),
        "sip: {advertise: 192.0.2.1}\n",
    ],
)
def test_one_of_use_is_none(tmp_path: Path, text: str) -> None:
    assert found(tmp_path, text) == []


def test_the_certificate_of_a_tenant_will_do(tmp_path: Path) -> None:
    assert found(tmp_path, one("tls"), has_certificate=True) == []
