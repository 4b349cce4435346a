"""A folder of Asterisk: telephones, trunks, queues, boxes, and every number that leads somewhere."""

import re
from collections.abc import Iterator, Mapping
from functools import partial

from pbx.importers import applications, menus, parking, ringing, timed
from pbx.importers.conf import Section, read_conf
from pbx.importers.dialplan_conf import Context, Dialplan, Exten, fits, read_dialplan
from pbx.importers.house import Device, House
from pbx.importers.names import new_name
from pbx.importers.peers_conf import read_pjsip, read_sip
from pbx.importers.queue_lines import add_queue
from pbx.importers.report import Report
from pbx.importers.ringing import is_number, trunk_of
from pbx.importers.walk import At, Desk, Handler, Walk

FILES = (
    "extensions.conf",
    "pjsip.conf",
    "sip.conf",
    "queues.conf",
    "voicemail.conf",
    "indications.conf",
    "rtp.conf",
)
HANDLERS: Mapping[str, Handler] = {
    **applications.HANDLERS,
    **ringing.HANDLERS,
    **menus.HANDLERS,
    **timed.HANDLERS,
    **parking.HANDLERS,
}
_NUMBER = re.compile(r"[1-9][0-9]{1,6}", re.ASCII)
_SPECIAL = frozenset(["s", "i", "t", "h", "o", "a", "e", "T"])
_AFTER = ("voicemail", "queue")
_ONLY_RINGS = "who calls a colleague hears ringing, and nothing after it"
_OWN_FLOW = "give it a flow, and a number under `internal` in dialplan.yaml"
_COUNTRIES = {"uk": "GB"}


def country_of(files: Mapping[str, str]) -> str:
    """Return the country of `indications.conf`, "" = it says none."""
    for section in read_conf(files, "indications.conf", Report()):
        if section.name == "general":
            word = section.last("country").lower()
            return _COUNTRIES.get(word, word.upper() if len(word) == 2 else "")
    return ""


def read_asterisk(files: Mapping[str, str], country: str, report: Report) -> House:
    """Return what the files say; what has no place in it is in the report."""
    house = House()
    read_pjsip(read_conf(files, "pjsip.conf", report), house, report)
    read_sip(read_conf(files, "sip.conf", report), house, report)
    plan = read_dialplan(read_conf(files, "extensions.conf", report), report)
    _ports(read_conf(files, "rtp.conf", Report()), house)
    _number_devices(house, plan, report)
    parking.read_parking(read_conf(files, "res_parking.conf", report), house, report)
    desk = Desk(plan=plan, house=house, report=report, country=country)
    desk.by_user = {one.user: number for number, one in house.devices.items()}
    desk.boxes = _boxes(house, read_conf(files, "voicemail.conf", report))
    _queues(desk, read_conf(files, "queues.conf", report))
    _inbound(desk)
    _internal(desk)
    return house


def _ports(sections: list[Section], house: House) -> None:
    for section in sections:
        first, last = section.last("rtpstart"), section.last("rtpend")
        if first.isdecimal() and last.isdecimal() and 1024 <= int(first) < int(last) - 4 <= 65531:
            house.rtp_ports = int(first) + int(first) % 2, int(last)


def _number_devices(house: House, plan: Dialplan, report: Report) -> None:
    """Give a telephone without a number that of the extension that rings it alone."""
    for key, device in list(house.devices.items()):
        if device.number:
            continue
        del house.devices[key]
        rung = (f"{tech}/{device.user}" for tech in ("PJSIP", "SIP"))
        number = next((one for target in rung for one in _ringing(plan, device, target)), "")
        if not number or number in house.devices:
            why = "no extension of digits rings it alone"
            report.leave(device.place, f"telephone {device.user}", why, "give it a number in extensions.yaml")
            continue
        device.number = number
        house.devices[number] = device


def _ringing(plan: Dialplan, device: Device, target: str) -> Iterator[str]:
    for context in plan.reach(device.context):
        for exten in context.extens.values():
            dials = [line.arguments.split(",")[0] for line in exten.lines.values() if line.app == "dial"]
            if _NUMBER.fullmatch(exten.name) and dials and dials[0].lower() == target.lower():
                yield exten.name


def _boxes(house: House, sections: list[Section]) -> dict[str, str]:
    """Return our box for each of theirs: that of the telephone that has it, or whose number it is."""
    boxes = {number: number for number in house.devices}
    boxes |= {one.mailbox: number for number, one in house.devices.items() if one.mailbox}
    for section in sections:
        if section.name in ("general", "zonemessages"):
            continue
        for entry in section.entries:
            name = entry.value.split(",")[1].strip() if entry.value.count(",") else ""
            group = next((group for group, (title, _) in house.groups.items() if title == name), "")
            if entry.key not in boxes and group:
                boxes[entry.key] = group
    return boxes


def _queues(desk: Desk, sections: list[Section]) -> None:
    for section in sections:
        if section.name == "general" or section.is_template:
            continue
        members: list[str] = []
        for entry in section.every("member"):
            user = entry.value.split(",")[0].rpartition("/")[2].partition("@")[0].strip()
            number = desk.by_user.get(user, user if user in desk.house.devices else "")
            if number:
                members.append(number)
            else:
                why = "a member that is no telephone that was found"
                desk.report.leave(entry.place, entry.value, why, "name it in groups.yaml")
        if members:
            told = {entry.key.lower(): entry.value for entry in section.entries}
            leave = partial(_leave_of, desk, section)
            desk.queues[section.name] = add_queue(desk.house, section.name, members, told, leave)


