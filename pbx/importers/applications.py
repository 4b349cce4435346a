"""Applications of Asterisk, and the steps of a flow that they become."""

import re
from dataclasses import replace
from typing import Any

from pbx.importers.dialplan_conf import Line, bindings
from pbx.importers.names import name_of
from pbx.importers.sounds import sentence_of
from pbx.importers.variables import Asked, decide, is_known
from pbx.importers.walk import At, Handler, Outcome, Walk

MAX_MESSAGE = 1000  # characters of a sentence
MAX_DIGITS = 32  # of one entry
_CAUSES = {"1": "unknown_number", "17": "busy", "19": "no_answer", "21": "declined", "34": "congestion"}
_CAUSES |= {"42": "congestion", "USER_BUSY": "busy", "NO_ANSWER": "no_answer", "CALL_REJECTED": "declined"}
_SOUND = "nobody here knows what the file says: it is said by its name"
_RECORD = "record it: prompts/LANGUAGE/index.yaml names the file of a sentence"


def passes(_walk: Walk, at: At, _line: Line, _words: list[str]) -> Outcome:
    """What changes nothing for the caller."""
    return at.then()


def plays(walk: Walk, at: At, line: Line, words: list[str]) -> Outcome:
    """`Playback(file&file)`."""
    text = said(walk, line, words[0])
    if not text:
        return at.then()
    name = walk.reserve(at, "say")
    walk.steps[name] = {"say": text, "next": walk.step_at(at.then())}
    return name


def said(walk: Walk, line: Line, files: str) -> str:
    """Return the sentences of sound files, and note those that nobody knows."""
    texts: list[str] = []
    for file in files.split("&"):
        if not is_known(file):
            walk.leave(line, "which file it plays is not known before a call", "write the sentence")
            continue
        text, is_sure = sentence_of(file)
        if not is_sure:
            walk.leave(line, _SOUND, _RECORD)
        texts += [text] if text else []
    return " ".join(texts)[:MAX_MESSAGE]


def says(kind: str) -> Handler:
    """`SayDigits(value)` and the like."""

    def handler(walk: Walk, at: At, line: Line, words: list[str]) -> Outcome:
        if not words[0] or not is_known(words[0]):
            walk.leave(line, "what it says is not known before a call", "write what is said")
            return at.then()
        name = walk.reserve(at, "say")
        walk.steps[name] = {"say": {kind: words[0]}, "next": walk.step_at(at.then())}
        return name

    return handler


def hangs_up(walk: Walk, _at: At, _line: Line, words: list[str]) -> Outcome:
    """`Hangup(cause)`."""
    return walk.end(_CAUSES.get(words[0].upper(), ""))


def ends(cause: str) -> Handler:
    """`Busy` and `Congestion`."""
    return lambda walk, _at, _line, _words: walk.end(cause)


def goes(walk: Walk, at: At, line: Line, words: list[str]) -> Outcome:
    """`Goto(...)`."""
    return walk.jump(at, words, line)


def goes_if(walk: Walk, at: At, line: Line, words: list[str]) -> Outcome:
    """`GotoIf(condition?there:elsewhere)`."""
    condition, there, elsewhere = _question(",".join(words))
    answer = decide(condition)
    if answer is None:
        walk.leave(line, "the condition is not known before a call", "write it as a `match` step")
        answer = False
    if isinstance(answer, Asked):
        return _asks(walk, at, line, answer, (there, elsewhere))
    target = there if answer else elsewhere
    return walk.jump(at, target.split(","), line) if target else at.then()


def _asks(walk: Walk, at: At, line: Line, asked: Asked, ways: tuple[str, str]) -> Outcome:
    name = walk.reserve(at, "match")
    holds, fails = (_way(walk, at, line, way) for way in ways)
    if not asked.is_equal:
        holds, fails = fails, holds
    case = {"is": asked.value, "then": holds}
    walk.steps[name] = {"match": asked.variable, "cases": [case], "otherwise": fails}
    return name


