"""A date of birth as typed on a keypad: eight digits, day first."""

from datetime import date

from pbx.core.secret import Secret

DIGITS = 8
MAX_AGE = 120  # years; the oldest person on record reached 122
_ASCII_DIGITS = frozenset("0123456789")


def parse_date_of_birth(digits: Secret[str], today: date) -> Secret[str] | None:
    """Return DDMMYYYY as YYYYMMDD, or None when nobody living can be born on that day.

    Month and day are never swapped to make sense of them. Source: compliance reference §4.6.
    """
    typed = digits.reveal()
    if len(typed) != DIGITS or not set(typed) <= _ASCII_DIGITS:
        return None
    day, month, year = int(typed[:2]), int(typed[2:4]), int(typed[4:])
    try:
        born = date(year, month, day)
    except ValueError:
        return None
    if born > today or _age(born, today) > MAX_AGE:
        return None
    return Secret(f"{typed[4:]}{typed[2:4]}{typed[:2]}")


def _age(born: date, today: date) -> int:
    had_birthday = (today.month, today.day) >= (born.month, born.day)
    return today.year - born.year - (0 if had_birthday else 1)
