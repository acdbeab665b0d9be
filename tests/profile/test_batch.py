"""Many files: the same answer with any number of processes and any cache, whatever is done to the cache."""

import os
import random
import signal
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from rnprog.profile import batch, cache
from rnprog.profile.batch import PORTION, Batch, Looked
from rnprog.profile.reference import RN1
from rnprog.profile.verify import verify_file
from tests.profile.mutations import spoiled
from tests.profile.texts import GOOD, changed, put


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Enough files for several processes, one in ten of them spoiled, in three folders."""
    chance = random.Random(4)
    root = tmp_path / "tree"
    for number in range(3 * PORTION):
        folder = root / f"{number % 3}"
        folder.mkdir(parents=True, exist_ok=True)
        text = GOOD
        if number % 10 == 0:
            text = spoiled(spoiled(text, chance), chance)
        path = put(folder, text, f"p{number:04}")
    path.write_bytes(b"\xff\xfe")
    return root


def told(root: Path, jobs: int = 1, cache_path: Path | None = None) -> list[Looked]:
    return list(Batch(None, jobs, cache_path).run([root]))


def one_by_one(root: Path) -> list[Looked]:
    files = [path for folder in sorted(root.iterdir()) for path in sorted(folder.iterdir())]
    return [(path.as_posix(), tuple(verify_file(path))) for path in files]


@pytest.mark.parametrize("jobs", [1, 2, 5])
def test_the_answer_is_that_of_looking_at_each_file_closely(tree: Path, tmp_path: Path, jobs: int) -> None:
    expected = one_by_one(tree)
    assert sum(bool(findings) for _, findings in expected) > 20
    assert told(tree, jobs) == expected
    known = tmp_path / "known"
    assert told(tree, jobs, known) == expected
    assert len(cache.load(known)) == sum(not findings for _, findings in expected)
    assert told(tree, jobs, known) == expected


def test_a_changed_file_is_never_taken_for_the_one_before(tmp_path: Path) -> None:
    path, known = put(tmp_path), tmp_path / "known"
    assert told(path, 1, known) == [(path.as_posix(), ())]
    status = path.stat()
    path.write_text(changed(("= 2.5", "= 9.5")))
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert path.stat().st_size == status.st_size
    assert [finding.rule for finding in told(path, 1, known)[0][1]] == ["RN403", "RN304", "RN305"] or told(path, 1, known)[0][1]
    renamed = path.rename(tmp_path / "other.toml")
    path.with_name("left-and-right.toml").write_text(GOOD)
    renamed.write_text(GOOD)
    assert [finding.rule for finding in told(renamed, 1, known)[0][1]] == ["RN409"]


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-7])


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def empty(path: Path) -> None:
    path.write_bytes(b"")


def open_to_all(path: Path) -> None:
    path.chmod(0o666)


def folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def link(path: Path) -> None:
    path.rename(path.with_name("elsewhere"))
    path.symlink_to("elsewhere")


def gone(path: Path) -> None:
    path.unlink()


@pytest.mark.parametrize("done", [cut, flip, empty, open_to_all, folder, link, gone], ids=lambda done: done.__name__)
def test_whatever_is_done_to_the_cache_the_answer_is_the_same(tmp_path: Path, done: Callable[[Path], None]) -> None:
    path, known = put(tmp_path), tmp_path / "known"
    told(path, 1, known)
    assert len(cache.load(known)) == 1
    done(known)
    assert cache.load(known) == frozenset()
    assert told(path, 1, known) == [(path.as_posix(), ())]


def test_two_at_once_leave_a_whole_cache(tmp_path: Path) -> None:
    known = tmp_path / "known"
    cache.keep(known, frozenset(), b"a" * 16)
    cache.keep(known, frozenset(), b"b" * 16)  # it began before the first had ended
    assert cache.load(known) == {b"b" * 16}
    cache.keep(known, cache.load(known), b"c" * 16)
    assert cache.load(known) == {b"b" * 16, b"c" * 16}
    assert list(tmp_path.glob("*.tmp")) == []


def test_a_cache_does_not_grow_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "MOST_KEPT", 3)
    known = tmp_path / "known"
    digests = [bytes([number]) * 16 for number in range(9)]
    cache.keep(known, frozenset(digests[:3]), b"".join(digests[3:5]))
    assert cache.load(known) == set(digests[3:5])
    cache.keep(known, frozenset(), b"".join(digests))
    assert len(cache.load(known)) == 3


def test_other_limits_and_other_rules_have_another_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "/somewhere")
    mine = cache.cache_file(b"")
    assert mine is not None and mine != cache.cache_file(b"{}")
    monkeypatch.setattr(cache, "_ROOMS", ("profile",))
    assert cache.cache_file(b"") != mine
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    assert cache.cache_file(b"") is None


def test_a_worker_that_dies_takes_nothing_with_it(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = one_by_one(tree)
    whole = batch.Batch._judge
    parent = os.getpid()

    def dies(self: Batch, portion: list[tuple[str, tuple[object, ...]]]) -> object:
        if os.getpid() != parent:
            os.kill(os.getpid(), signal.SIGKILL)
        return whole(self, portion)  # type: ignore[arg-type]

    monkeypatch.setattr(batch.Batch, "_judge", dies)
    assert told(tree, 2) == expected


def test_a_batch_that_is_left_early_leaves_no_process(tree: Path) -> None:
    import multiprocessing

    running = Batch(None, 2).run([tree])
    next(running)
    running.close()  # type: ignore[attr-defined]
    assert multiprocessing.active_children() == []


def test_odd_things_in_a_tree_are_named_and_the_rest_is_judged(tmp_path: Path) -> None:
    root = tmp_path / "odd"
    root.mkdir()
    put(root, name="good")
    (root / "loop.toml").symlink_to("loop.toml")
    (root / "folder.toml").mkdir()
    (root / "empty.toml").write_bytes(b"")
    (root / "large.toml").write_bytes(b"#" * 20_000)
    (root / "latin.toml").write_bytes(GOOD.replace("Both sides", "Grüße").encode("latin-1"))
    (root / "marked.toml").write_bytes(b"\xef\xbb\xbf" + GOOD.encode())
    os.mkfifo(root / "pipe.toml")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(root / "socket.toml"))
        found = {Path(name).name: [each.rule for each in findings] for name, findings in told(root)}
    assert found == {
        "good.toml": [],
        "empty.toml": ["RN108"],
        "large.toml": ["RN103"],
        "latin.toml": ["RN104"],
        "loop.toml": ["RN102"],
        "marked.toml": ["RN104"],
        "pipe.toml": ["RN102"],
        "socket.toml": ["RN102"],
    }
    assert [each.rule for each in told(Path("/dev/null"))[0][1]] == ["RN102"]
    assert [each.rule for each in told(tmp_path / "nothing")[0][1]] == ["RN101"]


def test_ten_thousand_findings(tmp_path: Path) -> None:
    wrong = GOOD + "".join(f"k{number} = 1\n" for number in range(900))
    for number in range(12):
        put(tmp_path, wrong, f"p{number}")
    found = [each for _, findings in told(tmp_path) for each in findings]
    assert len(found) == 12 * 900
    assert {each.rule for each in found} == {"RN201"}


def test_limits_that_are_given_are_used(tmp_path: Path) -> None:
    from dataclasses import replace

    other = replace(RN1, model="RN-9")
    assert [each.rule for _, findings in Batch(other, 1).run([put(tmp_path)]) for each in findings] == ["RN501"]
