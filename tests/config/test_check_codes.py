"""Codes that telephones dial or press, as written and as understood."""

from dataclasses import replace
from pathlib import Path

import pytest

from pbx.assembly.calls import context_of
from pbx.config.check_codes import REMEDY
from pbx.config.load import load
from pbx.dialplan.rules import KeyCodes
from tests.config.conftest import Spoil

pytestmark = pytest.mark.requirement("REC-03")
FILE = "acme/dialplan.yaml"
DEFAULT = KeyCodes(pause="*61", resume="*62", withdraw="*63", opt_out="*43", birth_date="*64", digits="*65")


def spoilt(spoil: Spoil, folder: Path, codes: str) -> list[str]:
    """What is wrong with these codes, which begin in line 7."""
    lines = (folder / FILE).read_text().splitlines()
    (old,) = [one for one in lines if one.startswith("codes:")]
    return spoil(FILE, old, f"codes: {codes}")


@pytest.mark.parametrize(
    ("codes", "read"),
    [
        ("{}", replace(DEFAULT, pause="*61", resume="*62")),
        (
            '{pause: "*7", resume: "*5123"}',
            replace(DEFAULT, pause="*7", resume="*5123"),
        ),
        ("{pause: null}", replace(DEFAULT, pause=None)),
        (
            "{pause: null, resume: null, withdraw: null, opt_out: null, birth_date: null, digits: null}",
            KeyCodes(),
        ),
        (
            '{watch: "*6", pause: null, resume: null, withdraw: null, birth_date: null, digits: null}',
            KeyCodes(opt_out="*43"),
        ),
        ('{birth_date: "*70", digits: "*71"}', replace(DEFAULT, birth_date="*70", digits="*71")),
        ('{pause: "*62", resume: "*61"}', replace(DEFAULT, pause="*62", resume="*61")),
    ],
)
def test_codes_are_the_tenants(folder: Path, spoil: Spoil, codes: str, read: KeyCodes) -> None:
    assert spoilt(spoil, folder, codes) == []
    config = load(folder)
    tenant = config.tenants["acme"]
    context = context_of(tenant, (), None, accounts={}, peers=config.pbx.media_peers)
    assert (tenant.codes, context.codes) == (read, read)


@pytest.mark.parametrize(
    ("codes", "message"),
    [
        ('{pause: "*3"}', "7:16: codes.pause: *3 is the code of three-way calls already"),
        ('{pause: "*31"}', "7:16: codes.pause: *31 begins with *3 (three-way calls)"),
        ('{watch: "*3"}', "7:16: codes.watch: *3 is the code of three-way calls already"),
        ('{pause: "*62"}', "7:16: codes.pause: *62 is the code of resume already"),
        ('{resume: "*610"}', "7:17: codes.resume: *610 begins with *61 (pause)"),
        ('{watch: "*6"}', "7:16: codes.watch: *6 is the beginning of *61 (pause)"),
        ('{pickup: "*8"}', "7:17: codes.pickup: *8 is the code of pickup_group already"),
        ('{pickup: "*9"}', "7:17: codes.pickup: *9 is the beginning of *90 (watch)"),
        ('{watch: "*9", pause: "*90"}', "7:29: codes.pause: *90 begins with *9 (watch)"),
    ],
)
def test_a_code_that_hides_another_is_named_with_its_place(
    folder: Path, spoil: Spoil, codes: str, message: str
) -> None:
    (problem,) = spoilt(spoil, folder, codes)
    assert problem.endswith(f"{FILE}:{message} ({REMEDY})")


@pytest.mark.parametrize("code", ["61", "*", "*12345", "*6#", "**"])
def test_a_code_is_a_star_and_at_most_four_digits(folder: Path, spoil: Spoil, code: str) -> None:
    (problem,) = spoilt(spoil, folder, f'{{pause: "{code}"}}')
    assert f"{FILE}:7:16: codes.pause: expected a star and 1 to 4 digits" in problem


@pytest.mark.requirement("CF-20")
def test_the_codes_of_a_pickup_are_the_tenants(folder: Path, spoil: Spoil) -> None:
    def dialled() -> dict[str, str]:
        return {one.purpose: one.code for one in load(folder).tenants["acme"].rules.codes}

    assert spoilt(spoil, folder, "{}") == []
    purposes = {"marketing": "*41", "service": "*42"}
    assert dialled() == {"watch": "*90", "pickup": "**", "pickup_group": "*8", **purposes}
    assert spoilt(spoil, folder, '{pickup: "*97", pickup_group: "*98"}') == []
    assert dialled() == {"watch": "*90", "pickup": "*97", "pickup_group": "*98", **purposes}
    assert spoilt(spoil, folder, "{pickup: null, pickup_group: null, marketing: null, service: null}") == []
    assert dialled() == {"watch": "*90"}


@pytest.mark.parametrize("code", ["8", "*", "***", "*12345", "**1"])
def test_a_code_before_an_extension_may_be_two_stars(folder: Path, spoil: Spoil, code: str) -> None:
    (problem,) = spoilt(spoil, folder, f'{{pickup: "{code}"}}')
    assert f"{FILE}:7:17: codes.pickup: expected two stars, or a star and 1 to 4 digits" in problem


@pytest.mark.requirement("C-15")
@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("*61", "opt_out_key: *61 is the code of pause already"),
        ("*4", "opt_out_key: *4 is the beginning of *43 (opt_out)"),
        ("*31", "opt_out_key: *31 begins with *3 (three-way calls)"),
        ("*9", ""),  # what is only dialled is not in its way
    ],
)
def test_the_key_of_whoever_is_called_is_no_code(spoil: Spoil, key: str, message: str) -> None:
    problems = spoil("acme/marketing.yaml", 'opt_out_key: "*0"', f'opt_out_key: "{key}"')
    assert [one.partition("marketing.yaml:")[2].partition(": ")[2] for one in problems] == (
        [f"{message} ({REMEDY})"] if message else []
    )


@pytest.mark.requirement("C-15")
def test_the_keys_of_both_files_are_two(folder: Path, spoil: Spoil) -> None:
    (problem,) = spoil("acme/consent.yaml", '# withdraw_key: "*9"', 'withdraw_key: "*0"')
    assert "marketing.yaml" in problem
    assert "opt_out_key: *0 is the code of withdraw_key of consent.yaml already" in problem
    (folder / "acme/marketing.yaml").unlink()
    (problem,) = spoil("acme/consent.yaml", "beep: region", "beep: off")
    assert "withdraw_key: *0 is the code of opt_out_key of marketing.yaml already" in problem


@pytest.mark.requirement("C-15")
def test_a_code_in_the_way_of_the_key_that_nobody_wrote_is_named(folder: Path, spoil: Spoil) -> None:
    (folder / "acme/marketing.yaml").unlink()
    (problem,) = spoilt(spoil, folder, '{pause: "*0"}')
    assert f"{FILE}:7:16: codes.pause: *0 is the code of opt_out_key of marketing.yaml already" in problem
