"""What can be proved about a recording: its octets checked against header, manifest and signature."""

from dataclasses import dataclass
from hashlib import sha256

from pbx.core.errors import ParseError
from pbx.core.secret import Secret
from pbx.recording import manifest
from pbx.recording.age import PayloadDecryptor, check_mac, parse_header
from pbx.recording.chunk_tree import ChunkTree
from pbx.recording.effects import FinishedRecording

_SAME_IN_ROW = ("recording", "call", "tenant", "kind", "object_key", "size", "sha256_cipher", "recovered")


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """`ok` = everything fits; `problems` say in plain words what does not."""

    problems: tuple[str, ...]

    @property
    def ok(self) -> bool:
        return not self.problems


class Verifier:
    """Takes a payload in pieces, then judges; a fault never ends it early, so that all are found."""

    __slots__ = (
        "_cipher_hash",
        "_decryptor",
        "_intact",
        "_plain_hash",
        "_problems",
        "_row",
        "_size",
        "_tree",
    )

    def __init__(self, row: FinishedRecording, file_key: Secret[bytes], public_key: bytes) -> None:
        self._row = row
        self._decryptor = PayloadDecryptor(file_key)
        self._cipher_hash, self._plain_hash = sha256(), sha256()
        self._tree = ChunkTree()
        self._size = 0
        self._intact = True
        self._problems: list[str] = []
        self._check_header(file_key)
        if not manifest.is_signed_by(public_key, row.manifest, row.signature):
            self._problems.append("the manifest's signature is wrong")

    def update(self, payload: bytes) -> None:
        """Take the next octets of the object."""
        self._size += len(payload)
        self._cipher_hash.update(payload)
        if self._intact:
            try:
                self._take(self._decryptor.update(payload))
            except ParseError as error:
                self._fault(error)

    def verdict(self) -> Verdict:
        """Judge after the last octet."""
        if self._intact:
            try:
                self._take(self._decryptor.finish())
            except ParseError as error:
                self._fault(error)
        if self._cipher_hash.hexdigest() != self._row.sha256_cipher or self._size != self._row.size:
            self._problems.append("the object is not the one that was stored")
        self._check_manifest()
        return Verdict(problems=tuple(self._problems))

    def _take(self, plain: bytes) -> None:
        self._plain_hash.update(plain)
        self._tree.update(plain)

    def _fault(self, error: ParseError) -> None:
        self._intact = False
        self._problems.append(f"the payload: {error}")

    def _check_header(self, file_key: Secret[bytes]) -> None:
        try:
            header = parse_header(self._row.header)
            if header.size != len(self._row.header):
                raise ParseError("octets after the header", 0)
            check_mac(header, file_key)
        except ParseError as error:
            self._problems.append(f"the header: {error}")

    def _check_manifest(self) -> None:
        try:
            fields = manifest.parse(self._row.manifest)
        except ParseError as error:
            self._problems.append(f"the manifest: {error}")
            return
        for name in _SAME_IN_ROW:
            if fields.get(name) != getattr(self._row, name):
                self._problems.append(f"the manifest names another {name}")
        if self._intact and fields.get("sha256_plain") != self._plain_hash.hexdigest():
            self._problems.append("the sound is not the one that was signed")
        if self._intact and "plain_tree" in fields and fields["plain_tree"] != self._tree.finish():
            self._problems.append("the chunks of the sound are not those that were signed")
