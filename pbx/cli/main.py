"""The command line `pbx`: parses the words, runs one command, turns its outcome into an exit code."""

import asyncio
import inspect
import logging
import sys
from collections.abc import Sequence

from cyclopts import App

from pbx.cli.output import guarded
from pbx.cli.site import CONFIG, ConfigDir

app = App(name="pbx", help="Cloud PBX: calls, recording with consent, caller verification.")
# By name, so that each is imported when it is used: `pbx run` starts without any of them. The words are those
# of the command itself, for the list of them.
LATE = {
    "access": ("access:app", "Who may hear a recording where that takes two."),
    "apply": (
        "apply:apply",
        "Check and test the files, and use them for new calls; calls in progress keep their plan.",
    ),
    "audit": ("audit:app", "The tamper-evident log of what happened."),
    "bans": ("bans:app", "Sources that guessed passwords and are not listened to."),
    "calls": ("calls:app", "Call records, and calls in progress."),
    "check": ("check:check", "Check a configuration folder and name every mistake by file, line and column."),
    "conferences": ("conferences:app", "Conferences that go on, and who talks."),
    "config": ("config:app", "What may stand in the files of a configuration."),
    "consents": ("consents:app", "Consents to recording, written once."),
    "customers": ("customers:app", "Customers that callers are verified against."),
    "degradation": (
        "degradation:degradation",
        "Say what calls do without each part, and which parts are away; exit code 1 while one is.",
    ),
    "diff": ("diff:diff", "Say what the files change for whom, against the plan that runs or a version."),
    "explain": (
        "explain:explain",
        "Say where a call to NUMBER would go and why; --at: what would happen; --call: what happened.",
    ),
    "fraud": ("fraud:app", "Accounts that were stopped because of toll fraud."),
    "grants": ("grants:app", "Grants: the signed proof of who a caller is, which dies by itself."),
    "graph": (
        "graph:graph",
        "Draw a flow, such as flow/support, in the terminal; --svg: as a file; --out: a page for every flow.",
    ),
    "init": (
        "init:init",
        "Write the first plan of a new tenant: two telephones, a team, opening hours, a menu, voicemail.",
    ),
    "import": ("imports:app", "Take over the configuration of another system."),
    "keys": ("keys:app", "Keys of the recordings."),
    "listen": ("listen:app", "Recordings for users of this machine, as far as they may hear them."),
    "locations": (
        "locations:locations",
        "List where help would look for each telephone; one that is registered by the network it is in.",
    ),
    "marketing": ("marketing:app", "Marketing calls: who may be called, and who wants none."),
    "media": ("media:app", "Media workers."),
    "phone": ("phone:app", "A test telephone."),
    "phones": (
        "phones:phones",
        "List the registered telephones; what only refreshed shows up to five seconds later.",
    ),
    "privacy": ("privacy:app", "Data protection: register of data, requests, breaches, corrections."),
    "prompts": ("prompts:app", "What flows say, in which language, and how callers hear it."),
    "queue": ("queue:app", "Queues: who waits, and which agents are there."),
    "recordings": ("recordings:app", "Encrypted recordings and their proofs."),
    "reload": (
        "reload:reload",
        "Use the changed configuration for new calls and registrations; a broken one changes nothing.",
    ),
    "replay": (
        "replay:replay",
        "Play the calls of the last days by the files; exit code 1 when one would go otherwise.",
    ),
    "rollback": (
        "rollback:rollback",
        "Have an earlier plan in force, the one before that runs unless VERSION names another.",
    ),
    "schedule": ("schedules:app", "Opening hours: how they are now, and opening or closing by hand."),
    "status": (
        "status:status",
        "Show whether the PBX serves, what is wrong now, and what is stored; exit code 1 when it is down.",
    ),
    "test": (
        "plan_tests:test",
        "Run the tests beside the plan, `tests/*.yaml` of each tenant; exit code 1 when one fails.",
    ),
    "versions": (
        "rollback:versions",
        "List the plans that were in force, the newest first: since when, by whom, and why.",
    ),
    "verification": ("verification:app", "Who may not try any more to say who he is, and why."),
}
for _name, (_place, _words) in LATE.items():
    app.command(f"pbx.cli.{_place}", name=_name, help=_words)
_DAEMONS = ("run", "demo")


@app.command(name="run")
def run_pbx(*, config: ConfigDir = CONFIG, demo: bool = False) -> int:
    """Run the PBX until SIGTERM; with --demo a test call comes first."""
    from pbx.supervisor import run_supervisor

    return run_supervisor(config.absolute(), demo=demo, once=False)


@app.command
def demo(*, config: ConfigDir = CONFIG) -> int:
    """Run the PBX, make one test call through it, show what came of it, and stop."""
    from pbx.supervisor import run_supervisor

    return run_supervisor(config.absolute(), demo=True, once=True)


def run(words: Sequence[str]) -> int:
    """Run one command line and return its exit code."""
    return guarded(lambda: _perform(words))


def _perform(words: Sequence[str]) -> object:
    """Let cyclopts understand the words, then run the command outside of it.

    Its context managers write into every exception that passes, and a cached traceback keeps frames alive.
    """
    command, bound, _ = app.parse_args(list(words), exit_on_error=False, print_error=False)
    result = command(*bound.args, **bound.kwargs)
    return asyncio.run(result) if inspect.iscoroutine(result) else result


def main() -> None:
    """Entry point of the `pbx` script."""
    words = sys.argv[1:]
    if not words or words[0] not in _DAEMONS:
        import structlog

        # A one-shot command says what went wrong in one line; log lines would be a second copy of it.
        quiet = structlog.make_filtering_bound_logger(logging.CRITICAL)
        structlog.configure(wrapper_class=quiet)
    sys.exit(run(words))


if __name__ == "__main__":
    main()
