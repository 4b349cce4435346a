"""`reputation` of `fraud.yaml`: a list of calling numbers with scores, and what follows of them."""

from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, model_validator

from pbx.config.types import Strict
from pbx.core.errors import ConfigError
from pbx.fraud.reputation import WORST, Reputation

MAX_FILE = 8 << 20  # octets
MAX_LINES = 200_000  # 20 MB in memory
URL = r"^https://[A-Za-z0-9._~:/?#@!$&'()*+,=%-]+$"  # nothing that could end a header's value
Score = Annotated[int, Field(ge=1, le=WORST)]


class WrittenReputation(Strict):
    """The file, from which score on callers are labelled and refused, and whom those may complain to."""

    file: Annotated[str, Field(min_length=1, max_length=255)]
    label_from: Score | None = None
    reject_from: Score | None = None
    label: Annotated[str, Field(min_length=1, max_length=16, pattern=r'^[^"\\<>\x00-\x1f\x7f]+$')] = "Spam?"
    card: (
        Annotated[str, Field(max_length=255, pattern=r"^https://[A-Za-z0-9._~:/?#@!$&'()*+,=%-]+$")] | None
    ) = None

    @model_validator(mode="after")
    def _does_something(self) -> Self:
        if self.label_from is None and self.reject_from is None:
            raise ValueError("say label_from, reject_from or both: the list does nothing else")
        if self.reject_from is not None and self.card is None:
            raise ValueError("who is refused is told whom to complain to (RFC 8688 §3.1): card is missing")
        return self


def read_reputation(folder: Path, label: str, written: WrittenReputation) -> Reputation:
    """Return the list; ConfigError names the line of the file that is wrong."""
    file = (folder / written.file).resolve()
    name = f"{label}/{written.file}"
    if not file.is_relative_to(folder.resolve()) or not file.is_file():
        raise ConfigError(name, 1, 1, "", "there is no such file in the tenant's folder")
    try:
        if file.stat().st_size > MAX_FILE:
            raise ConfigError(name, 1, 1, "", f"more than {MAX_FILE} octets")
        lines = file.read_text("ascii").splitlines()
    except OSError as error:
        raise ConfigError(name, 1, 1, "", f"cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ConfigError(name, 1, 1, "", "not text in ASCII") from None
    if len(lines) > MAX_LINES:
        raise ConfigError(name, MAX_LINES + 1, 1, "", f"more than {MAX_LINES} lines")
    scores = dict(_scored(name, number, line) for number, line in enumerate(lines, 1) if line.strip())
    return Reputation(
        scores=scores,
        label_from=written.label_from,
        reject_from=written.reject_from,
        label=written.label,
        card=written.card or "",
    )


def _scored(name: str, number: int, line: str) -> tuple[str, int]:
    prefix, _, score = (part.strip() for part in line.partition(","))
    is_number = prefix[:1] == "+" and prefix[1:].isdigit() and prefix[1] != "0" and len(prefix) <= 16
    if not is_number or not score.isdigit() or len(score) > 3 or int(score) > WORST:
        raise ConfigError(name, number, 1, "", f"expected +NUMBER,SCORE with a score of 0 to {WORST}")
    return prefix, int(score)
