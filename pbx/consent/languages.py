"""In which language a party is told of a recording or asked (C-05): its own, or none."""

from collections.abc import Collection
from dataclasses import dataclass

from pbx.core.language import nearest


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """`language` is spoken; "" = there are no words that may be said, and `missing` is what was wanted."""

    language: str
    missing: str = ""


def choose(
    wished: str, hint: str, own: str, *, at_hand: Collection[str], allowed: tuple[str, ...] = ()
) -> Choice:
    """Return what is spoken of the languages `at_hand`, whose words exist and can be said.

    `wished` is the party's own language or that of the number it has called, "" = nobody knows. Then `hint`,
    that of its country, serves, else `own`, that of the tenant. Where the one that is wanted is not at hand,
    only those serve that the law of its place allows.
    """
    wanted = (wished,) if wished else (hint, own)
    found = next((tag for one in wanted if one and (tag := nearest(one, at_hand)) is not None), None)
    if found is None:
        instead = sorted(allowed, key=lambda tag: tag != own)  # the tenant's first, if it is one of them
        found = next((tag for one in instead if (tag := nearest(one, at_hand)) is not None), None)
    return Choice(language=found) if found is not None else Choice(language="", missing=wished or own)