def _way(walk: Walk, at: At, line: Line, way: str) -> str:
    """The step of one of two ways; one that is not written is the next line."""
    there = walk.jump(at, way.split(","), line) if way else at.then()
    return there if isinstance(there, str) else walk.step_at(there) if there is not None else walk.end()


def _question(text: str) -> tuple[str, str, str]:
    """Return condition and both ways of `condition?there:elsewhere`."""
    condition, _, ways = text.rpartition("?") if "]?" not in text else _cut(text, "]?")
    there, _, elsewhere = ways.partition(":")
    return condition, there.strip(), elsewhere.strip()


def _cut(text: str, mark: str) -> tuple[str, str, str]:
    before, _, after = text.partition(mark)
    return before + mark[0], mark, after


def runs_if(walk: Walk, at: At, line: Line, words: list[str]) -> Outcome:
    """`ExecIf(condition?application(arguments))`, where the condition is known."""
    condition, there, elsewhere = _question(",".join(words))
    answer = decide(condition)
    if not isinstance(answer, bool):
        walk.leave(line, "the condition is not known before a call", "write it as a `match` step")
        return at.then()
    chosen = there if answer else elsewhere
    found = re.fullmatch(r"(\w+)\((.*)\)", chosen)
    if found is None:
        return at.then()
    handler = HANDLERS.get(found[1].lower())
    inner = Line(found[1].lower(), found[2], line.place)
    return handler(walk, at, inner, found[2].split(",")) if handler is not None else at.then()


def sets(walk: Walk, at: At, line: Line, words: list[str]) -> Outcome:
    """`Set(NAME=value)` where the value is known; functions of the channel are left."""
    name, value = next(iter(bindings(",".join(words)).items()), ("", ""))
    name = name.removeprefix("__").removeprefix("_")
    if not re.fullmatch(r"[A-Za-z_]\w*", name):
        kind = name.partition("(")[0].upper()
        if kind not in ("CDR", "CHANNEL", "TIMEOUT", "HASH", "DB"):
            walk.leave(line, f"{kind or 'it'} is not set by a flow", "see extensions.yaml and trunks.yaml")
        elif kind in ("DB", "HASH") or "language" in name:
            walk.leave(line, "it is not kept", "use a step `language`, or a list of numbers in a `match`")
        return at.then()
    if not is_known(value):
        walk.leave(line, "the value is not known before a call", "write what depends on it as steps")
        return at.then()
    return at.then().with_known({name: value})


def reads(walk: Walk, at: At, line: Line, words: list[str]) -> Outcome:
    """`Read(NAME,file,digits,options,attempts,timeout)`."""
    variable, file, digits, _, attempts, timeout = (*words, *[""] * 6)[:6]
    into = name_of(variable, "entry")
    most = min(MAX_DIGITS, int(digits)) if digits.isdecimal() and int(digits) else MAX_DIGITS
    name = walk.reserve(at, "ask")
    empty = at.then().with_known({variable: ""})
    step: dict[str, Any] = {
        "collect": said(walk, line, file) or "Please enter the number.",
        "into": into,
        "max_digits": most,
        "secret": False,
        "attempts": max(1, min(10, int(attempts))) if attempts.isdecimal() else 1,
        "timeout": f"{timeout}s" if timeout.isdecimal() and 0 < int(timeout) < 600 else "10s",
    }
    step["next"] = walk.step_at(at.then().with_known({variable: f"{{{into}}}"}))
    step["otherwise"] = walk.step_at(empty)
    walk.steps[name] = step
    return name


def echoes(walk: Walk, at: At, _line: Line, _words: list[str]) -> Outcome:
    """`Echo`."""
    name = walk.reserve(at, "echo")
    walk.steps[name] = {"echo": None}
    return name


def measures(walk: Walk, at: At, _line: Line, _words: list[str]) -> Outcome:
    """`Milliwatt`, which lasts until the caller hangs up; ours lasts a minute."""
    name = walk.reserve(at, "milliwatt")
    walk.steps[name] = {"milliwatt": "60s"}
    return name


