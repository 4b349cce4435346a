"""An export of FreePBX: a dump of its database `asterisk`, or the CSV files of its Bulk Handler."""

import csv
import io
import re
from collections.abc import Mapping
from functools import partial

from pbx.core.secret import Secret
from pbx.importers.destinations import Destinations, Ours
from pbx.importers.house import Carrier, Device, Flow, House
from pbx.importers.names import name_of, new_name
from pbx.importers.queue_lines import add_queue, wait_at_most
from pbx.importers.report import Report
from pbx.importers.ringing import is_number
from pbx.importers.sql_dump import Row, Tables, read_dump

_NUMBER = re.compile(r"[1-9][0-9]{1,6}", re.ASCII)
_MEMBER = re.compile(r"(?:Local|PJSIP|SIP)/(\d+)(?:@\S+?)?(?:/n)?(?:,.*)?", re.IGNORECASE)
_STRATEGIES = ("ringall", "ringall-prim")
_NUMBERED = (("ringgroups", "ext-group", "grpnum"), ("queues_config", "ext-queues", "extension"))
_LEFT = {
    "findmefollow": ("follow me", "telephones do not forward by themselves", "ring several places in a flow"),
    "daynight": ("call flow control", "nobody switches opening hours by a key", "write them as a schedule"),
    "paging_config": ("paging group", "no group of telephones can be paged", "leave it out"),
    "callback": ("callback", "nobody is called back by a number", "leave it out"),
    "disa": ("DISA", "nobody calls out through the PBX from outside", "leave it out"),
    "miscdests": ("misc destination", "it dials anything", "write what it is for"),
    "vmblast_groups": ("voicemail blast", "a message has one box", "use the voicemail of a group"),
    "directory_details": ("directory", "names are not carried over", "a step `directory`"),
    "cidlookup": ("caller ID lookup", "no server is asked for names", "see customers.yaml"),
    "blacklist": ("blacklist", "it is not in this database", "see docs/fraud.md"),
}


def read_tables(files: Mapping[str, str]) -> Tables:
    """Return the rows of dumps and of CSV files; a CSV of extensions stands for several tables."""
    tables = Tables()
    for name, text in files.items():
        if name.endswith(".csv"):
            _read_csv(name, text, tables)
        else:
            read_dump(name, text, tables)
    return tables


def read_freepbx(tables: Tables, country: str, report: Report) -> House:
    """Return what the tables say; what has no place in it is in the report."""
    house = House()
    _devices(tables, house, report)
    _trunks(tables, house, report)
    ours = Ours(groups=_groups(tables, house, report), queues=_queues(tables, house, report))
    _incoming(tables, house, report, (ours, country))
    for table, kind, key in _NUMBERED:
        for row in tables.of(table):
            number = row.get(key)
            if number in ours.groups or number in ours.queues:
                _inside(tables, house, report, (ours, row, number, f"{kind},{number},1"))
    _outbound(tables, house, report)
    for table, (what, why, remedy) in _LEFT.items():
        for row in tables.of(table):
            report.leave(row.place, what, why, remedy)
    return house


def _read_csv(name: str, text: str, tables: Tables) -> None:
    for number, values in enumerate(csv.DictReader(io.StringIO(text)), 2):
        row = Row({key: value or "" for key, value in values.items() if key is not None}, f"{name}:{number}")
        if "destination" in row.values:
            tables.add("incoming", row)
        elif "extension" in row.values:
            tables.add("users", row)
            secret = {"id": row.get("extension"), "keyword": "secret", "data": row.get("secret")}
            tables.add("sip", Row(secret, row.place))


def _devices(tables: Tables, house: House, report: Report) -> None:
    secrets = {one.get("id"): one.get("data") for one in tables.of("sip") if one.get("keyword") == "secret"}
    for row in tables.of("users"):
        number = row.get("extension")
        if _NUMBER.fullmatch(number) is None:
            why = "extensions have 2 to 7 digits, and do not begin with 0"
            report.leave(row.place, f"extension {number}", why, "give it another number")
            continue
        secret = secrets.get(number, "")
        house.devices[number] = Device(
            user=number,
            number=number,
            name=row.get("name")[:64] or number,
            place=row.place,
            secret=Secret(secret) if secret else None,
        )


def _trunks(tables: Tables, house: House, report: Report) -> None:
    for row in tables.of("trunks"):
        told = {
            one.get("keyword"): one.get("data")
            for table in ("pjsip", "sip")
            for one in tables.of(table)
            if one.get("id") in (row.get("trunkid"), f"tr-peer-{row.get('trunkid')}")
        }
        host = told.get("sip_server") or told.get("host", "")
        if row.get("tech").lower() not in ("pjsip", "sip") or not host:
            report.leave(
                row.place, f"trunk {row.get('name')}", "it has no SIP server", "write it in trunks.yaml"
            )
            continue
        port = told.get("sip_server_port") or told.get("port", "")
        name = new_name(row.get("name") or row.get("channelid"), house.carriers, "trunk")
        secret = told.get("secret", "")
        carrier = Carrier(
            name=name, place=row.place, host=host.lower(), port=int(port) if port.isdecimal() else 0
        )
        matches = [one.strip() for one in told.get("match", "").split(",")]
        carrier.sources = [one for one in (*matches, host) if re.fullmatch(r"[0-9.]+(/\d+)?", one)]
        if secret:
            carrier.user, carrier.secret = told.get("username", ""), Secret(secret)
            carrier.registers = told.get("registration", "send") == "send"
        house.carriers[name] = carrier


