"""Places of the law, as an admin writes them."""

import shutil
from ipaddress import ip_network
from pathlib import Path

import pytest

from pbx.config.law import MAX_NETWORKS, WrittenPlaces
from pbx.config.load import ConfigProblems, load
from tests.e2e.running import CONFIG


def configured(folder: Path, places: str, machine: str = "") -> Path:
    """The sample configuration with these places, and this of the machine."""
    shutil.copytree(CONFIG, folder / "config")
    consent = folder / "config" / "acme" / "consent.yaml"
    consent.write_text(f"{consent.read_text()}\n{places}\n")
    pbx = folder / "config" / "pbx.yaml"
    pbx.write_text(f"{pbx.read_text()}\n{machine}\n")
    return folder / "config"


def test_places_of_a_tenant_and_of_the_machine(tmp_path: Path) -> None:
    written = 'places: {extensions: {1003: US-CA}, networks: {"198.51.100.0/24": DE, "2001:db8::/32": CH}}'
    configuration = load(configured(tmp_path, written, "consent: {recorder: SE}"))
    places = configuration.tenants["acme"].consent.places.build(configuration.pbx.consent.recorder)
    assert (dict(places.work), places.recorder) == ({"1003": "US-CA"}, "SE")
    assert places.networks == ((ip_network("198.51.100.0/24"), "DE"), (ip_network("2001:db8::/32"), "CH"))


@pytest.mark.parametrize(
    ("places", "named"),
    [
        ("places: {extensions: {1999: DE}}", "there is no extension 1999"),
        ("places: {extensions: {1003: Germany}}", "places.extensions.1003"),
        ("places: {extensions: {1003: de}}", "places.extensions.1003"),
        ('places: {networks: {"198.51.100.1/24": DE}}', "has host bits set"),
        ("places: {networks: {home: DE}}", "places.networks"),
        ("places: {crm: {}}", "places.crm"),
    ],
)
def test_mistakes_are_named(tmp_path: Path, places: str, named: str) -> None:
    with pytest.raises(ConfigProblems) as caught:
        load(configured(tmp_path, places))
    (problem,) = caught.value.errors
    assert named in str(problem) and "acme/consent.yaml" in str(problem)


def test_number_of_networks_is_limited() -> None:
    networks = {f"10.{one >> 8}.{one & 255}.0/24": "DE" for one in range(MAX_NETWORKS + 1)}
    with pytest.raises(ValueError, match="at most 1000"):
        WrittenPlaces(networks=networks)
    networks.popitem()
    assert len(WrittenPlaces(networks=networks).build(None).networks) == MAX_NETWORKS
