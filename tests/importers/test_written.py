"""A house as files: no anchors, no secrets, and a way to help where no trunk was found."""

import yaml

from pbx.core.secret import Secret
from pbx.importers.house import Carrier, Device, House
from pbx.importers.report import Report
from pbx.importers.written import Home, account_file, write

HOME = Home(
    tenant="acme",
    domain="acme.example",
    country="GB",
    timezone="Europe/London",
    language="en-GB",
    location={"name": "Main", "street": "High Street", "city": "Manchester"},
)


def house() -> House:
    device = Device(user="1001", number="1001", name="Alice", place="p:1", secret=Secret("word"))
    return House(devices={"1001": device})


def test_without_a_trunk_one_is_made_and_reported() -> None:
    report = Report()
    written = write(house(), HOME, report)
    trunks = yaml.safe_load(written.files["acme/trunks.yaml"])["trunks"]
    assert trunks == {"network": {"outbound": {"host": "192.0.2.1"}}}
    assert yaml.safe_load(written.files["acme/dialplan.yaml"]) == {"emergency": {"trunk": "network"}}
    assert [one.what for one in report.left] == ["trunk network"]


def test_secrets_are_not_in_files() -> None:
    one = house()
    carrier = Carrier(name="out", place="p:2", host="sip.example.com", user="me", secret=Secret("other"))
    one.carriers["out"] = carrier
    written = write(one, HOME, Report())
    assert {key: secret.reveal() for key, secret in written.devices.items()} == {"acme/1001": "word"}
    assert {key: secret.reveal() for key, secret in written.accounts.items()} == {
        account_file("acme", carrier): "other"
    }
    assert not any(word in text for word in ("word", "other") for text in written.files.values())
    assert yaml.safe_load(written.files["acme/emergency.yaml"])["default_location"] == "home"


def test_what_is_meant_twice_is_written_twice() -> None:
    one = house()
    shared = {"hang_up": None}
    one.rooms = {"a": shared, "b": shared}
    assert "&" not in write(one, HOME, Report()).files["acme/conferences.yaml"]
