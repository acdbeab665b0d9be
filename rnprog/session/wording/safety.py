"""Words for stopping, losing the link, and not knowing."""

from __future__ import annotations

from rnprog.device.errors import CutOff, DeviceError, DeviceRefused
from rnprog.session.wording import Words, sentence
from rnprog.session.wording.refusals import explain

RESEARCH = "Research software. Not a medical device. Never tried on physical hardware."

AFTER_STOP = "Stimulation was stopped. Read the device again (command line: `rnprog status`) before going on; everything starts from 0 mA."

DISK_FULL = "The disk is full: there is just room to end this session. Nothing was sent. End it, free disk space, then start again."

RESTARTED = "The device has restarted by itself; that ends all test stimulation."

ANOTHER_PROGRAMMER = "Another programmer has connected to the device, or has stopped it; that ends the test stimulation of this one."

SILENCE = "The device heard nothing for too long, because the link is bad; that ends all test stimulation."

LINK_OVER = (
    "The device has ended this connection: it has restarted, or another programmer has connected. Nothing was sent. Nothing that was read "
    "before holds any more: read the device again, and measure the leads."
)

ACKNOWLEDGED = "The device acknowledged the stop, which ends its output. It cannot be asked whether anything flows; watch the patient."

_MAGNET = "end a therapy session with the patient's remote or the magnet, and watch the patient"


def stopped(ended: tuple[str, ...], schedule_enabled: bool | None, *, sure: bool = True) -> Words:
    """STOP confirmed by a read-back. `sure` False: nobody told what this STOP ended, so no word on what was running before it."""
    if ended:
        what = f"Stimulation was stopped ({' and '.join(ended)})."
    else:
        what = "STOP was sent; nothing was running." if sure else "STOP was sent; whatever was running has ended."
    return Words(what, "The output is off: the device was read and says so.", after_stop(schedule_enabled))


def after_stop(schedule_enabled: bool | None) -> str:
    """What the implant does by itself from now on, as read, and how to go on."""
    schedule = {
        True: "The daily schedule is enabled: the implant starts its sessions by itself.",
        False: "The daily schedule is disabled: no session starts by itself.",
        None: "Whether sessions start by themselves was not read.",
    }[schedule_enabled]
    return f"{schedule} To go on, start again from 0 mA."


def stop_not_confirmed(why: str, off_within_s: str | None, *, heard: bool = False) -> Words:
    """Alarm as if on. `off_within_s` None: the device's bound was never read. `heard`: it answered, so the cable is not what is wrong."""
    bound = f"within {off_within_s} s, because nothing keeps it alive any more" if off_within_s else "soon, if this device has a lease"
    first = "Say STOP again; if it is not confirmed then" if heard else "Check the cable and say STOP again; if that fails"
    return Words(
        f"STOP NOT CONFIRMED: {sentence(why)}",
        f"The output may still be on. Test stimulation ends by itself {bound}; a therapy session goes on.",
        f"{first}, {_MAGNET}.",
    )


def refused_stop(error: DeviceRefused) -> str:
    """Why a STOP that was answered is not confirmed."""
    return f"the device answered, and refused it ({error.reason.replace('_', ' ').lower()})."


def stop_not_possible(why: str) -> Words:
    """The driver knows that no STOP can be sent with this key, so that trying again is no use."""
    return Words(
        f"STOP WAS NOT SENT: {sentence(why)}", "Nothing is known about the output; treat it as on.", f"{_MAGNET[0].upper()}{_MAGNET[1:]}."
    )


def stop_not_sent(why: str) -> Words:
    """The port could not be had: nothing was sent, and nothing is known."""
    return Words(
        f"STOP WAS NOT SENT: {sentence(why)}",
        "Nothing is known about the output; treat it as on.",
        f"Check the port and the cable and say STOP again; if that fails, {_MAGNET}.",
    )


def no_lease(off_within_s: str) -> str:
    """The device has no dead-man: it needs an explicit yes."""
    return (
        f"This device does not end test stimulation by itself when contact is lost: it may go on for {off_within_s} s. "
        "It is not started without your explicit consent (--accept-run-on)."
    )


def not_connected(why: str, now: str) -> Words:
    """Connecting did not succeed; connecting only reads. `now`: what to do, from `connecting.ADVICE`."""
    told = sentence(why)
    told = f"T{told[1:]}" if told.startswith("the ") else told  # a port's name stays as it is written
    return Words(told, "No stimulation was started or changed.", now)


