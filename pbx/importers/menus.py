"""`Background` and `WaitExten`: a question, the step behind each key, and behind a wrong one or none."""

from dataclasses import replace

from pbx.importers.applications import MAX_MESSAGE, said
from pbx.importers.dialplan_conf import Line
from pbx.importers.variables import expand
from pbx.importers.walk import At, Handler, Outcome, Walk

KEYS = "0123456789*#"
ATTEMPTS = 3
_ASKING = ("background", "waitexten", "wait", "noop", "verbose", "answer", "set", "playback", "digittimeout")
_TRIVIAL = ("noop", "verbose", "wait", "playback", "answer", "goto")
_MOST = 12  # lines of an answer to a wrong key before it is more than that


def asks(walk: Walk, at: At, line: Line, _words: list[str]) -> Outcome:
    """`Background(file)` and what follows up to `WaitExten`; `WaitExten` alone asks without words."""
    texts, seconds, behind = _question(walk, at)
    keys = _keys(walk, behind)
    if not keys:
        walk.leave(line, "no extension of one digit answers it", "write a step `menu` or `collect`")
        return behind
    name = walk.reserve(at, "menu")
    step = walk.steps[name]
    step["menu"] = " ".join(texts)[:MAX_MESSAGE] or "Please press a key."
    step["keys"] = {key: walk.step_at(there) for key, there in keys.items()}
    wrong, words = _answer(walk, at, "i")
    late, more = _answer(walk, at, "t")
    behind_none = late or wrong
    step["otherwise"] = walk.step_at(behind_none) if behind_none is not None else walk.end()
    invalid = words or more
    step |= {"invalid": invalid} if invalid else {}
    step |= {"attempts": 1 if late else ATTEMPTS, "timeout": f"{seconds}s"}
    if late and wrong and walk.step_at(late) != walk.step_at(wrong):
        why = "a wrong key and no key have one way here: that of no key"
        walk.desk.report.leave(line.place, "extension i", why, "ask again in a step of its own")
    _longer(walk, behind, line)
    return name


def _question(walk: Walk, at: At) -> tuple[list[str], int, At]:
    """Return the sentences, how long it waits, and the line behind the wait."""
    texts: list[str] = []
    exten, here = walk.lines(at), at
    while exten is not None and (line := exten.lines.get(here.priority)) is not None and line.app in _ASKING:
        arguments = expand(line.arguments, walk.desk.plan.variables | here.variables)
        if line.app in ("background", "playback"):
            text = said(walk, line, arguments.split(",")[0])
            texts += [text] if text else []
        if line.app == "waitexten":
            first = arguments.split(",")[0]
            return texts, int(first) if first.isdecimal() and 0 < int(first) < 600 else 10, here.then()
        here = here.then()
    return texts, 10, here


def _keys(walk: Walk, at: At) -> dict[str, At]:
    """Where each key leads; a key that only a pattern of longer numbers begins with is none."""
    found: dict[str, At] = {}
    for key in KEYS:
        there = replace(at, exten=key, priority=1)
        if walk.lines(there) is not None:
            found[key] = there
    return found


def _answer(walk: Walk, at: At, special: str) -> tuple[At | None, str]:
    """Return where `i` or `t` leads, and what is said first; None = back to the question, or nowhere."""
    here: Outcome = replace(at, exten=special, priority=1)
    assert isinstance(here, At)
    there, texts = here, list[str]()
    for _ in range(_MOST):
        exten = walk.lines(here)
        line = exten.lines.get(here.priority) if exten is not None else None
        if exten is None or line is None:
            return (None if exten is None else there), ""
        if line.app not in _TRIVIAL:
            break
        if line.app == "playback":
            texts.append(said(walk, line, line.arguments.split(",")[0]))
        if line.app == "goto":
            gone = walk.jump(here, [word.strip() for word in line.arguments.split(",")], line)
            if not isinstance(gone, At):
                return there, ""
            if (gone.context, gone.exten) == (at.context, at.exten) and gone.priority <= at.priority:
                return None, " ".join(filter(None, texts))
            here = gone
        else:
            here = here.then()
    return there, ""


def _longer(walk: Walk, at: At, line: Line) -> None:
    """Note numbers that a caller may dial in the question: a key is one digit here."""
    for context in walk.desk.plan.reach(at.context):
        for exten in context.extens.values():
            plain = exten.name.removeprefix("_")
            if len(plain) > 1 and plain != at.exten and (exten.is_pattern or plain.isdecimal()):
                why = f"callers can dial {exten.name} in this question"
                walk.desk.report.leave(line.place, "Background", why, "a step `directory` or `collect`")
                return


HANDLERS: dict[str, Handler] = {"background": asks, "waitexten": asks}
