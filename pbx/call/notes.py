"""Notes: what the call layer hears that is of no call, and is only passed on or remembered."""

from collections.abc import Callable

from pbx.call.bans import banned, help_heard
from pbx.call.conferences import Conferences
from pbx.call.effects import Audit, CallEffect, CountMessages
from pbx.call.events import CallEvent
from pbx.call.trunks import TrunkBoard
from pbx.media.events import ActiveTalker
from pbx.sip.events import AorFound, GuesserBanned, HelpHeard, MessagesAsked
from pbx.sip.trunk.events import TrunkChanged


def by_no_board(_event: AorFound) -> bool:
    """Every look-up is a call's own."""
    return False


def noted(
    event: CallEvent,
    trunks: TrunkBoard,
    conferences: Conferences,
    tenant_of: Callable[[str], str],
    found: Callable[[AorFound], bool] = by_no_board,
) -> list[CallEffect] | None:
    """Return what follows, None = it is something else.

    `tenant_of` says whose a SIP domain is, `found` whether telephones were looked for by no call.
    """
    match event:
        case AorFound() if found(event):
            return []
        case TrunkChanged():
            return [Audit(fact=trunks.changed(event))]
        case ActiveTalker():
            conferences.talks(event.room, event.talker)
            return []
        case MessagesAsked():
            return [CountMessages(tenant=event.tenant, box=event.box)]
        case GuesserBanned():
            return [banned(event, tenant_of(event.realm))]
        case HelpHeard():
            return [help_heard(event, tenant_of(event.realm))]
        case _:
            return None
