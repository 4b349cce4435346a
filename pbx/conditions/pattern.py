"""A pattern: text with stars for anything, which is all that rules need and costs no more than reading it."""

from dataclasses import dataclass

MAX_STARS = 4
MAX_PATTERN = 64  # characters
MAX_COMPARED = 512  # characters of a value; what is longer never fits


@dataclass(frozen=True, slots=True)
class Pattern:
    """Case counts; without a star the whole value is meant."""

    text: str

    def fits(self, value: str) -> bool:
        """Whether a value is meant; the time is that of one pass for each star."""
        first, *others = self.text.split("*")
        if not others:
            return value == self.text
        if len(value) > MAX_COMPARED or not value.startswith(first):
            return False
        position, last = len(first), others[-1]
        for part in others[:-1]:
            found = value.find(part, position)
            if found < 0:
                return False
            position = found + len(part)
        return len(value) - len(last) >= position and value.endswith(last)

    def within(self, other: "Pattern") -> bool:
        """Whether all that this one means is meant by another too; False when it is not sure."""
        return other.text in ("*", self.text) or (
            other.text.count("*") == 1
            and other.text.endswith("*")
            and self.text.partition("*")[0].startswith(other.text[:-1])
        )

    def __str__(self) -> str:
        return self.text
