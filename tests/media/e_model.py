"""The whole E-model of ITU-T G.107 with every default value, written apart from `pbx.media.quality`."""

from math import exp, log10, sqrt

SLR, RLR, STMR, DS, DR, TELR, WEPL, QDU = 8, 2, 15, 3, 3, 65, 110, 1
NC, NFOR, PS, PR = -70, -64, 35, 35
OLR = SLR + RLR


def rating(*, ie: float, bpl: float, loss_percent: float, burst: float, delay_ms: float) -> float:
    """Return R; `delay_ms` is T and Ta, twice as much is Tr."""
    no = noise()
    ro = 15 - 1.5 * (SLR + no)
    equipment = ie + (95 - ie) * loss_percent / (loss_percent / burst + bpl)
    return ro - simultaneous(ro, no, delay_ms) - delay(ro, no, delay_ms) - equipment


def opinion(r: float) -> float:
    """Return the MOS of R."""
    if r < 0:
        return 1
    return 4.5 if r > 100 else 1 + 0.035 * r + r * (r - 60) * (100 - r) * 7 / 1e6


def noise() -> float:
    nos = PS - SLR - DS - 100 + 0.004 * (PS - OLR - DS - 14) ** 2
    pre = PR + 10 * log10(1 + 10 ** ((10 - STMR - DR) / 10))
    nor = RLR - 121 + pre + 0.008 * (pre - 35) ** 2
    return 10 * log10(sum(10 ** (power / 10) for power in (NC, nos, nor, NFOR + RLR)))


def simultaneous(ro: float, no: float, t: float) -> float:
    x = OLR + 0.2 * (64 + no - RLR)
    loudness: float = 20 * ((1 + (x / 8) ** 8) ** 0.125 - x / 8)
    s = -10 * log10(10 ** (-STMR / 10) + exp(-t / 4) * 10 ** (-TELR / 10))
    sidetone: float = 12 * (1 + ((s - 13) / 6) ** 8) ** 0.125 - 28 * (1 + ((s + 1) / 19.4) ** 35) ** (1 / 35)
    sidetone += 29 - 13 * (1 + ((s - 3) / 33) ** 13) ** (1 / 13)
    q = 37 - 15 * log10(QDU)
    g = 1.07 + 0.258 * q + 0.0602 * q**2
    y, z = (ro - 100) / 15 + 46 / 8.4 - g / 9, 46 / 30 - g / 40
    return loudness + sidetone + 15 * log10(1 + 10**y + 10**z)


def delay(ro: float, no: float, t: float) -> float:
    terv = TELR - 40 * log10((1 + t / 10) / (1 + t / 150)) + 6 * exp(-0.3 * t**2)
    d: float = -1.5 * (no - RLR) - (80 + 2.5 * (terv - 14))
    talker = (d / 2 + sqrt(d**2 / 4 + 100) - 1) * (1 - exp(-t))
    d = ro - 10.5 * (WEPL + 7) / (2 * t + 1) ** 0.25
    listener: float = d / 2 + sqrt(d**2 / 4 + 169)
    x = log10(t / 100) / log10(2) if t > 100 else 0
    absolute: float = 25 * ((1 + x**6) ** (1 / 6) - 3 * (1 + (x / 3) ** 6) ** (1 / 6) + 2)
    return talker + listener + absolute
