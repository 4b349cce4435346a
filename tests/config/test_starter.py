"""The first plan of a tenant."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from pbx.config.load import ConfigProblems, load
from pbx.config.starter import Start, files

BAKERY = Start(
    tenant="bakery",
    domain="bakery.example",
    country="GB",
    timezone="Europe/London",
    number="01632 960200",
    street="Market Place",
    city="Newcastle",
    house="4a",
)
TUESDAY = date(2026, 12, 1)


def laid(folder: Path, start: Start) -> Path:
    """Write the files below a folder `config`."""
    for path, text in files(start, TUESDAY).items():
        file = folder / "config" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return folder / "config"


@pytest.mark.parametrize(
    "start",
    [
        BAKERY,
        replace(BAKERY, country="US", timezone="America/New_York", number="+1 212 555 0100"),
        replace(BAKERY, country="DE", timezone="Europe/Berlin", number="030 23125 100"),
        replace(BAKERY, carrier="2001:db8::7"),
    ],
)
def test_it_is_right_in_every_country(tmp_path: Path, start: Start) -> None:
    found = load(laid(tmp_path, start))
    assert found.warnings == ()
    tenant = found.tenants["bakery"]
    assert (len(tenant.extensions), len(tenant.dids), len(tenant.tests)) == (2, 1, 3)
    assert tenant.country == start.country


def test_words_cannot_become_keys(tmp_path: Path) -> None:
    with pytest.raises(ConfigProblems) as caught:
        load(laid(tmp_path, replace(BAKERY, timezone="Europe/London\ncustomers: /etc/passwd")))
    assert any("timezone" in str(error) for error in caught.value.errors)
    assert not any("customers" in error.path for error in caught.value.errors)


def test_its_tests_are_calls_of_the_next_week() -> None:
    assert '"2026-12-07 10:00"' in files(BAKERY, TUESDAY)["bakery/tests/main.yaml"]
    assert '"2026-12-14 10:00"' in files(BAKERY, date(2026, 12, 7))["bakery/tests/main.yaml"]
