"""The E-model: what a listener thinks of the audio, from codec, loss and delay. ITU-T G.107, G.107.1, G.113.

R = R0 - Id - Ie,eff with every value that a call does not tell at the default of G.107 (so R0 = 93.2; 129
on the wide-band scale of G.107.1). Both scales end as R of 0 to 100 and as MOS.
"""

import math
from dataclasses import dataclass

from pbx.core.audio import Encoding

NARROW_R0 = 93.2  # G.107 §7.7
WIDE_R0 = 129.0  # G.107.1 §7.7
WIDE_SCALE = 1.29  # G.107.1 Annex A

_MAX_IE = 95.0  # G.107 §7.5: the impairment of losing everything
_FREE_DELAY_MS = 100.0  # G.107 §7.4: a delay up to this disturbs no conversation
_TELR_DB = 65.0  # G.107 §7.7: talker echo loudness rating
_ECHO_FREE_R = 94.77  # Roe of G.107 §7.4 at the default noise


@dataclass(frozen=True, slots=True, kw_only=True)
class Impairment:
    """Ie and Bpl of one encoding with the concealment that receivers have; `r0` is of their scale."""

    ie: float
    bpl: float
    r0: float = NARROW_R0


IMPAIRMENTS: dict[Encoding, Impairment] = {
    "PCMU": Impairment(ie=0, bpl=25.1),  # G.113 Appendix I
    "PCMA": Impairment(ie=0, bpl=25.1),
    "L16": Impairment(ie=0, bpl=25.1),
    "G729": Impairment(ie=11, bpl=19),  # G.113 Appendix I, Annex A with silence suppression
    # G.113 Appendix I for GSM EFR, which is the highest mode of AMR; that of iLBC is our assumption.
    "AMR": Impairment(ie=5, bpl=10),
    "iLBC": Impairment(ie=11, bpl=19),
    # G.113 Appendix IV for 12.65 kbit/s, without a Bpl: our assumption.
    "AMR-WB": Impairment(ie=13, bpl=10, r0=WIDE_R0),
    # G.113 Appendix IV has an Ie for G.722 at 64 kbit/s. Its Bpl, and both of Opus, are our assumption: the
    # ITU names none for Opus, which at speech rates is near the clean channel and conceals well.
    "G722": Impairment(ie=13, bpl=10, r0=WIDE_R0),
    "opus": Impairment(ie=5, bpl=15, r0=WIDE_R0),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rating:
    """R of 0 to 100 and two scores of 1 to 4.5: for listening, and for conversation, where delay counts."""

    r: float
    mos_lq: float
    mos_cq: float

    @property
    def wire(self) -> tuple[int, int, int]:
        """R factor, MOS-LQ and MOS-CQ as RFC 3611 §4.7.5 carries them."""
        return round(self.r), round(self.mos_lq * 10), round(self.mos_cq * 10)


def rate(encoding: Encoding, *, loss: float, burst_ratio: float = 1.0, delay_ms: float = 0.0) -> Rating:
    """Return the rating for a `loss` ratio of 0 to 1, G.107's BurstR and a one-way delay from mouth to ear.

    Numbers outside of their range count as its nearest end.
    """
    impairment = IMPAIRMENTS[encoding]
    scale = WIDE_SCALE if impairment.r0 == WIDE_R0 else 1.0
    listening = impairment.r0 - _equipment(impairment, min(max(loss, 0.0), 1.0) * 100, burst_ratio)
    conversation = listening - _delay(max(delay_ms, 0.0))
    r, r_lq = max(conversation, 0.0) / scale, max(listening, 0.0) / scale
    return Rating(r=r, mos_lq=mos(r_lq), mos_cq=mos(r))


def mos(r: float) -> float:
    """Return the mean opinion score of an R of 0 to 100. G.107 Annex B."""
    if r <= 0:
        return 1.0
    if r >= 100:
        return 4.5
    # Below an R of 6.5 the polynomial of Annex B falls under one, which is no score.
    return max(1 + 0.035 * r + r * (r - 60) * (100 - r) * 7e-6, 1.0)


def one_way_delay_ms(*, round_trip_ms: float, jitter_buffer_ms: float) -> float:
    """Return the delay from mouth to ear as far as it is known: half the way there and back, and buffers."""
    return round_trip_ms / 2 + jitter_buffer_ms


def burst_ratio(*, lost: int, runs: int, expected: int) -> float:
    """Return G.107's BurstR: the mean run of lost packets over that of random loss; at least one.

    `runs` is how many gaps the `lost` packets made among the `expected` ones.
    """
    if lost <= 0 or runs <= 0 or expected <= lost:
        return 1.0
    return max(lost / runs * (1 - lost / expected), 1.0)


def _equipment(impairment: Impairment, loss_percent: float, burst: float) -> float:
    """Ie,eff: G.107 §7.5."""
    ie, bpl = impairment.ie, impairment.bpl
    return ie + (_MAX_IE - ie) * loss_percent / (loss_percent / max(burst, 1.0) + bpl)


def _delay(delay_ms: float) -> float:
    """Id: too long absolute delay, and talker echo at its default loudness. G.107 §7.4."""
    return _absolute_delay(delay_ms) + _talker_echo(delay_ms)


def _absolute_delay(delay_ms: float) -> float:
    if delay_ms <= _FREE_DELAY_MS:
        return 0.0
    x = math.log2(delay_ms / _FREE_DELAY_MS)
    return 25 * (math.pow(1 + x**6, 1 / 6) - 3 * math.pow(1 + (x / 3) ** 6, 1 / 6) + 2)


def _talker_echo(delay_ms: float) -> float:
    if delay_ms == 0:
        return 0.0
    echo = _TELR_DB - 40 * math.log10((1 + delay_ms / 10) / (1 + delay_ms / 150))
    echo += 6 * math.exp(-0.3 * delay_ms**2)
    half = (_ECHO_FREE_R - (80 + 2.5 * (echo - 14))) / 2
    # Slightly below zero for the first milliseconds, and delay improves nothing.
    return max((half + math.sqrt(half**2 + 100) - 1) * (1 - math.exp(-delay_ms)), 0.0)
