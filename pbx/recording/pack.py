"""The evidence pack of one recording: what a stranger needs to judge it without us, as files by name."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from pbx.recording.excerpt import Excerpt
from pbx.recording.log import Tree
from pbx.recording.manifest import parse, schema
from pbx.recording.signed_note import format_proof

AGE_FILE = "recording.age"
VERIFIER = "verify.py"
CHUNKS_FILE = "part.chunks"
_GUIDE = """Evidence pack of recording {recording}
{about}
{sound}
manifest.json    what the recording is: call, times, codecs, gaps, consents, hashes (canonical JSON, RFC 8785)
manifest.schema.json  what the fields of manifest.json may be (JSON Schema)
manifest.sig     Ed25519 signature over manifest.json, hexadecimal
entry.json       the line of the audit log that names the manifest, and its salt
log.tlog-proof   where that line stands in the log, and the signed state of the log (C2SP tlog-proof)
consents.json    what each party was told and answered; the manifest has the hashes of those it names
access-log.json  every line of the log about this recording, each with its proof; the last is this pack
keys.json        the public signing key and the name of the log
verify.py        checks all of the above

How to check: install Python 3.11 or later and its package cryptography on a computer of your own, then run

    python -I verify.py --key KEY

KEY is the signing key as its owner publishes it. Ask for it by another way than this pack: who forges a
pack forges keys.json as well. Each check says yes or no; the exit code is 0 when all say yes.
{wav}
What a yes means: the recording is the one that was finished by the holder of the key, nothing was changed
since, and its line was in the log when the log was signed. What it does not mean: that the line was written
at the time it names (the PBX's clock is its witness), or that no other recording of the call exists.
The lines of access-log.json are genuine; lines that somebody chose to leave out would not be missed here,
`pbx audit verify` on the whole log would miss them.
"""
_WHOLE = """\
recording.age    the recording, encrypted (age v1); `age -d -i KEY recording.age > recording.wav` opens it"""
_PART = """\
part.chunks      a part of the recording, decrypted: its chunks {chunks} of 64 KiB, the first one being 0
part.json        which chunks these are, the proof of each, and which samples they hold
{copy:<16} the same sound to listen to: what of the chunks is sound, with a header of its own"""
_ABOUT_PART = """
Only a part of the recording is here: {seconds}. It was cut where chunks end, so it is a little more
than was asked for. Each chunk is proved to stand in its place in the recording that the manifest describes:
chunk K is leaf K of the Merkle tree whose root the signed manifest states. What was said before and after is
not here: of other chunks there are hashes only, which tell no more than whether somebody has guessed all of
one, such as digital silence. Manifest, consents and access log speak of the whole call.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of the log with what it commits to."""

    index: int
    salt: bytes
    payload: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What goes into a pack; `note` is the signed checkpoint over the whole `tree`. `part`: only of this."""

    recording: str
    manifest: bytes
    signature: bytes
    finished: Entry
    access: Sequence[Entry]
    consents: Sequence[dict[str, object]]
    tree: Tree
    note: bytes
    public_key: bytes
    origin: str
    part: Excerpt | None = None


def files(evidence: Evidence) -> dict[str, bytes]:
    """Return every file but the recording itself and the verifier."""
    tree, finished = evidence.tree, evidence.finished
    path = tree.inclusion(finished.index, tree.size)
    files = {
        "manifest.json": evidence.manifest,
        "manifest.schema.json": schema(parse(evidence.manifest)["v"]),
        "manifest.sig": evidence.signature.hex().encode() + b"\n",
        "entry.json": _json(_entry(finished)),
        "log.tlog-proof": format_proof(finished.index, path, evidence.note),
        "consents.json": _json(evidence.consents),
        "access-log.json": _json([_proved(entry, tree) for entry in evidence.access]),
        "keys.json": _json({"signing_key": evidence.public_key.hex(), "log": evidence.origin}),
        "READ-ME.txt": _guide(evidence).encode(),
    }
    if evidence.part is not None:
        said = evidence.part.said(evidence.recording, copy_name(evidence.part))
        files["part.json"] = _json(said)
    return files


def copy_name(part: Excerpt) -> str:
    """Return the name of the listening copy in a pack."""
    return "part.wav" if part.frames is None else "part.flac"


def _guide(evidence: Evidence) -> str:
    part = evidence.part
    if part is None:
        wav = "With --wav recording.wav the decrypted sound is compared too.\n"
        return _GUIDE.format(recording=evidence.recording, about="", sound=_WHOLE, wav=wav)
    about = _ABOUT_PART.format(seconds=part.seconds)
    sound = _PART.format(chunks=part.numbers, copy=copy_name(part))
    return _GUIDE.format(recording=evidence.recording, about=about, sound=sound, wav="")


def _proved(entry: Entry, tree: Tree) -> dict[str, object]:
    path = [node.hex() for node in tree.inclusion(entry.index, tree.size)]
    return {"index": entry.index, **_entry(entry), "path": path}


def _entry(entry: Entry) -> dict[str, object]:
    return {"salt": entry.salt.hex(), "payload": entry.payload.decode()}


def _json(value: object) -> bytes:
    return json.dumps(value, indent=1).encode() + b"\n"
