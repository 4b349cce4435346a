"""An extension as the plan has it: a telephone, who it is of, and how it registers."""

from collections.abc import Iterable
from dataclasses import dataclass

from pbx.config.media import WrittenMedia
from pbx.ivr.name_search import Person
from pbx.sip.bindings.policy import DEFAULT_POLICY, RegistrationPolicy


@dataclass(frozen=True, slots=True, kw_only=True)
class Extension:
    """One telephone of a tenant; its secret is elsewhere."""

    number: str
    name: str
    registration: RegistrationPolicy = DEFAULT_POLICY
    media: WrittenMedia | None = None  # None = as the tenant
    is_listed: bool = True  # callers may find it by name


def people_of(extensions: Iterable[Extension]) -> tuple[Person, ...]:
    """Return whom callers may find by name."""
    return tuple(Person(extension=one.number, name=one.name) for one in extensions if one.is_listed)
