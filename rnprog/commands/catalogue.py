"""Which commands there are. Owns their names, their places and their order in the help; imports none of them.

How to add a command. Write a function in a module of this folder and a line in COMMANDS below:

    def titrate(ctx: typer.Context, side: Annotated[Side, typer.Option(help="Which side.")], ...) -> Exit:
        '''Find perception, contraction and discomfort on one side.

        $ rnprog titrate --side left --port emu://

        What else there is to know, in paragraphs.
        '''
        face = face_of(ctx)
        with connection(face, "titrate", writes=True) as session:
            outcome = ...
        face.data["threshold_ma"] = ...          # goes into the JSON object
        face.show(...)                           # goes to stdout, unless --json
        return Exit.DONE

- The first parameter is `ctx`; the return value is the exit code; the first docstring line is the help here (a test keeps them equal).
- Docstring lines that begin with `$ ` are examples: the help shows them first.
- Global options (--port, --json, ...) are added by `app.py`, before and after the command: read them from `face.options`.
- Leave early with `raise Ended(...)` (exits.py); `applied(outcome)` returns what was read back or raises Ended. Trouble may pass.
- Usage errors: `raise typer.BadParameter("one sentence", param_hint="--side")`.
- Never print to stdout by yourself: `face.show` (result), `face.say` (talk), `face.words` (three-part messages).
"""

from __future__ import annotations

from typing import NamedTuple


class Entry(NamedTuple):
    """One command. `where` is module:function; a command of a group is called by both names, `program write`."""

    name: str
    where: str
    help: str
    panel: str


class Group(NamedTuple):
    """A word with commands of its own behind it."""

    name: str
    help: str
    panel: str


APPOINTMENT = "Appointment"
DEVICE = "Device"
SHELF = "Profiles and records"

GROUPS = (
    Group("program", "The programs stored in the device.", DEVICE),
    Group("profile", "Profiles: programs and limits in files.", SHELF),
    Group("record", "Records of earlier sessions.", SHELF),
)

_HERE = "rnprog.commands"

COMMANDS = (
    Entry("demo", f"{_HERE}.demo:demo", "A whole appointment on the bundled emulator, without a person.", APPOINTMENT),
    Entry("session", f"{_HERE}.session:session", "The guided appointment, line by line.", APPOINTMENT),
    Entry("tui", f"{_HERE}.tui:tui", "The whole appointment on one screen.", APPOINTMENT),
    Entry("titrate", f"{_HERE}.titrate:titrate", "Find perception, contraction and discomfort on one side.", APPOINTMENT),
    Entry("impedance", f"{_HERE}.impedance:impedance", "Measure every contact and pair.", APPOINTMENT),
    Entry("stop", f"{_HERE}.stop_command:stop", "Stop all output now; works while another rnprog holds the port.", DEVICE),
    Entry("ports", f"{_HERE}.ports:ports", "List the ports of this computer.", DEVICE),
    Entry("doctor", f"{_HERE}.doctor:doctor", "Say what is wrong here, and what to do about it.", DEVICE),
    Entry("status", f"{_HERE}.status:status", "Who the device is, what it can do and what it is doing now.", DEVICE),
    Entry("log", f"{_HERE}.log:log", "Show what the implant has logged: therapy, events, impedance.", DEVICE),
    Entry("program show", f"{_HERE}.program_read:show", "Show the programs stored in the device.", DEVICE),
    Entry("program diff", f"{_HERE}.program_read:diff", "Compare a profile with the program in the device.", DEVICE),
    Entry("program pull", f"{_HERE}.program_read:pull", "Write the device's program as a profile.", DEVICE),
    Entry("program rebase", f"{_HERE}.program_rebase:rebase", "Base an outdated profile on what the device holds now.", DEVICE),
    Entry("program verify", f"{_HERE}.program_verify:verify", "Compare what devices run with what profiles say.", DEVICE),
    Entry("program write", f"{_HERE}.program_write:write", "Write a profile to the device, and read it back.", DEVICE),
    Entry("profile new", f"{_HERE}.profile:new", "Begin a profile.", SHELF),
    Entry("profile from-session", f"{_HERE}.profile_from_record:from_session", "Make a draft from a session record.", SHELF),
    Entry("profile show", f"{_HERE}.profile:show", "Show a profile.", SHELF),
    Entry("profile list", f"{_HERE}.profile:list_profiles", "List the profiles that come with rnprog.", SHELF),
    Entry("profile verify", f"{_HERE}.profile_verify:verify", "Verify profiles against all limits.", SHELF),
    Entry("profile validate", f"{_HERE}.profile_change:validate", "Sign a profile off as checked.", SHELF),
    Entry("profile diff", f"{_HERE}.profile_tell:diff", "Compare two profiles, entry by entry.", SHELF),
    Entry("profile explain", f"{_HERE}.profile_tell:explain", "Say what a rule of the verification asks for.", SHELF),
    Entry("profile migrate", f"{_HERE}.profile_change:migrate", "Bring a profile of an older version up to date.", SHELF),
    Entry("profile schema", f"{_HERE}.profile_tell:schema", "Write the JSON Schema of profiles, for editors.", SHELF),
    Entry("record list", f"{_HERE}.record:list_records", "List the session records.", SHELF),
    Entry("record show", f"{_HERE}.record:show", "Show one session record, line by line.", SHELF),
    Entry("record verify", f"{_HERE}.record:verify", "Check that a record is whole and unchanged.", SHELF),
    Entry("record reconcile", f"{_HERE}.record_reconcile:reconcile", "Compare a record with an emulator's ground truth.", SHELF),
    Entry("record export", f"{_HERE}.record_export:export", "Export a session record as a table or as JSON.", SHELF),
)


def schema_of(name: str) -> str:
    """The JSON schema name of a command's answer."""
    return f"rnprog.{name.replace(' ', '-')}/1"