def _leave_of(desk: Desk, section: Section, what: str, why: str) -> None:
    desk.report.leave(section.place_of(what.partition("=")[0]), what, why, "see docs/queues.md")


def _inbound(desk: Desk) -> None:
    for carrier in desk.house.carriers.values():
        for context, exten in _entries(desk.plan, carrier.context):
            if is_number(exten.name, desk.country) and exten.name not in desk.house.inbound:
                _lead(desk, context, exten, exten.name, is_inbound=True)
            elif exten.name not in _SPECIAL and not is_number(exten.name, desk.country):
                why = "numbers are written one by one, and in full"
                desk.report.leave(exten.place, f"extension {exten.name}", why, "`inbound` in dialplan.yaml")
            elif exten.name == "s":
                why = "a call without a number has no way in"
                desk.report.leave(exten.place, "extension s", why, "write the number in dialplan.yaml")


def _internal(desk: Desk) -> None:
    seen: set[tuple[str, str]] = set()
    taken = {carrier.context for carrier in desk.house.carriers.values()}
    for name in dict.fromkeys(one.context for one in desk.house.devices.values()):
        for context, exten in _entries(desk.plan, name):
            if (context.name, exten.name) in seen:
                continue
            seen.add((context.name, exten.name))
            _inside(desk, context, exten, is_shared=context.name in taken)


def _inside(desk: Desk, context: Context, exten: Exten, *, is_shared: bool) -> None:
    if exten.name in _SPECIAL or is_shared:
        return
    trunk = next(
        (found for line in exten.lines.values() if (found := _dialled_out(line.arguments, line.app))), None
    )
    if trunk is not None:
        _outbound(desk, exten, *trunk)
    elif exten.is_pattern:
        if any(line.app in _AFTER for line in exten.lines.values()):
            desk.report.leave(exten.place, f"extension {exten.name}", _ONLY_RINGS, _OWN_FLOW)
        if not any(fits(exten.name, number) for number in desk.house.devices):
            why = "no telephone has such a number, and other numbers are written one by one"
            desk.report.leave(exten.place, f"extension {exten.name}", why, "`internal` in dialplan.yaml")
    elif exten.name in desk.house.devices:
        if any(line.app in _AFTER for line in exten.lines.values()):
            desk.report.leave(exten.place, f"extension {exten.name}", _ONLY_RINGS, _OWN_FLOW)
    elif _is_slot(desk.house, exten.name):
        return
    elif _NUMBER.fullmatch(exten.name):
        _lead(desk, context, exten, exten.name, is_inbound=False)
    else:
        why = "codes are those of `codes`, and numbers have 2 to 7 digits"
        desk.report.leave(exten.place, f"extension {exten.name}", why, "see `codes` in docs/admin.md")


def _is_slot(house: House, number: str) -> bool:
    """Whether a number is that of the lot, or of a slot, which the lot answers itself."""
    if not house.parking or not number.isdecimal():
        return False
    first, _, last = house.parking["slots"].partition("-")
    return int(number) == house.parking["number"] or int(first) <= int(number) <= int(last)


def _dialled_out(arguments: str, app: str) -> tuple[str, str] | None:
    return trunk_of(arguments.split(",")[0].split("&")[0]) if app == "dial" and "EXTEN" in arguments else None


def _outbound(desk: Desk, exten: Exten, trunk: str, number: str) -> None:
    """`Dial(PJSIP/${EXTEN:1}@trunk)`: calls to the network, behind the digits that are taken off."""
    names = {one.name for one in desk.house.carriers.values()}
    known = trunk.lower() if trunk.lower() in names else ""
    taken = re.search(r"EXTEN:(\d+)", number)
    prefix = exten.name.removeprefix("_")[: int(taken[1]) if taken else 0]
    if not known or len(prefix) > 1 or (prefix and not prefix.isdecimal()):
        why = "calls to the network leave by one trunk, behind one digit or none"
        desk.report.leave(exten.place, f"extension {exten.name}", why, "`outbound` in dialplan.yaml")
    elif desk.house.out_by in (("", ""), (known, prefix)):
        desk.house.out_by = known, prefix
    else:
        why = (
            f"calls to the network leave by {desk.house.out_by[0]} behind {desk.house.out_by[1] or 'nothing'}"
        )
        desk.report.leave(exten.place, f"extension {exten.name}", why, "`outbound` in dialplan.yaml")


def _lead(desk: Desk, context: Context, exten: Exten, number: str, *, is_inbound: bool) -> None:
    """Lead a number to a flow, or to the telephone that is all that its flow rings."""
    walk = Walk(desk, HANDLERS, exten.place)
    name = new_name(f"in-{number}" if is_inbound else f"at-{number}", desk.house.flows)
    flow = walk.flow(name, At(context.name, number, 1, frozenset({("EXTEN", number)})))
    start = flow.steps[flow.start]
    ways = {flow.steps[start[key]].get("hang_up", "") for key in ("no_answer", "busy") if key in start}
    if is_inbound and ways == {None} and str(start.get("ring")).startswith("extension/"):
        desk.house.inbound[number] = "extension", str(start["ring"]).partition("/")[2]
        return
    desk.house.flows[name] = flow
    if is_inbound:
        desk.house.inbound[number] = "flow", name
    else:
        desk.house.internal[number] = name


def _entries(plan: Dialplan, context: str) -> Iterator[tuple[Context, Exten]]:
    seen: set[str] = set()
    for one in plan.reach(context):
        for exten in one.extens.values():
            if exten.name not in seen:
                seen.add(exten.name)
                yield plan.contexts[context], exten
