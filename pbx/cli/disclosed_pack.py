"""The evidence pack as a third party gets it: a ZIP archive whose recording he can open himself.

With a key of his the recording in it is wrapped for that key, and so is the whole archive: nothing is
decrypted here, and nobody on the way learns of whom it speaks. Without one the sound lies beside the
encrypted recording.
"""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

from pbx.cli.evidence import archive_of, private, write_pack
from pbx.cli.progress import Bar, WatchedStore
from pbx.cli.site import Site
from pbx.core.io.entropy import SystemIds
from pbx.core.secret import Secret
from pbx.recording import manifest
from pbx.recording.age import FILE_KEY_SIZE, NONCE_SIZE, PayloadEncryptor, Recipient, build_header
from pbx.recording.effects import FinishedRecording
from pbx.recording.io import reader
from pbx.recording.pack import AGE_FILE

_BLOCK = 1 << 20


async def pack_pieces(
    place: Site, row: FinishedRecording, keys: tuple[Secret[bytes], Recipient | None], out: Path
) -> AsyncIterator[bytes]:
    """Yield the archive, encrypted where there is a key of theirs; it is gathered in a folder beside `out`.

    FileExistsError when there is a folder of this name: it may be anything, so it is not emptied.
    """
    folder = out.with_name(f"{out.name}.pack")
    folder.mkdir(mode=0o700)
    try:
        pack = folder / (out.name.partition(".")[0] or "pack")
        await write_pack(place, row, pack)
        await _make_readable(place, row, keys, pack)
        archive = folder / f"{pack.name}.zip"
        archive_of(pack, archive)
        async for piece in sealed(archive, keys[1]):
            yield piece
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def _make_readable(
    place: Site, row: FinishedRecording, keys: tuple[Secret[bytes], Recipient | None], pack: Path
) -> None:
    """Let the receiver open the recording: under its own name, so that the pack's guide and verifier fit."""
    file_key, recipient = keys
    with Bar("disclosing", row.size) as bar:
        store = WatchedStore(place.objects(), bar)
        if recipient is not None:
            pieces = reader.pieces_for(row, store, (file_key, recipient, SystemIds()))
            await _write(pack / AGE_FILE, pieces)
        else:
            suffix = "flac" if manifest.sound(row.manifest).is_flac else "wav"
            await _write(pack / f"recording.{suffix}", reader.wav_pieces(row, store, file_key))


async def sealed(path: Path, recipient: Recipient | None) -> AsyncIterator[bytes]:
    """Yield a file as it is, or as an age file for one recipient alone."""
    with path.open("rb") as file:
        if recipient is None:
            while block := file.read(_BLOCK):
                yield block
            return
        ids = SystemIds()
        key = Secret(ids.octets(FILE_KEY_SIZE))
        yield build_header(key, [recipient], ids)
        encryptor = PayloadEncryptor(key, ids.octets(NONCE_SIZE))
        while block := file.read(_BLOCK):
            yield encryptor.update(block)
        yield encryptor.finish()


async def _write(path: Path, pieces: AsyncIterator[bytes]) -> None:
    with private(path) as file:
        async for piece in pieces:
            file.write(piece)
