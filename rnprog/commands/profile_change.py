"""`rnprog profile validate|migrate`: signing a profile off, and bringing one up to date. Comments and order stay as they are."""

from __future__ import annotations

import getpass
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from rnprog.commands.context import face_of
from rnprog.commands.exits import Ended, Exit, simply
from rnprog.commands.profile_files import finding_ending, finding_reasons
from rnprog.commands.profile_verify import Limits, limits_of
from rnprog.commands.saving import save_text
from rnprog.profile.edit import changed_text, validated_text, with_schema_line
from rnprog.profile.findings import ProfileError
from rnprog.profile.judging import limits_for
from rnprog.profile.library import find, library_dir
from rnprog.profile.migrate import migrated
from rnprog.profile.model import Validation
from rnprog.profile.names import SUFFIX, name_problem
from rnprog.profile.reading import read_tables, read_text
from rnprog.profile.reference import REFERENCE_SOURCE
from rnprog.profile.signing import PERCUTANEOUS_LIMITS, content_digest, is_emulated, limits_digest
from rnprog.profile.store import StoreError, overwrite, place_schema
from rnprog.profile.verify import verify_text
from rnprog.session.wording import emulated as words
from rnprog.therapy.capabilities import Capabilities

_SIGN_OFF = ("RN604", "RN605", "RN606")


def validate(
    ctx: typer.Context,
    profile: Annotated[str, typer.Argument(metavar="PROFILE", help="Name or file.")],
    by: Annotated[str | None, typer.Option("--by", metavar="WHO", help="Who signs it off; default: the user of this computer.")] = None,
    limits: Limits = None,
) -> Exit:
    """Sign a profile off as checked.

    $ rnprog profile validate anna.toml --by "Dr Example"

    $ rnprog profile validate anna.toml --by "Dr Example" --limits device.json

    All rules are checked first; a profile that breaks one is not signed off. What is written into the file: who, when, against which
    limits, and a digest of the content. Any change afterwards makes the profile a draft again. A profile whose values come from an
    emulator is refused (79); `rnprog profile verify` checks it like any other.
    """
    face = face_of(ctx)
    capabilities = limits_of(limits)
    try:
        path = find(profile)
        text = read_text(path)
        tables = read_tables(text, path)
    except ProfileError as error:
        raise finding_ending(error) from error
    if path.parent.resolve() == library_dir().resolve():
        said = f"{path.stem} comes with rnprog and is not signed off. Copy it: rnprog profile new NAME --from {path.stem}"
        raise simply(Exit.USAGE, said)
    if is_emulated(tables):
        raise Ended(Exit.REFUSED, sentence=words.not_signed_off(path.name), data={"path": str(path), "validated": False})
    findings = [each for each in verify_text(text, path, capabilities) if each.rule not in _SIGN_OFF]
    errors = tuple(each for each in findings if each.exit_code)
    if errors:
        raise Ended(Exit.FINDINGS, reasons=finding_reasons(errors), data={"path": str(path), "validated": False})
    judged_by = limits_for(tables, capabilities)
    who, today, what = by or getpass.getuser(), date.today().isoformat(), _in_words(capabilities, judged_by)
    signed = Validation(who, today, what, limits_digest(judged_by), content_digest(tables))
    signed_text = validated_text(text, signed)
    broken = tuple(each for each in verify_text(signed_text, path, capabilities) if each.exit_code)
    if broken:  # a name that cannot stand in the file, for example
        raise Ended(Exit.USAGE, reasons=finding_reasons(broken), data={"path": str(path), "validated": False})
    try:
        overwrite(path, signed_text)
    except StoreError as error:
        raise simply(Exit.USAGE, str(error)) from error
    face.data |= {"path": str(path), "validated": True, "validation": signed.as_dict(), "warnings": [each.as_dict() for each in findings]}
    face.show(f"{path} is validated by {signed.by} on {signed.on}, against {signed.limits}.")
    for warning in findings:
        face.show(f"Allowed, but know: {warning.text}")
    return Exit.DONE


def migrate(
    ctx: typer.Context,
    old: Annotated[str, typer.Argument(metavar="OLD", help="A profile of an older version: name or file.")],
    new: Annotated[Path, typer.Argument(metavar="NEW", help="The new file; it must not be there yet.")],
) -> Exit:
    """Bring a profile of an older version up to date.

    $ rnprog profile migrate anna.toml anna-2.toml

    The old file stays as it is. The new profile is called like its file, keeps comments and order, and is a draft.
    """
    face = face_of(ctx)
    stem = new.name.removesuffix(SUFFIX)
    problem = name_problem(stem) if new.name.endswith(SUFFIX) else f"A profile's file ends in {SUFFIX}."
    if problem is not None:
        raise typer.BadParameter(problem, param_hint="NEW")
    try:
        path = find(old)
        text, version = migrated(read_text(path), path)
    except ProfileError as error:
        raise finding_ending(error) from error
    try:
        text = changed_text(text, {("profile", "name"): stem})
    except KeyError:
        face.say("The profile had no name; verify says what is missing.")
    text = with_schema_line(text)
    save_text(new, text, replace=False)
    place_schema(new.parent)
    findings = verify_text(text, new)
    face.data |= {"path": str(new), "from": version, "findings": [each.as_dict() for each in findings]}
    face.show(f"{new} was written from {path}, which was of the version {version}.")
    face.say(f"Check it: rnprog profile verify {new}")
    return Exit.DONE


def _in_words(given: Capabilities | None, judged_by: Capabilities | None) -> str:
    if judged_by is None:
        return PERCUTANEOUS_LIMITS
    return REFERENCE_SOURCE if given is None else f"limits reported by the {given.model}"
