"""What is in a sound: tones, keypad tones and clips, found in PCM16 samples at 8 kHz.

Levels are relative: 0 dB = the whole power of a sound is one tone. Keypad tones: ITU-T Q.23, Q.24.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

RATE = 8000
BLOCK = 256  # 32 ms: bins of 31 Hz, and at least three blocks in the shortest key press to be proved
SILENCE_RMS = 100.0  # of 32767, -50 dBFS: quieter blocks say nothing
TONE_SHARE = 0.7  # of a block's power that makes it "the tone"
DTMF_SHARE = 0.8  # for both tones together; speech never holds it for two blocks
DTMF_BLOCK = 205  # the classical Goertzel length, 25.6 ms: the eight tones fall near its bins
DTMF_HOP = 100
DTMF_BLOCKS = 2  # in a row; Q.24 demands to accept 40 ms
TWIST = 10 ** (8 / 10)  # Q.24: one tone may be 8 dB stronger than the other
ROWS, COLUMNS = (697.0, 770.0, 852.0, 941.0), (1209.0, 1336.0, 1477.0, 1633.0)
KEYS = ("123A", "456B", "789C", "*0#D")
PIECE = 2000  # 250 ms: long enough to be told from other speech
STALL = 4000  # who speaks on a starved machine may stand still so long in all, in the middle of a word

Samples = NDArray[np.float64]


def samples(pcm: bytes | bytearray) -> Samples:
    """Return PCM16 little-endian octets as numbers; an odd last octet is ignored."""
    return np.frombuffer(bytes(pcm[: len(pcm) & ~1]), dtype="<i2").astype(np.float64)


def level(pcm: Samples, freq_hz: float) -> float:
    """Return the share of one tone in the sound's power, in dB; -inf for silence."""
    share = float(_shares(pcm.reshape(1, -1), (freq_hz,))[0, 0]) if pcm.size else 0.0
    return 10 * float(np.log10(share)) if share > 0 else float("-inf")


def tone_s(pcm: Samples, freq_hz: float) -> float:
    """Return for how many seconds the sound is that tone and nearly nothing else."""
    blocks = _blocks(pcm, BLOCK, BLOCK)
    is_tone = (_shares(blocks, (freq_hz,))[:, 0] >= TONE_SHARE) & _audible(blocks)
    return int(np.count_nonzero(is_tone)) * BLOCK / RATE


def contains_tone(pcm: Samples, freq_hz: float, min_share: float) -> bool:
    """Whether the tone fills at least `min_share` of the blocks that are not silent."""
    blocks = _blocks(pcm, BLOCK, BLOCK)
    n_audible = int(np.count_nonzero(_audible(blocks)))
    return n_audible > 0 and tone_s(pcm, freq_hz) * RATE / BLOCK >= min_share * n_audible


def find_dtmf(pcm: Samples) -> str:
    """Return the keys whose tone pairs are in the sound, one per press."""
    blocks = _blocks(pcm, DTMF_BLOCK, DTMF_HOP)
    shares = _shares(blocks, ROWS + COLUMNS)
    audible = _audible(blocks)
    keys = [_key(shares[at]) if audible[at] else "" for at in range(len(blocks))]
    found, run = "", 0
    for at, key in enumerate(keys):
        run = run + 1 if key and at and keys[at - 1] == key else (1 if key else 0)
        if run == DTMF_BLOCKS:
            found += key
    return found


def contains_clip(pcm: Samples, clip: Samples) -> float:
    """Return how like the clip the best place of the sound is: 1 = the same up to its loudness."""
    if clip.size == 0 or pcm.size < clip.size or not clip.any():
        return 0.0
    return float(_likeness(pcm, clip).max())


def contains_sentence(pcm: Samples, clip: Samples) -> float:
    """Return how like the clip the best place is when it may have been said with breaks, the end included.

    Each piece counts by its power where it is most alike, never before the piece in front of it.
    """
    if clip.size == 0 or pcm.size < clip.size or not clip.any():
        return 0.0
    at = int(np.argmax(_likeness(pcm, clip)))  # the place of what was said without a break, or some of it
    first = max(0, at - STALL)
    best = np.zeros(at + STALL + 1 - first)
    for piece, start in _pieces(clip):
        likeness = np.zeros_like(best)
        near = pcm[first + start : at + STALL + start + piece.size]
        if near.size >= piece.size:
            found = _likeness(near, piece)
            likeness[: found.size] = found
        best = np.maximum.accumulate(best) + np.square(piece).sum() * likeness
    return float(best.max() / np.square(clip).sum())


def _pieces(clip: Samples) -> Iterator[tuple[Samples, int]]:
    """Yield the pieces and their places; what is left over belongs to the last one."""
    n_pieces = max(1, clip.size // PIECE)
    for number in range(n_pieces):
        end = clip.size if number == n_pieces - 1 else (number + 1) * PIECE
        yield clip[number * PIECE : end], number * PIECE


def _likeness(pcm: Samples, clip: Samples) -> Samples:
    """Return for each place of the sound how like the clip it is."""
    size = 1 << int(pcm.size + clip.size - 1).bit_length()
    spectrum = np.fft.rfft(pcm, size) * np.conj(np.fft.rfft(clip, size))
    products = np.fft.irfft(spectrum, size)[: pcm.size - clip.size + 1]
    total = np.concatenate(([0.0], np.cumsum(np.square(pcm))))
    energy = total[clip.size :] - total[: -clip.size]
    # A window far quieter than the clip is noise: rounding in the FFT would make it look like anything.
    energy = np.maximum(energy, clip.size * SILENCE_RMS**2)
    own = max(float(np.square(clip).sum()), 1.0)
    return np.asarray(products / np.sqrt(energy * own))


def _blocks(pcm: Samples, length: int, hop: int) -> Samples:
    if pcm.size < length:
        return np.zeros((0, length))
    return np.lib.stride_tricks.sliding_window_view(pcm, length)[::hop]


def _audible(blocks: Samples) -> NDArray[np.bool_]:
    result: NDArray[np.bool_] = np.square(blocks).mean(axis=1) >= SILENCE_RMS**2
    return result


def _shares(blocks: Samples, freqs_hz: tuple[float, ...]) -> Samples:
    """Return, per block and frequency, the part of the block's power that is this tone (Goertzel)."""
    length = blocks.shape[1]
    turns = np.outer(np.arange(length), np.array(freqs_hz)) * (2j * np.pi / RATE)
    wave: NDArray[Any] = np.exp(-turns)
    power = np.square(np.abs(blocks @ wave)) * 2 / length
    total = np.square(blocks).sum(axis=1, keepdims=True)
    shares: Samples = np.divide(power, total, out=np.zeros_like(power), where=total > 0)
    return shares


def _key(shares: Samples) -> str:
    rows, columns = shares[:4], shares[4:]
    row, column = int(np.argmax(rows)), int(np.argmax(columns))
    high, low = float(columns[column]), float(rows[row])
    if high + low < DTMF_SHARE or high > TWIST * low or low > TWIST * high:
        return ""
    return KEYS[row][column]
