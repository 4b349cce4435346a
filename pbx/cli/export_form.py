"""ExportForm: as what a recording is written, one option of several."""

from dataclasses import dataclass
from typing import Annotated

from cyclopts import Parameter

from pbx.cli.output import WrongUsage
from pbx.cli.time_span import PartFrom, PartTo, Span, span_of
from pbx.lifecycle.access import Form


def _option(words: str) -> Parameter:
    return Parameter(negative=(), help=words)


@Parameter(name="*")
@dataclass(frozen=True, slots=True, kw_only=True)
class ExportForm:
    """The options of which one may be given, and a span; without one it is the age file."""

    wav: Annotated[bool, _option("Decrypt; the running vault records it.")] = False
    mono: Annotated[bool, _option("Decrypt, and mix both voices into one channel (WAV).")] = False
    opus: Annotated[bool, _option("Decrypt the small playback copy: Ogg/Opus, no evidence.")] = False
    evidence: Annotated[bool, _option("A folder, or FILE.zip, that anybody can verify offline.")] = False
    start: PartFrom = ""
    end: PartTo = ""

    @property
    def form(self) -> Form:
        """Return the form as the access log names it; WrongUsage for more than one."""
        names: tuple[Form, ...] = ("wav", "mono", "opus", "evidence")
        given = [name for name in names if getattr(self, name)]
        if len(given) > 1:
            raise WrongUsage(f"give one of {', '.join(f'--{name}' for name in names)}")
        return given[0] if given else "age"

    @property
    def span(self) -> Span | None:
        """Return which part of it; WrongUsage unless it is a part of a pack."""
        span = span_of(self.start, self.end)
        if span is not None and not self.evidence:
            raise WrongUsage("--from and --to belong to --evidence: `pbx recordings play` plays a part")
        return span


AGE = ExportForm()
