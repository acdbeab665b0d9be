"""`rnprog profile diff|explain|schema`: what profiles differ in, what a rule asks for, what an editor should know. Reads only."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from rnprog.commands.context import face_of
from rnprog.commands.exits import Exit
from rnprog.commands.profile_files import load_tables
from rnprog.commands.render import Sheet
from rnprog.commands.saving import save_text
from rnprog.profile.differences import changes
from rnprog.profile.json_schema import FILE
from rnprog.profile.rules import ADVICE, RULES, Rule

_ABSENT = "not there"


def diff(
    ctx: typer.Context,
    before: Annotated[str, typer.Argument(metavar="A", help="Name or file.")],
    after: Annotated[str, typer.Argument(metavar="B", help="Name or file.")],
) -> Exit:
    """Compare two profiles, entry by entry.

    $ rnprog profile diff standard-bilateral anna.toml

    Numbers are compared as numbers; comments and order do not count. Exit code 0: they say the same; 1: they differ.
    """
    face = face_of(ctx)
    found = changes(load_tables(before), load_tables(after))
    face.data |= {"same": not found, "differences": [each.as_dict() for each in found]}
    if not found:
        face.show("Both profiles say the same.")
        return Exit.DONE
    rows = [(each.label, *(_ABSENT if value is None else value for value in (each.before, each.after))) for each in found]
    face.show(Sheet("", ("Entry", before, after), rows))
    face.reasons.append({"kind": "differs", "text": f"{len(found)} entries differ."})
    return Exit.FINDINGS


def explain(
    ctx: typer.Context,
    rule: Annotated[str | None, typer.Argument(metavar="RULE", help="Its number, for example RN301; default: all.")] = None,
) -> Exit:
    """Say what a rule of the verification asks for.

    $ rnprog profile explain RN301

    $ rnprog profile explain

    RN1xx: reading; RN2xx: entries; RN3xx: charge; RN4xx: entries against each other; RN5xx: device and lead; RN6xx: sources and sign-off.
    """
    face = face_of(ctx)
    if rule is None:
        face.data["rules"] = [_data(each) for each in RULES.values()]
        face.show(Sheet("", ("Rule", "", "Asks for"), [(each.id, each.severity.value, each.text) for each in RULES.values()]))
        return Exit.DONE
    found = RULES.get(rule.upper())
    if found is None:
        raise typer.BadParameter("There is no rule of this number. rnprog profile explain lists them all.", param_hint="RULE")
    face.data |= _data(found)
    about = [
        ("Rule", f"{found.id}, {found.severity}"),
        ("Asks for", found.text),
        ("What to do", _advice(found)),
        ("Source", found.source),
        ("Exit code", str(found.exit_code) if found.severity == "error" else "0, a warning alone is valid"),
    ]
    face.show(Sheet("", ("", ""), about))
    return Exit.DONE


def schema(
    ctx: typer.Context,
    output: Annotated[Path | None, typer.Option("--output", "-o", metavar="FILE", help="A new file; default: stdout.")] = None,
) -> Exit:
    """Write the JSON Schema of profiles, for editors.

    $ rnprog profile schema --output profile.schema.json

    With the first line `#:schema ./profile.schema.json` in a profile, editors with taplo or tombi complete and check as you type. Steps
    and charge are checked by rnprog profile verify only.
    """
    face = face_of(ctx)
    text = FILE.read_text(encoding="utf-8")
    face.data["installed"] = str(FILE)
    if output is None:
        face.data["text"] = text
        face.raw(text)
        return Exit.DONE
    save_text(output, text, replace=False)
    face.data["path"] = str(output)
    face.show(f"The schema was written to {output}")
    face.say(f"Write this as the first line of a profile beside it: #:schema ./{output.name}")
    return Exit.DONE


def _data(rule: Rule) -> dict[str, object]:
    return {
        "rule": rule.id,
        "severity": rule.severity.value,
        "text": rule.text,
        "advice": _advice(rule),
        "source": rule.source,
        "exit_code": rule.exit_code if rule.severity == "error" else 0,
    }


def _advice(rule: Rule) -> str:
    return ADVICE[rule.id[:3]]