def link_taken(off_within_s: str, *, armed: bool) -> Words:
    """The device ended this link session; nothing more was sent."""
    certain = (
        f"Test stimulation has ended with it, at the latest within {off_within_s} s. This was not read back."
        if armed
        else "No test stimulation was prepared. That changes nothing that the implant runs by itself."
    )
    return Words(
        "The device has ended this connection: another programmer has connected, or the device has restarted. Nothing more was sent.",
        certain,
        "Make sure that nobody else programs this implant, then start again: connecting only reads, nothing resumes.",
    )


def cannot_be(why: str, off_within_s: str, *, armed: bool) -> Words:
    """The device was heard well, and sent something that cannot be."""
    return Words(
        f"{sentence(why)} The link is in order: the device sent this.",
        _after_losing(off_within_s, armed=armed),
        "Read the device again: `rnprog status`. If it stays, do not go on with this device, and report it.",
    )


def link_lost(why: str, off_within_s: str, *, armed: bool, command: str | None = None) -> Words:
    """The port failed. `command`: one that was sent and not answered."""
    certain = _after_losing(off_within_s, armed=armed)
    now = "Check the cable, then connect again: connecting only reads, nothing resumes."
    if command is not None and not armed:
        certain = f"No test stimulation was prepared. Whether the command ({command}) was carried out is not known."
        now = "Check the cable, then look at the implant's programs before the patient leaves: `rnprog program show`."
    return Words(f"The link was lost: {sentence(why)}", certain, now)


def not_read(told: str, now: str, *, armed: bool) -> Words:
    """A read that the device, or its driver, refused; the link stands."""
    prepared = "Test stimulation stays as it was prepared." if armed else "No test stimulation was prepared."
    return Words(sentence(told), f"Nothing was changed. {prepared}", now)


def contact_lost(error: DeviceError) -> str:
    """The heartbeat failed while something was prepared; what is certain now, STOP has found out."""
    return explain(error) if isinstance(error, DeviceRefused) else f"Contact with the device was interrupted: {sentence(str(error))}"


def cable_first(error: DeviceError) -> str:
    """What comes before going on, when it was the link that failed. A device that refused was heard well."""
    return "" if isinstance(error, DeviceRefused) else "Check the cable, or that the device lies close enough. "


def ended_early(stopped_words: Words, found: str, happened: str, first: str) -> Words:
    """A confirmed STOP that the device or the link made necessary: why, and what comes first. `found`: what STOP has found out, which says
    more than that contact was lost."""
    return Words(found or happened, stopped_words.stimulation, stopped_words.now if found else f"{first}{stopped_words.now}")


def looked_at(what: str, slot: int | None, revision: int | None, active: int | None, settled: str, *, cut_off: bool) -> str:
    """STOP met a command on what the implant stores; this was read afterwards. `cut_off`: it was under way; else it was unanswered."""
    runs = f"the implant runs slot {active}" if active is not None else "the implant runs no program"
    holds = f"slot {slot} now holds revision {revision}, and {runs}" if slot is not None and revision is not None else runs
    return f"{_met(what, cut_off=cut_off)} The implant was read: {settled}; {holds}."


def not_looked_at(what: str, slot: int | None, *, cut_off: bool) -> str:
    """The same, and the implant could not be read."""
    where = f"slot {slot}" if slot is not None else "the implant"
    unread = f"Whether it was carried out is not known, as {where} could not be read"
    return f"{_met(what, cut_off=cut_off)} {unread}: look at it before the patient leaves (`rnprog program show`)."


def before_stop(what: str) -> str:
    """The newest command changed what the implant stores, and had ended when STOP came."""
    return f"Before that, '{what}' had been carried out."


def _met(what: str, *, cut_off: bool) -> str:
    return f"It was interrupted during '{what}'." if cut_off else f"The command before ('{what}') had not been answered."


def unknown(command: str, off_within_s: str, *, armed: bool, strange: bool = False) -> Words:
    """Sent and unanswered. `strange`: answered, by what makes no sense."""
    certain = (
        f"The output may be on; without further contact it ends within {off_within_s} s."
        if armed
        else "No test stimulation is prepared; whether the command was carried out is not known."
    )
    return Words(
        f"The device's answer makes no sense ({command})." if strange else f"The device did not answer ({command}).",
        certain,
        "Check the cable, then read the device again to find out (command line: `rnprog status`). Nothing else is sent until then; "
        "STOP always works.",
    )


