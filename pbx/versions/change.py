"""One difference between two plans, as a sentence."""

from dataclasses import dataclass
from typing import Literal

from pbx.versions.values import HIDDEN

Kind = Literal["new", "gone", "changed"]
LEADS_TO = "leads to"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """`tenant` "" = the machine; `subject` = for whom, `what` of it ("" = all), `note` = who notices."""

    tenant: str
    subject: str
    kind: Kind
    what: str = ""
    before: str = ""
    after: str = ""
    note: str = ""

    def __str__(self) -> str:
        """Return it as a sentence, its tenant left out."""
        about = f" ({self.note})" if self.note else ""
        return f"{self.subject}{self._what}{about}"

    @property
    def _what(self) -> str:
        if not self.what:
            said = self.before if self.kind == "gone" else self.after
            return f": {said}" if said else ""
        if self.before == HIDDEN or self.after == HIDDEN:
            return f": {self.what} changed, {HIDDEN}"
        if self.what == LEADS_TO:
            return f": to {self.after} instead of {self.before}"
        if self.kind == "new":
            return f": {self.what}, new: {self.after}"
        if self.kind == "gone":
            return f": {self.what}, no more: {self.before}"
        return f": {self.what} is {self.after} instead of {self.before}"
