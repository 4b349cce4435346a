"""Numbers as they are spoken in English: digits one by one, days of a month, years. Words are lower case."""

from collections.abc import Sequence

DIGITS = {
    "zero": "0",
    "oh": "0",
    "one": "1",
    "two": "2",
    "three": "3",
    "four": "4",
    "five": "5",
    "six": "6",
    "seven": "7",
    "eight": "8",
    "nine": "9",
}
REPEATED = {"double": 2, "triple": 3}
_TEENS = (
    *("ten", "eleven", "twelve", "thirteen", "fourteen"),
    *("fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_ORDINALS = (
    *("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"),
    *("eleventh", "twelfth", "thirteenth", "fourteenth", "fifteenth", "sixteenth", "seventeenth"),
    *("eighteenth", "nineteenth", "twentieth"),
)
ONES = tuple(word for word, digit in DIGITS.items() if digit != "0")
TEENS = {word: value for value, word in enumerate(_TEENS, 10)}
TENS = {word: 10 * value for value, word in enumerate(_TENS, 2)}
FIRSTS = _ORDINALS[:9]
ORDINALS = {word: value for value, word in enumerate(_ORDINALS, 1)} | {"thirtieth": 30}
MAX_WORDS = 16  # eight digits with a "double" before each


def digits_of(words: Sequence[str]) -> str | None:
    """Return digits that were said one by one, with "oh", "double two" and "triple two"; None = others."""
    digits, times = "", 1
    if not words or len(words) > MAX_WORDS:
        return None
    for word in words:
        if word in REPEATED and times == 1:
            times = REPEATED[word]
        elif word in DIGITS:
            digits, times = digits + DIGITS[word] * times, 1
        else:
            return None
    return digits if times == 1 else None


def below_hundred(words: Sequence[str]) -> int | None:
    """Return 1 to 99 of one or two words, "eighty four"; None for everything else."""
    match tuple(words):
        case (one,) if one in ONES:
            return int(DIGITS[one])
        case (one,):
            return TEENS.get(one) or TENS.get(one)
        case (tens, one) if tens in TENS and one in ONES:
            return TENS[tens] + int(DIGITS[one])
        case _:
            return None


def day_of(words: Sequence[str]) -> int | None:
    """Return the day of a month, "third" or "thirty first"; None when it is none."""
    match tuple(words):
        case (one,):
            return ORDINALS.get(one)
        case ("twenty", one) if one in FIRSTS:
            return 20 + ORDINALS[one]
        case ("thirty", "first"):
            return 31
        case _:
            return None


def year_of(words: Sequence[str]) -> int | None:
    """Return 1900 to 2099 as said in full; None for "eighty four", which may be of any century."""
    match tuple(words):
        case ("nineteen", "hundred"):
            return 1900
        case ("two", "thousand"):
            return 2000
        case ("two", "thousand", *rest):
            return _in_century(2000, below_hundred(rest))
        case ("nineteen" | "twenty" as century, "oh", one) if one in ONES:
            return _in_century(_CENTURIES[century], int(DIGITS[one]))
        case ("nineteen" | "twenty" as century, *rest) if (value := below_hundred(rest)) and value >= 10:
            return _in_century(_CENTURIES[century], value)
        case _:
            return None


_CENTURIES = {"nineteen": 1900, "twenty": 2000}


def _in_century(century: int, value: int | None) -> int | None:
    return None if value is None else century + value
