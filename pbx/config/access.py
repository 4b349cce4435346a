"""`access.yaml`: who may hear the tenant's recordings, by users of the operating system."""

import re
from datetime import timedelta
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from pbx.config.retention import KeptFor
from pbx.config.types import Duration, Listed, Strict, Unique
from pbx.lifecycle.approval import FourEyes
from pbx.lifecycle.internal import DEFAULT, InternalPurposes
from pbx.lifecycle.listening import Listener
from pbx.lifecycle.words import MAX_WORD

MAX_LISTENERS = 200  # of a tenant; a department of supervisors has dozens
MAX_PURPOSES = 50  # free words of compliance officers among them
MAX_OF = 64  # entries of one of them; whoever hears more names groups
Of = Annotated[str, Field(pattern=r"^(extension|group)/[a-z0-9_-]{1,32}$")]
_USER = re.compile(r"[a-z_][a-z0-9_.-]{0,31}", re.ASCII)  # as useradd(8) takes them


def _user(name: str) -> str:
    if _USER.fullmatch(name) is None:
        raise ValueError(
            "a user of the operating system has lower-case letters, digits, _ . and - (at most 32)"
        )
    return name


User = Annotated[str, AfterValidator(_user)]
PurposeWord = Annotated[str, Field(min_length=1, max_length=MAX_WORD, pattern=r"^\S(.*\S)?$")]


class WrittenListener(Strict):
    """One user; `of`, `purposes` and `within` belong to the role `listener`."""

    role: Literal["listener", "compliance", "admin"]
    of: Annotated[tuple[Of, ...], Listed, Unique, Field(max_length=MAX_OF)] = ()
    purposes: Annotated[tuple[KeptFor, ...], Listed, Unique] = ()
    within_s: Duration | None = Field(default=None, alias="within")

    @model_validator(mode="after")
    def _fits(self) -> Self:
        is_listener = self.role == "listener"
        if is_listener and not (self.of and self.purposes):
            raise ValueError("a listener needs `of`, whose calls, and `purposes`, what for")
        if not is_listener and (self.of or self.purposes or self.within_s is not None):
            raise ValueError(f"`of`, `purposes` and `within` belong to a listener: {self.role} has none")
        return self


class WrittenApproval(Strict):
    """For what one person is not enough."""

    approval: Literal["second person"]


class AccessFile(Strict):
    """`access.yaml`; `roles` and `purposes` name those for which a second person has to agree.

    The role `operator` is the PBX's own user with `pbx recordings`. `internal_purposes`: for what sound may
    leave the PBX without a disclosure; a purpose begins with one of these words.
    """

    roles: dict[Literal["listener", "compliance", "operator"], WrittenApproval] = Field(default_factory=dict)
    purposes: Annotated[dict[PurposeWord, WrittenApproval], Field(max_length=MAX_PURPOSES)] = Field(
        default_factory=dict
    )
    internal_purposes: Annotated[tuple[PurposeWord, ...], Listed, Unique, Field(max_length=MAX_PURPOSES)] = (
        DEFAULT
    )
    people: Annotated[dict[User, WrittenListener], Field(max_length=MAX_LISTENERS)] = Field(
        default_factory=dict
    )


def build_four_eyes(file: AccessFile) -> FourEyes:
    """Return for what a second person is needed; words of purposes are compared without regard to case."""
    purposes = frozenset(word.casefold() for word in file.purposes)
    return FourEyes(roles=frozenset(file.roles), purposes=purposes)


def build_internal(file: AccessFile) -> InternalPurposes:
    """Return for what sound may leave and stay in the house."""
    return InternalPurposes(file.internal_purposes)


def build_listeners(
    file: AccessFile, tenant: str, groups: dict[str, tuple[str, ...]]
) -> tuple[Listener, ...]:
    """Return the tenant's listeners, groups as the extensions that are in them."""
    return tuple(
        Listener(
            user=user,
            tenant=tenant,
            role=one.role,
            parties=frozenset(party for name in one.of for party in _parties(name, groups)),
            purposes=frozenset(one.purposes),
            within=timedelta(seconds=one.within_s) if one.within_s is not None else None,
        )
        for user, one in file.people.items()
    )


def _parties(name: str, groups: dict[str, tuple[str, ...]]) -> tuple[str, ...]:
    kind, _, number = name.partition("/")
    return (name,) if kind == "extension" else tuple(f"extension/{one}" for one in groups.get(number, ()))
