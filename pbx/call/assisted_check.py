"""AssistedCheck: a date of birth that a caller has typed while he talks is compared with the customer store.

It is the same question, with the same tries and the same time to the answer, as that of a flow (V-01, V-10):
whoever has it asked learns no more by it than by a `verify` step.
"""

from datetime import date

from pbx.call.effects import CallEffect
from pbx.call.events import CallerChecked
from pbx.call.verifying import Verifying
from pbx.core.ids import LegId, Token
from pbx.core.secret import Secret
from pbx.verify.claimed import Claimed
from pbx.verify.date_of_birth import parse_date_of_birth
from pbx.verify.effects import CheckIdentity, VerificationSettled
from pbx.verify.events import IdentityChecked
from pbx.verify.verification import METHODS, STORE_LIMIT_S, VERDICT_AFTER_S

STRANGER = "only who has called can be verified"
NO_TRIES = "the tries of this call are used up"


class AssistedCheck:
    """At most one question at a time; `leg` and `claimed` are those of who has called."""

    __slots__ = ("_answer", "_claimed", "_due", "_give_up_at", "_leg", "_token", "_verifying")

    def __init__(self, verifying: Verifying, leg: LegId, claimed: Claimed) -> None:
        self._verifying, self._leg, self._claimed = verifying, leg, claimed
        self._token: Token | None = None  # of the question at the store
        self._answer: IdentityChecked | None = None
        self._due: float | None = None  # when the verdict may be told
        self._give_up_at = 0.0

    @property
    def deadline(self) -> float | None:
        """When to call `tick`, monotonic seconds."""
        return self._due

    def refusal(self, typist: LegId) -> str:
        """Return why a party cannot be asked, "" = it can."""
        if typist != self._leg:
            return STRANGER
        return "" if self._verifying.tries.left else NO_TRIES

    def prepare(self) -> list[CallEffect]:
        """He is about to type: the tenant's own servers may be asked meanwhile."""
        self._verifying.start(self._claimed)
        return [*self._verifying.fetch()]

    def ask(self, typed: Secret[str], today: date, now: float) -> list[CallEffect] | None:
        """Ask the store; None = it is no date, and he may type it again."""
        born = parse_date_of_birth(typed, today)
        tries = self._verifying.tries
        if born is None and tries.is_forgiven():
            return None
        tries.spend()
        self._due, self._give_up_at = now + VERDICT_AFTER_S, now + STORE_LIMIT_S
        self._token, self._answer = None, None
        if born is None:
            self._answer = IdentityChecked(token=Token(0), matched=False)
            return []
        asked = self._verifying.ask(CheckIdentity(token=Token(0), number=None, date_of_birth=born))
        self._token = asked.token
        return [asked]

    def take(self, event: CallerChecked) -> list[CallEffect]:
        """The store has answered; what comes of it is told when it is time."""
        if self._token is None or event.token != self._token:
            return []
        self._token = None
        self._answer, told = self._verifying.checked(event)
        return [*told]

    def tick(self, now: float) -> tuple[list[CallEffect], bool | None]:
        """Return whether it is him, None = that may not be told yet."""
        if self._due is None or now < self._due:
            return [], None
        if self._answer is None and now < self._give_up_at:
            # A slow store must not tell by its time what it did: its answers wait for the next step.
            self._due = min(self._due + VERDICT_AFTER_S, self._give_up_at)
            return [], None
        self._due, self._token = None, None
        return self._settle()

    def _settle(self) -> tuple[list[CallEffect], bool]:
        answer, verifying = self._answer, self._verifying
        if answer is not None and answer.matched and not answer.failed and answer.customer:
            verifying.tries.give_back()
            settled = VerificationSettled(
                outcome="verified", level="V2", methods=METHODS, attempts=1, customer=answer.customer
            )
        elif verifying.verification is None:
            settled = VerificationSettled(outcome="unverified", level="V0", methods=(), attempts=1)
        else:
            return [], False  # he is who he has proved to be before
        done: list[CallEffect] = [*verifying.settle(settled)]
        found = verifying.verification
        return done, found is not None and found.outcome == "verified"
