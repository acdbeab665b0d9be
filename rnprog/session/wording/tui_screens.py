"""Words of the screens that show: choosing a device, overview, leads, record, profiles, the line, and what the banner says."""

from __future__ import annotations

# choosing a device
CONNECT_TITLE = "Connect a device"
PATIENT_LABEL = "Patient code "
PATIENT_HINT = "a pseudonym, or empty"
LOOKING = "Looking for ports."
SERIAL_PORT = "Serial port"
HEADINGS = {"last": "Last device", "port": "Ports", "emulator": "Emulator, to practise: no patient, no device"}
HEALTHY = "everything works"
STEPS_TITLE = "The appointment"
STEPS = (
    ("1  Connect", "Enter connects what is marked. Connecting only reads: nothing is stimulated and nothing changed."),
    ("2  Leads", "F3, F5 measures the impedance of every pair of contacts, and compares it with earlier visits."),
    ("3  Titration", "F4, F5 prepares one side at 0 mA. Each burst is given by F5 and answered by a key of its own."),
    ("4  Program", "F6 shows what would change, and what of each limit it uses. Writing takes the end of the serial number."),
    ("5  Record", "F7 keeps what was done. F5 closes and checks it."),
    ("STOP", "F12 or Ctrl+C, at any time, on every screen and over every question. The red bar below does the same."),
)

WHAT_FOR = {
    "overview": ("Overview", "Which implant this is, what it runs by itself, and what was found at earlier visits."),
    **{screen: STEPS[number] for number, screen in enumerate(("leads", "titration", "program", "record"), 1)},
}
"""Title and text on a screen that has nothing to show yet."""
HOW_TO_CHOOSE = "Enter connects what is marked; F5 looks again. Connecting only reads."

# banner
NO_DEVICE_BADGE = "NO DEVICE"
SAYS_EMULATOR = "SAYS EMULATOR: TREATED AS REAL"
REAL_DEVICE = "REAL DEVICE"
STOP_SENT = "STOP SENT, ANSWER AWAITED"
UNKNOWN_OUTPUT = "OUTPUT UNKNOWN: TREAT AS ON"
LINK_LOST_OUTPUT = "LINK LOST: OUTPUT UNKNOWN"
LINK_LOST_IN_DOUBT = "LINK LOST: OUTPUT UNKNOWN, TREAT AS ON"
NOTHING_CONNECTED = "no device"
OUTPUT_OFF = "OUTPUT OFF"
OUTPUT_NOT_TOLD = "OUTPUT NOT TOLD: TREAT AS ON"
MEASURING_LEADS = "MEASURING THE LEADS"
THERAPY_ON = "THERAPY ON"
SCHEDULE_ON, SCHEDULE_OFF = "schedule on", "schedule off"
NOT_TOLD = "not told"


def battery(charge: str, seconds: int) -> str:
    """With the age of its reading, which is another than the state's."""
    ago = f"{seconds} s" if seconds < 120 else f"{seconds // 60} min"
    return f"battery {charge} ({ago})"


# overview
NEXT_LEADS = "Next: F3, the leads."
BY_ITSELF, LAST_VISIT, CAN_GIVE, LOST_LINK = "By itself", "Last visit", "Can give", "Lost link"
EVERY_DAY, NOT_BY_ITSELF = "every day, as scheduled", "nothing: the daily schedule is off"
NOT_READ, NOT_TOLD_BY_DEVICE = "not read", "not told by the device"
CHARGING, LOW = ", charging: stimulation is not possible", ", LOW: charge it first"
NO_PROGRAM = "no program yet"
PROGRAM_NOT_TOLD = "not told by this device to this key"
NO_VISIT = "none on record for this device"

# leads
MEASURING = "measuring the leads"
JUST_NOW = "just now"
LEADS_KEYS = "F5 measures again; F4 goes on to titration."
AFTER_THE_SIDE = "Finish what is under way first: F4, then F9."
DO_NOW = "Do now"
QUIET_LEADS = "Nothing stands out: no advice is given."
TIP_LEFT = "   tip on the left, plug on the right"
CATHODE_ANODE = "   - cathode, + anode"

