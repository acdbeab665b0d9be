"""`rnprog profile new|show|list`: the shelf of profiles."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from rnprog.commands.context import face_of
from rnprog.commands.exits import Exit, simply
from rnprog.commands.profile_files import load_profile, load_tables
from rnprog.commands.profile_questions import ask
from rnprog.commands.program_text import program_sheet
from rnprog.commands.render import Face, Sheet, Tone
from rnprog.profile.differences import changes
from rnprog.profile.edit import new_text
from rnprog.profile.fields import CLASS, PERCUTANEOUS, VALIDATED, VALIDATION, lookup
from rnprog.profile.findings import ProfileError
from rnprog.profile.library import available, shelf_dir
from rnprog.profile.model import Origin, Profile
from rnprog.profile.names import code_problem, name_problem
from rnprog.profile.schema import parse
from rnprog.profile.signing import holds
from rnprog.profile.store import StoreError, save
from rnprog.profile.verify import title_of
from rnprog.session import basis as bases
from rnprog.session.wording import emulated as words
from rnprog.session.wording.basis import READ_FROM
from rnprog.therapy.contacts import Side
from rnprog.therapy.parameters import AMPLITUDE

TEMPLATE = "standard-bilateral"


def new(
    ctx: typer.Context,
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="Lower-case letters, digits, hyphens; default: ask.")] = None,
    template: Annotated[str, typer.Option("--from", metavar="PROFILE", help="The profile to begin from: a name or a file.")] = TEMPLATE,
    title: Annotated[str | None, typer.Option("--title", metavar="TEXT", help="What it is called on screens.")] = None,
    author: Annotated[str | None, typer.Option("--author", metavar="TEXT", help="Who answers for it.")] = None,
    serial: Annotated[str | None, typer.Option("--serial", metavar="N", help="The only device it is for.")] = None,
    patient: Annotated[str | None, typer.Option("--patient", metavar="CODE", help="A pseudonym, never a name.")] = None,
    folder: Annotated[Path | None, typer.Option("--folder", metavar="DIR", help="Where to put it; default: your own shelf.")] = None,
) -> Exit:
    """Begin a profile.

    $ rnprog profile new anna --patient P-017 --author "Dr Example"

    $ rnprog profile new trial --from low-output-start --folder .

    A copy of another profile under a new name, ready to be edited. An existing profile is never replaced. Without a name, everything is
    asked.
    """
    face = face_of(ctx)
    if name is None:
        if face.options.no_input:
            raise typer.BadParameter("without a name this command asks. Give the name.", param_hint="--no-input")
        answers = ask(template)
        name, title, patient = answers.name, title or answers.title, patient or answers.patient
        serial, author = serial or answers.serial, author or answers.author
    if patient is not None and (problem := code_problem(patient)) is not None:
        raise typer.BadParameter(problem, param_hint="--patient")
    begun = load_profile(template).profile
    made = replace(
        begun,
        name=name,
        title=title or name.replace("-", " ").capitalize(),
        author=author or begun.author,
        serial=serial or begun.serial,
        origin=origin_for(begun.origin, serial),
        patient_code=patient or begun.patient_code,
        created=date.today().isoformat(),
    )
    path = saved(folder, made)
    face.data |= {"path": str(path), "profile": made.as_dict()}
    face.line(str(path))
    face.say(f"A copy of {begun.name}. Edit it, then: rnprog profile verify {path}")
    return Exit.DONE


def origin_for(origin: Origin | None, serial: str | None) -> Origin | None:
    """The origin of a copy for the device `serial`: of another device than it was read from, no state can make it outdated."""
    return origin if origin is None or serial in (None, origin.serial) else None


def saved(folder: Path | None, made: Profile) -> Path:
    """Saved as a new file, on the user's own shelf unless a folder is named. Ended (2) when that cannot be, or could not be read again."""
    text = new_text(made)
    try:
        if name_problem(made.name) is None:  # else the shelf says what is wrong with it
            parse(text, f"{made.name}.toml")
        return save(folder or shelf_dir(), made.name, text)
    except ProfileError as error:
        raise simply(Exit.USAGE, f"No profile was written: {error}") from error
    except StoreError as error:
        raise simply(Exit.USAGE, str(error)) from error


