"""Words about whose implant it is: U2 of the fault list, the implant carries the fingerprint of another patient code."""

from rnprog.session.wording import Words

TITLE = "Is this the right implant?"
CLOSE_LINK = "Close the link  (Esc)"
ENTER_GOES_ON = "Type them; Enter then goes on with this implant."
NOT_THE_SERIAL = "Not the end of the serial number. Nothing was begun."
_CARD = "Compare the serial number with the patient's card."


def another_fingerprint(code: str) -> Words:
    """Said before anything is measured."""
    return Words(
        f"This implant was last programmed for another patient code than {code}.",
        "No stimulation was started or changed.",
        f"{_CARD} It may be the wrong implant, or the wrong code.",
    )


def nobody_to_ask(code: str) -> Words:
    """The same where --yes was given: it answers for a write, and not for this."""
    told = another_fingerprint(code)
    return Words(told.happened, told.stimulation, f"{told.now} If it is this patient's: leave out --yes, and answer the question yourself.")


def go_on_with_this_implant(serial: str) -> str:
    """Asked after `another_fingerprint`."""
    return f"Type the last 4 characters of the serial number {serial} to go on with this implant all the same, or Enter to end\n>"


def question(code: str, model: str, serial: str) -> str:
    """The same on a screen, in a dialog."""
    return (
        f"{model} {serial} was last programmed for another patient code than {code}. Nothing was sent to it but questions.\n\n"
        f"{_CARD} If it is this patient's implant, type the last 4 characters of the serial number.\n\n"
        "If it is not, or if the code is wrong: Esc closes the link, and nothing is changed."
    )


def left_alone(code: str) -> Words:
    """The screen's link was closed without an answer."""
    return Words(
        f"This implant was last programmed for another patient code than {code}, so the link was closed.",
        "rnprog measured nothing, stimulated nothing and wrote nothing.",
        "Compare implant and code with the patient's card. Wrong code: type the right one below. Wrong implant: connect the right one. "
        "Then choose the device again.",
    )


def profile_of_another(profile: str, code: str, own: str | None) -> str:
    """A profile that is made for another patient. `own`: the code of the appointment; None: it has none, and the implant says so."""
    here = "this implant was last programmed for another one" if own is None else f"this appointment is for {own}"
    return f"The profile {profile} is made for patient code {code}, and {here}."


def not_taken(happened: str) -> Words:
    """The same on the screen. `happened`: from `profile_of_another`."""
    return Words(
        happened,
        "Nothing was sent; nothing was changed.",
        f"{_CARD} Choose this patient's profile, or titrate. Wrong code: leave (F10) and connect with the right one.",
    )


def settled(confirmed_by: object) -> str:
    """A line of the record. `confirmed_by`: what was typed and by whom; anything else: nobody went on."""
    ending = f"gone on with after {confirmed_by}" if isinstance(confirmed_by, str) else "left alone"
    return f"the implant carries another patient code's fingerprint; {ending}"
