"""The journal writer: bounded, locked, loud when it fails."""

import asyncio
import fcntl
import json
import os
import signal
import stat
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from pbx.core.audio import MAX_CHANNELS
from pbx.core.errors import StorageError
from pbx.core.ids import CallId, LegId, RecordingId, SeededIds
from pbx.core.secret import Secret
from pbx.media.effects import StartRecording
from pbx.recording.age import bound_recording, generate_identity, parse_header, unwrap_header
from pbx.recording.intake import MAX_PACKET
from pbx.recording.io import journal_part, journal_writer
from pbx.recording.io.journal_files import open_journal, write_octets
from pbx.recording.io.journal_writer import JournalWriter
from pbx.recording.io.writer_thread import MAX_WAITING
from pbx.recording.journal import End, Head, Item, JournalReader, Note, Packet, split_journal
from pbx.recording.packet_rate import BURST, MAX_PER_S
from pbx.recording.ring import MAX_QUEUED

IDENTITY = generate_identity(SeededIds("writer"))
ORDER = StartRecording(
    recording=RecordingId("rec1"),
    leg=LegId("leg-1"),
    tenant="acme",
    call=CallId("call-1"),
    kind="call",
    recipients=(str(IDENTITY.recipient),),
    started_at="2026-01-02T03:04:05+00:00",
)
FRAME_NS, NS_PER_S = 20_000_000, 1_000_000_000


def file_key_of(header: bytes) -> Secret[bytes]:
    opened = unwrap_header(parse_header(header), [IDENTITY])
    assert opened is not None
    return opened[0]


def read(path: Path) -> list[Item]:
    octets = path.read_bytes()
    header, offset = split_journal(octets)
    return JournalReader(file_key_of(header), offset).read(octets[offset:])


def create(spool: Path) -> JournalWriter:
    """A journal whose file is there."""
    opened = threading.Event()
    writer = JournalWriter.create(spool, ORDER, on_failure=lambda _reason: None, on_open=opened.set)
    assert opened.wait(5)
    return writer


def refused(spool: Path, order: StartRecording = ORDER) -> str:
    """Why there is no journal."""
    reasons: list[str] = []
    writer = JournalWriter.create(
        spool, order, on_failure=reasons.append, on_open=lambda: reasons.append("open")
    )
    writer.packet(0, 1, b"lost")
    assert journal_writer.drain(5)
    writer.packet(0, 2, b"lost")
    assert writer.queued == 0
    (reason,) = reasons
    return reason


def eventually_empty(writer: JournalWriter) -> bool:
    """The thread has taken what was queued."""
    give_up = time.monotonic() + 5
    while writer.queued and time.monotonic() < give_up:
        time.sleep(0.01)
    return not writer.queued


def test_what_was_kept_is_in_the_journal_in_order(tmp_path: Path) -> None:
    writer = create(tmp_path)
    writer.packet(0, 1, b"heard")
    writer.note("consent.granted", {"leg": "leg-1"}, 2)
    writer.packet(1, 3, b"x" * MAX_PACKET)
    writer.packet(1, 3, b"x" * (MAX_PACKET + 1))
    writer.close()
    writer.packet(0, 4, b"too late")
    writer.close()
    assert journal_writer.drain(5)
    path = tmp_path / "rec1.jrn"
    head, *rest, end = read(path)
    assert isinstance(head, Head)
    assert (head.recording, head.tenant, head.origin_ns) == ("rec1", "acme", writer.origin_ns)
    assert rest == [
        Packet(0, 1, b"heard"),
        Note("consent.granted", {"leg": "leg-1"}, 2),
        Packet(1, 3, b"x" * MAX_PACKET),
    ]
    assert isinstance(end, End)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [each.name for each in tmp_path.iterdir()] == ["rec1.jrn"]


@pytest.mark.requirement("E-11")
def test_every_recording_has_a_file_key_of_its_own(tmp_path: Path) -> None:
    n_journals = 300
    for number in range(n_journals):
        order = replace(ORDER, recording=RecordingId(f"rec{number}"))
        JournalWriter.create(tmp_path, order, on_failure=pytest.fail).close()
    assert journal_writer.drain(10)
    keys = set()
    for number in range(n_journals):
        header = parse_header(split_journal((tmp_path / f"rec{number}.jrn").read_bytes())[0])
        assert bound_recording(header) == f"rec{number}"
        opened = unwrap_header(header, [IDENTITY])
        assert opened is not None
        keys.add(opened[0].reveal())
    assert len(keys) == n_journals
    n_ones = sum(octet.bit_count() for key in keys for octet in key)
    # 38,400 bits: half of them, within six times the standard deviation of 98
    assert abs(n_ones - 64 * n_journals) < 588


