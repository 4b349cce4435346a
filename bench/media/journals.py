"""Opens the journals of a run again: a recording that cannot be read is no recording."""

from pathlib import Path

from pbx.core.io.entropy import SystemIds
from pbx.recording.age import Identity, generate_identity, parse_header, unwrap_header
from pbx.recording.io.journal_files import SUFFIX
from pbx.recording.journal import JournalReader, Packet, split_journal


def new_identity() -> Identity:
    """An age key for one run."""
    return generate_identity(SystemIds())


def take_journals(spool: Path, identity: Identity) -> int:
    """Return how many packets the journals hold, and remove them; SystemExit when one is damaged."""
    n_packets = 0
    for path in spool.glob(f"*{SUFFIX}"):
        octets = path.read_bytes()
        header, offset = split_journal(octets)
        opened = unwrap_header(parse_header(header), [identity])
        if opened is None:
            raise SystemExit("a journal does not open")
        reader = JournalReader(opened[0], offset)
        items = reader.read(octets[offset:])
        if reader.damage is not None or not reader.complete:
            raise SystemExit(f"a journal is damaged: {reader.damage}")
        n_packets += sum(isinstance(item, Packet) for item in items)
        path.unlink()
    return n_packets
