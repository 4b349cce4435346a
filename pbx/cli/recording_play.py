"""`pbx recordings play`: the sound of a recording, from any second on, into a player or a pipe."""

import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import IO, Annotated, Literal

from cyclopts import Parameter

from pbx.cli.output import Refusal, WrongUsage
from pbx.cli.progress import Bar
from pbx.cli.recording_copy import opus_pieces
from pbx.cli.recordings import Purpose, find, on_record, purpose_of
from pbx.cli.site import CONFIG, ConfigDir, Site, site
from pbx.cli.time_span import clock
from pbx.cli.vault import file_key, vault
from pbx.recording import manifest
from pbx.recording.effects import FinishedRecording
from pbx.recording.io.sound import open_sound
from pbx.recording.wav import N_CHANNELS, RATE

# Each reads WAV with G.711 from its standard input, and says nothing but errors.
PLAYERS = (
    ("aplay", "-q", "-"),
    ("ffplay", "-nodisp", "-autoexit", "-loglevel", "error", "-"),
    ("play", "-q", "-t", "wav", "-"),
)
# Those of them that read Ogg/Opus.
OPUS_PLAYERS = (PLAYERS[1], ("play", "-q", "-t", "opus", "-"))
_STEP = RATE * N_CHANNELS  # octets, the bar's: a second of a call of two
_WHOLE = 100 * 3600.0  # seconds, longer than any recording
From = Annotated[str, Parameter(name="--from", help="Where to begin: seconds, m:ss or h:mm:ss.")]
Opus = Annotated[
    bool, Parameter(name="--opus", negative=(), help="Decrypt the small playback copy: no evidence.")
]
For = Annotated[str, Parameter(name="--for", help="How much to play, in the same forms; all if left out.")]


async def play(
    recording: str,
    /,
    *,
    purpose: Purpose = "",
    start: From = "0",
    length: For = "",
    opus: Opus = False,
    config: ConfigDir = CONFIG,
) -> None:
    """Play a recording here, or write it as WAV into a pipe; only what is heard is decrypted."""
    why, begin = purpose_of(purpose), clock(start)
    how_long = clock(length) if length else _WHOLE
    if opus and (begin or length):
        raise WrongUsage("--opus plays all of the copy: --from and --for are for the master")
    place = site(config)
    row = await find(place, recording)
    if opus:
        await _play_copy(place, row, why)
        return
    await on_record(place, row, why, heard(), span=f"from {start} for {length or 'all'}")
    with vault(place.places) as client:
        sound = open_sound(row, place.objects(), await file_key(client, row, why))
    if begin * RATE >= sound.n_samples:
        raise Refusal(f"{recording} is {sound.n_samples / RATE:.1f} s long, and does not reach {start}")
    await sound.prove()  # a player that gets nothing would say something of its own
    n_samples = min(int(how_long * RATE), sound.n_samples - int(begin * RATE))
    known = manifest.sound(row.manifest)
    with listener() as out, Bar("playing", n_samples * known.n_channels * known.form.size) as bar:
        await pour(sound.excerpt(int(begin * RATE), n_samples), out, bar)


async def _play_copy(place: Site, row: FinishedRecording, why: str) -> None:
    await on_record(place, row, why, heard(), span="the playback copy")
    pieces = opus_pieces(place, row, place.objects(), why)
    first = await anext(pieces)  # a player that gets nothing would say something of its own
    with listener(OPUS_PLAYERS) as out:
        out.write(first)
        async for piece in pieces:
            out.write(piece)
        out.flush()


async def pour(pieces: AsyncIterator[bytes], out: IO[bytes], bar: Bar) -> None:
    """Write a WAV file second by second; what a pipe holds, 4 s, the bar is ahead of the ear."""
    out.write(await anext(pieces))  # the header
    async for piece in pieces:
        for at in range(0, len(piece), _STEP):
            out.write(piece[at : at + _STEP])
            bar.advance(len(piece[at : at + _STEP]))
    out.flush()


def heard() -> Literal["play", "pipe"]:
    """Whether it is heard on this machine, or goes into another program, which may keep it."""
    return "play" if sys.stdout.isatty() else "pipe"


@contextmanager
def listener(players: Sequence[tuple[str, ...]] = PLAYERS) -> Iterator[IO[bytes]]:
    """Who takes the sound: the next program of a pipe, or a player of this machine."""
    if not sys.stdout.isatty():
        yield sys.stdout.buffer
        return
    player = next((words for words in players if shutil.which(words[0])), None)
    if player is None:
        names = ", ".join(words[0] for words in players)
        raise Refusal(f"no player here ({names}): pipe the sound to where one is, `ssh HOST pbx ... | aplay`")
    with suppress(BrokenPipeError), subprocess.Popen(player, stdin=subprocess.PIPE) as process:
        assert process.stdin is not None
        yield process.stdin
    if process.returncode:  # why, it has said itself
        raise Refusal(f"{player[0]} gave up with exit code {process.returncode}")
