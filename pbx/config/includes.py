"""`include` at the top of a file: the rest of it is in other files, of which nothing is written twice.

A file of a tenant includes from the tenant's folder and from `shared` beside it, never from another tenant's.
"""

from dataclasses import dataclass, field, replace
from os.path import normpath
from pathlib import Path, PurePosixPath
from typing import Any

from pbx.config import marks
from pbx.config.nodes import MAX_VALUES
from pbx.core.errors import ConfigError

KEY = "include"
SHARED = "shared"
MAX_FILES = 64  # in one, all together; they are as large as one file may be
SUFFIX = ".yaml"

_EXPECTED = "expected the path of a file, or a list of such"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """From where a file may include, and how errors call these folders; without any, `include` is no key."""

    folders: dict[Path, str]  # resolved

    @classmethod
    def of(cls, home: Path, label: str) -> "Reach":
        """Everything below `home`; of a tenant's also `shared` beside it, unless that is a tenant itself."""
        folders = {home.resolve(): label}
        shared = home.parent / SHARED
        if (home / "tenant.yaml").exists() and not (shared / "tenant.yaml").exists():
            folders[shared.resolve()] = str(PurePosixPath(label).parent / SHARED)
        return cls(folders=folders)

    def label(self, file: Path) -> str | None:
        """Return how errors call a resolved file, None when it is out of reach."""
        for folder, name in self.folders.items():
            if file.is_relative_to(folder):
                return str(PurePosixPath(name) / file.relative_to(folder))
        return None

    def __str__(self) -> str:
        return " and ".join(name or "its folder" for name in self.folders.values())


NOWHERE = Reach(folders={})


@dataclass(slots=True)
class _Joining:
    """One file with all that it includes, as it grows."""

    reach: Reach
    whole: marks.Document
    octets: int
    most: int  # values, with those that aliases make
    seen: dict[Path, str]  # resolved files, and where each is included
    errors: list[ConfigError] = field(default_factory=list)

    def follow(self, file: Path, document: marks.Document) -> bool:
        """Take in what a document includes, and what that includes; return whether there is room for more."""
        return all(self._take(file.parent, text, document, path) for path, text in self._named(document))

    def _named(self, document: marks.Document) -> list[tuple[marks.Path, str]]:
        """The paths that a document names, with their places."""
        value = document.value.get(KEY)
        listed = value if isinstance(value, list) else [value]
        if len(listed) > MAX_FILES:
            self.errors.append(document.error((KEY,), f"too many entries: at most {MAX_FILES}"))
            return []
        found: list[tuple[marks.Path, str]] = []
        for i, one in enumerate(listed):
            path: marks.Path = (KEY, i) if isinstance(value, list) else (KEY,)
            if isinstance(one, str):
                found.append((path, one))
            else:
                self.errors.append(document.error(path, _EXPECTED))
        return found

    def _take(self, base: Path, text: str, document: marks.Document, path: marks.Path) -> bool:
        """Take one file in; return whether there is room for more."""
        written = Path(normpath(base / text))
        file = _resolved(written)
        label = self.reach.label(file) if file is not None else None
        problem = self._refusal(file, label, text)
        if problem or file is None or label is None:
            self.errors.append(document.error(path, *problem))
            return True
        self.seen[file] = document.place(path)
        room = marks.MAX_FILE - self.octets
        octets, wrong = _read(file, room)
        if wrong:
            self.errors.append(document.error(path, f"{label} {wrong}"))
            return True
        self.octets += len(octets)
        if len(octets) > room or len(self.seen) > MAX_FILES + 1:
            most = f"{MAX_FILES} files or {marks.MAX_FILE} octets"
            self.errors.append(document.error(path, f"all that is included is more than {most}"))
            return False
        return self._join(written, *marks.parse(octets, label))

    def _refusal(self, file: Path | None, label: str | None, text: str) -> tuple[str, str] | tuple[()]:
        if file is None or label is None or Path(text).is_absolute():
            return (f"{text} is not below {self.reach}", "write a path that starts from this file")
        if not text.endswith(SUFFIX) or file.suffix != SUFFIX:
            return (f"expected the name of a {SUFFIX} file", "")
        if file in self.seen:
            return (f"{label} is included already", f"see {self.seen[file]}")
        return () if file.is_file() else (f"there is no file {label}", "")

    def _join(self, file: Path, document: marks.Document | None, errors: list[ConfigError]) -> bool:
        self.errors += errors
        if document is None:
            return True
        if not isinstance(document.value, dict):
            self.errors.append(document.error((), "expected keys and values, one per line"))
            return True
        self.whole, twice = joined(self.whole, document)
        self.errors += twice
        if len(self.whole.marks) > self.most:
            self.errors.append(document.error((), f"all that is included is more than {self.most} values"))
            return False
        return KEY not in document.value or self.follow(file, document)


def _resolved(path: Path) -> Path | None:
    """The file behind links; None for what cannot be one."""
    try:
        return path.resolve()
    except (OSError, RuntimeError, ValueError):  # a loop of links, a NUL
        return None


def _read(file: Path, most: int) -> tuple[bytes, str]:
    """The octets of a file, no more than one above `most`; or what is wrong."""
    try:
        with file.open("rb") as opened:
            return opened.read(most + 1), ""
    except OSError as error:
        return b"", f"cannot be read: {error.strerror}"


def joined(whole: marks.Document, part: marks.Document) -> tuple[marks.Document, list[ConfigError]]:
    """Return a document with the keys of another; the keys of a section may be spread over files."""
    value: dict[str, Any] = dict(whole.value)
    errors: list[ConfigError] = []
    for key, one in part.value.items():
        here = value.get(key)
        if key == KEY:
            continue
        if key not in value:
            value[key] = one
        elif isinstance(here, dict) and isinstance(one, dict):
            errors += [_twice(whole, part, (key, name)) for name in one if name in here]
            value[key] = {**one, **here}
        else:
            errors.append(_twice(whole, part, (key,)))
    new = {path for path in part.marks if path not in whole.marks and path[:1] != (KEY,)}
    return replace(
        whole,
        value=value,
        marks={**part.marks, **whole.marks},
        keys={**part.keys, **whole.keys},
        files={**whole.files, **dict.fromkeys(new, part.file)},
    ), errors


def _twice(whole: marks.Document, part: marks.Document, path: marks.Path) -> ConfigError:
    return part.key_error(path, "the key is written twice", f"see {whole.place(path)}")


def included(
    file: Path, document: marks.Document, reach: Reach, octets: int, most: int = MAX_VALUES
) -> tuple[marks.Document | None, list[ConfigError]]:
    """Return a document, of `octets` itself, with all that it includes; None and why when that fails."""
    if not reach.folders or not isinstance(document.value, dict) or KEY not in document.value:
        return document, []
    whole = replace(document, value={key: one for key, one in document.value.items() if key != KEY})
    joining = _Joining(reach, whole, octets, most, {file.resolve(): f"{document.file}:1"})
    joining.follow(file, document)
    return (None, joining.errors) if joining.errors else (joining.whole, [])
