"""Words that only a screen needs: what stands where nothing is yet, what a button does, what is called for."""

from __future__ import annotations

from rnprog.session.wording import Words

RESEARCH = "Research software. Not a medical device. Never tried on physical hardware."

NO_DEVICE_WHY = "no device is connected."
NO_DEVICE = "No device is connected. F2 chooses one."
LOST_FIRST = "The link is lost. F8 connects again."
NOT_ANY_MORE = "The record is closed and the device given free. F2 chooses the next device."
CONNECTING = "Connecting. Nothing is sent but questions."
EMPTY_PORTS = "No programmer cable is plugged in. Plug it in, or choose an emulator to practise."
LEADS_EMPTY = "The leads were not measured in this appointment. F5 measures them: a small stimulation itself, far below what can be felt."
LEADS_STALE = "These readings are more than ten minutes old. Measure again before stimulating."
LEADS_BEFORE_STOP = "These readings are from before STOP. Measure again before stimulating."
LEADS_BEFORE_LOSS = "These readings are from before the link was lost. Once the device is connected again, measure again."
LEADS_BEFORE_CLOSE = "These readings are from an appointment that is closed."
PROGRAM_EMPTY = "There is no program to write yet. Titrate a side first (F4), or open a profile (Ctrl+P, profiles)."
RECORD_EMPTY = "No record is open. It begins when a device is connected."
PROFILES_EMPTY = "There is no profile on the shelf."
FRAMES_EMPTY = "Nothing was said on the line yet."
PALETTE_NOTHING = "Nothing is called that."
PALETTE_HINT = "Type a few letters, Enter does it, Esc leaves"
FINGERPRINT = "patient fingerprint"
WRITE_PROGRAM = "write program"
ACTIVATE_SLOT = "activate slot"
READING = "reading the device"
LEAVE_TITLE = "Leave rnprog?"
UNDERSTOOD = "Understood"
READ_AGAIN = "Read the device again"
READ_AND_GO_ON = "Read the device and go on from 0 mA"
STOP_AGAIN = "Say STOP again"
CONNECT_AGAIN = "Connect again"
CONNECTING_AGAIN = "connecting again"
READ_FIRST = "The output was stopped. F8 reads the device again; then measure the leads (F3, F5)."
DOUBTFUL_FIRST = "What the device is doing is not known. Do first what the message above calls for (F8)."
NO_CONTACT = "it heard nothing from this computer for longer than it allows"

STOP_LABEL = "STOP"
STOP_KEYS = "F12 or Ctrl+C, or touch here"
STOPPING = "STOP was sent; the answer is awaited."

WRITE_TITLE = "Write this program?"
NOT_THE_SERIAL = "That is not the end of the serial number. Nothing was written."


MEASURE_AND_TITRATE = "to measure and to titrate"


def refused(what: str, reason: str) -> Words:
    """Nothing was changed."""
    return Words(f"Not done ({what}): {reason}", "Nothing was sent; nothing was changed.", "Put right what is named, then try again.")


def settled(what: str, result: str) -> Words:
    """An unanswered command was settled by a read."""
    return Words(
        f"The device was read again, and this is settled ({what}): {result}.",
        "What is shown now was read from the device.",
        "Compare it with what you wanted. If it is not that, do it once more.",
    )


def write_question(slot: int, model: str, serial: str, given: str) -> str:
    """Above the confirmation of a write. `given`: what each side gets, in sentences."""
    return (
        f"{given} Slot {slot} of {model} {serial} will be overwritten, and the implant will run it by itself, every day. "
        f"To write, type the last 4 characters of the serial number ({serial}). Esc cancels."
    )


def no_paste() -> str:
    """Somebody pasted into a confirmation."""
    return "Pasting does not count here. Type the four characters."


