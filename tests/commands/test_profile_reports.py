"""Reports by themselves: thousands of findings in one file, and what a standard's own schema says of them."""

import hashlib
import io
import json
import time
from urllib.parse import urlsplit

import junitparser
import pytest

from rnprog.commands.profile_reports import SARIF_SCHEMA, Count, Format, report
from rnprog.profile.findings import Finding
from rnprog.profile.rules import RULES, Severity
from tests.commands.sarif import SCHEMA_FILE, faults

MANY = 2000
FORMATS = tuple(Format)
ODD_PATHS = (
    "a b#ü.toml",
    "100%.toml",
    "C:\\new\\a.toml",
    "..toml",
    "a?b&c=d.toml",
    "日本/\U0001f600.toml",
    '[x]{y}|^`<z>".toml',
    "//x/a.toml",
    "a:b.toml",
    "/t/a.toml",
)


def finding(number: int = 0, file: str = "a.toml", rule: str = "RN206", line: int | None = 7) -> Finding:
    column = None if line is None else 3
    return Finding(rule, RULES[rule].severity, file, line, column, f"left.k{number}", f"Entry {number} is wrong. Correct it.", "a test")


def written(format_: Format, *files: tuple[str, tuple[Finding, ...]]) -> str:
    out, count = io.StringIO(), Count()
    made = report(format_, out)
    for name, found in files:
        count.add(found)
        made.file(name, found)
    made.end(count)
    return out.getvalue()


@pytest.mark.parametrize("format_", FORMATS)
def test_two_thousand_findings_in_one_file_take_no_time(format_: Format, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    found = tuple(finding(number, line=number + 1) for number in range(MANY))
    began = time.process_time()
    text = written(format_, ("a.toml", found))
    assert time.process_time() - began < 2
    assert text.count(f"Entry {MANY - 1} is wrong.") >= 1
    if format_ is Format.JUNIT:
        (suite,) = junitparser.JUnitXml.fromstring(text.encode())
        (case,) = suite
        assert len(case.result) == suite.failures == MANY


def test_the_sarif_schema_is_the_published_one() -> None:
    content = SCHEMA_FILE.read_bytes()
    assert hashlib.sha256(content).hexdigest() in (SCHEMA_FILE.parent / "README.md").read_text(encoding="utf-8")
    assert json.loads(content)["id"] == SARIF_SCHEMA


def test_a_large_sarif_report_keeps_the_schema() -> None:
    files = [(f"p{number}.toml", tuple(finding(each, f"p{number}.toml") for each in range(5))) for number in range(40)]
    rules = [("r.toml", tuple(finding(number, "r.toml", rule, number + 1) for number, rule in enumerate(RULES)))]
    document = json.loads(written(Format.SARIF, *files, *rules))
    assert faults(document) == []
    (run,) = document["runs"]
    assert len(run["results"]) == 200 + len(RULES)
    assert {result["level"] for result in run["results"]} == {each.value for each in Severity}


def test_sarif_with_nothing_to_say_keeps_the_schema() -> None:
    assert faults(json.loads(written(Format.SARIF))) == []


@pytest.mark.parametrize("path", ODD_PATHS)
def test_an_odd_path_keeps_the_sarif_schema(path: str) -> None:
    document = json.loads(written(Format.SARIF, (path, (finding(file=path), finding(file=path, rule="RN103", line=None)))))
    assert faults(document) == []
    (run,) = document["runs"]
    uris = [each["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for each in run["results"]]
    for uri in uris:
        assert uri.isascii() and not set(uri) & set(' "<>\\^`{}|#?')
        assert (urlsplit(uri).scheme, urlsplit(uri).netloc) in (("", ""), ("file", ""))


def test_the_schema_does_find_faults() -> None:
    document = json.loads(written(Format.SARIF, ("a.toml", (finding(),))))
    document["runs"][0]["results"][0]["level"] = "grave"
    document["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["region"]["startLine"] = 0
    assert len(faults(document)) == 2
