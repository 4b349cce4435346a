"""`pbx recordings show --png`: a recording as a picture, drawn while it is decrypted."""

import os
from pathlib import Path

from pbx.cli.output import Refusal
from pbx.cli.progress import Bar, WatchedStore
from pbx.cli.site import Site
from pbx.cli.vault import answered, file_key, vault
from pbx.recording import manifest
from pbx.recording.effects import FinishedRecording
from pbx.recording.io.sound import open_sound
from pbx.recording.picture.paint import png, text_width
from pbx.recording.picture.peaks import Outline, Peaks
from pbx.recording.picture.scene import PLOT, compose


async def write_picture(place: Site, row: FinishedRecording, out: Path, purpose: str) -> None:
    """Write the picture for its owner only; Refusal when the manifest is not ours, ParseError on damage.

    No sample is written anywhere: only the lowest, highest and effective value of each column is kept.
    """
    outline = await _outline(place, row, purpose)
    octets = png(compose(manifest.parse(row.manifest), text_width), outline)
    new = out.with_name(f"{out.name}.new")
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(octets)
        new.rename(out)
    finally:
        new.unlink(missing_ok=True)


async def _outline(place: Site, row: FinishedRecording, purpose: str) -> Outline:
    with vault(place.places) as client:
        public_key = answered(await client.public_key())
        if not manifest.is_signed_by(public_key, row.manifest, row.signature):
            raise Refusal(
                f"{row.recording}: the manifest's signature is wrong, so a picture would prove nothing"
            )
        key = await file_key(client, row, purpose)
    sound = manifest.sound(row.manifest)
    peaks = Peaks(sound.encoding, sound.in_file, PLOT, sound.n_channels)
    with Bar("drawing", row.size) as bar:
        whole = open_sound(row, WatchedStore(place.objects(), bar), key)
        async for piece in whole.excerpt(0, sound.samples):  # without what may lie behind the samples
            peaks.update(piece)
    return peaks.outline()
