"""`Dial` and `Queue`: who rings, for how long, and where it goes on when nobody answers."""

import re
from typing import Any

from pbx.dialplan.numbers import full_number
from pbx.importers.dialplan_conf import Line
from pbx.importers.names import new_name
from pbx.importers.queue_lines import wait_at_most
from pbx.importers.variables import is_known
from pbx.importers.walk import At, Handler, Outcome, Walk

LONGEST_S = 180  # nobody rings longer here (RFC 3261 §16.6, timer C)
MAX_TARGETS = 20  # of one step; more ring as a group
_CONTACTS = re.compile(r"\$\{PJSIP_DIAL_CONTACTS\(([^)]+)\)\}")
_DEVICE = re.compile(r"(?:PJSIP|SIP|IAX2|SCCP|CUSTOM)/(?P<name>[^@/,&]+)(?:/sip:.*)?", re.IGNORECASE)
_LOCAL = re.compile(r"Local/(?P<number>[^@/]+)(?:@(?P<context>[^/]+))?(?:/\w+)?", re.IGNORECASE)
_OUT = re.compile(
    r"(?:PJSIP|SIP|IAX2)/(?:(?P<number>[^@/]+)@(?P<trunk>[^/]+)|(?P<trunk2>[^@/]+)/(?P<number2>.+))"
)
_NEVER = frozenset("ADGLMSUWwp")  # options that do something for which there is nothing here
_OPTION = re.compile(r"([A-Za-z])(?:\([^)]*\))?")
_WHAT = "the option does something that a step `ring` does not"


def rings(walk: Walk, at: At, line: Line, words: list[str]) -> Outcome:
    """`Dial(target&target,seconds,options)`."""
    targets, seconds, options = (*words, "", "")[:3]
    found = [place for target in targets.split("&") if (place := _place(walk, at, line, target)) is not None]
    for option, whole in ((one[1], one[0]) for one in _OPTION.finditer(options)):
        if option in _NEVER:
            walk.leave(line, f"{_WHAT}: {whole}", "see docs/recording and `ring` in the reference")
    if not found:
        return at.then()
    for_s = min(LONGEST_S, int(seconds)) if seconds.isdecimal() and int(seconds) else LONGEST_S
    return ring_step(walk, at, list(dict.fromkeys(found)), for_s)


def ring_step(walk: Walk, at: At, targets: list[str], for_s: int) -> str:
    """Return the step; what follows knows how the attempt has ended."""
    name = walk.reserve(at, "ring")
    if len(targets) > MAX_TARGETS:
        targets = [f"group/{group_of(walk, targets)}"]
    after = at.then()
    step = {"ring": targets[0] if len(targets) == 1 else targets, "for": f"{for_s}s"}
    walk.steps[name] = step | {
        "no_answer": walk.step_at(after.with_known({"DIALSTATUS": "NOANSWER"})),
        "busy": walk.step_at(after.with_known({"DIALSTATUS": "BUSY"})),
    }
    return name


def group_of(walk: Walk, targets: list[str]) -> str:
    """Return the group of these extensions, made if there is none."""
    members = [one.removeprefix("extension/") for one in targets]
    groups = walk.desk.house.groups
    same = next((name for name, (_, known) in groups.items() if known == members), "")
    name = same or new_name(f"ring-{members[0]}", groups)
    groups.setdefault(name, (f"Ring {members[0]}", members))
    return name


def _place(walk: Walk, at: At, line: Line, target: str) -> str | None:
    """Return `extension/1001`, or note a target that is nobody here."""
    target = _CONTACTS.sub(r"PJSIP/\1", target.strip())
    if (local := _LOCAL.fullmatch(target)) is not None and is_known(target):
        number = _ends_at(walk, local["context"] or at.context, local["number"])
        if number:
            return f"extension/{number}"
    device = _DEVICE.fullmatch(target)
    if device is not None and device["name"] in walk.desk.by_user:
        return f"extension/{walk.desk.by_user[device['name']]}"
    if target in walk.desk.by_user:
        return f"extension/{walk.desk.by_user[target]}"
    if _OUT.fullmatch(target) is not None:
        why, remedy = "it calls the network", "write `ring: [{number: ..., account: EXTENSION}]`"
        walk.leave(line, why, remedy)
    else:
        walk.leave(line, f"{target[:40]} is no telephone that was found", "name it in a step `ring`")
    return None


def _ends_at(walk: Walk, context: str, number: str) -> str:
    """The extension that a number of a context rings, "" = it is another thing."""
    if number in walk.desk.house.devices:
        return number
    found = walk.desk.plan.find(context, number)
    for one in found[1].lines.values() if found is not None else ():
        device = _DEVICE.fullmatch(one.arguments.split(",")[0]) if one.app == "dial" else None
        if device is not None and device["name"] in walk.desk.by_user:
            return walk.desk.by_user[device["name"]]
    return ""


def waits(walk: Walk, at: At, line: Line, words: list[str]) -> Outcome:
    """`Queue(name,options,,,seconds)`; what follows knows by `${QUEUESTATUS}` why nobody has answered."""
    theirs, _, _, _, seconds = (*words, *[""] * 5)[:5]
    queue = walk.desk.queues.get(theirs)
    if queue is None:
        walk.leave(line, f"nobody is a member of the queue {theirs}", "write it in queues.yaml")
        return at.then()
    wait_at_most(
        walk.desk.house, queue, seconds, lambda _what, why: walk.leave(line, why, "see docs/queues.md")
    )
    name = walk.reserve(at, "queue")
    ways = {"otherwise": "JOINUNAVAIL", "timeout": "TIMEOUT", "full": "FULL", "no_agents": "JOINEMPTY"}
    step: dict[str, Any] = {"queue": queue}
    for key, status in ways.items():
        step[key] = walk.step_at(at.then().with_known({"QUEUESTATUS": status}))
    walk.steps[name] = step
    return name


def pages(walk: Walk, at: At, line: Line, words: list[str]) -> Outcome:
    """`Page(target&target,options,seconds)`: they answer by themselves and hear the caller."""
    found = [place for one in words[0].split("&") if (place := _place(walk, at, line, one)) is not None]
    if "d" in (words[1] if len(words) > 1 else ""):
        walk.leave(line, "who is paged is not heard", "use a conference")
    if not found:
        return at.then()
    name = walk.reserve(at, "page")
    target = found[0] if len(found) == 1 else f"group/{group_of(walk, list(dict.fromkeys(found)))}"
    after = walk.step_at(at.then())
    walk.steps[name] = {"page": target, "next": after, "none": after}
    return name


def trunk_of(target: str) -> tuple[str, str] | None:
    """Return trunk and number of a target that calls the network."""
    found = _OUT.match(target.strip())
    if found is None:
        return None
    return found["trunk"] or found["trunk2"], found["number"] or found["number2"]


def is_number(text: str, country: str) -> bool:
    """Whether somebody of the network has this number."""
    return full_number(text, country) is not None


HANDLERS: dict[str, Handler] = {"dial": rings, "page": pages, "queue": waits}
