"""Searching: a caller looks for a colleague in the directory of names."""

from pbx.call.context import CallContext
from pbx.call.ordered import SearchOrder, Step
from pbx.ivr.events import PersonChosen
from pbx.services.directory import Directory, DirectoryEnded, DirectoryStarted


def searched(effect: SearchOrder, context: CallContext, now: float) -> tuple[Directory | None, Step]:
    """Return who has the caller from now on, None = the flow, and what comes first."""
    if isinstance(effect, DirectoryEnded):
        return None, Step(then=PersonChosen(extension=effect.extension))
    machine = Directory(context.people, effect.by, context.language)
    return machine, Step(orders=machine.handle(DirectoryStarted(), now))