def show(ctx: typer.Context, profile: Annotated[str, typer.Argument(metavar="PROFILE", help="Name or file.")]) -> Exit:
    """Show a profile.

    $ rnprog profile show standard-bilateral

    $ rnprog profile show anna.toml --json
    """
    face = face_of(ctx)
    tables = load_tables(profile)
    if lookup(tables, CLASS) == PERCUTANEOUS:
        return _entry_by_entry(face, tables)
    loaded = load_profile(profile)
    found = loaded.profile
    face.data |= {"path": loaded.origin, "profile": found.as_dict(), "validation_holds": found.state == VALIDATED}
    face.show(Sheet("", ("", ""), _about(found, loaded.origin)))
    face.show("", program_sheet(found.program, "Program"), _limits(found))
    if found.unverified:
        face.show(f"Without a source (marked unverified): {', '.join(found.unverified)}.")
    return Exit.DONE


def _entry_by_entry(face: Face, tables: dict[str, object]) -> Exit:
    """A profile of another class of device, which rnprog cannot program."""
    rows = [(each.label, each.after or "") for each in changes({}, tables)]
    face.data["validation_holds"] = holds(tables)
    face.data["entries"] = [{"path": ".".join(each.path), "label": each.label, "value": each.after} for each in changes({}, tables)]
    if VALIDATION in tables and not holds(tables):
        rows.append(("Sign-off", "does not hold: this profile is a draft. See rnprog profile verify."))
    face.show(
        Sheet("", ("", ""), rows), "For a percutaneous stimulator: rnprog can verify this profile, and has no such device to write it to."
    )
    return Exit.DONE


def list_profiles(ctx: typer.Context) -> Exit:
    """List the profiles that come with rnprog.

    $ rnprog profile list

    Your own profiles are listed too; one of yours hides one of the library with the same name.
    """
    face = face_of(ctx)
    rows: list[tuple[str | tuple[str, Tone], ...]] = []
    face.data["profiles"] = listed = []
    for shelved in available():
        try:
            title: str | tuple[str, Tone] = title_of(shelved.path)
        except ProfileError as error:
            title = (f"cannot be read: {error.findings[0].text}", Tone.CAUTION)
        kind = "library" if shelved.from_library else "your own"
        rows.append((shelved.name, title, kind))
        listed.append(
            {
                "name": shelved.name,
                "title": title if isinstance(title, str) else None,
                "path": str(shelved.path),
                "library": shelved.from_library,
            }
        )
    face.show(Sheet("", ("Name", "Title", "From"), rows))
    face.say(f"Your own profiles are in {shelf_dir()}")
    return Exit.DONE


def _about(found: Profile, origin: str) -> list[tuple[str, str]]:
    return [
        ("Profile", f"{found.name}: {found.title}"),
        ("File", origin),
        ("State", _state(found)),
        ("For", f"{found.device_model}, {found.lead_model}, {'serial ' + found.serial if found.serial else 'any serial number'}"),
        ("Patient", found.patient_code or "no one patient"),
        ("By", f"{found.author}, {found.created}"),
        *([(READ_FROM, bases.told(found.origin))] if found.origin is not None else []),
        *([(words.VALUES_FROM, words.OF_MODE[found.mode])] if found.mode is not None else []),
        *([("Notes", found.notes)] if found.notes else []),
    ]


def _state(found: Profile) -> str:
    """Against which limits it holds now is for verify to say."""
    signed = found.validation
    if signed is None:
        return found.state
    if found.state == VALIDATED:
        return f"{found.state} by {signed.by} on {signed.on}, against {signed.limits}"
    return f"changed after {signed.by} validated it on {signed.on}: a {found.state} again. See rnprog profile verify."


def _limits(found: Profile) -> Sheet:
    rows: list[tuple[str, str, str]] = []
    highest = [found.limits.highest_ma(side) for side in (Side.LEFT, Side.RIGHT)]
    rows.append(("Highest amplitude", *(AMPLITUDE.show(each) if each is not None else "-" for each in highest)))  # type: ignore[arg-type]
    for label, key in (("Perception", "perception_ma"), ("Contraction", "motor_ma"), ("Discomfort", "discomfort_ma")):
        values = [getattr(found.thresholds.get(side), key, None) for side in (Side.LEFT, Side.RIGHT)]
        if any(value is not None for value in values):
            rows.append((label, *(AMPLITUDE.show(value) if value is not None else "-" for value in values)))  # type: ignore[arg-type]
    return Sheet("For this patient", ("", "Left", "Right"), rows)
