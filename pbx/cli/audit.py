"""`pbx audit`: prove that nobody has changed what the PBX put on the record."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Protocol

from cyclopts import App, Parameter
from rich.console import Console
from rich.progress import Progress

from pbx.cli.audit_outside import Found, Outside, look
from pbx.cli.output import DONE, REFUSED, Refusal, WrongUsage, print_json
from pbx.cli.site import CONFIG, AsJson, ConfigDir, site
from pbx.cli.vault import answered, vault
from pbx.recording.io.vault_audit import CHECKPOINT
from pbx.recording.log_entry import payload
from pbx.recording.log_walk import Line, Walk
from pbx.store.audit_log import ERASED, AuditLog, Leaf
from pbx.store.database import Database

app = App(name="audit", help="The tamper-evident log of what happened.")
SHOWS_FROM = 20_000  # entries; shorter logs are walked before anybody would look at a bar
Local = Annotated[bool, Parameter(name="--local", negative=(), help="Leave the checkpoints outside out.")]
Key = Annotated[str, Parameter(name="--public-key", help="Hexadecimal; instead of asking the running vault.")]


class Advance(Protocol):
    """Tells how many entries more have been looked at."""

    def __call__(self, count: int) -> None: ...


@app.command
async def verify(
    *, public_key: Key = "", local: Local = False, as_json: AsJson = False, config: ConfigDir = CONFIG
) -> int:
    """Walk the whole log: `yes`, or every alteration, deletion, insertion, move and fork, and exit code 1.

    It is compared with what the vault has signed, here and in the store of checkpoints outside.
    """
    place = site(config)
    key = _key(public_key)
    if not key:
        with vault(place.places) as client:
            key = answered(await client.public_key())
    chain = _lines(place.places.vault_audit)  # before the log: it goes on growing
    async with place.database() as database:
        outside = None if local else await look(place, database, key)
        total = await AuditLog(database).size()
        with _progress(total) as advance:
            walk, strays, signed = await _walk(database, key, advance)
        beyond, n_outside = await _judged(outside, walk, key)
    broken = _chain(chain, walk)
    found = walk.findings()
    findings: list[dict[str, object]] = [
        {"what": one.what, "index": one.index, "text": one.text} for one in found
    ]
    findings += [{"what": "inserted", "index": None, "text": f"fact {id} is not in the log"} for id in strays]
    findings += [{"what": "altered", "index": None, "text": text} for text in broken]
    findings += beyond
    if as_json:
        counts = {"entries": total, "signed": signed, "outside": n_outside}
        print_json({"ok": not findings, **counts, "findings": findings})
    else:
        _say(findings, (total, signed, n_outside))
    return REFUSED if findings else DONE


def _say(findings: list[dict[str, object]], counts: tuple[int, int, int]) -> None:
    total, signed, n_outside = counts
    for one in findings:
        place = "" if one["index"] is None else f" at {one['index']}"
        print(f"{one['what']}{place}: {one['text']}")
    verdict = "no" if findings else "yes"
    print(f"{verdict}: {total} entries, {signed} of them signed, {n_outside} checkpoints outside")


async def _walk(database: Database, key: bytes, advance: Advance) -> tuple[Walk, list[int], int]:
    log, walk = AuditLog(database), Walk()
    checkpoints = await log.checkpoints()
    position = 0
    while leaves := await _read(log, position):
        for leaf in leaves:
            _take(walk, leaf)
        position = leaves[-1].position + 1
        advance(len(leaves))
    walk.checkpoints([one.note for one in checkpoints], key)
    return walk, await log.strays(), checkpoints[-1].size if checkpoints else 0


async def _read(log: AuditLog, position: int) -> list[Leaf]:
    try:
        return await log.leaves(position)
    except (ValueError, TypeError):
        raise Refusal(f"a row of the log at or after index {position} cannot be read at all") from None


def _take(walk: Walk, leaf: Leaf) -> None:
    payload_at = None
    if leaf.fact is not None:
        fact, at = leaf.fact

        def payload_at(position: int) -> bytes:
            return payload(position, at, fact)

        position = fact.details.get("position")
        if fact.kind == ERASED and isinstance(position, int):
            walk.erased(position)
    walk.add(Line(position=leaf.position, entry=leaf.entry, salt=leaf.salt, payload_at=payload_at))


async def _judged(outside: Outside | None, walk: Walk, key: bytes) -> tuple[list[Found], int]:
    if outside is None:
        return [], 0
    return await outside.judge(walk, key), len(outside.checkpoints)


def _lines(path: Path) -> list[bytes]:
    return path.read_bytes().splitlines() if path.is_file() else []


def _chain(lines: list[bytes], walk: Walk) -> list[str]:
    """What is wrong with the vault's own record; what it has signed is compared with the log."""
    broken: list[str] = []
    previous, good = "", 0
    for number, octets in enumerate(lines, 1):
        try:
            line = json.loads(octets)
            linked = line.get("prev", previous) == previous and line.get("n", number) == number
            head = (int(line["size"]), bytes.fromhex(line["root"])) if line["kind"] == CHECKPOINT else None
        except (ValueError, KeyError, TypeError, AttributeError):
            linked, head = False, None
        if not linked:
            broken.append(f"the vault's record, line {number}: it does not follow the line before")
        previous = sha256(octets).hexdigest()
        if head is not None:
            if not walk.signed(head, good):
                break
            good = head[0]
    return broken


def _key(text: str) -> bytes:
    try:
        octets = bytes.fromhex(text)
    except ValueError:
        octets = b"?"
    if len(octets) not in (0, 32):
        raise WrongUsage("--public-key takes 64 hexadecimal digits, see `pbx keys show`")
    return octets


@contextmanager
def _progress(total: int) -> Iterator[Advance]:
    """A bar on stderr for a person who waits; nothing for a program."""
    console = Console(stderr=True)
    with Progress(
        console=console, transient=True, disable=total < SHOWS_FROM or not console.is_terminal
    ) as bar:
        task = bar.add_task("audit log", total=total)
        yield lambda count: bar.advance(task, count)
