"""What people write is weak, what is drawn is not."""

import random
import string

import pytest

from pbx.core.strength import FLOOR_BITS, MAX_LOOKED_AT, guess_bits, is_weak

OWNER = ("acme", "1001")


@pytest.mark.requirement("FRD-04")
@pytest.mark.parametrize(
    "secret",
    [
        "",
        "1",
        "1001",
        "1001acme1001acme",
        "acme1001!acme1001!acme",
        "password",
        "P@ssw0rd2026!",
        "Passwort123456789",
        "123456789012345678901234",
        "abcdefghijklmnopqrstuvwxyz",
        "qwertzuiopasdfghjklyxcvbnm",
        "zyxwvutsrqponmlkjihgfedcba",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "xK7xK7xK7xK7xK7xK7xK7xK7",
        "chosen by hand",
        "Summer2026Winter2025",
        "asterisk1001secret1001",
        "847261950372",  # twelve digits that were drawn: 40 bits
        "k7Hq2Zx9",  # eight signs that were drawn: 48 bits
    ],
)
def test_what_can_be_guessed(secret: str) -> None:
    assert is_weak(secret, OWNER), guess_bits(secret, OWNER)


@pytest.mark.requirement("FRD-04")
@pytest.mark.parametrize(
    ("alphabet", "length"),
    [
        (string.ascii_letters + string.digits + "-_", 18),
        (string.ascii_letters + string.digits, 18),
        (string.digits + "abcdef", 24),
        (string.digits, 28),
        (string.ascii_lowercase, 28),
    ],
)
def test_what_is_drawn_is_strong(alphabet: str, length: int) -> None:
    draw = random.Random(length)
    worths = [guess_bits("".join(draw.choices(alphabet, k=length)), OWNER) for _ in range(60)]
    assert min(worths) >= FLOOR_BITS


def test_names_of_the_owner_are_tried_first() -> None:
    secret = "K9-samplecompany-27x"
    assert guess_bits(secret, ("SampleCompany",)) < guess_bits(secret) - 20


def test_a_short_name_is_no_name() -> None:
    assert guess_bits("h7Kq", ("7",)) == guess_bits("h7Kq")


def test_letters_of_other_scripts_are_no_less() -> None:
    assert not is_weak("жшэъцюфыйёкгщцзхъэ")


def test_a_long_one_is_looked_at_up_to_a_limit() -> None:
    draw = random.Random(1)
    longer = "".join(draw.choices(string.printable.strip(), k=MAX_LOOKED_AT + 1))
    assert guess_bits(longer) == guess_bits(longer[:MAX_LOOKED_AT]) > FLOOR_BITS
