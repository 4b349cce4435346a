"""The process of a plug-in: calls its function for each line of JSON that comes on standard input.

Run as `python -m pbx.plugins.io.process NAME`. Whatever the plug-in prints goes to standard error.
"""

import json
import os
import resource
import sys
from typing import Any

from pbx.plugins.plugin import Answer, Plugin, installed, load_plugin

MEMORY = 512 * 1024 * 1024  # octets of address space, of which Python itself takes a third
MAX_OPEN = 64  # files
MAX_TEXT = 64  # characters of a text that is given
_LOST = "the answer is none"


def main(name: str) -> None:
    """Serve until standard input ends."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    resource.setrlimit(resource.RLIMIT_NOFILE, (MAX_OPEN, MAX_OPEN))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    plugin = load_plugin(installed()[name])
    answers.write("\n")  # ready
    answers.flush()
    for line in sys.stdin:
        answers.write(json.dumps(answer_of(plugin, json.loads(line))) + "\n")
        answers.flush()


def answer_of(plugin: Plugin, asked: dict[str, Any]) -> dict[str, Any]:
    """Return the outcome with what is given, or why there is none: the kind of a fault, and nothing of it."""
    try:
        answer = plugin.run(plugin.settings.model_validate(asked["settings"]), asked["values"])
    except Exception as error:  # it is the code of others
        return {"fault": type(error).__name__}
    if not isinstance(answer, Answer) or answer.outcome not in plugin.outcomes:
        return {"fault": _LOST}
    for given, text in answer.gives.items():
        if given not in plugin.gives or not isinstance(text, str) or len(text) > MAX_TEXT:
            return {"fault": f"{given} is no text of at most {MAX_TEXT} characters that it may give"[:100]}
    return {"outcome": answer.outcome, "gives": dict(answer.gives)}


if __name__ == "__main__":
    main(sys.argv[1])
