"""The hook and the action call a command that exists, with options that it has."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.profile.texts import changed, put

ROOT = Path(__file__).resolve().parents[2]
RNPROG = Path(sys.executable).with_name("rnprog")


def test_the_hook_runs_on_profiles_and_on_nothing_else(tmp_path: Path) -> None:
    hook = (ROOT / ".pre-commit-hooks.yaml").read_text()
    entry = re.search(r"(?m)^  entry: (.*)$", hook)
    files = re.search(r"(?m)^  files: (.*)$", hook)
    assert entry is not None and files is not None
    command = [str(RNPROG), *entry[1].split()[1:]]
    assert subprocess.run([*command, put(tmp_path)], capture_output=True, check=False).returncode == 0
    wrong = put(tmp_path, changed(("= 2.5", "= 2.55")), "wrong")
    assert subprocess.run([*command, wrong], capture_output=True, check=False).returncode == 1
    assert [bool(re.search(files[1], name)) for name in ("profiles/a.toml", "x/profiles/b/c.toml", "pyproject.toml")] == [True, True, False]


def script() -> str:
    """The last step of the action."""
    text = (ROOT / "action.yml").read_text()
    return "".join(line.removeprefix("        ") + "\n" for line in text.rpartition("run: |\n")[2].splitlines())


@pytest.mark.parametrize("wrong", [False, True])
def test_the_action_verifies_and_notes(tmp_path: Path, wrong: bool) -> None:
    (tmp_path / "rnprog" / "bin").mkdir(parents=True)
    (tmp_path / "rnprog" / "bin" / "rnprog").symlink_to(RNPROG)
    shelf = tmp_path / "my profiles; touch evil"
    shelf.mkdir()
    put(shelf, changed(("= 2.5", "= 2.55")) if wrong else changed(("= 2.5", "= 2.4")))
    summary = tmp_path / "summary"
    environment = {
        "PATH": "/usr/bin:/bin",
        "RUNNER_TEMP": str(tmp_path),
        "PATHS": f"{shelf.name}\n\n",
        "LIMITS": "",
        "SARIF": "out.sarif",
        "GITHUB_STEP_SUMMARY": str(summary),
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
    }
    ran = subprocess.run(["bash", "-e", "-c", script()], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert ran.returncode == (1 if wrong else 0), ran.stderr
    assert ("::error file=my profiles; touch evil/left-and-right.toml,line=30" in ran.stdout) == wrong
    assert (tmp_path / "out.sarif").is_file() and summary.is_file()
    assert not (tmp_path / "evil").exists()
    assert "${{" not in script()  # an input in a script would be a hole
