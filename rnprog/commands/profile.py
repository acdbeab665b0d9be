"""`rnprog profile new|show|list`: the shelf of profiles."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from rnprog.commands.context import face_of
from rnprog.commands.exits import Exit, simply
from rnprog.commands.profile_files import load_profile
from rnprog.commands.program_text import program_sheet
from rnprog.commands.render import Sheet, Tone
from rnprog.profile.edit import new_text
from rnprog.profile.findings import ProfileError
from rnprog.profile.library import available, shelf_dir
from rnprog.profile.model import Profile
from rnprog.profile.names import code_problem
from rnprog.profile.schema import load
from rnprog.profile.store import AlreadyThere, StoreError, save
from rnprog.therapy.contacts import Side
from rnprog.therapy.parameters import AMPLITUDE

TEMPLATE = "standard-bilateral"


def new(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Lower-case letters, digits, hyphens.")],
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

    A copy of another profile under a new name, ready to be edited. An existing profile is never replaced.
    """
    face = face_of(ctx)
    if patient is not None and (problem := code_problem(patient)) is not None:
        raise typer.BadParameter(problem, param_hint="--patient")
    begun = load_profile(template).profile
    made = replace(
        begun,
        name=name,
        title=title or name.replace("-", " ").capitalize(),
        author=author or begun.author,
        serial=serial or begun.serial,
        patient_code=patient or begun.patient_code,
        created=date.today().isoformat(),
    )
    try:
        path = save(folder or shelf_dir(), name, new_text(made))
    except AlreadyThere as error:
        raise simply(Exit.USAGE, str(error)) from error
    except StoreError as error:
        raise simply(Exit.USAGE, str(error)) from error
    face.data |= {"path": str(path), "profile": made.as_dict()}
    face.raw(f"{path}\n")
    face.say(f"A copy of {begun.name}. Edit it, then: rnprog profile verify {path}")
    return Exit.DONE


def show(ctx: typer.Context, profile: Annotated[str, typer.Argument(metavar="PROFILE", help="Name or file.")]) -> Exit:
    """Show a profile.

    $ rnprog profile show standard-bilateral

    $ rnprog profile show anna.toml --json
    """
    face = face_of(ctx)
    loaded = load_profile(profile)
    found = loaded.profile
    face.data |= {"path": loaded.origin, "profile": found.as_dict()}
    face.show(Sheet("", ("", ""), _about(found, loaded.origin)))
    face.show("", program_sheet(found.program, "Program"), _limits(found))
    if found.unverified:
        face.show(f"Without a source (marked unverified): {', '.join(found.unverified)}.")
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
            title: str | tuple[str, Tone] = load(shelved.path).title
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
        ("State", found.state),
        ("For", f"{found.device_model}, {found.lead_model}, {'serial ' + found.serial if found.serial else 'any serial number'}"),
        ("Patient", found.patient_code or "no one patient"),
        ("By", f"{found.author}, {found.created}"),
        *([("Notes", found.notes)] if found.notes else []),
    ]


def _limits(found: Profile) -> Sheet:
    rows: list[tuple[str, str, str]] = []
    highest = [found.limits.highest_ma(side) for side in (Side.LEFT, Side.RIGHT)]
    rows.append(("Highest amplitude", *(AMPLITUDE.show(each) if each is not None else "-" for each in highest)))  # type: ignore[arg-type]
    for label, key in (("Perception", "perception_ma"), ("Contraction", "motor_ma"), ("Discomfort", "discomfort_ma")):
        values = [getattr(found.thresholds.get(side), key, None) for side in (Side.LEFT, Side.RIGHT)]
        if any(value is not None for value in values):
            rows.append((label, *(AMPLITUDE.show(value) if value is not None else "-" for value in values)))  # type: ignore[arg-type]
    return Sheet("For this patient", ("", "Left", "Right"), rows)
