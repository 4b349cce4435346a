"""What an owner is told."""

import pytest

from pbx.verify.owner_notice import notice_of


@pytest.mark.parametrize(
    ("language", "begins"),
    [("en-GB", "Somebody has called Acme "), ("de-AT", "Jemand hat Acme "), ("cy-GB", "Somebody ")],
)
def test_it_names_who_was_called_in_his_language(language: str, begins: str) -> None:
    text = notice_of("Acme", language)
    assert text.text.reveal().startswith(begins) and text.subject
    assert "Acme" not in repr(text)


def test_two_parts_of_a_text_message_are_enough() -> None:
    """306 characters, with the longest name of a tenant."""
    assert all(len(notice_of("x" * 40, tag).text.reveal()) <= 306 for tag in ("en-GB", "de-DE"))
