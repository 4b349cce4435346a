"""Rows of many recordings with true key headers, without their objects: a rotation touches no object."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from sqlite3 import connect

from pbx.core.ids import SeededIds
from pbx.core.secret import Secret
from pbx.recording.age import Recipient, build_header

STARTED = "2026-01-02 03:04:05.000000"
Row = tuple[object, ...]


def name_of(number: int) -> str:
    return f"rec-{number:06d}"


def file_key_of(number: int) -> Secret[bytes]:
    return Secret(number.to_bytes(16, "big"))


def fill(database: Path, n_rows: int, recipient: Recipient, tenant: str = "acme") -> None:
    """Add recordings of a tenant, each with a file key of its own wrapped for a recipient."""
    ids = SeededIds("many")

    def recordings() -> Iterator[Row]:
        for number in range(n_rows):
            name = name_of(number)
            yield (name, f"call-{number}", tenant, "call", f"ab/{name}", 1, "", b"", b"", STARTED, 1, 0)

    def headers() -> Iterator[Row]:
        for number in range(n_rows):
            name = name_of(number)
            yield name, build_header(file_key_of(number), [recipient], ids, recording=name), 1, 0

    with closing(connect(database)) as connection:
        columns = "recording, call, tenant, kind, object_key, size, sha256_cipher, manifest, signature"
        columns += ", started_at, duration_ms, recovered"
        marks = ", ".join("?" * 12)
        connection.executemany(f"INSERT INTO recordings ({columns}) VALUES ({marks})", recordings())
        connection.executemany(
            "INSERT INTO recording_keys (recording, header, suite, epoch) VALUES (?, ?, ?, ?)", headers()
        )
        connection.commit()
