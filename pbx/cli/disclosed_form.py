"""DisclosedAs: in which form a third party gets a recording, one option of several."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from pbx.cli.output import WrongUsage
from pbx.cli.time_span import Span, span_of
from pbx.core.errors import ParseError
from pbx.lifecycle.disclosure import DisclosedForm, Purpose
from pbx.recording.age import Recipient, parse_recipient

Out = Annotated[Path | None, Parameter(name="--out", help="What to write; for its owner only.")]
Key = Annotated[str, Parameter(name="--key", help="Their age key (age1...): nobody else can open the file.")]
Plain = Annotated[bool, Parameter(name="--plain", negative=(), help="They have no key: not encrypted.")]
Pack = Annotated[
    bool, Parameter(name="--evidence", negative=(), help="An evidence pack (ZIP) that they can verify.")
]
Part = Annotated[str, Parameter(name="--part", help="Only FROM-TO of it, 12:30-14:05, as evidence.")]
ByLink = Annotated[
    bool,
    Parameter(name="--link", negative=(), help="They listen in a browser: `link --disclosure` makes it."),
]


@Parameter(name="*")
@dataclass(frozen=True, slots=True, kw_only=True)
class DisclosedAs:
    """A file with --out, for their --key or --plain: sound, or an evidence pack, of a part too. Or a link."""

    out: Out = None
    key: Key = ""
    plain: Plain = False
    evidence: Pack = False
    part: Part = ""
    link: ByLink = False

    @property
    def recipient(self) -> Recipient | None:
        """Return whom it is wrapped for; WrongUsage for what is no key."""
        try:
            return parse_recipient(self.key) if self.key else None
        except ParseError as error:
            raise WrongUsage(f"--key: {error}") from None

    @property
    def span(self) -> Span | None:
        """Return the part that is given; WrongUsage when it is none."""
        start, dash, end = self.part.partition("-")
        span = span_of(start, end)
        if self.part and (span is None or not dash):
            raise WrongUsage(f"--part {self.part}: write FROM-TO, such as 12:30-14:05, 90- or -90")
        return span

    def form(self, purpose: Purpose) -> DisclosedForm:
        """Return the form as the register names it; WrongUsage for options that do not go together."""
        if self.link:
            if self.out is not None or self.key or self.plain or self.evidence or self.part:
                raise WrongUsage("--link writes no file: leave --out, --key, --plain, --evidence, --part out")
            return "link"
        if self.out is None:
            raise WrongUsage("give --out with the file to write, or --link")
        if self.plain == bool(self.key):
            raise WrongUsage("give --key with the requester's age key, or --plain when they have none")
        if not self.evidence and not self.part:
            return "age" if self.key else "wav"
        if purpose == "data_subject":
            raise WrongUsage(
                "an evidence pack names everybody who has heard the recording, and other disclosures:"
                " the person himself gets `pbx recordings subject`"
            )
        if self.part:
            return "part"
        return "evidence_age" if self.key else "evidence"
