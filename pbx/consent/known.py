"""What customers have said of themselves that decides how they are told of a recording, by number."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from pbx.consent.effects import Overlay


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Of all who have one number: every place, and the language where they agree on one.

    `language` is a tag such as `de-DE`, "" = nobody has said; `places` are ISO 3166-1 or -2.
    `is_vulnerable` = one of them is a minor, or is to be asked for other reasons.
    """

    language: str = ""
    places: tuple[str, ...] = ()
    is_vulnerable: bool = False

    @property
    def overlays(self) -> tuple[Overlay, ...]:
        """What holds for them besides the rules of their places."""
        return ("vulnerable",) if self.is_vulnerable else ()


NOTHING = Known()


def _plain_tag(tenant: str, number: str) -> bytes:
    return f"{tenant}|{number}".encode()


class KnownNumbers:
    """By keyed tag of a tenant and an E.164 number, so that no number can be read from it."""

    __slots__ = ("_known", "_tag")

    def __init__(self, tag: Callable[[str, str], bytes] = _plain_tag) -> None:
        self._tag = tag
        self._known: Mapping[bytes, Known] = {}

    def restore(self, known: Mapping[bytes, Known]) -> None:
        """These are the customers now, and no others."""
        self._known = known

    def of(self, tenant: str, number: str) -> Known:
        """What is known of a number; nothing of one that is withheld (""), or that no customer has."""
        return self._known.get(self._tag(tenant, number), NOTHING) if number and self._known else NOTHING
