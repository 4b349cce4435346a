"""What is in the memory of a running PBX: what a core would have, which no process of it leaves."""

import re
from collections.abc import Iterator
from pathlib import Path

CHUNK, OVERLAP = 1 << 20, 64


def processes(session: int) -> dict[int, str]:
    """The processes of a session and what they were started as."""
    found: dict[int, str] = {}
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            stat = (folder / "stat").read_text()
            words = (folder / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue  # it has ended meanwhile
        if int(stat.rpartition(")")[2].split()[3]) == session:
            found[int(folder.name)] = b" ".join(words).decode(errors="replace")
    return found


def memory(pid: int) -> Iterator[bytes]:
    """What a process can write to, piece by piece with an overlap: the parts of a core in which data are."""
    maps = Path(f"/proc/{pid}/maps").read_text().splitlines()
    spans = [re.match(r"([0-9a-f]+)-([0-9a-f]+) rw", line) for line in maps]
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as file:
        for span in spans:
            if span is None:
                continue
            at, end = int(span[1], 16), int(span[2], 16)
            while at < end:
                try:
                    file.seek(at)
                    piece = file.read(min(CHUNK, end - at))
                except (OSError, ValueError):
                    break  # of the kernel's own
                if not piece:
                    break
                yield piece
                at += len(piece) - OVERLAP if at + len(piece) < end else len(piece)


def found(session: int, words: tuple[str, ...]) -> dict[str, set[str]]:
    """Which of these words are in which process, in any of the usual encodings."""
    forms = {form: word for word in words for form in (word.encode(), word.encode("utf-16-le"))}
    pattern = re.compile(b"|".join(map(re.escape, forms)))
    seen: dict[str, set[str]] = {}
    for pid, name in processes(session).items():
        hits = {forms[hit] for piece in memory(pid) for hit in pattern.findall(piece)}
        seen[f"{name} ({pid})"] = hits
    return seen
