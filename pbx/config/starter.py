"""The first plan of a tenant: two telephones, a team, opening hours, a menu and voicemail, with tests.

The files lie in `starter/`; what differs from tenant to tenant has a `$name` there.
"""

from dataclasses import asdict, dataclass
from datetime import date, timedelta
from importlib import resources
from importlib.resources.abc import Traversable
from string import Template

from pbx.config.notation import written

OF_MACHINE = "pbx.yaml"
TRY_CARRIER = "127.0.0.2"  # `pbx phone call --from-trunk` calls from here
TRY_PORT = 5070
_A_WEEK = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """What nobody can guess.

    `number` as people of `country` write it, `carrier` = the address of its calls; `street` and the like are
    where its telephones are, for help that one of them calls.
    """

    tenant: str
    domain: str
    country: str
    timezone: str
    number: str
    street: str
    city: str
    house: str = ""
    postcode: str = ""
    carrier: str = TRY_CARRIER


def files(start: Start, today: date) -> dict[str, str]:
    """Return the texts of the files by path: `pbx.yaml`, and those below the tenant's folder."""
    monday = today + timedelta(days=_A_WEEK - today.weekday())
    outbound: dict[str, object] = {"host": start.carrier}
    if start.carrier == TRY_CARRIER:
        outbound["port"] = TRY_PORT
    values = {name: written(value) for name, value in asdict(start).items()}
    values |= {
        "office": written(_office(start)),
        "source": written([start.carrier]),
        "outbound": written(outbound),
    }
    values |= {"monday": monday.isoformat(), "year": str(today.year)}
    found = dict(_templates(resources.files("pbx.config") / "starter", ""))
    return {
        path if path == OF_MACHINE else f"{start.tenant}/{path}": Template(text).substitute(values)
        for path, text in sorted(found.items())
    }


def _office(start: Start) -> dict[str, str]:
    place = {"name": start.tenant, "house": start.house, "street": start.street, "city": start.city}
    return {key: text for key, text in (place | {"postcode": start.postcode}).items() if text} | {
        "call_back": start.number
    }


def _templates(folder: Traversable, path: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for one in folder.iterdir():
        if one.is_dir():
            found += _templates(one, f"{path}{one.name}/")
        else:
            found.append((f"{path}{one.name}", one.read_text(encoding="utf-8")))
    return found
