"""Names of other systems as names of ours: lower-case letters, digits, `-` and `_`, at most 32."""

import re
from collections.abc import Collection

MAX_NAME = 32
_OTHER = re.compile(r"[^a-z0-9_-]+")


def name_of(text: str, beginning: str = "x") -> str:
    """Return a name as near to a text as there is one."""
    plain = _OTHER.sub("-", text.lower()).strip("-")
    if not plain or not plain[0].isalpha():
        plain = f"{beginning}-{plain}".rstrip("-")
    return plain[:MAX_NAME].rstrip("-")


def new_name(text: str, taken: Collection[str], beginning: str = "x") -> str:
    """Return such a name that nobody has yet."""
    name = name_of(text, beginning)
    number = 2
    while name in taken:
        tail = f"-{number}"
        name, number = name_of(text, beginning)[: MAX_NAME - len(tail)] + tail, number + 1
    return name
