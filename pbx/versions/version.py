"""A version of the plan: what was in force from when, who wanted it and why."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from pbx.core.audit import AuditFact

Cause = Literal["start", "apply", "reload", "rollback", "save", "files", "undone"]
"""`save` = by the watcher; `files` = what a rollback replaced, never in force; `undone` = taken back."""

MAX_COMMENT = 200  # characters: one line that says why


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Who wants a change of the plan, and why; `restored` = the version that it goes back to."""

    cause: Cause
    author: str
    comment: str = ""
    restored: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One change, as it is kept; `digest` is keyed, two plans that are alike have the same."""

    version: int
    digest: str
    cause: Cause
    author: str
    comment: str
    restored: int | None
    at: datetime

    def fact(self, before: "Version | None") -> AuditFact:
        """What the audit log says of it."""
        return AuditFact(
            kind=f"plan.{'in_force' if self.cause != 'files' else 'kept'}",
            details={
                "version": self.version,
                "digest": self.digest,
                "cause": self.cause,
                "author": self.author,
                "comment": self.comment,
                "restored": self.restored,
                "before": before.version if before is not None else None,
            },
        )
