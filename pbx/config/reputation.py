"""`reputation` of `fraud.yaml`: who scores calling numbers, and what follows of it."""

from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, model_validator

from pbx.config.customers import DAY_S, HttpAsked
from pbx.config.inside import inside
from pbx.config.types import Duration, Name, Strict
from pbx.core.errors import ConfigError
from pbx.fraud.reputation import WORST, AskedServer, Reputation

MAX_FILE = 8 << 20  # octets
MAX_LINES = 200_000  # 20 MB in memory
URL = r"^https://[A-Za-z0-9._~:/?#@!$&'()*+,=%-]+$"  # nothing that could end a header's value
Score = Annotated[int, Field(ge=1, le=WORST)]


class ReputationAsked(HttpAsked):
    """A server that is asked for each number of which it has not told within `keep`.

    `unanswered` is the score of a number of which it does not tell within `timeout`.
    """

    timeout_s: Annotated[Duration, Field(ge=0.1, le=2)] = Field(default=0.5, alias="timeout")
    keep_s: Annotated[Duration, Field(ge=60, le=7 * DAY_S)] = Field(default=DAY_S, alias="keep")
    unanswered: Annotated[int, Field(ge=0, le=WORST)] = 0


class WrittenReputation(Strict):
    """Who says what of callers, from which score on they are labelled, tested and refused.

    `challenge` is the flow that tests them; who is refused may complain to `card`.
    """

    file: Annotated[str, Field(min_length=1, max_length=255)] | None = None
    server: ReputationAsked | None = None
    label_from: Score | None = None
    challenge_from: Score | None = None
    challenge: Name | None = None
    reject_from: Score | None = None
    label: Annotated[str, Field(min_length=1, max_length=16, pattern=r'^[^"\\<>\x00-\x1f\x7f]+$')] = "Spam?"
    card: (
        Annotated[str, Field(max_length=255, pattern=r"^https://[A-Za-z0-9._~:/?#@!$&'()*+,=%-]+$")] | None
    ) = None

    @model_validator(mode="after")
    def _does_something(self) -> Self:
        if self.file is None and self.server is None:
            raise ValueError("say file, server or both: who tells the scores")
        if (self.challenge is None) != (self.challenge_from is None):
            raise ValueError("challenge and challenge_from belong together: the flow, and for whom it is")
        if self.label_from is None and self.challenge_from is None and self.reject_from is None:
            raise ValueError("say label_from, challenge_from or reject_from: scores do nothing else")
        if self.reject_from is not None and self.card is None:
            raise ValueError("who is refused is told whom to complain to (RFC 8688 §3.1): card is missing")
        return self


def read_reputation(folder: Path, label: str, written: WrittenReputation) -> Reputation:
    """Return the list; ConfigError names the line of the file that is wrong."""
    server = written.server
    return Reputation(
        scores=_scores(folder, label, written.file) if written.file is not None else {},
        label_from=written.label_from,
        challenge_from=written.challenge_from,
        reject_from=written.reject_from,
        label=written.label,
        challenge=written.challenge or "",
        card=written.card or "",
        server=AskedServer(keep_s=server.keep_s, unanswered=server.unanswered) if server else None,
    )


def _scores(folder: Path, label: str, written: str) -> dict[str, int]:
    file, name = inside(folder, written), f"{label}/{written}"
    if file is None or not file.is_file():
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
    return dict(_scored(name, number, line) for number, line in enumerate(lines, 1) if line.strip())


def _scored(name: str, number: int, line: str) -> tuple[str, int]:
    prefix, _, score = (part.strip() for part in line.partition(","))
    is_number = prefix[:1] == "+" and prefix[1:].isdigit() and prefix[1] != "0" and len(prefix) <= 16
    if not is_number or not score.isdigit() or len(score) > 3 or int(score) > WORST:
        raise ConfigError(name, number, 1, "", f"expected +NUMBER,SCORE with a score of 0 to {WORST}")
    return prefix, int(score)
