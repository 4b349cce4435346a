"""What a recogniser of speech is: the plug-in point of spoken entry, and how its confidence is to be read.

A distribution offers one under the entry point group `pbx.recognisers`: the name is what `speech.recogniser`
of `pbx.yaml` says, the object a callable without arguments that returns a Recogniser.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from pbx.core.secret import Secret
from pbx.verify.spoken_date import LANGUAGES, jsgf

GROUP = "pbx.recognisers"
RATE = 8000  # Hz, of what a recogniser is given
MAX_UTTERANCE_S = 14.0  # eight digits that are said slowly take six


@dataclass(frozen=True, slots=True, kw_only=True)
class Grammar:
    """All that can be said: `jsgf` is the JSpeech Grammar Format with one public rule."""

    name: str
    language: str
    jsgf: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """Lower-case words that the grammar allows, "" = none; `confidence` from 0 to 1.

    A recogniser scales it so that 0.8 and up may be acted upon without asking again.
    """

    words: Secret[str]
    confidence: float


class Recogniser(Protocol):
    """Turns one utterance into words. It is called by one thread, keeps nothing and writes nothing."""

    def recognise(self, pcm: bytes, grammar: Grammar) -> Heard:
        """Return what was said in PCM16 little-endian of 8 kHz; an exception = it cannot tell now."""
        ...


def grammars() -> dict[tuple[str, str], Grammar]:
    """Return all that is ever listened for, by name and language."""
    name = "date_of_birth"
    return {(name, one): Grammar(name=name, language=one, jsgf=jsgf()) for one in LANGUAGES}


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """One decoded word: natural logarithm of its acoustic likelihood against the best sound of each 10 ms,
    its length in these, and its posterior among the words that the grammar allows there."""

    word: str
    score: float
    n_frames: int
    posterior: float


def certainty(words: Sequence[Word], *, agrees: bool) -> float:
    """Return how much of a decoding may be believed, 0 to 1.

    A grammar fits anything onto its words, so what matters is how badly: the mean over the utterance, the
    worst word, and the word with the nearest rival. `agrees` = the same was heard when it was played faster.
    The slopes were set on 80 other dates by the synthetic voices of docs/speech.md, and on no human voice.
    """
    if not words:
        return 0.0
    mean = sum(one.score for one in words) / sum(one.n_frames for one in words)
    worst = min(one.score / one.n_frames for one in words)
    rival = min(one.posterior for one in words)
    fits = (0.8 + 0.25 * (mean + 3.6), 0.8 + 0.05 * (worst + 5.6), 0.6 + 0.5 * rival)
    believed = min(1.0, *fits) * (1.0 if agrees else 0.5)
    return max(0.0, believed)
