"""The manifest of one master: canonical JSON (RFC 8785) that says what it is, signed with Ed25519 (RFC 8032).

Everything a stranger needs to check the recording offline, and no audio. Version 2 states codecs, clocks,
loss, policy and consents besides (R-28), version 3 the form of a wide-band master, whose places still count
1/8000 s. Version 4, which is written, is one for both forms and for any number of channels, and says of the
plaintext the root of a Merkle tree and of the wall clock who set it and when. What was signed stays what it
was. Each has a JSON Schema.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any

import rfc8785
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from pbx import __version__
from pbx.core.audio import MAX_CHANNELS as ALL_CHANNELS
from pbx.core.audio import Encoding
from pbx.core.errors import ParseError
from pbx.recording import clock, provenance
from pbx.recording.effects import ConsentMark
from pbx.recording.flac import MAX_CHANNELS
from pbx.recording.form import FORMS, Form
from pbx.recording.gaps import CONTINUES, Gap
from pbx.recording.journal import FIRST_CHAPTER, MAX_CHAPTER, Damage, Head, Note
from pbx.recording.signable import MAX_MANIFEST
from pbx.recording.timeline import RATE, Timeline
from pbx.recording.wav import N_CHANNELS

VERSION = 4
VERSIONS = (1, 2, 3, VERSION)  # that are read
FLAC, LINEAR = "FLAC", "L16"  # the codecs of a wide-band master; L16 = WAV, of more channels than FLAC has
MAX_GAPS = 4096  # keeps the manifest under 300 kB; with more, the master itself lists them all


_ENCODINGS: Mapping[Any, Encoding] = {"PCMA": "PCMA", "PCMU": "PCMU", FLAC: "L16", LINEAR: "L16"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """The master as it lies in the object store; hashes are 64 hexadecimal digits.

    `plain_tree` is what `ChunkTree` says of the plaintext.
    """

    object_key: str
    size: int
    sha256_cipher: str
    sha256_plain: str
    plain_tree: Mapping[str, str | int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Master:
    """A recording that was read and aligned.

    `recovered` = some chapter has no end, or octets were damaged; `is_over` = it was stopped by order.
    """

    head: Head
    timeline: Timeline
    notes: tuple[Note, ...]
    damage: Damage | None
    recovered: bool
    is_over: bool = True

    @property
    def duration_ms(self) -> int:
        return self.timeline.n_samples * 1000 // RATE


@dataclass(frozen=True, slots=True, kw_only=True)
class Sound:
    """The samples of each channel at 8 kHz, and how they are encoded; L16 has two for each, mostly in FLAC.

    `lists_gaps` = the manifest has no room for all gaps, and their list lies behind the samples.
    """

    encoding: Encoding
    samples: int
    lists_gaps: bool
    n_channels: int = N_CHANNELS

    @property
    def form(self) -> Form:
        return FORMS[self.encoding]

    @property
    def is_flac(self) -> bool:
        return is_flac(self.encoding, self.n_channels)

    @property
    def in_file(self) -> int:
        """The samples of each channel at the file's own rate."""
        return self.samples * self.form.per_unit


def is_flac(encoding: Encoding, n_channels: int) -> bool:
    """Whether a master is FLAC; WAV otherwise."""
    return FORMS[encoding].per_unit > 1 and n_channels <= MAX_CHANNELS


def build(master: Master, sealed: Sealed, consents: Sequence[ConsentMark] = ()) -> bytes:
    """Return the manifest's octets; they are what is signed and stored. `consents` are those of the call."""
    head, timeline = master.head, master.timeline
    notes = [note for note in master.notes if note.kind != clock.STEPPED]
    value = {
        **_form(timeline),
        "recorder": f"pbx {__version__}",
        **{name: getattr(head, name) for name in ("recording", "call", "tenant", "kind", "started_at")},
        "channels": [
            {"n": 1, "leg": head.leg, "dir": "rx"},
            {"n": 2, "leg": head.leg, "dir": "tx"},
            *provenance.own_channels(timeline, master.notes),
        ],
        "rate": RATE,
        "samples": timeline.n_samples,
        "gaps": [_gap(gap) for gap in timeline.gaps[:MAX_GAPS]],
        "gaps_omitted": max(0, len(timeline.gaps) - MAX_GAPS),
        "loss": provenance.loss(timeline),
        **provenance.segments(head, timeline, notes),
        **provenance.events(notes, head.origin_ns),
        "clock": clock.said(head.clock, master.notes, head.origin_ns),
        **provenance.agreement(head, consents),
        "recovered": master.recovered,
        "damage": _damage(master.damage),
        **{name: getattr(sealed, name) for name in ("object_key", "size", "sha256_cipher", "sha256_plain")},
        "plain_tree": dict(sealed.plain_tree),
    }
    return rfc8785.dumps(value)


