"""What a question gives names to, and what follows when nobody answers it."""

import pytest

from pbx.ivr.fields import FIELDS, FieldKind
from pbx.ivr.spoken_steps import Collect, Menu


@pytest.mark.parametrize("secret", [True, False])
def test_what_is_collected_in_secret_has_no_open_name(secret: bool) -> None:
    step = Collect(
        text="?",
        variable="card",
        min_digits=1,
        max_digits=2,
        next="a",
        fallback="b",
        invalid_text="!",
        secret=secret,
    )
    assert (step.secret_names, step.open_names) == ((("card",), ()) if secret else ((), ("card",)))
    assert step.unattended == ("b",)


def test_who_presses_nothing_goes_otherwise() -> None:
    assert Menu(text="?", keys={"1": "a"}, fallback="c", invalid_text="!").unattended == ("c",)


@pytest.mark.requirement("IVR-03")
@pytest.mark.parametrize(
    ("kind", "keys", "words"),
    [
        ("digits", "00#", "asks for digits into day"),
        ("date_dmy", "01022000", "asks for a date into day"),
        ("card", "4242424242424242#", "asks for a card into day"),
        ("amount", "1250#", "asks for an amount into day"),
        ("phone", "01632960123#", "asks for a telephone number into day"),
    ],
)
def test_a_field_tells_what_it_asks_for_and_what_it_takes(kind: FieldKind, keys: str, words: str) -> None:
    least, most = (2, 3) if kind == "digits" else (FIELDS[kind].min_digits, FIELDS[kind].max_digits)
    step = Collect(
        text="?",
        variable="day",
        min_digits=least,
        max_digits=most,
        next="a",
        fallback="b",
        invalid_text="!",
        kind=kind,
    )
    assert (step.sample, step.words) == (keys, words)
    assert step.read(keys.rstrip("#"), "GB") is not None
