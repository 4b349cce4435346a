"""Which of the languages at hand is spoken for the one that is wanted."""

from collections.abc import Iterable


def nearest(wanted: str, at_hand: Iterable[str]) -> str | None:
    """Return `wanted`, else the first tag (RFC 5646) of the same primary language, else None.

    So `de-AT` may be served by `de-DE`, and nobody is spoken to in a language that was not chosen.
    """
    tags = sorted(at_hand)
    primary = wanted.partition("-")[0]
    same = [tag for tag in tags if tag.partition("-")[0] == primary]
    return wanted if wanted in same else next(iter(same), None)
