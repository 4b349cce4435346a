"""What the tests of the gate are made of: a number, a time to call it, and what is known of it."""

from datetime import UTC, datetime, timedelta

from pbx.marketing.decision import Question
from pbx.marketing.effects import What
from pbx.marketing.io.shipped import shipped_rules
from pbx.marketing.policy import MarketingPolicy
from pbx.marketing.register import Agreement, Contact, Screening, Standing

LONDON, PARIS, BERLIN = "+442079460000", "+33123456789", "+4930123456"
MIAMI, NEW_YORK = "+13055550100", "+12125550100"
OURS = "+441632960100"
TUESDAY = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)  # noon in London, 13:00 in Paris, 7:00 in New York
TAG = b"t"
POLICY = MarketingPolicy(controller="acme", numbers=frozenset({OURS}))
RULES = shipped_rules()


def question(
    number: str = LONDON, at: datetime = TUESDAY, *, shown: tuple[str, ...] = (OURS,), is_stale: bool = False
) -> Question:
    place = RULES.place(number)
    rules = RULES.of(number, place) if place is not None else ()
    return Question(place=place, rules=rules, shown=shown, at=at, is_stale=is_stale)


def screened(name: str = "tps", *, at: datetime = TUESDAY, registered: bool = False) -> Screening:
    return Screening(tag=TAG, name=name, registered=registered, screened_at=at)


CLEAN = (screened("tps"), screened("ctps"))
CALLABLE = Standing(screenings=CLEAN)


def agreed(*, at: datetime = TUESDAY - timedelta(days=1), until: datetime | None = None) -> Agreement:
    return Agreement(tag=TAG, given_at=at, expires_at=until)


def placed(at: datetime, what: What = "placed") -> Contact:
    return Contact(contact=f"{what} {at}", tag=TAG, what=what, at=at)
