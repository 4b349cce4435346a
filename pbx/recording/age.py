"""age v1 files in one import: keys, detached header, payload.

`header || payload` is a file that any age tool opens; we keep the two apart so that deleting the header
shreds one recording. Source: C2SP age.md.
"""

from pbx.recording.age_header import (
    MAX_HEADER,
    MAX_STANZAS,
    Header,
    bound_recording,
    build_header,
    check_mac,
    parse_header,
    unwrap_header,
)
from pbx.recording.age_keys import (
    FILE_KEY_SIZE,
    Identity,
    Recipient,
    Stanza,
    generate_identity,
    hkdf,
    parse_identity,
    parse_recipient,
)
from pbx.recording.age_payload import CHUNK, NONCE_SIZE, SEALED_CHUNK, PayloadDecryptor, PayloadEncryptor

__all__ = [
    "CHUNK",
    "FILE_KEY_SIZE",
    "MAX_HEADER",
    "MAX_STANZAS",
    "NONCE_SIZE",
    "SEALED_CHUNK",
    "Header",
    "Identity",
    "PayloadDecryptor",
    "PayloadEncryptor",
    "Recipient",
    "Stanza",
    "bound_recording",
    "build_header",
    "check_mac",
    "generate_identity",
    "hkdf",
    "parse_header",
    "parse_identity",
    "parse_recipient",
    "unwrap_header",
]
