"""Limits of registration as they are written: for a tenant, and for one extension of it."""

from ipaddress import ip_network
from typing import Annotated, Self

from pydantic import Field, model_validator

from pbx.config.types import Cidr, Duration, Listed, Strict, Unique
from pbx.sip.bindings.policy import MAX_CONTACTS, RegistrationPolicy, WhenFull
from pbx.sip.qualify import QualifyRule

Count = Annotated[int, Field(ge=1, le=100)]
Acl = Annotated[tuple[Cidr, ...], Listed, Unique, Field(min_length=1, max_length=64)]


class WrittenQualify(Strict):
    """Whether telephones are asked by OPTIONS if they are there, and how patiently."""

    enabled: bool = True
    interval_s: Duration = Field(default=60.0, alias="interval")
    timeout_s: Duration = Field(default=5.0, alias="timeout")
    failures: Count = 3
    successes: Count = 1

    @model_validator(mode="after")
    def _patient(self) -> Self:
        if self.timeout_s >= self.interval_s:
            raise ValueError("timeout must be shorter than interval")
        return self

    def rule(self) -> QualifyRule | None:
        """What the endpoint does; None = nobody is asked."""
        if not self.enabled:
            return None
        return QualifyRule(
            interval_s=self.interval_s,
            timeout_s=self.timeout_s,
            failures=self.failures,
            successes=self.successes,
        )


class WrittenLimits(Strict):
    """Keys that a tenant sets for all its extensions and an extension for itself."""

    max_contacts: Count | None = None
    when_full: WhenFull | None = None
    acl: Acl | None = None
    qualify: WrittenQualify | None = None


class RegistrationSettings(WrittenLimits):
    """`registration` in `tenant.yaml`."""

    min_expires_s: Duration = Field(default=60.0, alias="min_expires")
    default_expires_s: Duration = Field(default=3600.0, alias="default_expires")
    max_expires_s: Duration = Field(default=7200.0, alias="max_expires")

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if not 1 <= self.min_expires_s <= self.default_expires_s <= self.max_expires_s:
            raise ValueError("expected 1s <= min_expires <= default_expires <= max_expires")
        return self


def policy_of(tenant: RegistrationSettings, extension: WrittenLimits) -> RegistrationPolicy:
    """Return what holds for an extension: what it says itself, else what its tenant says."""
    qualify = extension.qualify or tenant.qualify
    acl = extension.acl or tenant.acl or ()
    return RegistrationPolicy(
        max_contacts=extension.max_contacts or tenant.max_contacts or MAX_CONTACTS,
        when_full=extension.when_full or tenant.when_full or "reject",
        min_expires_s=int(tenant.min_expires_s),
        default_expires_s=int(tenant.default_expires_s),
        max_expires_s=int(tenant.max_expires_s),
        networks=tuple(ip_network(network) for network in acl),
        qualify=qualify.rule() if qualify is not None else None,
    )
