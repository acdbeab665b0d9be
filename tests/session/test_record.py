"""The write-ahead record: a line is acknowledged when it lies on the disk, and never otherwise."""

import contextlib
import errno
import hashlib
import json
import os
import resource
import shutil
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from rnprog.protocol.messages import REQUESTS
from rnprog.protocol.opcodes import RequestClass
from rnprog.session import sweep
from rnprog.session.audit import audit
from rnprog.session.outcomes import Applied, ReasonKind, Refused, StopConfirmed, StopNotConfirmed
from rnprog.session.predecessors import NO_PREDECESSOR, predecessors
from rnprog.session.record import DRAWS, RESERVE_BYTES, Record, RecordLost, Times
from rnprog.session.session import Session
from rnprog.session.stimulation import Stimulation
from rnprog.session.trouble import Trouble, TroubleKind
from rnprog.therapy.titration import Answer
from rnprog.therapy.units import Milliamps
from tests.device.rig import python
from tests.session.desk import BOTH, Desk, armed, faulty, give, given, lines_of, measured, setup, state, truth

MOMENT = datetime(2026, 1, 5, 9, 0, 0, 123_000, UTC)


def times() -> Times:
    return Times(1_000, MOMENT, 2.5)


def make(directory: Path, serial: str = "RN1-E0000000", **opening: Any) -> Record:
    return Record.create(directory, serial, times, actor="nurse", opening=opening)


# a good record


def test_a_line_is_one_object_that_carries_the_hash_of_the_line_before(tmp_path: Path) -> None:
    record = make(tmp_path, mode="emulator")
    assert [record.write("note", {"n": n}) for n in range(3)] == [1, 2, 3]
    record.close({"output_left": "off"})
    rows = record.path.read_bytes().split(b"\n")
    assert rows.pop() == b""
    previous = NO_PREDECESSOR
    for number, row in enumerate(rows):
        line = json.loads(row)
        assert (line["seq"], line["prev"], line["session"], line["actor"]) == (number, previous, record.session_id, "nurse")
        assert (line["mono_ns"], line["utc"], line["link_s"]) == (1_000, "2026-01-05T09:00:00.123+00:00", "2.500")
        previous = hashlib.sha256(row).hexdigest()
    assert record.head == previous
    assert [json.loads(row)["kind"] for row in rows] == ["open", "note", "note", "note", "close"]
    assert audit(record.path, head=record.head).good


def test_the_name_holds_moment_and_serial_and_nothing_that_is_a_path(tmp_path: Path) -> None:
    record = make(tmp_path, "../[/x]\x1b;RN1")
    record.abandon()
    assert record.path.parent == tmp_path
    assert record.path.name.startswith("20260105T090000Z------x---RN1-")


def test_the_file_is_the_owners_alone_and_never_an_old_one(tmp_path: Path) -> None:
    record = make(tmp_path / "deep" / "records")
    record.abandon()
    assert record.path.stat().st_mode & 0o777 == 0o600
    assert record.path.parent.stat().st_mode & 0o777 == 0o700


