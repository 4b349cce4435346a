"""A privacy policy: what a tenant tells people of their data, by version and hash of its text (D-17)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import unified_diff
from hashlib import sha256

from pbx.core.audit import AuditFact
from pbx.core.policy import PolicyName

MAX_TEXT = 256 << 10  # octets of UTF-8; the longest one that anybody reads has 60 kB


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyText:
    """One version; its hash is that of the octets of the file."""

    version: str
    text: str

    @property
    def name(self) -> PolicyName:
        """What records of calls say of it."""
        return PolicyName(version=self.version, sha256=sha256(self.text.encode()).hexdigest())


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptPolicy:
    """A version as it is kept: in force from `effective_at` until the next one of its tenant is."""

    tenant: str
    version: str
    sha256: str
    text: str
    effective_at: datetime

    def fact(self, before: "KeptPolicy | None") -> AuditFact:
        """What the audit log says when it comes in force."""
        said: dict[str, str | int | bool | None] = {"version": self.version, "sha256": self.sha256}
        said["before"] = before.version if before is not None else ""
        return AuditFact(kind="policy.in_force", tenant=self.tenant, details=said)


def in_force(policies: Sequence[KeptPolicy], at: datetime) -> KeptPolicy | None:
    """Return what was in force at a moment; of a tenant's versions, oldest first."""
    return next((one for one in reversed(policies) if one.effective_at <= at), None)


def changes(before: KeptPolicy, after: KeptPolicy) -> list[str]:
    """Return the lines that differ, as `diff -u` shows them."""
    names = (f"version {before.version}", f"version {after.version}")
    return list(unified_diff(before.text.splitlines(), after.text.splitlines(), *names, lineterm=""))
