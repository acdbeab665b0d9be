"""Words for a profile that was read from an implant: what it was read from, what the implant holds now, and how to go on."""

from __future__ import annotations

import shlex

from rnprog.session.wording import Words

READ_FROM = "Read from"
NOTHING_TO_REBASE = (
    "It was not read from an implant (it has no table [origin]), so no implant's state makes it outdated. Nothing was changed."
)
FILE_CHANGED = "The file was changed while the question stood. Nothing was saved; say the same command again."
NOT_REBASED = "It was not confirmed. The file was not changed."
DRAFT_AGAIN = "It was signed off for the state before, so it is a draft again. Check it, then: rnprog profile validate"


def state(revision: int, checksum: str) -> str:
    """What a slot holds, by its marks. A device that counts no revision has 0 for it."""
    return f"revision {revision} (checksum {checksum})" if revision else f"a program with the checksum {checksum}"


def no_program(revision: int, problem: str | None) -> str:
    """The same of a slot without a program."""
    return f"{f'revision {revision} and ' if revision else ''}no program ({problem or 'nothing that can be read'})"


def read_from(slot: int, serial: str | None, held: str, on: str, *, active: bool) -> str:
    """What a profile was read from, in one line. `held`: from `state`."""
    of = f"slot {slot} of {serial or 'an implant without a serial number'}"
    return f"{of}, then the active slot, with {held} on {on}" if active else f"{of} with {held} on {on}"


def another_implant(file: str, made_from: str, serial: str, on: str) -> str:
    """The profile was read from an implant with another serial number."""
    new = f"rnprog profile new NAME --from {_quoted(file)} --serial {_quoted(serial)}"
    return (
        f"{file} was read from the implant {made_from} on {on}, and this is {serial}. Compare the serial number with the patient's card. "
        f"If the same settings are meant for this implant, begin a profile for it: `{new}`."
    )


def no_such_slot(file: str, slot: int, slots: int) -> str:
    """The profile was read from a slot that this device does not have."""
    return f"{file} was read from slot {slot}, and this device has slots 0 to {slots - 1}. Read the program afresh: `rnprog program pull`."


def changed_since(file: str, slot: int, was: str, now: str, on: str) -> str:
    """The slot does not hold any more what the profile was read from."""
    return (
        f"{file} is outdated. On {on} it was read from slot {slot}, which held {was}; that slot now holds {now}. {file} would undo what "
        "was changed since."
    )


def switched_since(file: str, slot: int, on: str, running: int, now: str) -> str:
    """The implant runs another slot than the one that the profile was read from."""
    return (
        f"{file} is outdated. On {on} it was read from slot {slot}, which the implant ran; it now runs slot {running}, which holds {now}. "
        f"{file} would put an older program in its place."
    )


def ways_on(file: str, slot: int | None) -> str:
    """What to do about an outdated profile, on the command line. `slot`: the one to look at; None: the one the implant runs."""
    of = "" if slot is None else f" --slot {slot}"
    return (
        f"Nothing was written. Look at the difference with `rnprog program diff {_quoted(file)}{of}`. If {file} is to replace what is "
        f"there now, first say `rnprog program rebase {_quoted(file)}`; to begin from what is there now, `rnprog program pull{of} --output "
        "NEW.toml`."
    )


def outdated_on_screen(name: str, happened: str) -> Words:
    """An outdated profile was chosen from the shelf on the screen. `happened`: every reason, without the ways on."""
    return Words(
        happened,
        "Nothing was sent; nothing was changed.",
        f"Choose another profile, or titrate. Or leave (F10): `rnprog program rebase {_quoted(name)}` shows the difference and takes what "
        "is there now as the new basis.",
    )


def outdated_in_short(file: str) -> str:
    """Beside a comparison of the profile with the device."""
    return (
        f"{file} is outdated: what it was read from was changed in the device since, or belongs to another one. It is written only after "
        f"`rnprog program rebase {_quoted(file)}`."
    )


def moved_by_writing(file: str) -> str:
    """After a profile that was read from an implant has been written."""
    return (
        f"{file} stays as it is: it still names what it was read from. It may be written again unchanged; before you write it with other "
        f"settings, say `rnprog program rebase {_quoted(file)}`."
    )


def rebase_question(file: str, before: str, slot: int, held: str) -> str:
    """Before a profile is put on a new basis."""
    return (
        f"{file} was read from {before}. It is about to be based on slot {slot} as it was read just now: {held}. Its settings stay as they "
        "are, and it may then be written over what is there now."
    )


def rebased(file: str, after: str) -> str:
    """Done."""
    return f"{file} is now based on {after}. Its settings were not changed."


def based_already(file: str, after: str) -> str:
    """Nothing to do."""
    return f"{file} is up to date: it was read from {after}, and that is what is there now. Nothing was changed."


def _quoted(text: str) -> str:
    return shlex.quote(text)
