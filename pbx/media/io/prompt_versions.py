"""The recordings of one language, `prompts/LANGUAGE`: every version is a file that never changes.

`welcome.wav` was put there by hand, `welcome-v1.wav` and `welcome-v2.wav` came by `pbx prompts`. Which of
them callers hear is said by the index, so that a plan and its versions hold it.
"""

import fcntl
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pbx.core.errors import StorageError
from pbx.media.io.audio_files import file_sha256, write_atomically
from pbx.media.io.prompt_master import Measured, Origin, make_master, origin_of

MAX_VERSIONS = 200  # of one recording
NAME = re.compile(r"[a-z0-9_-]{1,56}", re.ASCII)
_VERSION = re.compile(r"(.+)-v([1-9][0-9]{0,3})\.wav", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptVersion:
    """`version` 0 = put there by hand: then the file's time is all that is known of it."""

    version: int
    file: str
    at: datetime
    author: str
    how: str
    sentence: str
    sha256: str


def family(file: str) -> tuple[str, int]:
    """Return the name of a recording, and which version of it a file is."""
    found = _VERSION.fullmatch(file)
    return (found.group(1), int(found.group(2))) if found else (file.removesuffix(".wav"), 0)


class PromptFolder:
    """One folder of recordings; it need not exist yet."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def index(self) -> str:
        """The text of its index, "" = there is none."""
        try:
            return (self.path / "index.yaml").read_text(encoding="utf-8")
        except FileNotFoundError:
            return ""

    def versions(self, name: str) -> tuple[PromptVersion, ...]:
        """Return the versions of a recording, the oldest first."""
        found = sorted((family(file.name)[1], file) for file in self._files(name))
        return tuple(_version(number, file) for number, file in found)

    async def add(self, name: str, source: Path, origin: Origin) -> tuple[str, Measured]:
        """Make a file the newest version; return its name and what the file was like. No index is changed."""
        numbers = [family(file.name)[1] for file in self._files(name)]
        if len(numbers) >= MAX_VERSIONS:
            hint = (
                f"delete some that no plan needs, such as {name}-v{min(filter(None, numbers), default=1)}.wav"
            )
            raise StorageError(f"{name}: there are {MAX_VERSIONS} versions of it; {hint}", retryable=False)
        fresh = f"{name}-v{max(numbers, default=0) + 1}.wav"
        scratch = self.path / f".{fresh}.new"
        try:
            before = await make_master(source, scratch, origin)
            self._owned(scratch)
            scratch.replace(self.path / fresh)
        finally:
            scratch.unlink(missing_ok=True)
        return fresh, before

    def write_index(self, text: str) -> None:
        """Replace the index, whole or not at all."""
        write_atomically(self.path / "index.yaml", text.encode())
        self._owned(self.path / "index.yaml")

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep other commands out: two that add would overwrite each other."""
        self.path.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise StorageError("another command changes these recordings", retryable=True) from None
            yield
        finally:
            os.close(descriptor)

    def _files(self, name: str) -> list[Path]:
        return [file for file in self.path.glob(f"{name}*.wav") if family(file.name)[0] == name]

    def _owned(self, file: Path) -> None:
        """Give a file to who has the folder: the PBX must be able to read what root has added."""
        folder = self.path.stat()
        file.chmod(folder.st_mode & 0o666)
        if os.geteuid() == 0:
            os.chown(file, folder.st_uid, folder.st_gid)


def _version(number: int, file: Path) -> PromptVersion:
    origin = origin_of(file) if number else Origin()
    at = datetime.fromisoformat(origin.at) if origin.at else datetime.fromtimestamp(file.stat().st_mtime, UTC)
    return PromptVersion(
        version=number,
        file=file.name,
        at=at,
        author=origin.author,
        how=origin.how,
        sentence=origin.sentence,
        sha256=file_sha256(file),
    )
