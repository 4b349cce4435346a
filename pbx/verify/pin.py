"""A PIN: digits that a customer has agreed upon, which callers are asked for beside what others may know.

Whoever has one is verified by what he knows only with it: the extra security of one customer (compliance
reference §4.3, "coercion, ex-partner"). Everybody is asked in the same words, and who has none presses hash.
"""

from pbx.core.secret import Secret

MIN_PIN, MAX_PIN = 4, 12  # digits: five tries a day, 20 since the last success, at 10,000 and more
NONE = Secret("")  # what a caller types who has none
_RUN = "01234567890123456789"
_ASCII_DIGITS = frozenset("0123456789")


def is_pin(text: str) -> bool:
    """Whether it is of the right length, in digits of ASCII."""
    return MIN_PIN <= len(text) <= MAX_PIN and set(text) <= _ASCII_DIGITS


def is_guessed(pin: str, born: Secret[str] | None) -> bool:
    """Whether it is of those that are tried first: 1234, 4321, 7777, 1212, or of its owner's YYYYMMDD."""
    repeats = any(pin == (pin[:n] * len(pin))[: len(pin)] for n in range(1, len(pin) // 2 + 1))
    if repeats or pin in _RUN or pin in _RUN[::-1]:
        return True
    if born is None:
        return False
    year, month, day = born.reveal()[:4], born.reveal()[4:6], born.reveal()[6:]
    orders = ((day + month + y, month + day + y, y + month + day) for y in (year, year[2:]))
    return any(pin in written for order in orders for written in order)


def parse_pin(digits: Secret[str]) -> Secret[str] | None:
    """Return what was typed, NONE for nothing at all, None for what cannot be one."""
    typed = digits.reveal()
    return digits if not typed or is_pin(typed) else None
