"""Strength of a written secret: the bits that somebody has to guess who knows how people choose one."""

from collections.abc import Collection, Iterator
from math import log2

FLOOR_BITS = 64  # a digest that was overheard is tried 2^40 times an hour by one rented graphics card
MAX_LOOKED_AT = 128  # characters; what is longer is strong, or repeats itself
_SHORTEST = 3  # of a run, a word, a repetition
_WORD_BITS, _NAME_BITS, _YEAR_BITS = 10.0, 2.0, 7.0
_HEX_BITS = 4.0  # a hexadecimal digit, which nobody means to say aloud
_PATTERN_BITS = 3.0  # of which kind a run is, or that a repetition is one
_SPOKEN_BITS = 2.8  # a letter of something that can be said aloud is one of a word
_SHORTEST_SPOKEN, _MOST_CONSONANTS, _MOST_VOWELS = 4, 3, 2
_ROWS = ("qwertyuiop", "qwertzuiop", "azertyuiop", "asdfghjkl", "yxcvbnm", "zxcvbnm", "1234567890")
_LEET = str.maketrans("01345789@$!", "oleastbgasi")
_CLASSES = (("0123456789", 10), ("abcdefghijklmnopqrstuvwxyz", 26), ("ABCDEFGHIJKLMNOPQRSTUVWXYZ", 26))
_OTHERS = 32  # printable ASCII beside letters and digits
# What telephones come with, and what people write who want to be done with it.
_KNOWN = """
password passwort passwd pass secret geheim admin administrator root user guest test demo default change
changeme letmein welcome willkommen login master monkey dragon sunshine princess football hello hallo
iloveyou freedom whatever trust shadow asterisk freeswitch freepbx kamailio voip phone telephone telefon
extension trunk office company summer winter spring autumn sommer january monday sip pbx voicemail
polycom yealink snom cisco grandstream gigaset fritz mitel avaya aastra linksys sipura abc qwe asd
"""
_WORDS = tuple(_KNOWN.split())


def guess_bits(secret: str, names: Collection[str] = ()) -> float:
    """Return how many bits a secret is worth; `names` are those of its owner, which are tried first."""
    text = secret[:MAX_LOOKED_AT]
    known = tuple(name.lower() for name in names if len(name) >= _SHORTEST)
    symbol = log2(max(_alphabet(text), 2))
    return sum(_priced(text, known, symbol))


def is_weak(secret: str, names: Collection[str] = ()) -> bool:
    """Whether a secret is below the floor."""
    return guess_bits(secret, names) < FLOOR_BITS


def _alphabet(text: str) -> int:
    """How many characters its writer seems to have chosen from."""
    if all(one in "0123456789abcdef" for one in text):
        return 10 if text.isdigit() else 16
    used = sum(size for letters, size in _CLASSES if any(one in letters for one in text))
    return used + (_OTHERS if not text.isascii() or not text.isalnum() else 0)


def _priced(text: str, names: tuple[str, ...], symbol: float) -> Iterator[float]:
    """Yield what each part is worth, from the left: of all that it may be taken for, the cheapest a sign."""
    lower, at = text.lower(), 0
    plain = lower.translate(_LEET)
    if len(lower) != len(text):  # a letter that has no lower one of its own
        text = lower
    while at < len(text):
        found = (1, symbol)
        spoken = _spoken_part(text, at) if symbol > _HEX_BITS else ()
        parts = (*_parts(lower, plain, at, names, symbol), *spoken)
        for length, bits in parts:
            if bits / length < found[1] / found[0]:
                found = (length, bits)
        at += found[0]
        yield found[1]


def _parts(
    text: str, plain: str, at: int, names: tuple[str, ...], symbol: float
) -> Iterator[tuple[int, float]]:
    yield from ((len(name), _NAME_BITS) for name in names if text.startswith(name, at))
    yield from ((len(word), _WORD_BITS) for word in _WORDS if plain.startswith(word, at))
    if (length := _run(text, at)) >= _SHORTEST:
        yield length, symbol + log2(length) + _PATTERN_BITS
    if (length := _repeated(text, at)) >= _SHORTEST:
        yield length, log2(at) + log2(length) + _PATTERN_BITS
    if text[at : at + 2] in ("19", "20") and text[at : at + 4].isdecimal() and len(text) >= at + 4:
        yield 4, _YEAR_BITS


def _spoken_part(text: str, at: int) -> Iterator[tuple[int, float]]:
    if (length := _spoken(text, at)) >= _SHORTEST_SPOKEN:
        yield length, length * _SPOKEN_BITS


def _run(text: str, at: int) -> int:
    """How many signs go on alike: 1111, abcd, 4321, qwert."""
    best = 1
    for step in (-1, 0, 1):
        end = at + 1
        while end < len(text) and ord(text[end]) - ord(text[end - 1]) == step:
            end += 1
        best = max(best, end - at)
    for row in _ROWS:
        for keys in (row, row[::-1]):
            start = keys.find(text[at])
            end = at
            while start >= 0 and end < len(text) and keys[start : start + end - at + 1] == text[at : end + 1]:
                end += 1
            best = max(best, min(end - at, len(keys) - max(start, 0)))
    return best


def _repeated(text: str, at: int) -> int:
    """How many signs stood there before."""
    length = 0
    while at + length < len(text) and text[at : at + length + 1] in text[:at]:
        length += 1
    return length


def _spoken(text: str, at: int) -> int:
    """How many letters can be said aloud, the first of them perhaps a capital one."""
    end, alike, was_vowel = at, 0, False
    while end < len(text) and ("a" <= text[end] <= "z" or (end == at and "A" <= text[end] <= "Z")):
        is_vowel = text[end].lower() in "aeiouy"
        alike = alike + 1 if is_vowel == was_vowel and end > at else 1
        if alike > (_MOST_VOWELS if is_vowel else _MOST_CONSONANTS):
            break
        was_vowel = is_vowel
        end += 1
    return end - at
