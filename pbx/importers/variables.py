"""Variables and conditions of Asterisk, as far as they are known before a call is made.

A variable that callers fill is known by its placeholder, such as `{order}`, and a condition on one becomes a
step of the flow.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

_NAME = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)(?::(-?\d+))?(?::(-?\d+))?\}")
_CALLER = re.compile(r"\$\{CALLERID\((?:num|all|number)\)\}", re.IGNORECASE)
_COMPARED = re.compile(r'\s*"?(?P<left>[^"=!<>&|]*?)"?\s*(?P<sign>=|!=)\s*"?(?P<right>[^"=!<>&|]*?)"?\s*')
PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_-]{0,31})\}")
MAX_ROUNDS = 20  # of variables whose values are variables


@dataclass(frozen=True, slots=True)
class Asked:
    """A condition on what only a call knows: whether the variable is `value`, or is not."""

    variable: str
    value: str
    is_equal: bool


def expand(text: str, known: Mapping[str, str]) -> str:
    """Return a text with every variable that is known filled in; others stay as they are written."""
    text = _CALLER.sub("{caller}", text)
    for _ in range(MAX_ROUNDS):
        filled = _NAME.sub(lambda found: _value(found, known), text)
        if filled == text:
            return filled
        text = filled
    return text


def is_known(text: str) -> bool:
    """Whether nothing is left in a text that only Asterisk could fill in."""
    return "${" not in text and "$[" not in text


def decide(condition: str) -> bool | Asked | None:
    """Return whether an expanded condition holds, what has to be asked, or None where nobody can tell."""
    text = condition.strip()
    if text.startswith("$[") and text.endswith("]"):
        text = text[2:-1].strip()
    if not is_known(text):
        return None
    found = _COMPARED.fullmatch(text)
    if found is None:
        return None if PLACEHOLDER.search(text) or re.search(r"[<>&|=]", text) else text not in ("", "0")
    left, right = found["left"].strip(), found["right"].strip()
    is_equal = found["sign"] == "="
    asked = PLACEHOLDER.fullmatch(left) or PLACEHOLDER.fullmatch(right)
    if asked is None:
        return None if PLACEHOLDER.search(text) else (left == right) is is_equal
    value = right if PLACEHOLDER.fullmatch(left) else left
    return Asked(asked[1], value, is_equal) if value and not PLACEHOLDER.search(value) else None


def _value(found: re.Match[str], known: Mapping[str, str]) -> str:
    value = known.get(found[1])
    if value is None:
        return found[0]
    if found[2] is None:
        return value
    if PLACEHOLDER.search(value):
        return found[0]
    start = int(found[2])
    rest = value[start:]
    if found[3] is None:
        return rest
    length = int(found[3])
    return rest[:length]


def split(text: str, mark: str = ",") -> list[str]:
    """Return arguments, of which those in brackets or quotes are whole."""
    parts, depth, is_quoted = [""], 0, False
    for one in text:
        if one == '"':
            is_quoted = not is_quoted
        depth += (one in "([{") - (one in ")]}")
        if one == mark and depth <= 0 and not is_quoted:
            parts.append("")
        else:
            parts[-1] += one
    return [part.strip() for part in parts]
