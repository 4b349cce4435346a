"""`consent.yaml`: the key that withdraws, as written and as understood."""

from pathlib import Path

import pytest

from pbx.assembly.calls import context_of
from pbx.config.load import load
from tests.config.conftest import Spoil

pytestmark = pytest.mark.requirement("REC-06")
FILE = "acme/consent.yaml"
OLD = "beep: region"


def spoilt(spoil: Spoil, folder: Path, lines: str) -> list[str]:
    (old,) = [one for one in (folder / FILE).read_text().splitlines() if one.startswith(OLD)]
    return spoil(FILE, old, f"{old}\n{lines}")


@pytest.mark.parametrize(
    ("lines", "key", "offered"),
    [
        ("", None, None),
        ('withdraw_key: "*9"', "*9", "*9"),
        ('withdraw_key: "*9"\nwithdrawal: honour', "*9", "*9"),
        ('withdraw_key: "*9"\nwithdrawal: refuse', "*9", None),
    ],
)
def test_the_key_is_the_tenants(
    folder: Path, spoil: Spoil, lines: str, key: str | None, offered: str | None
) -> None:
    assert spoilt(spoil, folder, lines) == []
    config = load(folder)
    context = context_of(config.tenants["acme"], (), None, accounts={}, peers=config.pbx.media_peers)
    assert (context.withdraw_key, context.offered_key) == (key, offered)


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ('withdraw_key: "9"', "withdraw_key: expected a star and 1 to 4 digits"),
        ('withdraw_key: "*61"', "withdraw_key: *61 is the code of pause already"),
        ('withdraw_key: "*6"', "withdraw_key: *6 is the beginning of *61 (pause)"),
        ('withdraw_key: "*3"', "withdraw_key: *3 is the code of three-way calls already"),
        ('withdraw_key: "*63"', "withdraw_key: *63 is the code of withdraw already"),
        ("withdrawal: perhaps", "withdrawal"),
    ],
)
def test_what_is_wrong_has_its_place(folder: Path, spoil: Spoil, lines: str, said: str) -> None:
    (problem,) = spoilt(spoil, folder, lines)
    assert f"{FILE}:" in problem and said in problem
