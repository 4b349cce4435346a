"""A process that only verifies callers: `python -m tests.integration.guesser URL KEYS KIND FIRST NUMBER`.

It opens the database, says `ready`, waits for a line, makes its tries all at once and prints each reason.
"""

import asyncio
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from pbx.call.effects import CheckCaller
from pbx.core.ids import CallId, Token
from pbx.core.secret import Secret
from pbx.store.database import Database
from pbx.store.identity import IdentityStore
from pbx.store.keys import StoreKeys

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
CUSTOMER = "+441632960100"
WRONG = "19991231"


def tries(kind: str, first: int, number: int) -> list[CheckCaller]:
    """What is tried: by one number, by callers who withhold theirs, with one date, or with all of both."""
    found = []
    for n in range(first, first + number):
        calling: str | None = {"number": CUSTOMER, "withheld": None}.get(kind, f"+4416339{n:05}")
        born = (date(1950, 1, 1) + timedelta(days=n)).strftime("%Y%m%d") if kind == "all" else WRONG
        found.append(
            CheckCaller(
                call=CallId(f"call-{n}"),
                token=Token(1),
                tenant="acme",
                number=calling,
                date_of_birth=Secret(born),
                trunk="trunk/carrier",
            )
        )
    return found


async def main(url: str, keys: str, kind: str, first: str, number: str) -> None:
    """Try, once a line is read."""
    database = Database(url)
    store = IdentityStore(database, StoreKeys.load_or_create(Path(keys)))
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    asked = tries(kind, int(first), int(number))
    for answer in asyncio.as_completed([store.check(one, NOW) for one in asked]):
        print((await answer).reason, flush=True)
    await database.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
