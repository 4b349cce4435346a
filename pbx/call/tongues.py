"""Tongues: in which language a party of a call is told of its recording, or asked (C-05)."""

from pbx.call.context import CallContext
from pbx.call.leg import Leg
from pbx.call.refusals import number_of
from pbx.consent.dialogue import ConsentDialogue
from pbx.consent.effects import ConsentDecision
from pbx.consent.known import NOTHING
from pbx.consent.languages import Choice, choose
from pbx.core.language import nearest, of_region
from pbx.core.phone import region_of


def tongue(context: CallContext, leg: Leg, decision: ConsentDecision, purposes: tuple[str, ...]) -> Choice:
    """The number that was called decides, then the customer, then his country, then the tenant.

    Of a number that somebody only claims to have nothing is taken for his.
    """
    number = "" if leg.is_doubted else number_of(leg)
    known = context.customers.of(context.tenant, number) if number else NOTHING
    is_caller = leg.role == "caller" and leg.party.startswith("trunk/")
    country = region_of(number) if number else None
    return choose(
        (context.called_language if is_caller else "") or known.language,
        of_region(known.places[0] if known.places else country or ""),
        context.language,
        at_hand=_at_hand(context, decision, purposes),
        allowed=context.rules.languages(decision, leg.role),
    )


def _at_hand(context: CallContext, decision: ConsentDecision, purposes: tuple[str, ...]) -> set[str]:
    """The languages in which the words exist, and that the tenant has a voice for."""
    texts = context.texts
    written = {tag for tag in texts.by_language if texts.prompt(decision.mode, tag, purposes) is not None}
    own = nearest(context.language, written)
    return {tag for tag in written if tag == own or tag in context.speaks}


def dialogue(
    context: CallContext, leg: Leg, decision: ConsentDecision, purposes: tuple[str, ...]
) -> ConsentDialogue:
    """What a party hears of a recording for these purposes, and may answer, by a rule."""
    spoken = tongue(context, leg, decision, purposes)
    return ConsentDialogue(
        decision,
        party="caller" if leg.role == "caller" else "other",
        purposes=purposes,
        language=spoken.language,
        texts=context.texts,
        withdraw_key=None if decision.mandatory else context.offered_key,
        missing=spoken.missing,
    )
