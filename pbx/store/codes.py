"""One-time codes: made for one leg and one purpose, compared once, counted durably (V-11)."""

import builtins
import hmac
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Connection, Row, delete, insert, select, update

from pbx.call.effects import CheckCode, PlanCallBack, SendCode
from pbx.call.events import CallBackPlanned
from pbx.core.ids import CallId, Ids, hex_id
from pbx.core.io.entropy import SystemIds
from pbx.core.phone import takes_texts
from pbx.core.secret import Secret
from pbx.store.audit_log import insert_facts
from pbx.store.code_tables import CodeSend, OneTimeCode
from pbx.store.database import Database
from pbx.store.fields import TAG_BYTES, FieldCipher, phone_tag, tag
from pbx.store.identity import IdentityResult
from pbx.store.keys import StoreKeys
from pbx.store.person_tables import PIN, Identifier
from pbx.store.snapshots import customer_place
from pbx.store.tables import Base, Customer
from pbx.verify import facts
from pbx.verify.facts import Reason, Unsent
from pbx.verify.one_time_code import KEPT, LIFETIME, MIN_AGE, TRIES, Way, draw_code, is_settled, may_send
from pbx.verify.owner_notice import EVERY

MAX_LISTED = 10_000
_NONE = bytes(TAG_BYTES)
_MOVED = frozenset({"ported", "sim_swapped"})
_CALLED: tuple[Way, ...] = ("call_back",)
_BY_NUMBER = frozenset({"sms", "call_back"})
_CODES, _SENDS, _CUSTOMERS, _IDENTIFIERS = (
    Base.metadata.tables[table.__tablename__] for table in (OneTimeCode, CodeSend, Customer, Identifier)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """A customer who is to hear of a lock that was reached in a call; `number`, E.164, is the one on file."""

    tenant: str
    call: CallId
    number: str | None = field(repr=False)
    customer: str


Asked = SendCode | PlanCallBack | Owner


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """Where a customer is reached, settled and not moved."""

    way: Way
    to: Secret[str]
    language: str  # "" = as the tenant


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A code that waits to be sent; `to` is an E.164 number or an address of mail."""

    code_id: str
    way: Way
    to: Secret[str]
    code: Secret[str]
    customer: str = ""
    asks_date: bool = False  # his date of birth would verify him


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeView:
    """A code as people see it: everything but the code, and where it went."""

    tenant: str
    call: str
    customer: str
    purpose: str
    way: str
    outcome: str
    reason: str
    tries: int
    made_at: datetime
    expires_at: datetime


class CodeStore:
    """Makes and compares in one transaction that holds the write lock, so that every limit is exact."""

    def __init__(self, database: Database, keys: StoreKeys, ids: Ids | None = None) -> None:
        self._database, self._keys, self._ids = database, keys, ids or SystemIds()
        self._cipher = FieldCipher(keys.fields, self._ids)

    async def make(
        self, asked: SendCode, ways: Collection[Way], now: datetime, *, age: timedelta = MIN_AGE
    ) -> Made | Unsent:
        """Return a code to send by one of `ways`, or why there is none; then that is on the record.

        It cannot be used before `sent`: a process that dies in between leaves a code that is void.
        """

        def decide(connection: Connection) -> Made | Unsent:
            self._forget_old(connection, now)
            made = self._make(connection, asked, ways, (now, age))
            if not isinstance(made, Made):
                fact = facts.code((asked.tenant, asked.call), asked.purpose, None, made)
                insert_facts(connection, [(fact, now)])
            return made

        return await self._database.write(decide)

    async def plan(self, asked: PlanCallBack, now: datetime, *, age: timedelta = MIN_AGE) -> CallBackPlanned:
        """Decide whether somebody is called back, and put it on the record.

        It counts among what is sent to the number, and stands among the codes: void until it has ended.
        """

        def decide(connection: Connection) -> CallBackPlanned:
            self._forget_old(connection, now)
            made = self._make(connection, asked, _CALLED, (now, age))
            whose = (asked.tenant, asked.call)
            if not isinstance(made, Made):
                fact = facts.call_back(whose, asked.purpose, "unplanned", reason=made)
                insert_facts(connection, [(fact, now)])
                return CallBackPlanned(asked=asked)
            insert_facts(connection, [(facts.call_back(whose, asked.purpose, "planned"), now)])
            return CallBackPlanned(
                asked=asked, call_back=made.code_id, customer=made.customer, asks_date=made.asks_date
            )

        return await self._database.write(decide)

    async def notice(
        self, owner: Owner, ways: Collection[Way], now: datetime, *, age: timedelta = MIN_AGE
    ) -> Reached | Unsent:
        """Return where to tell a customer, or why nowhere; then that is on the record.

        It is counted before it is sent: a process that dies in between tells nobody, and never twice.
        """

        def decide(connection: Connection) -> Reached | Unsent:
            self._forget_old(connection, now)
            reached = self._told(connection, owner, ways, (now, age))
            if not isinstance(reached, Reached):
                fact = facts.notice((owner.tenant, owner.call), owner.customer, None, reached)
                insert_facts(connection, [(fact, now)])
            return reached

        return await self._database.write(decide)

    async def noticed(self, owner: Owner, way: Way, now: datetime, *, unsent: Unsent | None) -> None:
        """Whoever carries it has taken the notice, or not."""
        fact = facts.notice((owner.tenant, owner.call), owner.customer, way, unsent)
        await self._database.write(lambda connection: insert_facts(connection, [(fact, now)]))

    async def sent(self, asked: SendCode, made: Made, now: datetime, *, reason: str = "") -> None:
        """Whoever carries it has taken it, or `reason` says why not."""

        def note(connection: Connection) -> None:
            own = _CODES.c.code == made.code_id
            values = {"sent_at": None if reason else now, "reason": reason}
            connection.execute(update(_CODES).where(own).values(values))
            unsent: Unsent | None = "failed" if reason else None
            fact = facts.code((asked.tenant, asked.call), asked.purpose, made.way, unsent)
            insert_facts(connection, [(fact, now)])

        await self._database.write(note)

    async def check(self, asked: CheckCode, now: datetime) -> IdentityResult:
        """Compare; a try is counted whatever is found, and a code that was right once is so no more."""
        return await self._database.write(lambda connection: self._check(connection, asked, now))

    async def list(self, tenants: Collection[str], now: datetime) -> builtins.list[CodeView]:
        """Return the codes of a day, the newest first."""
        query = select(OneTimeCode).where(OneTimeCode.tenant.in_(sorted(tenants)))
        async with self._database.reading() as session:
            rows = await session.scalars(query.order_by(OneTimeCode.made_at.desc()).limit(MAX_LISTED))
            return [
                CodeView(
                    tenant=row.tenant,
                    call=row.call,
                    customer=row.customer,
                    purpose=row.purpose,
                    way=row.way,
                    outcome=_outcome(row, now),
                    reason=row.reason,
                    tries=row.tries,
                    made_at=row.made_at,
                    expires_at=row.expires_at,
                )
                for row in rows
            ]

    @staticmethod
    def _forget_old(connection: Connection, now: datetime) -> None:
        connection.execute(delete(_CODES).where(_CODES.c.made_at <= now - KEPT))
        connection.execute(delete(_SENDS).where(_SENDS.c.at <= now - KEPT))

    def _told(
        self, connection: Connection, owner: Owner, ways: Collection[Way], when: tuple[datetime, timedelta]
    ) -> Reached | Unsent:
        found = self._found(connection, owner)
        reached = found if isinstance(found, str) else self._reached(found, owner, ways, when)
        if isinstance(reached, str):
            return reached
        whom = tag(self._keys.verify, "notice:v1", reached.to.reveal())
        told = select(_SENDS.c.id).where(_SENDS.c.tag == whom, _SENDS.c.at > when[0] - EVERY)
        if connection.execute(told.limit(1)).first() is not None:
            return "often"
        connection.execute(insert(_SENDS), [{"tag": whom, "at": when[0]}])
        return reached

    def _reached(
        self,
        found: "Row[tuple[object, ...]]",
        asked: Asked,
        ways: Collection[Way],
        when: tuple[datetime, timedelta],
    ) -> Reached | Unsent:
        now, age = when
        contact = self._contact(found, asked, ways)
        if contact is None:
            return "no_way"
        way, to, since = contact
        if way in _BY_NUMBER and _MOVED.intersection(found.flags):
            return "moved"
        return Reached(way=way, to=to, language=found.language) if is_settled(since, age, now) else "young"

    def _make(
        self, connection: Connection, asked: Asked, ways: Collection[Way], when: tuple[datetime, timedelta]
    ) -> Made | Unsent:
        now = when[0]
        found = self._found(connection, asked)
        if isinstance(found, str):
            return found
        reached = self._reached(found, asked, ways, when)
        if isinstance(reached, str):
            return reached
        way, to = reached.way, reached.to
        whom = tag(self._keys.verify, "send:v1", to.reveal())
        sends = connection.execute(select(_SENDS.c.at).where(_SENDS.c.tag == whom)).scalars().all()
        if not may_send(sends, now):
            return "often"
        made = Made(
            code_id=hex_id(self._ids),
            way=way,
            to=to,
            code=draw_code(self._ids),
            customer=found.ref,
            asks_date=self._is_by_date(connection, found),
        )
        connection.execute(insert(_SENDS), [{"tag": whom, "at": now}])
        row = {name: getattr(asked, name) for name in ("tenant", "call", "leg", "purpose")}
        row |= {"code": made.code_id, "customer": found.ref, "way": way, "reason": "", "tries": 0}
        row |= {"code_tag": self._tag(made.code_id, made.code), "made_at": now, "expires_at": now + LIFETIME}
        connection.execute(insert(_CODES), [row])
        return made

    @staticmethod
    def _is_by_date(connection: Connection, found: "Row[tuple[object, ...]]") -> bool:
        """Whether his date of birth would verify him: of whom more is wanted, it never does."""
        those = _IDENTIFIERS.c.customer == found.ref, _IDENTIFIERS.c.kind == PIN
        has_pin = connection.execute(select(_IDENTIFIERS.c.kind).where(*those)).first() is not None
        return found.dob_tag is not None and "extra_security" not in found.flags and not has_pin

    def _found(self, connection: Connection, asked: Asked) -> "Row[tuple[object, ...]] | Unsent":
        """The one customer who is meant."""
        wanted = phone_tag(self._keys.phone, asked.tenant, asked.number or "withheld")
        those = (
            _CUSTOMERS.c.tenant == asked.tenant,
            _CUSTOMERS.c.phone_tag == wanted,
            _CUSTOMERS.c.gone_at.is_(None),
        )
        query = select(_CUSTOMERS).where(*those)
        if asked.customer:
            query = query.where(_CUSTOMERS.c.ref == asked.customer)
        rows = connection.execute(query.limit(2)).all()
        if not rows:
            return "unknown"
        if len(rows) > 1:
            return "ambiguous"
        return rows[0] if rows[0].entity_type == "individual" else "company"

    def _contact(
        self, found: "Row[tuple[object, ...]]", asked: Asked, ways: Collection[Way]
    ) -> tuple[Way, Secret[str], datetime | None] | None:
        """Where it goes: as a text where the number takes one, else by mail; a call to any number."""
        number = asked.number or ""
        if "call_back" in ways:
            return "call_back", Secret(number), found.phone_since_at
        if "sms" in ways and takes_texts(number):
            return "sms", Secret(number), found.phone_since_at
        if "mail" in ways and found.email:
            place = customer_place(asked.tenant, found.ref, "email")
            return "mail", Secret(self._cipher.open(found.email, place)), found.email_since_at
        return None

    def _check(self, connection: Connection, asked: CheckCode, now: datetime) -> IdentityResult:
        names = ("tenant", "call", "leg", "purpose")
        those = (_CODES.c[name] == getattr(asked, name) for name in names)
        typed = select(_CODES).where(*those, _CODES.c.way != "call_back")
        newest = typed.order_by(_CODES.c.made_at.desc(), _CODES.c.code).limit(1)
        row = connection.execute(newest).first()
        code_id, code_tag = (row.code, row.code_tag) if row is not None else ("", _NONE)
        is_right = hmac.compare_digest(code_tag, self._tag(code_id, asked.code))
        reason: Reason = "not_sent" if row is None else _reason(row, now, is_right=is_right)
        values = {"tries": _CODES.c.tries + 1, "used_at": now if reason == "matched" else _CODES.c.used_at}
        connection.execute(update(_CODES).where(_CODES.c.code == code_id).values(values))
        fact = facts.attempt((asked.tenant, asked.call), "one_time_code", reason)
        insert_facts(connection, [(fact, now)])
        is_matched = row is not None and reason == "matched"
        customer = row.customer if row is not None and is_matched else ""
        return IdentityResult(matched=is_matched, customer=customer, reason=reason)

    def _tag(self, code_id: str, code: Secret[str]) -> bytes:
        return tag(self._keys.verify, "otp:v1", code_id, code.reveal())


def _reason(row: "Row[tuple[object, ...]]", now: datetime, *, is_right: bool) -> Reason:
    if row.sent_at is None:
        return "not_sent"
    if row.used_at is not None or row.tries >= TRIES:
        return "spent"
    if now >= row.expires_at:
        return "expired"
    return "matched" if is_right else "wrong"


def _outcome(row: OneTimeCode, now: datetime) -> str:
    if row.used_at is not None:
        return "used"
    if row.sent_at is None:
        return "failed" if row.reason else "void"
    if row.tries >= TRIES:
        return "spent"
    return "expired" if now >= row.expires_at else "open"