def lease_ended(why: str) -> Words:
    """The device ended the output by itself."""
    return Words(
        f"The device ended the test stimulation by itself: {why}.", "The output is off.", "Prepare the side again; it starts from 0 mA."
    )


def at_limit(side: str) -> Words:
    """Compliance limit reached during a burst."""
    return Words(
        f"The device could not drive the set current on the {side} side.",
        "The burst is over and the side was released; the output is off.",
        "A conductor or the connector may have broken or come loose, or the impedance has risen. Measure the leads again: "
        "`rnprog impedance`; go on with contacts that are in order.",
    )


def still_on(side: str) -> Words:
    """A burst that should be over is not."""
    return Words(
        f"The burst on the {side} side did not end when it should have.",
        "STOP was sent at once.",
        "Do not go on with this device before it was read again and shows OFF.",
    )


def asleep(slept_s: float) -> str:
    """The laptop was closed, or went to sleep by itself."""
    return f"This computer was asleep for {slept_s:.0f} s. What was read and measured before does not hold any more."


def stood_still(still_s: float) -> str:
    """A freeze of this program, or of the computer, that left no trace in its clocks."""
    return (
        f"This program, or this computer, stood still for {still_s:.0f} s, and the device ended the test stimulation by itself. What was "
        "read and measured before does not hold any more."
    )


def idle(limit_s: int) -> str:
    """Nobody touched anything for too long."""
    return f"Nobody answered for {limit_s} seconds, so the test stimulation was ended."


def read_back_differs(what: str, off_within_s: str, *, armed: bool) -> Words:
    """The device holds something else than what was written."""
    if armed:
        return Words(
            f"READ-BACK DIFFERS: {sentence(what)}",
            f"The output may be on; without further contact it ends within {off_within_s} s.",
            "Say STOP. Do not go on with this device before it was read again and shows OFF.",
        )
    return Words(
        f"READ-BACK DIFFERS: {sentence(what)}",
        "No test stimulation was prepared.",
        "Do not let the patient leave with this: read the program again (`rnprog program show`), and write it once more. If it stays "
        "so, report it.",
    )


def cut_off(cause: CutOff, command: str, output: str) -> Words:
    """A command was carried out, and test stimulation ended before the read that should confirm it. `output`: as read then."""
    happened, first = {
        CutOff.RESTARTED: (RESTARTED, "If the device restarts again, do not go on with it, and report it."),
        CutOff.OTHER_PROGRAMMER: (ANOTHER_PROGRAMMER, "Make sure that nobody else programs this implant."),
        CutOff.SILENCE: (SILENCE, "Check the cable, or that the device lies close enough."),
    }[cause]
    return Words(
        f"{happened} What was sent last ({command}) is gone with it.",
        f"The device was read and says that its output is {output}.",
        f"{first} Then start again from 0 mA.",
    )


def measured_too_strongly(declared: str, driven: str, pairs: int, output: str | None, off_within_s: str) -> Words:
    """An impedance measurement drove more than the device declares. `output`: as read after it; None: not read."""
    if output is None:
        certain = f"The measurement ends by itself. The output could not be read after it; it ends within {off_within_s} s."
    elif output == "off":
        certain = "The output is off: the device was read after the measurement and says so."
    else:
        certain = f"The device was read after the measurement and says: {output}. It ends by itself within {off_within_s} s."
    return Words(
        f"THE DEVICE MEASURED TOO STRONGLY: {pairs} pairs were driven with {driven}; the device had declared {declared}. "
        "The measurement was broken off, and its readings are not used.",
        certain,
        "Ask the patient what was felt. Do not measure again and do not stimulate with this device; tell its maker.",
    )


def unresolved(command: str) -> str:
    """Why nothing is sent while a command is unresolved."""
    return f"The command before ({command}) was not answered. Until the device has been read again nothing but STOP is sent."


def _after_losing(off_within_s: str, *, armed: bool) -> str:
    """What is certain when a read did not succeed."""
    if armed:
        return f"Test stimulation ends by itself within {off_within_s} s. This was not read back."
    return "No test stimulation was prepared. That changes nothing that the implant runs by itself."