def confers(walk: Walk, at: At, line: Line, words: list[str]) -> Outcome:
    """`ConfBridge(room)`, `MeetMe(room)`."""
    if not words[0] or not is_known(words[0]):
        walk.leave(line, "which room it is is not known before a call", "write a step `conference`")
        return at.then()
    room = name_of(words[0], "room")
    walk.desk.house.rooms.setdefault(room, {})
    name = walk.reserve(at, "conference")
    walk.steps[name] = {"conference": room}
    return name


def leaves_message(walk: Walk, at: At, line: Line, words: list[str]) -> Outcome:
    """`VoiceMail(box@context&box,options)`: the first box that is somebody's."""
    boxes = [one.partition("@")[0].strip() for one in words[0].split("&")]
    known = [walk.desk.boxes[one] for one in boxes if one in walk.desk.boxes]
    if len(boxes) > len(known) or len(boxes) > 1:
        left = [one for one in boxes if one not in walk.desk.boxes] or boxes[1:]
        walk.leave(line, f"box {left[0]} is nobody's here", "a box is that of an extension or a group")
    if not known:
        return at.then()
    name = walk.reserve(at, "message")
    walk.steps[name] = {"voicemail": known[0]}
    return name


def looks_up(walk: Walk, at: At, _line: Line, words: list[str]) -> Outcome:
    """`Directory(voicemail context,dial context,options)`: people are looked for by name."""
    options = words[2] if len(words) > 2 else ""
    name = walk.reserve(at, "directory")
    by = "any_name" if "b" in options else "first_name" if "f" in options else "last_name"
    walk.steps[name] = {"directory": by, "none": walk.step_at(at.then())}
    return name


def calls_sub(walk: Walk, at: At, line: Line, words: list[str]) -> Outcome:
    """`Gosub(context,extension,priority(arguments))`."""
    text = ",".join(words)
    place, mark, arguments = text.partition("(")
    values = (
        {f"ARG{i}": one.strip() for i, one in enumerate(arguments.removesuffix(")").split(","), 1)}
        if mark
        else {}
    )
    there = walk.jump(at, [word.strip() for word in place.split(",")], line)
    if not isinstance(there, At):
        return there
    return replace(there.with_known(values), back=(*at.back, at.then())[-8:], is_macro=False)


def calls_macro(walk: Walk, at: At, line: Line, words: list[str]) -> Outcome:
    """`Macro(name,arguments)`, which Asterisk has given up for Gosub."""
    there = walk.jump(at, [f"macro-{words[0]}", "s", "1"], line)
    if not isinstance(there, At):
        return there
    values = {f"ARG{i}": one for i, one in enumerate(words[1:], 1)} | {"MACRO_EXTEN": at.exten}
    return replace(there.with_known(values), back=(*at.back, at.then())[-8:], is_macro=True)


def returns(walk: Walk, at: At, _line: Line, _words: list[str]) -> Outcome:
    """`Return()`: what was set in a subroutine is known after it, as a variable of a channel is."""
    if not at.back:
        return walk.end()
    known = {name: value for name, value in at.variables.items() if not name.startswith("ARG")}
    return at.back[-1].with_known(known)


_PASSING = [
    "answer",
    "noop",
    "verbose",
    "log",
    "progress",
    "ringing",
    "wait",
    "waitexten",
    "proceeding",
    "setmusiconhold",
    "musiconhold",
    "stopmusiconhold",
    "resetcdr",
    "nocdr",
    "forkcdr",
    "setamaflags",
    "celgenuserevent",
    "playtones",
    "stopplaytones",
    "while",
    "endwhile",
    "dumpchan",
]
HANDLERS: dict[str, Handler] = {
    **dict.fromkeys(_PASSING, passes),
    "playback": plays,
    "saydigits": says("digits"),
    "saynumber": says("number"),
    "hangup": hangs_up,
    "busy": ends("busy"),
    "congestion": ends("congestion"),
    "goto": goes,
    "gotoif": goes_if,
    "execif": runs_if,
    "set": sets,
    "read": reads,
    "directory": looks_up,
    "echo": echoes,
    "milliwatt": measures,
    "confbridge": confers,
    "meetme": confers,
    "voicemail": leaves_message,
    "gosub": calls_sub,
    "macro": calls_macro,
    "return": returns,
}
