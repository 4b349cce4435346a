"""A stored playback copy, checked. StorageError when the store does not answer."""

from hashlib import sha256

from pbx.core.errors import ParseError, StorageError
from pbx.core.secret import Secret
from pbx.recording.age import PayloadDecryptor, check_mac, parse_header
from pbx.recording.io.object_store import ObjectStore, stream
from pbx.recording.playback_copy import PlaybackCopy


async def problems(copy: PlaybackCopy, store: ObjectStore, file_key: Secret[bytes]) -> tuple[str, ...]:
    """Return what is wrong with a copy in plain words: it can be made anew."""
    digest, decryptor = sha256(), PayloadDecryptor(file_key)
    try:
        check_mac(parse_header(copy.header), file_key)
        async for block in stream(store, copy.object_key):
            digest.update(block)
            decryptor.update(block)
        decryptor.finish()
    except ParseError as error:
        return (f"the playback copy: {error}",)
    except StorageError as error:
        if error.retryable:
            raise
        return ("the playback copy is missing",)
    if digest.hexdigest() != copy.sha256_cipher:
        return ("the playback copy is not the one that was stored",)
    return ()