# record
NO_NOTE = "No note can be added: no record is open."
NOTE_HINT = "Tab, then a note; Enter writes it into the record. Never a name."
CLOSE_TITLE, CLOSE_YES = "Close the record?", "Close the record"
BEING_READ = "being read"
CLOSES = "F5 closes and checks it"
CLOSED_WHOLE, CLOSED_FAULTS, LINK_LOST = "CLOSED AND WHOLE", "CLOSED, WITH FAULTS", "LINK LOST"
NOT_NAMED = "not named"
NOT_CONFIRMED = ", NOT CONFIRMED"
IN_THE_WRONG_PLACE = " in the wrong place"
CORRECTED = ", corrected"
TAKEN_BACK = "answer taken back"

# profiles and the line
PROFILES_HINT = "Profiles: F5 takes one to the program screen; nothing is written by that."
AT_MOST_LABEL = "At most"

# dialogs
CANCEL = "Cancel  (Esc)"
LAST_FOUR = "last 4"
ENTER_WRITES = "Type them; Enter then writes."
PALETTE: tuple[tuple[str, str], ...] = (
    ("STOP", "stop"),
    ("Overview", "go('overview')"),
    ("Leads", "go('leads')"),
    ("Titration", "go('titration')"),
    ("Program", "go('program')"),
    ("Record", "go('record')"),
    ("Profiles", "go('profiles')"),
    ("Frames on the line", "go('frames')"),
    ("Help: the keys", "help"),
    ("Theme: dark", "use_theme('rnprog-dark')"),
    ("Theme: light", "use_theme('rnprog-light')"),
    ("Theme: high contrast", "use_theme('rnprog-contrast')"),
    ("Connect another device", "another"),
    ("Leave", "leave"),
)


def was_at(port: str) -> str:
    """The last device is not plugged in."""
    return f"was at {port}; plug it in"


def usb(vendor: int, product: int) -> str:
    """A port's USB numbers."""
    return f", USB {vendor:04x}:{product:04x}"


def closed_last(output: str) -> str:
    """After closing."""
    return f"CLOSED. Last read: OUTPUT {output.upper()}"


def prepared(sides: str) -> str:
    """Armed at 0 mA."""
    return " ".join(f"PREPARED {sides.upper()}, NOTHING FLOWS".split())


def firmware(version: str) -> str:
    """In the line about the device."""
    return f"firmware {version}"


def daily(length: str, times: str) -> str:
    """When the implant runs by itself."""
    return f"{length}, {times} a day"


def slot(number: int, revision: int, sides: str) -> str:
    """What is in the active slot."""
    return f"slot {number}, revision {revision}: {sides}"


def all_usable(pairs: int) -> str:
    """Of the last visit."""
    return f"{pairs} pairs, all usable"


def limits(most: str, ranges: str, voltage: str) -> str:
    """What the device can give."""
    return f"up to {most} mA, {ranges}, {voltage} V"


def record_lost(name: str) -> str:
    """The record of a session whose link was lost."""
    return f"{name} was closed when the link was lost. F8 connects again, in a new record."


def record_unread(name: str) -> str:
    """Closed, and not readable."""
    return f"{name}: it could not be read again. Look at it on the command line: `rnprog record verify`."


def frames_head(count: int, *, held: bool) -> str:
    """Above the frames."""
    return f"{count} frames so far; the newest below. {'HELD. F5 lets it run.' if held else 'F5 holds it still.'}"


def frame_detail(flags: str, sequence: int, size: int, payload: str) -> str:
    """One frame."""
    return f"{flags}, sequence {sequence}, {size} bytes {payload}"


def opened(model: object, serial: object, mode: object, patient: object) -> str:
    """A record's first line."""
    return f"{model} {serial}, {mode}, patient {patient or NOT_NAMED}"


def titrated(side: object, ending: object, motor: object, proposed: object) -> str:
    """A record's line on a side."""
    return f"{side}: {ending}, contraction {motor}, proposed {proposed} mA"


def read_ago(age: str, *, old: bool) -> str:
    """How old the state shown is."""
    return f"{'OLD: ' if old else ''}read {age} ago"


def read_before_stop(clock: str) -> str:
    """After STOP nothing is read before the person goes on."""
    return f"read at {clock}, at STOP"
