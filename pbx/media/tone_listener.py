"""ToneListener: the tones of machines in the audio of a party: fax, exchange, answering machine.

Fax: ITU-T T.30 §4.3. Exchange: the tone book of the party's country. A tone is told once it is certain, and
again only after something else.
"""

from collections import deque
from typing import NamedTuple

from pbx.core.audio import ToneName
from pbx.media.tone_cadence import MAX_JOINT_MS, NEAR_HZ, CountryTones, Stretch, is_near
from pbx.media.tone_spectrum import FRAME_BYTES, MIN_LEVEL_DBM0, SILENT_DBM0, Hz, Look, ToneSpectrum

FRAME_MS = 20
CNG_HZ, CNG_NEAR_HZ = 1100.0, 40.0  # T.30 §4.3.1: within 38 Hz, and half a second within 15 %
CNG_MS = (380, 620)  # as measured, in steps of 20 ms
CED_HZ, CED_NEAR_HZ = 2100.0, 20.0  # T.30 §4.3.2: within 15 Hz, for 2.6 to 4 s
CED_MS = 500  # more than is between two reversals of its phase (ITU-T V.8 §3.3: 450)
BEEP_HZ, BEEP_MS = (400.0, 2000.0), (150, 3000)  # what answering machines say before they record
SAME_HZ = 12.0  # of one tone, from window to window
SAME_DB = 6.0
QUIET_DB = 15.0  # below a tone, so much less is a pause
LIKELY_PAUSE = 1.2  # of the longest pause of a country's tone: if the tone does not come again, it is none
MAX_SPOILED = 4  # windows at a turn from one sound to the next, or at a turn of the phase
FORGET_MS = 6500  # longer than any pause of a tone in the book, with what is likely
_MAX_STRETCHES = 16


class HeardTone(NamedTuple):
    """A tone and how long it had been heard when it was certain."""

    tone: ToneName
    duration_ms: int


class _Sound:
    """What is heard now, for how many frames and how loud; `hz` = None is neither tone nor silence."""

    __slots__ = ("hz", "level_dbm0", "n_frames")

    def __init__(self, hz: Hz | None, level_dbm0: float, n_frames: int = 0) -> None:
        self.hz, self.level_dbm0, self.n_frames = hz, level_dbm0, n_frames

    @property
    def duration_ms(self) -> int:
        return self.n_frames * FRAME_MS


