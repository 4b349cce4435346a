"""The words of the desk about rules of recording that two people lower."""

from dataclasses import dataclass
from typing import Literal

from pbx.consent.effects import Mode
from pbx.lifecycle.override import State


@dataclass(frozen=True, slots=True, kw_only=True)
class AskOverride:
    """A wish to lower the rule of a region for a tenant, for so many days."""

    tenant: str
    region: str
    mode: Mode
    reason: str
    days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AskOverrides:
    """The newest of the tenants whose compliance or admin asks."""

    limit: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DecideOverride:
    """The word of the second person; or `ended`, which either of the two may say before its time."""

    override: str
    decision: Literal["approved", "denied", "ended"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownOverride:
    """One as it is told."""

    override: str
    state: State
    tenant: str
    region: str
    mode: Mode
    actor: str
    reason: str
    asked_at: str
    decided_by: str
    expires_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OverridesAre:
    overrides: tuple[ShownOverride, ...]


OverrideRequest = AskOverride | AskOverrides | DecideOverride
