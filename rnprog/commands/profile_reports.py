"""How findings are written: text, JSON, JUnit, SARIF 2.1.0 and the notes of GitHub. Owns these formats; verifies nothing.

Text, JSON and GitHub notes are written as they come, so that their memory does not grow with the number of files; JUnit and SARIF are
documents of one piece and are held until the end.
"""

from __future__ import annotations

import io
import json
import os
import shutil
import textwrap
from abc import ABC, abstractmethod
from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePath
from typing import Any, TextIO
from urllib.parse import quote

from rnprog.profile.findings import Finding, worst
from rnprog.profile.rules import RULES, Rule, Severity

JSON_SCHEMA = "rnprog.profile-verify/1"
SARIF_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_CATALOGUE = "rnprog profile explain"


class Format(StrEnum):
    """How the findings are written."""

    TEXT = "text"
    JSON = "json"
    JUNIT = "junit"
    SARIF = "sarif"
    GITHUB = "github"


@dataclass(slots=True)
class Count:
    """What a batch comes to."""

    files: int = 0
    wrong: int = 0
    """Files with at least one error."""
    errors: int = 0
    warnings: int = 0
    _codes: frozenset[int] = frozenset()

    def add(self, findings: tuple[Finding, ...]) -> None:
        """One more file."""
        self.files += 1
        if findings:
            errors = sum(finding.severity is Severity.ERROR for finding in findings)
            self.errors += errors
            self.warnings += len(findings) - errors
            self.wrong += errors > 0
            self._codes |= {worst(findings)}

    @property
    def code(self) -> int:
        """0 all valid, 1 errors, 65 a file cannot be parsed, 66 a file is missing; 65 over 66 over 1."""
        return next((code for code in (65, 66, 1) if code in self._codes), 0)

    @property
    def summary(self) -> str:
        """One line for a person."""
        return f"{_many(self.files, 'file')}: {_many(self.errors, 'error')}, {_many(self.warnings, 'warning')}."

    def reasons(self) -> list[dict[str, str]]:
        """For JSON: why the exit code is not 0."""
        if not self.code:
            return []
        said = f"{_many(self.errors, 'error')} in {self.wrong} of {_many(self.files, 'file')}; each is in the findings."
        return [{"kind": "findings", "text": said}]


class Report(ABC):
    """A report in the making."""

    def __init__(self, out: TextIO) -> None:
        self.out = out

    @abstractmethod
    def file(self, name: str, findings: tuple[Finding, ...]) -> None:
        """One more file, with what was found in it."""

    @abstractmethod
    def end(self, count: Count) -> None:
        """There are no more files."""


class Text(Report):
    """One finding a line, its place first; on a terminal wrapped to its width."""

    def __init__(self, out: TextIO, *, warnings: bool = True) -> None:
        super().__init__(out)
        self._warnings = warnings
        self._width = shutil.get_terminal_size().columns if out.isatty() else None

    def file(self, name: str, findings: tuple[Finding, ...]) -> None:
        for finding in findings:
            if self._warnings or finding.severity is Severity.ERROR:
                self.out.write(self._wrapped(line_of(finding)) + "\n")

    def end(self, count: Count) -> None:
        self.out.write(count.summary + "\n")

    def _wrapped(self, line: str) -> str:
        if self._width is None:
            return line
        return textwrap.fill(line, self._width, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)


class Json(Report):
    """One JSON object, one finding a line."""

    def __init__(self, out: TextIO) -> None:
        super().__init__(out)
        self._between = "\n"
        out.write(f'{{"schema": "{JSON_SCHEMA}", "findings": [')

    def file(self, name: str, findings: tuple[Finding, ...]) -> None:
        for finding in findings:
            self.out.write(f"{self._between}  {json.dumps(finding.as_dict())}")
            self._between = ",\n"

    def end(self, count: Count) -> None:
        told: dict[str, Any] = {"files": count.files, "errors": count.errors, "warnings": count.warnings, "ok": not count.code}
        told["code"] = count.code
        if count.code:
            told["reasons"] = count.reasons()
        self.out.write(f"{'' if self._between == chr(10) else chr(10)}], {json.dumps(told)[1:]}\n")


class GitHub(Report):
    """Notes at the lines of a pull request, and a table on the page of the run."""

    MOST_ROWS = 200

    def __init__(self, out: TextIO) -> None:
        super().__init__(out)
        self._rows: list[str] = []

    def file(self, name: str, findings: tuple[Finding, ...]) -> None:
        for finding in findings:
            where = [f"file={_property(finding.file)}"]
            if finding.line is not None:
                where += [f"line={finding.line}", f"col={finding.column or 1}"]
            self.out.write(f"::{finding.severity} {','.join(where)},title={finding.rule}::{_data(finding.text)}\n")
            if len(self._rows) < self.MOST_ROWS:
                self._rows.append(f"| {_cell(place(finding))} | {finding.rule} | {_cell(finding.text)} |")

    def end(self, count: Count) -> None:
        self.out.write(count.summary + "\n")
        page = os.environ.get("GITHUB_STEP_SUMMARY")
        if page:
            heading = ["### rnprog profile verify", "", count.summary, ""]
            table = ["| place | rule | what and what to do |", "|---|---|---|", *self._rows, ""] if self._rows else []
            with open(page, "a", encoding="utf-8") as file:
                file.write("\n".join(heading + table))