def _form(timeline: Timeline) -> dict[str, str | int]:
    form = FORMS[timeline.encoding]
    codec = timeline.encoding if form.per_unit == 1 else LINEAR
    codec = FLAC if is_flac(timeline.encoding, timeline.n_channels) else codec
    return {"v": VERSION, "codec": codec, "sample_rate": form.sample_rate, "bits": 8 * form.width}


def parse(octets: bytes) -> Mapping[str, Any]:
    """Return the fields of a manifest; ParseError(0) unless it is canonical and of a version that is read."""
    if len(octets) > MAX_MANIFEST:
        raise ParseError("a manifest that is too long", 0)
    try:
        value = json.loads(octets)
        canonical = rfc8785.dumps(value) == octets
    except (ValueError, RecursionError):
        raise ParseError("a manifest that is not JSON", 0) from None
    if not canonical or not isinstance(value, dict) or value.get("v") not in VERSIONS:
        raise ParseError(f"not a canonical manifest of version 1 to {VERSIONS[-1]}", 0)
    return value


def renamed(octets: bytes, object_key: str) -> bytes:
    """Return the manifest of the same payload under another object's name."""
    return rfc8785.dumps({**parse(octets), "object_key": object_key})


def schema(version: int = VERSION) -> bytes:
    """Return the JSON Schema (draft 2020-12) of one of VERSIONS, as it is shipped."""
    return (resources.files("pbx.recording") / f"manifest_v{version}.schema.json").read_bytes()


def sound(octets: bytes) -> Sound:
    """Return what the master sounds as; ParseError(0) for a manifest that does not say it."""
    fields = parse(octets)
    encoding, samples = _ENCODINGS.get(fields.get("codec")), fields.get("samples")
    n_channels = len(fields.get("channels", range(N_CHANNELS)))
    is_known = encoding is not None and isinstance(samples, int) and samples >= 0
    if not is_known or not N_CHANNELS <= n_channels <= ALL_CHANNELS:
        raise ParseError("a manifest without the codec, the channels and the length of its sound", 0)
    assert encoding is not None and isinstance(samples, int), "as was asked"
    lists_gaps = fields.get("gaps_omitted", 0) != 0
    return Sound(encoding=encoding, samples=samples, lists_gaps=lists_gaps, n_channels=n_channels)


def chapters_of(octets: bytes) -> int:
    """Return how many chapters are in a recording; as many as can be when its manifest does not say all."""
    fields = parse(octets)
    if fields.get("events_omitted", 0):
        return MAX_CHAPTER
    begun = (one["details"].get("chapter", "") for one in fields["events"] if one["kind"] == CONTINUES)
    return max((int(number) for number in begun if number.isdecimal()), default=FIRST_CHAPTER)


def is_signed_by(public_key: bytes, manifest: bytes, signature: bytes) -> bool:
    """Whether `signature` (64 octets) over the manifest was made by the raw Ed25519 `public_key`."""
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, manifest)
    except (InvalidSignature, ValueError):
        return False
    return True


def _gap(gap: Gap) -> dict[str, str | int]:
    return {"ch": gap.channel, "at": gap.start, "len": gap.length, "cause": gap.cause}


def _damage(damage: Damage | None) -> dict[str, str | int] | None:
    if damage is None:
        return None
    return {"at": damage.at, "n_bytes": damage.n_bytes, "reason": damage.reason}