def test_an_open_journal_is_locked_and_a_closed_one_is_not(tmp_path: Path) -> None:
    writer = create(tmp_path)
    with (tmp_path / "rec1.jrn").open("rb") as file:
        with pytest.raises(BlockingIOError):
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        writer.close()
        assert journal_writer.drain(5)
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_all_recordings_share_one_thread(tmp_path: Path) -> None:
    spools = [tmp_path / str(i) for i in range(5)]
    for spool in spools:
        spool.mkdir()
    writers = [create(spool) for spool in spools]
    assert sum(thread.name == "journal-writer" for thread in threading.enumerate()) == 1
    for writer in writers:
        writer.close()
    assert journal_writer.drain(5)


@pytest.mark.requirement("R-26")
def test_a_full_ring_drops_and_says_so(tmp_path: Path) -> None:
    writer = create(tmp_path)
    for i in range(10 * MAX_QUEUED):  # far faster than the thread writes
        writer.packet(0, i * FRAME_NS, b"x")
    assert eventually_empty(writer)
    writer.packet(0, 10 * MAX_QUEUED * FRAME_NS, b"after")
    writer.close()
    assert journal_writer.drain(5)
    items = read(tmp_path / "rec1.jrn")
    dropped = sum(int(item.details["items"]) for item in items if isinstance(item, Note))
    assert dropped > 0
    assert sum(isinstance(item, Packet) for item in items) + dropped == 10 * MAX_QUEUED + 1


def test_a_packet_is_kept_as_it_was_though_its_buffer_serves_the_next_one(tmp_path: Path) -> None:
    writer, buffer = create(tmp_path), bytearray(b"first")
    for arrival_ns in (1, 1):  # the second one is not the first that comes after a pause
        writer.packet(0, arrival_ns, memoryview(buffer))
        buffer[:] = b"later"
    writer.close()
    assert journal_writer.drain(5)
    packets = [item for item in read(tmp_path / "rec1.jrn") if isinstance(item, Packet)]
    assert packets == [Packet(0, 1, b"first"), Packet(0, 1, b"later")]


