"""Queues of Asterisk as queues of ours; FreePBX keeps the same words in its tables."""

from collections.abc import Callable
from typing import Any

from pbx.importers.house import House
from pbx.importers.names import new_name

MAX_MEMBERS = 500
LONGEST_S = 6 * 3600  # nobody waits longer here
_STRATEGIES = {
    "ringall": "ring_all",
    "leastrecent": "longest_idle",
    "fewestcalls": "fewest_calls",
    "rrmemory": "round_robin",
    "rrordered": "round_robin",
    "roundrobin": "round_robin",
    "linear": "in_order",
}
_SECONDS = {"timeout": ("ring", 3, 180), "retry": ("retry", 1, 600), "wrapuptime": ("wrap_up", 1, 3600)}
Leave = Callable[[str, str], None]  # what is left out, and why


def add_queue(house: House, title: str, members: list[str], told: dict[str, str], leave: Leave) -> str:
    """Add a queue whose members take calls from the start; return its name."""
    name = new_name(title, house.queues, "queue")
    queue: dict[str, Any] = {"name": title[:64], "members": [*map(int, dict.fromkeys(members))][:MAX_MEMBERS]}
    strategy = told.get("strategy", "ringall")
    if strategy not in _STRATEGIES:
        leave(f"strategy={strategy}", "there is no such order: who waits longest for a call gets it")
    queue |= {"strategy": _STRATEGIES.get(strategy, "longest_idle"), "login": "presumed"}
    for key, (ours, least, most) in _SECONDS.items():
        value = told.get(key, "")
        if value.isdecimal() and least <= int(value) <= most:
            queue[ours] = f"{value}s"
        elif key == "wrapuptime":
            queue[ours] = None
    length = told.get("maxlen", "")
    if length.isdecimal() and 1 <= int(length) <= 1000:
        queue["max_length"] = int(length)
    house.queues[name] = queue
    return name


def wait_at_most(house: House, name: str, seconds: str, leave: Leave) -> None:
    """Note how long callers wait in a queue, which all who come to it have in common."""
    wait_s = min(LONGEST_S, int(seconds)) if seconds.isdecimal() and int(seconds) else LONGEST_S
    known = house.queues[name].setdefault("max_wait", f"{wait_s}s")
    if known != f"{wait_s}s":
        leave(f"{wait_s} s in queue {name}", f"everybody waits there for {known} at most")
