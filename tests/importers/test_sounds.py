"""What sound files say."""

import pytest

from pbx.importers.sounds import sentence_of


@pytest.mark.parametrize(
    ("file", "said"),
    [
        ("vm-goodbye", ("Goodbye.", True)),
        ("custom/main-menu.wav", ("Main menu.", False)),
        ("silence/1", ("", True)),
        ("beep", ("", True)),
    ],
)
def test_sentences(file: str, said: tuple[str, bool]) -> None:
    assert sentence_of(file) == said