def _groups(tables: Tables, house: House, report: Report) -> dict[str, str]:
    """Return our group by the number of a ring group or a queue."""
    found: dict[str, str] = {}
    for row in tables.of("ringgroups"):
        members = [one.strip() for one in row.get("grplist").split("-")]
        if row.get("strategy") not in _STRATEGIES:
            why = "members of a group ring together"
            report.leave(
                row.place, f"strategy {row.get('strategy')} of {row.get('grpnum')}", why, "see `ring`"
            )
        _group(house, report, found, (row, row.get("grpnum"), row.get("description"), members))
    return found


def _queues(tables: Tables, house: House, report: Report) -> dict[str, str]:
    """Return our queue by the number of theirs."""
    found: dict[str, str] = {}
    for row in tables.of("queues_config"):
        number = row.get("extension")
        told = [one for one in tables.of("queues_details") if one.get("id") == number]
        joined = (_MEMBER.fullmatch(one.get("data")) for one in told if one.get("keyword") == "member")
        members = [one[1] for one in joined if one is not None and one[1] in house.devices]
        if not members:
            report.leave(row.place, f"queue {number}", "nobody of this house is a member", "queues.yaml")
            continue
        leave = partial(_leave_of, report, row)
        words = {one.get("keyword"): one.get("data") for one in told}
        found[number] = add_queue(house, row.get("descr") or number, members, words, leave)
        wait_at_most(house, found[number], row.get("maxwait"), leave)
    return found


def _leave_of(report: Report, row: Row, what: str, why: str) -> None:
    report.leave(row.place, what, why, "see docs/queues.md")


def _group(house: House, report: Report, found: dict[str, str], of: tuple[Row, str, str, list[str]]) -> None:
    row, number, title, members = of
    for member in members:
        if member not in house.devices:
            why = "it is no extension of this house"
            report.leave(
                row.place, f"member {member} of {number}", why, "`ring: [{number: ..., account: EXTENSION}]`"
            )
    ours = list(dict.fromkeys(one for one in members if one in house.devices))[:64]
    if ours:
        found[number] = new_name(title or number, house.groups, "group")
        house.groups[found[number]] = ((title or number)[:64], ours)


def _incoming(tables: Tables, house: House, report: Report, of: tuple[Ours, str]) -> None:
    ours, country = of
    for row in tables.of("incoming"):
        number = row.get("extension")
        if row.get("cidnum"):
            why = "a route by who calls is a `when` of a number"
            report.leave(row.place, f"inbound {number} from {row.get('cidnum')}", why, "docs/schedules.md")
            continue
        if not is_number(number, country):
            why = "numbers are written one by one, and in full"
            report.leave(
                row.place, f"inbound route {number or 'of any number'}", why, "`inbound` in dialplan.yaml"
            )
            continue
        there = Destinations(tables=tables, house=house, report=report, ours=ours)
        start, steps = there.flow(row.get("destination"), row.place)
        first = steps[start]
        ends = {steps[first[key]].get("hang_up", "") for key in ("no_answer", "busy") if key in first}
        if ends == {None} and str(first["ring"]).startswith("extension/"):
            house.inbound[number] = "extension", str(first["ring"]).partition("/")[2]
            continue
        name = new_name(f"in-{name_of(number, 'n')}", house.flows)
        house.flows[name] = Flow(name=name, start=start, steps=steps, place=row.place)
        house.inbound[number] = "flow", name


def _inside(tables: Tables, house: House, report: Report, of: tuple[Ours, Row, str, str]) -> None:
    ours, row, number, destination = of
    if number in house.devices or _NUMBER.fullmatch(number) is None:
        report.leave(
            row.place, f"number {number}", "it is no number of its own", "`internal` in dialplan.yaml"
        )
        return
    start, steps = Destinations(tables=tables, house=house, report=report, ours=ours).flow(
        destination, row.place
    )
    name = new_name(f"at-{number}", house.flows)
    house.flows[name] = Flow(name=name, start=start, steps=steps, place=row.place)
    house.internal[number] = name


def _outbound(tables: Tables, house: House, report: Report) -> None:
    """The first route with a digit or nothing in front is ours; the others are in the report."""
    names = {one.place: one.name for one in house.carriers.values()}
    for row in tables.of("outbound_routes"):
        route = row.get("route_id")
        patterns = [one for one in tables.of("outbound_route_patterns") if one.get("route_id") == route]
        trunks = sorted(
            (one.get("seq"), one.get("trunk_id"))
            for one in tables.of("outbound_route_trunks")
            if one.get("route_id") == route
        )
        trunk = tables.first("trunks", trunkid=trunks[0][1]) if trunks else None
        prefix = patterns[0].get("match_pattern_prefix") if patterns else ""
        known = names.get(trunk.place, "") if trunk is not None else ""
        if known and house.out_by[0] in ("", known) and re.fullmatch(r"[0-9]?", prefix):
            house.out_by = known, house.out_by[1] or prefix
        else:
            why = "calls to the network leave by one trunk, behind one digit or none"
            report.leave(row.place, f"outbound route {row.get('name')}", why, "`outbound` in dialplan.yaml")
