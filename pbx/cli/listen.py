"""`pbx listen`: recordings for users of the machine, as far as `access.yaml` lets them (REC-11)."""

import os
from contextlib import aclosing
from pathlib import Path
from typing import IO, Literal

from cyclopts import App

from pbx.cli.desk import SOCKET, Socket, answer, ask
from pbx.cli.leaving import say_internal
from pbx.cli.output import Refusal, fields, listing, seconds
from pbx.cli.progress import Bar
from pbx.cli.recording_play import For, From, heard, listener
from pbx.cli.recordings import Out, Purpose, purpose_of
from pbx.cli.site import AsJson, Limit
from pbx.cli.time_span import clock
from pbx.core.errors import MisuseError
from pbx.lifecycle.desk_messages import (
    AskRecordings,
    AskSound,
    Listed,
    RecordingsAre,
    Sound,
    SoundIsWhole,
)

app = App(name="listen", help="Recordings for users of this machine, as far as they may hear them.")
_COLUMNS = ("recording", "started_at", "length", "tenant", "kind", "parties", "purposes")


@app.command(name="list")
async def list_recordings(*, limit: Limit = 25, as_json: AsJson = False, socket: Socket = SOCKET) -> None:
    """List the newest recordings that you may know of."""
    reply = await answer(socket, AskRecordings(limit=limit), RecordingsAre)
    listing([_row(one, as_json=as_json) for one in reply.recordings], _COLUMNS, as_json=as_json)


@app.command
async def play(
    recording: str,
    /,
    *,
    purpose: Purpose = "",
    start: From = "0",
    length: For = "",
    socket: Socket = SOCKET,
) -> None:
    """Play a recording here, or write it as WAV into a pipe; it is logged before anything is heard."""
    request = _sound(recording, purpose, heard(), start, length)
    with listener() as out, Bar("playing") as bar:
        await _pour(socket, request, out, bar)


@app.command
async def save(
    recording: str,
    /,
    *,
    out: Out,
    purpose: Purpose = "",
    start: From = "0",
    length: For = "",
    socket: Socket = SOCKET,
) -> None:
    """Write a recording as a WAV file that only you can read; it is logged as taken out."""
    request = _sound(recording, purpose, "wav", start, length)
    if out.exists():
        raise Refusal(f"{out} exists already")
    new = out.with_name(f"{out.name}.new")
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file, Bar("saving") as bar:
            await _pour(socket, request, file, bar)
        new.rename(out)
    finally:
        new.unlink(missing_ok=True)
    print(f"{out}: {out.stat().st_size} octets")
    say_internal(request.purpose)


def _row(one: Listed, *, as_json: bool) -> dict[str, object]:
    row = fields(one) | {"length": seconds(one.duration_ms)}
    return row if as_json else row | {"parties": ", ".join(one.parties), "purposes": ", ".join(one.purposes)}


def _sound(
    recording: str, purpose: str, form: Literal["play", "pipe", "wav"], start: str, length: str
) -> AskSound:
    return AskSound(
        recording=recording,
        purpose=purpose_of(purpose),
        form=form,
        start_ms=round(clock(start) * 1000),
        length_ms=round(clock(length) * 1000) if length else 0,
    )


async def _pour(socket: Path, request: AskSound, out: IO[bytes], bar: Bar) -> None:
    """Write what comes; Refusal when it does not come whole."""
    n_octets = 0
    async with aclosing(ask(socket, request)) as replies:
        async for reply in replies:
            if isinstance(reply, SoundIsWhole) and reply.n_octets == n_octets:
                out.flush()
                return
            if not isinstance(reply, Sound):
                raise MisuseError("the desk answered another question")
            out.write(reply.octets)
            n_octets += len(reply.octets)
            bar.advance(len(reply.octets))
    raise Refusal("the connection broke: what was heard is not the whole")