@pytest.mark.requirement("R-30")
def test_a_flood_of_one_stream_costs_neither_the_other_nor_the_disk(tmp_path: Path) -> None:
    writer = create(tmp_path)
    n_frames, n_copies = 1000, 100
    for number in range(n_frames):  # 20 seconds of it
        for copy in range(n_copies):
            writer.packet(0, number * FRAME_NS + copy * FRAME_NS // n_copies, number.to_bytes(2, "big"))
        writer.packet(1, number * FRAME_NS, b"calm")
        if number % 200 == 199:
            assert eventually_empty(writer)
    writer.close()
    assert journal_writer.drain(5)
    items = read(tmp_path / "rec1.jrn")
    heard = [item.rtp for item in items if isinstance(item, Packet) and item.stream == 0]
    assert set(heard) == {number.to_bytes(2, "big") for number in range(n_frames)}
    assert len(heard) <= BURST + MAX_PER_S * 20
    assert sum(isinstance(item, Packet) and item.stream == 1 for item in items) == n_frames
    notes = [item.details for item in items if isinstance(item, Note)]
    assert {note["stream"] for note in notes} == {"0"}
    assert len(notes) == 2, "once in ten seconds, and at the end"
    assert sum(int(note["packets"]) for note in notes) == n_frames * n_copies - len(heard)


@pytest.mark.requirement("R-30")
@pytest.mark.requirement("R-26")
def test_sixteen_streams_outlast_a_disk_that_stands_still_and_each_has_its_own_limit(
    tmp_path: Path,
) -> None:
    goes = threading.Event()

    def wait(spool: Path, recording: str, start: bytes) -> int:
        assert goes.wait(10)
        return open_journal(spool, recording, start)

    writer = JournalWriter.create(tmp_path, ORDER, on_failure=pytest.fail, open_file=wait)
    n_frames = 900  # 18 seconds
    for number in range(n_frames):
        for stream in range(MAX_CHANNELS):
            writer.packet(stream, number * FRAME_NS, b"x" * 172)
    for _ in range(3 * BURST):
        writer.packet(5, n_frames * FRAME_NS, b"flood")
    goes.set()
    writer.close()
    assert journal_writer.drain(10)
    items = read(tmp_path / "rec1.jrn")
    calm = [(one.stream, one.arrival_ns) for one in items if isinstance(one, Packet) and one.rtp != b"flood"]
    assert calm == [(stream, n * FRAME_NS) for n in range(n_frames) for stream in range(MAX_CHANNELS)]
    assert {one.details["stream"] for one in items if isinstance(one, Note)} == {"5"}


@pytest.mark.parametrize("recording", ["", "../up", "a/b", "a" * 65, "rec.1"])
def test_an_id_that_cannot_name_a_file_is_refused(tmp_path: Path, recording: str) -> None:
    wrong = StartRecording(**{**_fields(), "recording": recording})  # type: ignore[arg-type]
    assert refused(tmp_path, wrong) == "a recording id that cannot name a file"


def _fields() -> dict[str, object]:
    return {name: getattr(ORDER, name) for name in StartRecording.__dataclass_fields__}


def test_a_journal_that_cannot_start_fails_and_never_replaces_another(tmp_path: Path) -> None:
    assert refused(tmp_path / "missing") == "the spool refuses a journal: No such file or directory"
    (tmp_path / "rec1.jrn").write_bytes(b"the first")
    assert refused(tmp_path) == "the spool refuses a journal: File exists"
    assert (tmp_path / "rec1.jrn").read_bytes() == b"the first"
    assert len(list(tmp_path.iterdir())) == 1
    wrong = StartRecording(**{**_fields(), "recipients": ("age1junk",)})  # type: ignore[arg-type]
    assert refused(tmp_path, wrong).startswith("recipients of the recording: ")


@pytest.mark.requirement("R-26")
def test_a_disk_that_stands_still_costs_nothing_for_ten_seconds_and_later_it_is_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stands, goes = threading.Event(), threading.Event()

    def write(fd: int, octets: bytes) -> None:
        stands.set()
        assert goes.wait(20)
        write_octets(fd, octets)

    writer = create(tmp_path)
    monkeypatch.setattr(journal_part, "write_octets", write)
    writer.note("before", {}, 1)
    assert stands.wait(5)
    n_frames, n_more = MAX_QUEUED // 2, 50
    assert n_frames * FRAME_NS >= 10 * NS_PER_S
    for number in range(n_frames + n_more):  # time is what the packets say
        writer.packet(0, number * FRAME_NS, b"heard")
        writer.packet(1, number * FRAME_NS, b"sent")
    goes.set()
    writer.close()
    assert journal_writer.drain(5)
    items = read(tmp_path / "rec1.jrn")
    kept = [(item.stream, item.arrival_ns) for item in items if isinstance(item, Packet)]
    assert kept == [(stream, n * FRAME_NS) for n in range(n_frames) for stream in (0, 1)]
    dropped = [item.details["items"] for item in items if isinstance(item, Note) and item.kind != "before"]
    assert dropped == [str(2 * n_more)]


@pytest.mark.requirement("R-26")
def test_what_is_kept_before_the_file_is_open_is_in_it(tmp_path: Path) -> None:
    goes, opened = threading.Event(), threading.Event()

    def wait(spool: Path, recording: str, start: bytes) -> int:
        assert goes.wait(5)
        return open_journal(spool, recording, start)

    writer = JournalWriter.create(tmp_path, ORDER, on_failure=pytest.fail, on_open=opened.set, open_file=wait)
    n_early = MAX_QUEUED - 1
    for i in range(n_early):
        writer.packet(0, i * FRAME_NS, b"x")
    assert not opened.is_set() and list(tmp_path.iterdir()) == []
    goes.set()
    assert opened.wait(5)
    writer.packet(0, n_early * FRAME_NS, b"x")
    writer.close()
    assert journal_writer.drain(5)
    head, *packets, _ = read(tmp_path / "rec1.jrn")
    assert isinstance(head, Head) and head.origin_ns == writer.origin_ns
    assert packets == [Packet(0, i * FRAME_NS, b"x") for i in range(MAX_QUEUED)]


def test_a_journal_that_is_closed_before_its_file_is_open_is_whole(tmp_path: Path) -> None:
    goes = threading.Event()

    def wait(spool: Path, recording: str, start: bytes) -> int:
        assert goes.wait(5)
        return open_journal(spool, recording, start)

    writer = JournalWriter.create(tmp_path, ORDER, on_failure=pytest.fail, open_file=wait)
    writer.packet(0, 1, b"x")
    writer.close()
    goes.set()
    assert journal_writer.drain(5)
    assert [type(item) for item in read(tmp_path / "rec1.jrn")] == [Head, Packet, End]


@pytest.mark.requirement("R-10")
@pytest.mark.parametrize("answer", [0, -1])
def test_a_closed_journal_is_synced_before_it_is_let_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: int
) -> None:
    path = tmp_path / "rec1.jrn"
    synced: list[tuple[int, bool]] = []

    def sync(fd: int) -> int:
        with path.open("rb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                is_locked = False
            except BlockingIOError:
                is_locked = True
        synced.append((os.fstat(fd).st_size, is_locked))
        return answer  # a disk that refuses ends no thread and keeps no journal

    monkeypatch.setattr(journal_part, "_syncfs", sync)
    writer = create(tmp_path)
    writer.packet(0, 1, b"the last")
    writer.close()
    assert journal_writer.drain(5)
    assert synced[-1] == (path.stat().st_size, True)


def test_so_many_may_wait_for_their_file_and_no_more(tmp_path: Path) -> None:
    goes, asked = threading.Event(), threading.Event()

    def wait(spool: Path, recording: str, start: bytes) -> int:
        asked.set()
        assert goes.wait(5)
        return open_journal(spool, recording, start)

    def begin(number: int) -> None:
        order = replace(ORDER, recording=RecordingId(f"rec{number}"))
        JournalWriter.create(tmp_path, order, on_failure=pytest.fail, open_file=wait).close()

    begin(0)
    assert asked.wait(5)  # it waits in the thread
    for number in range(1, MAX_WAITING + 1):
        begin(number)
    with pytest.raises(StorageError, match=f"the spool does not answer: {MAX_WAITING} recordings wait"):
        begin(MAX_WAITING + 1)
    goes.set()
    assert journal_writer.drain(10)
    assert len(list(tmp_path.iterdir())) == MAX_WAITING + 1


def test_what_failed_before_its_file_was_open_gets_none(tmp_path: Path) -> None:
    goes, reasons = threading.Event(), list[str]()

    def wait(spool: Path, recording: str, start: bytes) -> int:
        assert goes.wait(5)
        return open_journal(spool, recording, start)

    first = JournalWriter.create(tmp_path, ORDER, on_failure=pytest.fail, open_file=wait)
    second = replace(ORDER, recording=RecordingId("rec2"))
    failing = JournalWriter.create(tmp_path, second, on_failure=reasons.append)
    failing.packet(300, 0, b"no such stream")
    assert reasons == ["internal error"]
    goes.set()
    first.close()
    failing.close()
    assert journal_writer.drain(5)
    assert [path.name for path in tmp_path.iterdir()] == ["rec1.jrn"]


_CHILD = """
import json, os, resource, signal, sys, time
from pathlib import Path
from pbx.media.effects import StartRecording
from pbx.recording.io.journal_writer import JournalWriter, drain
spool, order, mode = Path(sys.argv[1]), json.loads(sys.argv[2]), sys.argv[3]
reasons = []
if mode == "full":
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
writer = JournalWriter.create(spool, StartRecording(**order), on_failure=reasons.append)
for i in range(100):
    now = time.monotonic_ns()
    writer.packet(0, now, i.to_bytes(4, "big") + bytes(160))
    if mode == "kill":
        os.write(1, b"%d %d\\n" % (i, now))
    time.sleep(0.02)
writer.close()
drain(5)
print(json.dumps(reasons))
"""


def child(spool: Path, mode: str) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-c", _CHILD, str(spool), json.dumps(_fields()), mode]
    return subprocess.Popen(command, stdout=subprocess.PIPE)


@pytest.mark.requirement("R-16")
@pytest.mark.requirement("R-17")
def test_a_full_disk_is_reported_once_and_what_was_written_is_kept(tmp_path: Path) -> None:
    out, _ = child(tmp_path, "full").communicate(timeout=20)
    assert json.loads(out.splitlines()[-1]) == [os.strerror(27)]  # EFBIG: the limit stands for a full disk
    items = read(tmp_path / "rec1.jrn")
    assert 0 < sum(isinstance(item, Packet) for item in items) < 100


@pytest.mark.requirement("R-09")
def test_a_killed_process_loses_less_than_270_ms(tmp_path: Path) -> None:
    process = child(tmp_path, "kill")
    assert process.stdout is not None
    lines = [process.stdout.readline() for _ in range(60)]
    process.send_signal(signal.SIGKILL)
    lines += process.stdout.read().splitlines(keepends=True)
    process.wait(10)
    sent = [int(line.split()[1]) for line in lines if line.endswith(b"\n")]
    kept = [item.arrival_ns for item in read(tmp_path / "rec1.jrn") if isinstance(item, Packet)]
    assert kept == sent[: len(kept)]
    assert sent[-1] - kept[-1] <= 270_000_000
    process.stdout.close()


async def test_a_failure_is_told_on_the_loop(tmp_path: Path) -> None:
    told: asyncio.Future[tuple[str, int]] = asyncio.get_running_loop().create_future()
    writer = JournalWriter.create(
        tmp_path, ORDER, on_failure=lambda reason: told.set_result((reason, threading.get_ident()))
    )
    writer.packet(300, 0, b"no such stream")  # a bug of the caller must not end the thread
    assert await asyncio.wait_for(told, 5) == ("internal error", threading.get_ident())
    writer.close()
    assert await asyncio.to_thread(journal_writer.drain, 5)
