"""`pbx conferences`: the rooms in which people meet now, and who talks."""

from cyclopts import App

from pbx.cli.output import Refusal, fields, listing
from pbx.cli.site import CONFIG, AsJson, ConfigDir, site
from pbx.cli.status import serving_pid
from pbx.runner.rooms import Rooms, read

app = App(name="conferences", help="Conferences that go on, and who talks.")
_COLUMNS = ("room", "parties", "talks")
_SEAT_COLUMNS = ("party", "talks", "muted", "call", "leg")


@app.default
@app.command(name="list")
def list_conferences(*, as_json: AsJson = False, config: ConfigDir = CONFIG) -> None:
    """List the rooms with somebody in them, and who talked a second ago."""
    rows = [
        {
            "room": name,
            "parties": len(seats),
            "talks": next((seat.party for seat in seats if seat.talks), None),
        }
        for name, seats in _rooms(config).items()
    ]
    listing(rows, _COLUMNS, as_json=as_json)


@app.command
def show(room: str, /, *, as_json: AsJson = False, config: ConfigDir = CONFIG) -> None:
    """Show who sits in ROOM (`tenant/room`), who is muted, and who talked a second ago."""
    seats = _rooms(config).get(room)
    if seats is None:
        raise Refusal(f"nobody is in a room {room}: see `pbx conferences`")
    listing([fields(seat) for seat in seats], _SEAT_COLUMNS, as_json=as_json)


def _rooms(config: ConfigDir) -> Rooms:
    """What the PBX of this folder wrote; one that is down left its last word behind."""
    places = site(config).places
    return {} if serving_pid(places.ready) is None else read(places.rooms)
