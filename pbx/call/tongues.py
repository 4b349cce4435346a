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
from pbx.ivr.speech import Speech


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


def speech(context: CallContext, leg: Leg) -> Speech:
    """In which words a flow speaks to a caller: his own language, that of the number, the tenant's (IVR-07).

    Unlike the question about a recording, a flow that speaks another language costs nobody anything: so the
    customer's wish goes before the number's, and every language has another one behind it.
    """
    number = "" if leg.is_doubted else number_of(leg)
    known = context.customers.of(context.tenant, number).language if number else ""
    called = context.called_language if leg.party.startswith("trunk/") else ""
    own = "" if leg.party.startswith("trunk/") else leg.number  # that of an extension
    numbers = {"caller": own or number_of(leg), "called": context.called_number}
    return Speech(
        words=context.words,
        chain=tuple(tag for tag in (known, called) if tag),
        numbers={name: one for name, one in numbers.items() if one},
    )


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
