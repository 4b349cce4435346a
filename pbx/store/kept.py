"""What the register of data says of a table: what its columns are, why and until when they are kept."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Category = Literal["none", "identity", "contact", "content", "traffic", "security", "audit"]
"""none = says nothing of a person by itself; content = what was said; security = proofs, counters, keys."""

RETENTION: Mapping[str, str] = {
    "customer": "while a file names the person, name and number 13 months longer; a server's answer a day",
    "call": "no term is enforced: kept until somebody deletes it",
    "recording": "by purpose, see `recording.yaml`; a hold keeps it longer",
    "plan": "the files of the last 200 changes of the plan",
    "journal": "until the next start of the PBX that finds nothing waiting",
    "proof": "as long as the log of which it is a part",
    "register": "for ever: a register keeps its lines",
    "attempts": "7 days by calling number, an hour by trunk; of a customer until he is verified again",
    "refusal": "until the person agrees again, or `pbx consents forget`",
    "binding": "while the telephone is registered",
    "agent": "until the agent says something else; the last line of an extension stays",
    "link": "a day at most to listen; its line for ever",
    "day": "a day",
    "outbox": "until the receiver has it, 3 days unless `max_age` says other",
    "hour": "an hour",
    "slot": "ten minutes",
    "week": "8 days",
    "opt-out": "for ever, as a keyed tag: what a person said of being called has to be proved",
    "screening": "until the next screening of the number",
    "contact": "as long as the rule that counts it looks back",
    "grant": "for ever: who was told what on the strength of which proof",
    "correction": "for ever: the number, as a keyed tag, must not come back",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Tag:
    """What a register says of one column."""

    category: Category
    purpose: str
    basis: str
    retention: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A table; `columns` by category, those of one divided by blanks."""

    purpose: str
    basis: str
    retention: str
    columns: Mapping[Category, str]


CONTRACT, LAW, INTEREST = "contract, Art. 6(1)(b)", "legal duty, Art. 6(1)(c)", "interest, Art. 6(1)(f)"
CONSENT = "consent or interest, Art. 6(1)(a), (f)"