class ToneListener:
    """Hears tones in PCM16 little-endian of 8 kHz."""

    __slots__ = (
        "_beep",
        "_beep_left",
        "_country",
        "_heard",
        "_now",
        "_past",
        "_quiet_dbm0",
        "_rest",
        "_spectrum",
        "_spoiled",
        "_told",
    )

    def __init__(self, country: CountryTones) -> None:
        self._country = country
        self._spectrum = ToneSpectrum(country.pairs)
        self._rest = b""
        self._now = _Sound((), SILENT_DBM0)
        self._quiet_dbm0 = MIN_LEVEL_DBM0  # what is a pause after the last tone
        self._spoiled: list[tuple[Hz | None, float]] = []  # windows that do not continue the sound
        self._past: deque[Stretch] = deque(maxlen=_MAX_STRETCHES)  # tones and pauses without a voice between
        self._told: ToneName | None = None  # of them
        self._beep: HeardTone | None = None  # unless it comes again within so many frames
        self._beep_left = 0
        self._heard: list[HeardTone] = []

    def feed(self, pcm: bytes) -> list[HeardTone]:
        """Take audio of any length; return the tones that became certain in it."""
        pcm = self._rest + pcm
        whole = len(pcm) - len(pcm) % FRAME_BYTES
        self._rest = pcm[whole:]
        for at in range(0, whole, FRAME_BYTES):
            self._frame(self._spectrum.look(pcm[at : at + FRAME_BYTES]))
        heard, self._heard = self._heard, []
        return heard

    def _frame(self, look: Look) -> None:
        hz: Hz | None = look.hz
        if not hz and look.level_dbm0 > self._quiet_dbm0:
            hz = None
        now = self._now
        if _is_same(now.hz, hz) and (not hz or look.level_dbm0 >= now.level_dbm0 - SAME_DB):
            now.n_frames += 1 + len(self._spoiled)
            now.level_dbm0 = max(now.level_dbm0, look.level_dbm0)
            self._spoiled.clear()
        else:
            self._spoiled.append((hz, look.level_dbm0))
            self._turn()
        self._wait()

    def _turn(self) -> None:
        """Another sound begins once two windows agree on it, or it is a voice that has no tone."""
        spoiled = self._spoiled
        if len(spoiled) < 2:
            return
        hz, level_dbm0 = spoiled[-1]
        n_frames = 2
        if hz is None or not _is_same(spoiled[-2][0], hz):
            if len(spoiled) <= MAX_SPOILED:
                return
            hz, n_frames = None, len(spoiled)
        ended = self._now
        ended.n_frames += len(spoiled) - n_frames
        self._now = _Sound(hz, level_dbm0, n_frames)
        spoiled.clear()
        self._end(ended)

    def _end(self, ended: _Sound) -> None:
        """Judge a sound by what follows it."""
        if ended.hz:
            self._quiet_dbm0 = max(ended.level_dbm0 - QUIET_DB, MIN_LEVEL_DBM0)
        if ended.hz or (ended.hz is not None and ended.duration_ms > MAX_JOINT_MS):
            self._past.append(Stretch(ended.hz, ended.duration_ms))
        if ended.hz:
            self._judge(ended)
        if self._now.hz is None:
            self._forget()
        elif self._now.hz:
            self._beep = None

    def _judge(self, ended: _Sound) -> None:
        """A tone has ended."""
        past = list(self._past)
        errors_ms = [(one.error_ms(past), one) for one in self._country.cadences]
        matches = [(error_ms, one) for error_ms, one in errors_ms if error_ms is not None]
        if matches:
            _, cadence = min(matches, key=lambda match: match[0])
            duration_ms = sum(stretch.duration_ms for stretch in past[-len(cadence.stretches) :])
            self._tell(HeardTone(cadence.tone, int(duration_ms)))
        elif not self._now.hz and not any(stretch.hz for stretch in past[:-1]):
            self._lone(ended)

    def _lone(self, ended: _Sound) -> None:
        """One tone, before it no other, and none right after it."""
        hz, duration_ms = ended.hz, ended.duration_ms
        if hz is None or len(hz) > 1:
            return
        if is_near((CNG_HZ,), hz, CNG_NEAR_HZ) and CNG_MS[0] <= duration_ms <= CNG_MS[1]:
            self._tell(HeardTone("cng", duration_ms))
        elif BEEP_HZ[0] <= hz[0] <= BEEP_HZ[1] and BEEP_MS[0] <= duration_ms <= BEEP_MS[1]:
            pauses_ms = [ms for of, ms in self._country.pauses if is_near((of,), hz, NEAR_HZ)]
            beep = HeardTone("beep", duration_ms)
            if pauses_ms:
                self._beep, self._beep_left = beep, int(max(pauses_ms) * LIKELY_PAUSE) // FRAME_MS
            else:
                self._tell(beep)

    def _wait(self) -> None:
        """Tell of what lasts, and of what has not come again."""
        now = self._now
        if now.hz and now.duration_ms >= CED_MS and is_near((CED_HZ,), now.hz, CED_NEAR_HZ):
            self._tell(HeardTone("ced", now.duration_ms))
        if self._beep is not None:
            self._beep_left -= 1
            if self._beep_left < 0:
                self._tell(self._beep)
                self._beep = None
        if now.hz == () and now.duration_ms > FORGET_MS:
            self._forget()

    def _tell(self, heard: HeardTone) -> None:
        if heard.tone != self._told:
            self._told = heard.tone
            self._heard.append(heard)

    def _forget(self) -> None:
        self._past.clear()
        self._beep = None
        self._told, self._quiet_dbm0 = None, MIN_LEVEL_DBM0


def _is_same(before: Hz | None, hz: Hz | None) -> bool:
    if not before or not hz:
        return before == hz
    return is_near(before, hz, SAME_HZ)