class JUnit(Report):
    """A test case for each file; a warning is a test that is passed, with a word to say."""

    def __init__(self, out: TextIO) -> None:
        super().__init__(out)
        import junitparser

        self._kind = junitparser
        self._suite = junitparser.TestSuite("rnprog profile verify")

    def file(self, name: str, findings: tuple[Finding, ...]) -> None:
        case = self._kind.TestCase(name, classname="profile")
        case.time = 0
        case._elem.set("file", name)
        errors = [finding for finding in findings if finding.severity is Severity.ERROR]
        case.result = [self._result(finding) for finding in errors]  # at once: each later one would read all before it again
        if errors and errors[0].line is not None:
            case._elem.set("line", str(errors[0].line))
        warnings = [line_of(finding) for finding in findings if finding.severity is Severity.WARNING]
        if warnings:
            case.system_out = "\n".join(warnings)
        self._suite.add_testcase(case)

    def _result(self, finding: Finding) -> Any:
        made = self._kind.Error if finding.exit_code > 1 else self._kind.Failure
        result = made(f"{place(finding)}: {finding.text}", finding.rule)
        result.text = line_of(finding)
        return result

    def end(self, count: Count) -> None:
        document: Any = self._kind.JUnitXml()
        document.add_testsuite(self._suite)
        document.update_statistics()
        written = io.BytesIO()
        document.write(written, pretty=True)
        self.out.write(written.getvalue().decode("utf-8") + "\n")


class Sarif(Report):
    """SARIF 2.1.0: rules with their texts, findings with place and fingerprint."""

    def __init__(self, out: TextIO) -> None:
        super().__init__(out)
        self._results: list[dict[str, Any]] = []

    def file(self, name: str, findings: tuple[Finding, ...]) -> None:
        self._results += [_sarif_result(finding, number) for number, finding in enumerate(findings)]

    def end(self, count: Count) -> None:
        from rnprog.commands.version import version

        driver = {
            "name": "rnprog",
            "version": version(),
            "rules": [_sarif_rule(rule) for rule in RULES.values()],
        }
        run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": self._results}
        json.dump({"$schema": SARIF_SCHEMA, "version": "2.1.0", "runs": [run]}, self.out, indent=1)
        self.out.write("\n")


def place(finding: Finding) -> str:
    """file:line:column, as far as it is known."""
    return ":".join(str(part) for part in (finding.file, finding.line, finding.column) if part is not None)


def line_of(finding: Finding) -> str:
    """A finding in one line."""
    return f"{place(finding)}: {finding.severity} {finding.rule}: {finding.text} ({finding.source})"


def report(written: Format, out: TextIO, *, quiet: bool = False) -> Report:
    """A report in this format."""
    match written:
        case Format.TEXT:
            return Text(out, warnings=not quiet)
        case Format.JSON:
            return Json(out)
        case Format.JUNIT:
            return JUnit(out)
        case Format.SARIF:
            return Sarif(out)
        case Format.GITHUB:
            return GitHub(out)


def _sarif_rule(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "shortDescription": {"text": rule.text},
        "fullDescription": {"text": f"{rule.text} Source: {rule.source}."},
        "help": {"text": f"{_CATALOGUE} {rule.id}"},
        "defaultConfiguration": {"level": rule.severity.value},
    }


def _sarif_result(finding: Finding, number: int) -> dict[str, Any]:
    where: dict[str, Any] = {"artifactLocation": {"uri": _uri(PurePath(finding.file))}}
    if finding.line is not None:
        where["region"] = {"startLine": finding.line, "startColumn": finding.column or 1}
    import hashlib  # not at the top: it takes longer to load than a file to verify

    told = hashlib.sha256(json.dumps([finding.rule, finding.file, finding.field, number]).encode()).hexdigest()
    return {
        "ruleId": finding.rule,
        "ruleIndex": list(RULES).index(finding.rule),
        "level": finding.severity.value,
        "message": {"text": finding.text},
        "locations": [{"physicalLocation": where}],
        "partialFingerprints": {"rnprogEntry/v1": told},
    }


def _uri(path: PurePath) -> str:
    """Relative as it is given, so that it is found in a repository. A colon would make its first part a scheme."""
    return path.as_uri() if path.is_absolute() else quote(path.as_posix(), safe="/-._~")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _cell(text: str) -> str:
    return text.replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;")


def _many(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
