"""Display names: text of strangers that ends on screens, in logs and in the next message."""

import unicodedata

MAX_DISPLAY = 64  # characters; telephones show about 20

# Control, format (bidirectional overrides, zero width), surrogate, private, unassigned; ends of lines.
_UNSEEN = frozenset(("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"))


def clean_display(text: str) -> str:
    """Return `text` without anything that is not seen, on one line, at most MAX_DISPLAY characters."""
    seen = "".join(" " if char in "\t\r\n" else char for char in text[: 4 * MAX_DISPLAY])
    seen = "".join(char for char in seen if unicodedata.category(char) not in _UNSEEN)
    return " ".join(seen.split())[:MAX_DISPLAY].rstrip()