def test_a_name_that_is_taken_is_drawn_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two of one second drew the same end: "File exists. Choose another place" was said, and nothing was started."""
    drawn = iter(["aaaa", "aaaa", "aaaa", "bbbb"])
    monkeypatch.setattr("secrets.token_hex", lambda size: next(drawn))
    first, second = make(tmp_path), make(tmp_path)
    assert (first.session_id[-4:], second.session_id[-4:]) == ("aaaa", "bbbb") and second.path.stem == second.session_id
    for record in (first, second):
        record.close({"output_left": "off"})
        assert audit(record.path).good


def test_a_place_where_every_name_is_taken_is_said_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[int] = []
    monkeypatch.setattr("secrets.token_hex", lambda size: drawn.append(size) or "aaaa")
    make(tmp_path).abandon()
    with pytest.raises(RecordLost, match=f"The record cannot be written in {tmp_path}: File exists"):
        make(tmp_path)
    assert drawn == [2] * (1 + DRAWS)


def test_a_record_names_its_predecessor(tmp_path: Path) -> None:
    assert predecessors(tmp_path).newest == NO_PREDECESSOR
    first = make(tmp_path)
    first.close({})
    second = make(tmp_path)
    second.abandon()
    assert lines_of(second.path)[0]["prev"] == first.head


def test_a_torn_predecessor_is_named_by_its_last_whole_line(tmp_path: Path) -> None:
    first = make(tmp_path)
    whole = first.head
    first.abandon()
    with first.path.open("ab") as file:
        file.write(b'{"v":1,"se')
    assert predecessors(tmp_path).newest == whole


def test_odd_text_is_kept_as_plain_ascii(tmp_path: Path) -> None:
    record = make(tmp_path)
    record.write("note", {"text": "µ\x1b[31m\u202e\ud800"})
    assert all(0x20 <= byte < 0x7F or byte == 0x0A for byte in record.path.read_bytes())
    record.close({})
    assert audit(record.path).good


@pytest.mark.parametrize("value", [float("nan"), float("inf"), object()])
def test_what_is_no_json_is_an_error_and_leaves_the_record_whole(tmp_path: Path, value: object) -> None:
    record = make(tmp_path)
    with pytest.raises((ValueError, TypeError)):
        record.write("note", {"value": value})
    record.write("note", {})
    record.close({})
    assert audit(record.path).good


def test_lines_from_many_threads_are_one_chain(tmp_path: Path) -> None:
    record = make(tmp_path)

    def write() -> None:
        for n in range(20):
            record.write("note", {"n": n})

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    record.close({})
    assert audit(record.path, head=record.head).good
    assert record.lines == 82


def test_after_the_end_nothing_is_written(tmp_path: Path) -> None:
    record = make(tmp_path)
    record.close({})
    record.abandon()
    with pytest.raises(RecordLost):
        record.write("note", {})


# what is on the disk, and when


def test_a_line_is_synced_before_it_is_acknowledged_and_the_directory_before_anything_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[str] = []
    real_write, real_sync = os.write, os.fsync

    def write(handle: int, data: bytes) -> int:
        order.append("write")
        return real_write(handle, data)

    def sync(handle: int) -> None:
        order.append("sync directory" if os.path.isdir(f"/proc/self/fd/{handle}") else "sync")
        real_sync(handle)

    monkeypatch.setattr(os, "write", write)
    monkeypatch.setattr(os, "fsync", sync)
    record = make(tmp_path)
    assert order[-3:] == ["write", "sync", "sync directory"]
    order.clear()
    record.write("note", {})
    assert order == ["write", "sync"]
    record.abandon()


def test_short_writes_are_completed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.write
    monkeypatch.setattr(os, "write", lambda handle, data: real(handle, bytes(data)[:7]))
    record = make(tmp_path)
    record.close({"x": "y" * 500})
    assert audit(record.path).good


def test_space_is_put_aside_and_given_back(tmp_path: Path) -> None:
    record = make(tmp_path)
    (reserve,) = tmp_path.glob("*.reserve")
    assert reserve.stat().st_blocks * 512 >= RESERVE_BYTES
    record.close({})
    assert not list(tmp_path.glob("*.reserve"))


def moving(*moments: tuple[int, int]) -> Any:
    """Times at which monotonic and wall clock stand at these seconds, one after the other."""
    left = iter(moments)

    def times() -> Times:
        mono_s, wall_s = next(left)
        return Times(mono_s * 10**9, MOMENT + timedelta(seconds=wall_s), 0.0)

    return times


@pytest.mark.parametrize("step_s", [86_400, -86_400, 3])
def test_a_wall_clock_that_jumps_is_flagged_and_changes_nothing_else(tmp_path: Path, step_s: int) -> None:
    clock = moving((0, 0), (0, 0), (10, 10), (20, 20 + step_s), (30, 30 + step_s))
    record = Record.create(tmp_path, "RN1", clock, actor="nurse", opening={})
    record.write("note", {"n": 1})
    assert record.write("note", {"n": 2}) == 3
    record.close({})
    lines = lines_of(record.path)
    assert [line["kind"] for line in lines] == ["open", "note", "clock stepped", "note", "close"]
    assert lines[2]["data"] == {"by_s": f"{step_s}.000"}
    assert audit(record.path).good


def test_clocks_that_drift_apart_slowly_are_no_jump(tmp_path: Path) -> None:
    record = Record.create(tmp_path, "RN1", moving((0, 0), (0, 0), (100, 101), (200, 203)), actor="nurse", opening={})
    record.write("note", {})
    record.close({})
    assert [line["kind"] for line in lines_of(record.path)] == ["open", "note", "close"]


def test_a_full_disk_leaves_room_to_end_the_record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The space put aside is given back, the half line is taken away, and what is left to say is said."""
    record = make(tmp_path)
    real = os.write

    def write(handle: int, data: Any) -> int:
        if not any(path.stat().st_size for path in tmp_path.glob("*.reserve")):
            return real(handle, data)
        if len(data) > 5:
            return real(handle, bytes(data)[:5])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched:
        patched.setattr(os, "write", write)
        assert record.write("note", {"n": 1}) == 1
        assert record.tight
        record.close({"output_left": "off"})
    assert [line["kind"] for line in lines_of(record.path)] == ["open", "note", "close"]
    assert audit(record.path).good


