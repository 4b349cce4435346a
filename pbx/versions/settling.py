"""Whether somebody who saves files is done: they are others than before, and have been for a look."""


class Settling:
    """Looks at marks of a folder, one after the other; says when what it shows is to be used."""

    def __init__(self, mark: str) -> None:
        """`mark` is what the folder was like when it was used last."""
        self._used = self._last = mark

    def look(self, mark: str) -> bool:
        """Return whether this is another folder than was used last, and the same as at the last look.

        An editor that saves writes beside the file and renames, some with a moment between, and who saves all
        has several files.
        """
        is_still, self._last = mark == self._last, mark
        if not is_still or mark == self._used:
            return False
        self._used = mark
        return True
