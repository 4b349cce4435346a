"""A port can be had once."""

import os
from pathlib import Path

import pytest

from pbx.config.load import SIP_PORT_VARIABLE, ConfigProblems, load
from tests.config.conftest import Spoil

LISTENER = "listeners: [{transport: ws, host: 127.0.0.3, port: 8088}]\n  websocket: {without_origin: true}"


@pytest.mark.parametrize(
    ("metrics", "message"),
    [
        ("{port: 5060}", "5060 is the port of sip already"),
        ("{host: '127.0.0.9', port: 5060}", ""),
        ("{port: 8080}", "8080 is the port of playback already"),
        ("{host: '127.0.0.3', port: 8088}", "8088 is the port of sip.listeners already"),
        ("{port: 8088}", ""),
        ("{port: 9464}", ""),
    ],
)
def test_ports(spoil: Spoil, metrics: str, message: str) -> None:
    transports = "  transports: [udp, tcp]"
    written = f"{transports}\n  {LISTENER}\nmetrics: {metrics}\nplayback: {{}}"
    problems = spoil("pbx.yaml", transports, written)
    assert len(problems) == bool(message)
    assert all(f"metrics.port: {message}" in problem for problem in problems)


def test_udp_takes_no_port_of_tcp(spoil: Spoil) -> None:
    assert spoil("pbx.yaml", "transports: [udp, tcp]", "transports: [udp]\nmetrics: {port: 5060}") == []


def test_every_address_is_also_this_one(spoil: Spoil, folder: Path) -> None:
    (folder.parent / "token").write_text("a1" * 16)
    (problem,) = spoil("pbx.yaml", "rtp:", "metrics: {host: 0.0.0.0, port: 5060, token_file: token}\nrtp:")
    assert "5060 is the port of sip already" in problem


def test_the_port_of_sip_is_that_of_the_environment(folder: Path) -> None:
    file = folder / "pbx.yaml"
    file.write_text(f"{file.read_text()}\nmetrics: {{}}\n")
    with pytest.raises(ConfigProblems, match="9464 is the port of sip already"):
        load(folder, {**os.environ, SIP_PORT_VARIABLE: "9464"})
