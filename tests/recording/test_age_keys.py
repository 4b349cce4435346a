"""Keys and stanzas of age v1."""

import pytest

from pbx.core.errors import ParseError
from pbx.core.ids import SeededIds
from pbx.core.secret import Secret
from pbx.recording.age_keys import generate_identity, parse_identity, parse_recipient, unwrap, wrap


def test_an_identity_survives_its_text_form() -> None:
    identity = generate_identity(SeededIds())
    text = identity.text()
    assert text.reveal().startswith("AGE-SECRET-KEY-1")
    assert parse_identity(text) == identity
    assert parse_recipient(str(identity.recipient)) == identity.recipient


def test_an_identity_never_shows_itself() -> None:
    identity = generate_identity(SeededIds())
    assert identity.private.reveal().hex() not in repr(identity)
    assert identity.text().reveal() not in repr(identity)


@pytest.mark.parametrize("at", range(4, 62, 7))
def test_one_wrong_character_is_noticed(at: int) -> None:
    text = str(generate_identity(SeededIds()).recipient)
    wrong = "q" if text[at] != "q" else "p"
    with pytest.raises(ParseError):
        parse_recipient(text[:at] + wrong + text[at + 1 :])


@pytest.mark.parametrize("text", ["", "age", "age1", "age1" + "q" * 200, "AGE1" + "Q" * 58, "age1é"])
def test_what_is_no_recipient_is_refused(text: str) -> None:
    with pytest.raises(ParseError):
        parse_recipient(text)


def test_an_identity_in_lower_case_is_refused_without_quoting_it() -> None:
    text = generate_identity(SeededIds()).text().reveal().lower()
    with pytest.raises(ParseError) as caught:
        parse_identity(Secret(text))
    assert text not in str(caught.value)


def test_a_wrapped_key_opens_for_its_recipient_only() -> None:
    ids = SeededIds()
    mine, other = generate_identity(ids), generate_identity(ids)
    file_key = Secret(bytes(range(16)))
    share, body = wrap(file_key, mine.recipient, ids)
    assert unwrap(share, body, mine) == file_key
    assert unwrap(share, body, other) is None


@pytest.mark.parametrize(
    ("share", "body"), [(bytes(31), bytes(32)), (bytes(32), bytes(33)), (bytes(32), bytes(32))]
)
def test_a_stanza_of_wrong_size_or_low_order_is_malformed(share: bytes, body: bytes) -> None:
    with pytest.raises(ParseError):
        unwrap(share, body, generate_identity(SeededIds()))