def test_on_a_full_disk_nothing_rises_any_more_and_releasing_still_works(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    stimulation = armed(session)
    given(stimulation, "0.5")
    assert session.record is not None
    session.wait(0.3)
    monkeypatch.setattr(session.record, "tight", True)
    outcome = give(stimulation, "0.6")
    assert isinstance(outcome, Refused) and outcome.reasons[0].kind is ReasonKind.RECORD
    assert "disk is full" in outcome.reasons[0].text
    assert truth(session).peaks_ua(0) == [500.0]
    assert isinstance(stimulation.disarm(), Applied)
    assert state(session)["armed_channels"] == 0


# a disk that does not take it


@contextmanager
def disk(monkeypatch: pytest.MonkeyPatch, call: str, number: int, after: int = 0) -> Iterator[None]:
    """From the `after`th call on, `os.write` or `os.fsync` on regular files fails."""
    real = getattr(os, call)
    calls = 0

    def failing(handle: int, *rest: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls > after:
            raise OSError(number, os.strerror(number))
        return real(handle, *rest)

    with monkeypatch.context() as patched:
        patched.setattr(os, call, failing)
        yield


FAILURES = [("write", errno.ENOSPC), ("write", errno.EIO), ("fsync", errno.EIO), ("fsync", errno.ENOSPC), ("write", errno.EDQUOT)]
each_failure = pytest.mark.parametrize("call, number", FAILURES)


@each_failure
def test_a_line_that_was_not_taken_loses_the_record_from_there_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str, number: int
) -> None:
    record = make(tmp_path)
    record.write("note", {"n": 1})
    before = record.path.read_bytes()
    head = record.head
    with disk(monkeypatch, call, number), pytest.raises(RecordLost, match=os.strerror(number)):
        record.write("note", {"n": 2})
    with pytest.raises(RecordLost):
        record.write("note", {"n": 3})
    assert record.lost is not None and record.head == head
    record.abandon()
    assert record.path.read_bytes().startswith(before), "acknowledged lines survive"
    assert lines_of(record.path)[1]["data"] == {"n": 1}


@each_failure
@pytest.mark.parametrize("after", [0, 1])
def test_a_record_that_cannot_be_begun_leaves_no_file_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str, number: int, after: int
) -> None:
    """An empty file would be the newest record, and the next one's predecessor."""
    earlier = make(tmp_path)
    earlier.close({})
    with disk(monkeypatch, call, number, after):
        try:
            make(tmp_path).withdraw()
        except RecordLost:
            assert list(tmp_path.iterdir()) == [earlier.path]
    assert not list(tmp_path.glob("*.reserve"))


