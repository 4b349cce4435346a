"""Moves the keys of a vault that does not run to who wraps them from now on, one after the other.

Each key is in one file or the other at every moment, and in both only with the same content: a move that was
cut off is finished by the next one. What stays behind is overwritten; copies that a file system, a snapshot
or a backup keeps of a file without a wrap are out of reach.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from pbx.core.errors import StorageError
from pbx.core.secret import Secret
from pbx.recording.envelope import Envelope, KeyContext
from pbx.recording.io.key_files import (
    SIGNING,
    KeyFile,
    erase_unfinished,
    key_file,
    key_files,
    overwrite,
    sync_directory,
    write_key,
)
from pbx.recording.io.key_provider import KeyProvider, LocalFiles, Providers, envelope_of
from pbx.recording.io.vault_keys import MAX_NAMED, Record, read_identity, read_signing

LOCAL = ""  # the key-encryption key of a file without a wrap


@dataclass(frozen=True, slots=True, kw_only=True)
class _Copy:
    """One of at most two files of a key, and by what it is wrapped."""

    file: KeyFile
    octets: bytes
    envelope: Envelope | None

    @property
    def kek(self) -> str:
        return LOCAL if self.envelope is None else self.envelope.kek


class Move:
    """The way of all keys in a directory; StorageError when one cannot go it, and those before it have.

    `said` stands in each line of the record (actor, purpose). `fault` is called where a crash would count.
    """

    def __init__(
        self,
        directory: Path,
        providers: Providers,
        record: Record,
        *,
        said: Mapping[str, str],
        fault: Callable[[str], None] = lambda _point: None,
    ) -> None:
        self._directory, self._providers, self._record = directory, providers, record
        self._said, self._fault = said, fault
        self._target = providers.chosen()
        self.kek = ""
        self.n_moved = self.n_there = self.n_erased = 0

    def run(self) -> Iterator[int]:
        """Move what is not there yet; yield the number of keys, then 1 for each."""
        erase_unfinished(self._directory)
        try:
            self.kek = self._target.kek()
            keys = self._copies()
            waiting = {key: of_it for key, of_it in keys.items() if [one.kek for one in of_it] != [self.kek]}
            yield len(keys)
            self.n_there = len(keys) - len(waiting)
            yield from (1 for _ in range(self.n_there))
            secrets = self._opened([one for copies in waiting.values() for one in copies])
            for context, copies in waiting.items():
                self._move(context, copies, secrets[context])
                yield 1
        finally:
            self._target.close()

    def _copies(self) -> dict[KeyContext, list[_Copy]]:
        found: defaultdict[KeyContext, list[_Copy]] = defaultdict(list)
        for file in key_files(self._directory):
            octets = file.read()
            envelope = envelope_of(octets, file.context) if file.is_wrapped else None
            found[file.context].append(_Copy(file=file, octets=octets, envelope=envelope))
        return found

    def _opened(self, copies: list[_Copy]) -> dict[KeyContext, Secret[bytes]]:
        """Return each key once; two copies of one have to be the same."""
        by_kek: defaultdict[str, list[_Copy]] = defaultdict(list)
        for one in copies:
            by_kek[one.kek].append(one)
        keys: dict[KeyContext, Secret[bytes]] = {}
        for kek, of_one in by_kek.items():
            for one, key in zip(of_one, self._unwrapped(kek, of_one), strict=True):
                _check(one.file, key)
                if keys.setdefault(one.file.context, key) != key:
                    text = (
                        f"{one.file.path.name} and the other file of its key differ: move away the wrong one"
                    )
                    raise StorageError(text, retryable=False)
        return keys

    def _unwrapped(self, kek: str, copies: list[_Copy]) -> list[Secret[bytes]]:
        """Ask whoever has wrapped them; a token has one login, so that its session ends here."""
        provider = self._source(kek, copies[0].envelope)
        try:
            if provider.kek() != kek:
                text = f"{copies[0].file.path.name} is wrapped by {kek}, which recording.vault does not reach"
                raise StorageError(text, retryable=False)
            keys = [provider.unwrap(one.octets, one.file.context) for one in copies]
        finally:
            provider.close()
        for at in range(0, len(copies) if kek != LOCAL else 0, MAX_NAMED):
            named = [str(one.file.context) for one in copies[at : at + MAX_NAMED]]
            line = {"kind": "keys.unwrapped", "provider": provider.name, "kek": kek, "keys": named}
            self._record({**line, **self._said})
        return keys

    def _source(self, kek: str, envelope: Envelope | None) -> KeyProvider:
        if envelope is None:
            return LocalFiles()
        if kek == self.kek:
            return self._target
        self._target.close()
        return self._providers.of(envelope)

    def _move(self, context: KeyContext, copies: list[_Copy], key: Secret[bytes]) -> None:
        kek = self.kek
        goal = key_file(self._directory, context, is_wrapped=kek != LOCAL)
        if kek not in [one.kek for one in copies]:
            octets = self._target.wrap(key, context)
            if self._target.unwrap(octets, context) != key:
                raise StorageError(f"{kek} does not give the key of {context} back", retryable=False)
            line = {
                "kind": "keys.moved",
                "keys": [str(context)],
                "from": copies[0].kek or "local",
                "to": kek or "local",
            }
            self._record({**line, **self._said})
            self._fault("recorded")
            made_ns = min(one.file.path.stat().st_mtime_ns for one in copies)
            write_key(goal.path, octets, may_replace=True, mtime_ns=made_ns)
            self._fault("stored")
            self.n_moved += 1
        for left in (one.file.path for one in copies if one.file.path != goal.path):
            overwrite(left)
            self.n_erased += 1
        sync_directory(self._directory)
        self._fault("erased")


def _check(file: KeyFile, key: Secret[bytes]) -> None:
    """Refuse what the vault would not start with."""
    if file.context == SIGNING:
        read_signing(key)
    else:
        read_identity(file, key)
