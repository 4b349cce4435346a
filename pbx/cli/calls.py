"""`pbx calls`: the call records, and the calls in progress."""

from typing import Literal

from cyclopts import App

from pbx.call.effects import EntryField
from pbx.call.live import LiveCall, LiveSound
from pbx.call.record import CallRecord
from pbx.cli.control import live_calls, order_entry
from pbx.cli.output import Refusal, complain, details, fields, listing, seconds, table
from pbx.cli.site import CONFIG, AsJson, ConfigDir, Limit, site
from pbx.media.events import StreamQuality
from pbx.store.calls import CallStore

app = App(name="calls", help="Call records, and calls in progress.")
_COLUMNS = ("call", "offered_at", "caller_number", "called", "talked", "cause", "recording_state")
_LIVE_COLUMNS = (
    *("call", "began_at", "caller", "called", "answered", "level", "minutes_left"),
    *("recording", "paused_by", "reason"),
)
_AUDIO_COLUMNS = ("caller_audio", "callee_audio")
_LEG_COLUMNS = ("leg", "role", "party", "number", "answered_at", "ended_at", "cause", "heard", "sent")


@app.default
@app.command(name="list")
async def list_calls(*, limit: Limit = 25, as_json: AsJson = False, config: ConfigDir = CONFIG) -> None:
    """List the newest calls."""
    place = site(config)
    async with place.database() as database:
        records = await CallStore(database, place.store_keys()).list(limit)
    rows = [fields(record) | {"talked": _talked(record)} for record in records]
    listing(rows, _COLUMNS, as_json=as_json)


@app.command
async def live(*, as_json: AsJson = False, config: ConfigDir = CONFIG) -> None:
    """List the calls in progress, whether they are recorded now, and how they sound: heard / sent."""
    found = await live_calls(site(config).places)
    if as_json:
        listing([fields(call) for call in found.calls], _LIVE_COLUMNS, as_json=True)
    else:
        rows = [fields(call, "legs") | _audio(call) for call in found.calls]
        listing(rows, (*_LIVE_COLUMNS, *_AUDIO_COLUMNS), as_json=False)
    if found.omitted:
        complain(f"{found.omitted} younger calls are left out")


@app.command
async def secure(
    call: str,
    turn: Literal["on", "off"],
    /,
    *,
    what: EntryField = "date_of_birth",
    as_json: AsJson = False,
    config: ConfigDir = CONFIG,
) -> None:
    """Let whom an extension talks with type unheard, or end that; nothing is recorded meanwhile.

    WHAT is date_of_birth, to be compared with the customer store, or digits, for the tenant's receiver.
    """
    told = await order_entry(site(config).places, call, what, on=turn == "on")
    if as_json:
        details(fields(told), as_json=True)
    else:
        print(f"{call}: {'what is typed is heard by nobody' if told.secure_entry else 'nothing is typed'}")


@app.command
async def show(call: str, /, *, as_json: AsJson = False, config: ConfigDir = CONFIG) -> None:
    """Show one call and its legs."""
    place = site(config)
    async with place.database() as database:
        record = await CallStore(database, place.store_keys()).get(call)
    if record is None:
        raise Refusal(f"no call {call}")
    if as_json:
        details(fields(record), as_json=True)
        return
    details(fields(record, "legs"), as_json=False)
    print()
    audio = [{"heard": _sound(leg.heard), "sent": _sound(leg.sent)} for leg in record.legs]
    table([fields(leg) | both for leg, both in zip(record.legs, audio, strict=True)], _LEG_COLUMNS)


def _audio(call: LiveCall) -> dict[str, object]:
    """The audio of who waits and of whom he talks with; "" = nobody is there, or nothing is known yet."""
    told = [f"{_live(leg.heard)} / {_live(leg.sent)}" if leg.measured_at else "" for leg in call.legs]
    return dict(zip(_AUDIO_COLUMNS, [*told, "", ""], strict=False))


def _live(sound: LiveSound | None) -> str:
    if sound is None:
        return "-"
    return f"MOS {sound.mos:.1f}, {sound.loss:.1%} lost, {sound.jitter_ms:.0f} ms"


def _talked(record: CallRecord) -> str:
    if record.answered_at is None or record.ended_at is None:
        return ""
    return seconds(int((record.ended_at - record.answered_at).total_seconds() * 1000))


def _sound(quality: StreamQuality | None) -> str:
    """How one direction sounded, the score first: most readers need no more."""
    if quality is None:
        return ""
    there_and_back = "" if quality.round_trip_ms is None else f", round trip {quality.round_trip_ms:.0f} ms"
    measured = f"{quality.loss:.1%} lost, jitter {quality.jitter_ms:.0f} ms{there_and_back}"
    return f"MOS {quality.mos:.1f} ({measured})"