def written(slot: int, revision: int, checksum: str) -> Words:
    """Written and read back."""
    return Words(
        f"The program is in slot {slot}, revision {revision}, checksum {checksum}: written, read back and equal.",
        "No test stimulation is prepared. The implant runs this program by itself; the daily schedule is enabled.",
        "F5 closes the record. Or titrate again: F4.",
    )


def leave_question(*, on: bool) -> str:
    """Before the program ends."""
    if on:
        return "Test stimulation is prepared. Leaving stops it first, then closes the record."
    return "Leaving closes the record and gives the port free. What the implant runs by itself goes on."


def leave_lost_question() -> str:
    """Before the program ends with a lost link."""
    return "The link is lost and the output was not read since: treat it as on. Leaving does not change that. F8 would connect again."


def close_question() -> str:
    """Before a record is closed."""
    return "The record is closed and checked, and the device is given free. Nothing can be added to it afterwards."


def run_on(off_within_s: str) -> str:
    """How long output can outlive the link."""
    return f"If contact is lost, test stimulation ends by itself within {off_within_s} s."


def record_whole(name: str, lines: int, head: str) -> Words:
    """After closing."""
    return Words(
        f"The record {name} is closed and whole: {lines} lines, checksum {head}.",
        "No test stimulation is prepared. What the implant runs by itself was not changed by closing.",
        f"For the patient's file, write down {head}: on the command line, `rnprog record verify {name} --head {head}` then shows whether "
        "anything was changed. F2 chooses the next device; F10 leaves.",
    )


def record_faulty(name: str, faults: int) -> Words:
    """After closing, and it is not whole."""
    return Words(
        f"The record {name} is closed, and {faults} fault{'s were' if faults > 1 else ' was'} found in it.",
        "No test stimulation is prepared.",
        f"Keep the file as it is, and look at it on the command line: `rnprog record verify {name}`.",
    )


def not_for_this_device(name: str, made_for: str, serial: str) -> Words:
    """A profile for another model, or for another serial number."""
    return Words(
        f"The profile {name} is made for {made_for}, and this is {serial}.",
        "Nothing was sent; nothing was changed.",
        "Choose a profile for this device, or titrate.",
    )


def not_again(why: str) -> str:
    """A lost device could not be connected again."""
    return f"It could not be connected again: {why}"


def after_lease() -> str:
    """What to do after the device has ended the test stimulation by itself."""
    return (
        "F8 reads the device; then measure the leads (F3) and prepare the side again, from 0 mA. If it comes again, close other programs "
        "on this computer."
    )


def session_goes_on(amounts: str) -> str:
    """A therapy session ran when contact was lost. `amounts`: what flowed then; empty: a pause of it."""
    flowed = f" ({amounts})" if amounts else ""
    return (
        f"When contact was lost the implant was running a therapy session{flowed}: treat it as on. It goes on by itself; the patient's "
        "remote or the magnet ends it, or STOP once the device is connected again."
    )


def stop_after_loss(off_within_s: str) -> Words:
    """STOP when the link is lost."""
    return Words(
        "STOP WAS NOT SENT: the link is lost, so nothing reaches the device.",
        f"Test stimulation ends by itself within {off_within_s} s of the loss; a therapy session goes on. Treat the output as on.",
        "Watch the patient. End a therapy session with the patient's remote or the magnet. F8 connects again; then say STOP again.",
    )


def stop_before_a_device() -> Words:
    """STOP before any device was connected."""
    return Words(
        "STOP WAS NOT SENT: no device is connected, and none was since this program began.",
        "This program has started nothing.",
        "If an implant is running a therapy session, end it with the patient's remote or the magnet, or connect it (F2) and say STOP.",
    )


def stop_after_close() -> Words:
    """STOP after the device was given free, and it had said OFF."""
    return Words(
        "STOP WAS NOT SENT: the device was given free when the record was closed.",
        "The output was off when it was read last. What the implant runs by itself goes on.",
        "To stop what it runs by itself, connect the device again, or use the patient's remote or the magnet.",
    )
