"""`pbx apply`: check the files, run their tests, have them in force, say which version that is."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from pbx.assembly.plan_tests import run_plan_tests
from pbx.cli.check import examine
from pbx.cli.output import DONE, REFUSED, Refusal, WrongUsage, complain, print_json
from pbx.cli.plans import places_of
from pbx.cli.site import CONFIG, AsJson, ConfigDir
from pbx.config.load import ConfigProblems
from pbx.config.places import Places
from pbx.core.errors import MisuseError
from pbx.rehearsal.trial import TestResult
from pbx.runner.control_client import ask
from pbx.runner.control_messages import ChangePlan, PlanIs, PlanRefused, Refused
from pbx.versions.io.folders import take

ANSWER_S = 60.0  # an import of 100,000 customers comes first
MAX_FAILURES = 10  # tests named in a refusal
Comment = Annotated[str, Parameter(name="--comment", help="Why; kept with the version and in the audit log.")]
Watch = Annotated[
    bool, Parameter(name="--watch", negative=(), help="Go on, and apply them whenever they are saved.")
]
Untested = Annotated[
    bool,
    Parameter(name="--untested", negative=(), help="Run no tests of the plan."),
]


async def apply(
    *,
    comment: Comment = "",
    watch: Watch = False,
    untested: Untested = False,
    as_json: AsJson = False,
    config: ConfigDir = CONFIG,
) -> int:
    """Check and test the files, and use them for new calls; calls in progress keep their plan."""
    where = places_of(config)
    if not watch:
        return await apply_files(where, "apply", comment, tested=not untested, as_json=as_json)
    if as_json:
        raise WrongUsage("--watch goes on, so it has no --json")
    from pbx.cli import watch as watching

    await watching.watch(where, comment, watching.looks(), tested=not untested)
    return DONE


async def apply_files(
    where: tuple[Path, Places],
    cause: Literal["apply", "save"],
    comment: str,
    *,
    tested: bool,
    as_json: bool = False,
) -> int:
    """Have the files of a folder in force; TransportError when no PBX runs there."""
    directory, places = where
    digest = take(directory).digest
    if wrong := wrong_in(directory, tested=tested):
        return kept(wrong, as_json=as_json)
    order = ChangePlan(cause=cause, comment=comment, digest=digest)
    return await in_force(places, order, as_json=as_json)


def wrong_in(directory: Path, *, tested: bool) -> tuple[str, ...]:
    """Return what is wrong with the plan in a folder, its own tests among it if `tested`; () = use it."""
    found = examine(directory)
    if isinstance(found, ConfigProblems):
        return tuple(map(str, found.errors))
    return failures(run_plan_tests(found)) if tested else ()


def failures(results: Iterable[TestResult]) -> tuple[str, ...]:
    """Return a line for each test that fails, of MAX_FAILURES at most."""
    failed = [one for one in results if not one.passed]
    lines = [f"{one.place}: the test {one.name!r} fails: {one.differences[0]}" for one in failed]
    if lines:
        told = f"{len(failed)} tests fail: `pbx test` tells why, --untested asks none of them"
        lines[MAX_FAILURES:] = [told]
    return tuple(lines)


def kept(errors: Sequence[str], *, as_json: bool) -> int:
    """Say why the plan is as it was."""
    if as_json:
        print_json({"applied": False, "version": None, "errors": errors, "warnings": [], "waiting": ""})
    for line in () if as_json else errors:
        complain(line)
    return REFUSED


async def in_force(places: Places, order: ChangePlan, *, as_json: bool) -> int:
    """Have the running PBX take a plan, and say what came of it."""
    reply = await ask_change(places, order)
    if isinstance(reply, PlanRefused):
        return kept(reply.errors, as_json=as_json)
    if as_json:
        warnings, waiting = reply.warnings, reply.waiting
        said = {"applied": True, "version": reply.version, "is_new": reply.is_new, "errors": []}
        print_json({**said, "warnings": warnings, "waiting": waiting})
        return DONE
    for line in reply.warnings:
        complain(f"warning: {line}")
    if reply.waiting:
        complain(reply.waiting)
    print(
        f"version {reply.version} is in force" + ("" if reply.is_new else ", as before: no plan has changed")
    )
    return DONE


async def ask_change(places: Places, order: ChangePlan) -> PlanIs | PlanRefused:
    """Return what the running PBX says to another plan; TransportError when none runs here."""
    reply = await ask(places.control_socket, order, ANSWER_S)
    if isinstance(reply, Refused):
        raise Refusal(reply.reason)
    if not isinstance(reply, PlanIs | PlanRefused):
        raise MisuseError("the PBX answered another question")
    return reply
