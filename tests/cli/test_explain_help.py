"""`pbx explain 999`: the trunks that follow, what they are told, and who of the house hears of it."""

import pytest

from pbx.cli.main import run
from pbx.config.places import Places
from tests.cli.test_explain import Capsys

pytestmark = pytest.mark.requirement("CF-42")


def explained(places: Places, capsys: Capsys, *argv: str) -> list[str]:
    assert run(["explain", *argv, "--config", str(places.base / "config")]) == 0
    return capsys.readouterr().out.splitlines()


def test_reserves_addresses_and_the_desk(places: Places, capsys: Capsys) -> None:
    acme = places.base / "config" / "acme"
    trunks, emergency = acme / "trunks.yaml", acme / "emergency.yaml"
    trunks.write_text(
        trunks.read_text()
        + "    emergency: {location: true}\n"
        + "  rescue: {outbound: {host: 192.0.2.8}, emergency: {}}\n"
        + "  other: {outbound: {host: 192.0.2.9}}\n"
    )
    emergency.write_text(emergency.read_text() + "desk: {extensions: [1001, 1003]}\n")
    lines = explained(places, capsys, "999", "--from", "1003")
    assert lines[-4:] == [
        "trunk carrier: told the address",
        "trunk rescue: tried if those before it fail",
        "the desk rings and hears who calls from where: 1001",
        "-> emergency by trunk carrier",
    ]
    assert not [one for one in explained(places, capsys, "907700900123", "--from", "1003") if "desk" in one]


def test_nothing_is_said_where_there_is_nothing(places: Places, capsys: Capsys) -> None:
    lines = explained(places, capsys, "999", "--from", "1003")
    assert lines[-2:] == [
        "config/acme/dialplan.yaml:6: emergency by trunk carrier",
        "-> emergency by trunk carrier",
    ]
