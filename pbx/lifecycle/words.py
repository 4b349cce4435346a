"""Free text that people give for the record: why, for whom, by which law."""

from pbx.core.errors import ParseError

MAX_WORD = 128  # characters; the vault's record takes as many, and a page of prose belongs into the case file


def worded(name: str, text: str) -> str:
    """Return the text without spaces around it; ParseError names what is missing, too long or unprintable."""
    stripped = text.strip()
    if not 0 < len(stripped) <= MAX_WORD or not stripped.isprintable():
        raise ParseError(f"{name} needs 1 to {MAX_WORD} printable characters: it is kept on the record", 0)
    return stripped
