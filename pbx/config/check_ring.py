"""Whether the places of a `ring` are there, and its numbers may be called."""

from collections.abc import Collection, Iterator

from pbx.config.marks import Document, Path
from pbx.config.read import did_you_mean
from pbx.config.sources import TenantSource
from pbx.core.errors import ConfigError
from pbx.dialplan.emergency import emergency_numbers
from pbx.dialplan.numbers import full_number
from pbx.ivr.steps import Ring
from pbx.ivr.timing import AT_ONCE

_OWN = "ring its extension or a group, or let a step lead there"


def check_ring(
    source: TenantSource, document: Document, path: Path, step: Ring, boxes: Collection[str]
) -> list[ConfigError]:
    """`path` is that of the key `ring`, `boxes` are the extensions and groups that there are."""
    return [
        problem
        for i, target in enumerate(step.targets)
        for problem in _place(source, document, _at(document, path, i), (step, target), boxes)
    ]


def _at(document: Document, path: Path, i: int) -> Path:
    """One place may be written without a list."""
    return (*path, i) if (*path, i) in document.marks else path


def _place(
    source: TenantSource, document: Document, at: Path, place: tuple[Ring, str], boxes: Collection[str]
) -> Iterator[ConfigError]:
    step, target = place
    kind, _, name = target.partition("/")
    if kind != "number":
        at = (*at, "to") if (*at, "to") in document.marks else at
        if target not in boxes:
            yield document.error(at, f"there is no {target}", did_you_mean(target, boxes))
        return
    yield from account_problems(document, at, step.timings.get(target, AT_ONCE).account, boxes)
    yield from number_problems(source, document, (*at, "number"), name)


def account_problems(
    document: Document, at: Path, account: str, boxes: Collection[str]
) -> Iterator[ConfigError]:
    """Why nobody can be called with these rights."""
    if f"extension/{account}" not in boxes:
        known = [one.partition("/")[2] for one in boxes if one.startswith("extension/")]
        yield document.error(
            (*at, "account"), f"there is no extension {account}", did_you_mean(account, known)
        )


def number_problems(source: TenantSource, document: Document, at: Path, number: str) -> Iterator[ConfigError]:
    """Why a number outside can never be called by a flow."""
    if source.settings is None:
        return
    country = source.settings.model.country
    full = full_number(number, country)
    if number in emergency_numbers(country):
        yield document.error(at, f"{number} is an emergency number: no flow calls it")
    elif full is None:
        yield document.error(at, f"{number} is not a telephone number", "write it in full")
    elif source.dialplan is not None:
        plan = source.dialplan.model
        if full in {full_number(own, country) for own in plan.inbound}:
            yield document.error(at, f"{number} is a number of ours: the call would begin anew", _OWN)
        elif plan.outbound is None:
            yield document.error(at, "the tenant has no outbound calls", "write outbound in dialplan.yaml")
