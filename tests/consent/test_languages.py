"""In which language somebody is told: nobody hears words that were neither his nor allowed."""

import pytest

from pbx.consent.languages import Choice, choose

BOTH = ("de-DE", "en-GB")


@pytest.mark.requirement("C-05")
@pytest.mark.parametrize(
    ("wished", "hint", "at_hand", "allowed", "choice"),
    [
        ("de-DE", "fr-FR", BOTH, (), Choice(language="de-DE")),
        ("de-AT", "", BOTH, (), Choice(language="de-DE")),
        ("", "de-AT", BOTH, (), Choice(language="de-DE")),
        ("", "fr-FR", BOTH, (), Choice(language="en-GB")),  # a country is a hint and no wish
        ("", "", BOTH, (), Choice(language="en-GB")),
        ("fr-FR", "de-DE", BOTH, (), Choice(language="", missing="fr-FR")),
        ("fr-FR", "", BOTH, ("en-GB",), Choice(language="en-GB")),
        ("fr-FR", "", BOTH, ("de-DE", "en-GB"), Choice(language="en-GB")),
        ("fr-FR", "", BOTH, ("de-DE",), Choice(language="de-DE")),
        ("fr-FR", "", ("en-GB",), ("de-DE", "fr-FR"), Choice(language="", missing="fr-FR")),
        ("", "", ("de-DE",), (), Choice(language="", missing="en-GB")),
        ("", "", ("de-DE",), ("de-DE",), Choice(language="de-DE")),
        ("english", "", (), ("en-GB",), Choice(language="", missing="english")),
    ],
)
def test_choose(
    wished: str, hint: str, at_hand: tuple[str, ...], allowed: tuple[str, ...], choice: Choice
) -> None:
    assert choose(wished, hint, "en-GB", at_hand=at_hand, allowed=allowed) == choice