def test_a_disk_without_room_for_the_reserve_starts_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(handle: int, offset: int, size: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "posix_fallocate", full)
    with pytest.raises(RecordLost, match="No space"):
        make(tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_directory_that_is_a_file_is_said_in_words(tmp_path: Path) -> None:
    (tmp_path / "records").write_text("not a directory")
    with pytest.raises(RecordLost, match="records"):
        make(tmp_path / "records")


def test_a_directory_that_cannot_be_written_is_said_in_words() -> None:
    with pytest.raises(RecordLost, match="/proc"):
        make(Path("/proc/rnprog"))


LIMITED = """
import resource, signal, sys
from datetime import UTC, datetime
from pathlib import Path
from rnprog.session.record import Record, RecordLost, Times
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
record = Record.create(Path(sys.argv[1]), 'RN1', lambda: Times(0, datetime.now(UTC), 0.0), actor='a', opening={})
resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))
taken = 0
try:
    while True:
        record.write('note', {'n': taken})
        taken += 1
except RecordLost as lost:
    print(taken, record.head, lost, flush=True)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="file size limits are a POSIX thing")
def test_a_file_that_may_not_grow_loses_the_record_and_keeps_what_was_acknowledged(tmp_path: Path) -> None:
    """A real limit of a real system, in a process of its own: the last line is cut in the middle."""
    assert resource.RLIMIT_FSIZE is not None
    with python(LIMITED, str(tmp_path)) as process:
        out, _ = process.communicate(timeout=20)
    taken, head, words = out.strip().split(" ", 2)
    assert int(taken) > 2 and "cannot be written any more" in words
    (path,) = tmp_path.glob("*.jsonl")
    rows = path.read_bytes().split(b"\n")
    assert hashlib.sha256(rows[int(taken)]).hexdigest() == head
    found = audit(path)
    assert {fault.line for fault in found.faults} <= {int(taken) + 2}, "nothing but the torn tail"


KILLED = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from rnprog.session.record import Record, Times
record = Record.create(Path(sys.argv[1]), 'RN1', lambda: Times(0, datetime.now(UTC), 0.0), actor='a', opening={})
n = 0
while True:
    n = record.write('note', {'n': n})
    print(n, flush=True)
"""


def test_acknowledged_lines_survive_kill_9(tmp_path: Path) -> None:
    with python(KILLED, str(tmp_path)) as process:
        assert process.stdout is not None
        for _ in range(50):
            acknowledged = int(process.stdout.readline())
        process.kill()
        process.wait(10)
    (path,) = tmp_path.glob("*.jsonl")
    assert lines_of_whole(path) > acknowledged


def lines_of_whole(path: Path) -> int:
    return len(path.read_bytes().split(b"\n")) - 1


class Signalled(BaseException):
    pass


@pytest.mark.parametrize("call", ["write", "fsync", "fstat"])
@pytest.mark.parametrize("done", ["before", "half", "after"])
def test_a_signal_while_a_line_is_written_does_not_break_the_chain(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str, done: str
) -> None:
    """Ctrl-C falls anywhere: before the bytes, in the middle of them, after them and before they are acknowledged. STOP is noted next."""
    record = make(tmp_path)
    real = getattr(os, call)

    def interrupted(handle: int, *rest: Any) -> Any:
        if done == "after":
            real(handle, *rest)
        if done == "half" and call == "write":
            real(handle, bytes(rest[0])[:9])
        raise Signalled

    with monkeypatch.context() as patched:
        patched.setattr(os, call, interrupted)
        with pytest.raises(Signalled):
            record.write("outcome", {"n": 1})
    record.write("stop", {})
    record.close({})
    found = audit(record.path, head=record.head)
    assert found.good and found.lines == record.lines
    assert [line["kind"] for line in lines_of(record.path)][-2:] == ["stop", "close"]


# what the session makes of it


@each_failure
def test_without_a_record_nothing_is_sent(session: Session, desk: Desk, monkeypatch: pytest.MonkeyPatch, call: str, number: int) -> None:
    desk.tape.clear()
    with disk(monkeypatch, call, number):
        refused = sweep.measure(session, BOTH)
    assert isinstance(refused, Refused) and refused.reasons[0].kind is ReasonKind.RECORD
    assert not {opcode for opcode in desk.tape.opcodes() if REQUESTS[opcode].CLASS is RequestClass.COMMAND}
    assert not truth(session).changes


@pytest.mark.parametrize("after", range(12))
def test_whichever_line_is_lost_everything_is_stopped_and_said(
    session: Session, desk: Desk, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    """No line of a burst, its answer, a release can be lost without the output being off and a typed ending."""
    measured(session)
    stimulation = Stimulation(session, setup())
    with disk(monkeypatch, "fsync", errno.EIO, after):
        try:
            refused = _a_short_titration(session, stimulation)
        except Trouble as trouble:
            assert trouble.kind is TroubleKind.RECORD
        else:
            assert refused.reasons[0].kind is ReasonKind.RECORD
    assert session.record is not None and session.record.lost
    assert truth(session).off and state(session)["armed_channels"] == 0
    assert session.armed == set() and not session.heart.on


def _a_short_titration(session: Session, stimulation: Stimulation) -> Refused:
    """The first refusal in it; there must be one."""
    ending: object = stimulation.arm()
    stimulation.titration = stimulation.titration.begin()
    for amplitude in ("0.5", "0.6"):
        if isinstance(ending, Refused):
            return ending
        ending = give(stimulation, amplitude)
        if isinstance(ending, Refused):
            return ending
        stimulation.answer(Answer.FELT, by="the test")
        session.wait(0.3)
    ending = stimulation.disarm()
    assert isinstance(ending, Refused)
    return ending


def test_a_lost_record_and_a_refused_stop_are_not_called_stopped(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    stimulation = armed(session)
    given(stimulation, "0.5")
    session.wait(0.3)
    faulty(session, "nak-stop")
    with disk(monkeypatch, "write", errno.ENOSPC):
        refused = give(stimulation, "0.6")
    assert isinstance(refused, Refused)
    assert "may still be on" in refused.reasons[0].text


def test_a_session_that_only_reads_has_no_record_and_can_command_nothing(desk: Desk) -> None:
    with desk.open(writes=False) as session:
        refused = sweep.measure(session, BOTH)
        assert isinstance(refused, Refused) and refused.reasons[0].kind is ReasonKind.RECORD
    assert not desk.record_dir.exists()


def test_a_record_lost_at_the_very_end_is_no_crash(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Trouble, match="could not be closed"), desk.open() as session:
        measured(session)
        monkeypatch.setattr(os, "fsync", lambda handle: (_ for _ in ()).throw(OSError(errno.EIO, "Input/output error")))
    monkeypatch.undo()
    assert desk.kinds()[-1] in ("outcome", "close")


def test_a_record_lost_at_the_line_of_a_stop_is_said_in_the_end(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """STOP stands, and nothing said that it is not in the record."""
    with pytest.raises(Trouble, match=r"not complete.*Input/output error") as trouble, desk.open() as session:
        given(armed(session), "0.5")
        with disk(monkeypatch, "fsync", errno.EIO):
            assert isinstance(session.stop("the test"), StopConfirmed)
    assert trouble.value.kind is TroubleKind.RECORD and "output is off" in trouble.value.words.stimulation


def test_a_bound_that_a_stop_left_behind_and_that_could_not_be_written_is_said(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next visit would have gone up to the amplitude that was stopped, and nobody knew."""
    with pytest.raises(Trouble, match="too strong since the STOP is missing"), desk.open() as session:
        stimulation = armed(session)
        stimulation.given(Milliamps(Decimal("0.5")))
        recorded = session._record_stop
        with contextlib.ExitStack() as until_the_end:

            def then_the_disk_fails(*stop: Any) -> None:
                recorded(*stop)
                until_the_end.enter_context(disk(monkeypatch, "fsync", errno.EIO))

            monkeypatch.setattr(session, "_record_stop", then_the_disk_fails)
            session.stop("the test")


def test_nothing_is_called_off_that_was_not_confirmed_when_a_record_was_lost(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Trouble, match="not complete") as trouble, desk.open() as session:
        given(armed(session), "0.5")
        faulty(session, "nak-stop")
        with disk(monkeypatch, "fsync", errno.EIO):
            stop = session.stop("the test")
        assert isinstance(stop, StopNotConfirmed)
    assert trouble.value.words.stimulation == stop.words.stimulation


def test_a_record_that_was_taken_away_is_not_called_recorded(desk: Desk) -> None:
    with pytest.raises(Trouble, match="is gone") as trouble, desk.open() as session:
        measured(session)
        shutil.rmtree(desk.record_dir)
    assert trouble.value.kind is TroubleKind.RECORD and "nowhere else" in trouble.value.words.now


def test_a_record_that_cannot_be_closed_is_said_when_all_else_went_well(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Trouble, match="could not be closed") as trouble, desk.open() as session:
        measured(session)
        assert session.record is not None
        monkeypatch.setattr(session.record, "write", failing_write)
    assert trouble.value.kind is TroubleKind.RECORD


def test_a_record_that_cannot_be_closed_hides_nothing_that_went_wrong(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ZeroDivisionError), desk.open() as session:
        assert session.record is not None
        monkeypatch.setattr(session.record, "write", failing_write)
        raise ZeroDivisionError


def failing_write(*_: object, **__: object) -> int:
    raise RecordLost("The record cannot be written any more: Input/output error.")


@pytest.mark.parametrize("meddled", [lambda file: file.write(b"x" * 2000), lambda file: file.truncate(0)], ids=["written into", "emptied"])
def test_a_line_that_is_not_there_is_never_acknowledged(tmp_path: Path, meddled: Callable[[Any], object]) -> None:
    """It was taken away again because the file had another size, and `write` returned as if it lay there."""
    record = make(tmp_path)
    with open(record.path, "r+b") as file:
        file.seek(0, os.SEEK_END)
        meddled(file)
    with pytest.raises(RecordLost, match=r"another program has written into its file\.$"):
        record.write("intent", {"what": "arm"})
    assert record.lost is not None
    record.abandon()


def test_nor_is_one_that_another_program_has_pushed_aside_while_it_was_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    record, real = make(tmp_path), os.fsync

    def fsync(handle: int) -> None:
        with open(record.path, "ab") as file:
            file.write(b"x" * 2000)
        real(handle)

    with monkeypatch.context() as patched, pytest.raises(RecordLost, match=r"another program has written into its file\.$"):
        patched.setattr(os, "fsync", fsync)
        record.write("intent", {"what": "arm"})
    record.abandon()
