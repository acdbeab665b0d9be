"""Scenarios to learn from: leads, device and cable. Each says what the trainee sees, what is right to do, how the programmer should help.

The triage behind them is a synthesis for sacral, DBS and spinal-cord devices (docs/sources.md; not published for restorative
neurostimulation, needs clinician sign-off): one contact high - leave it out and re-pair; all of a lead high - connector or
fracture, X-ray; low or equal - fluid or short; normal with a threshold jump - migration, X-ray; normal with low use - look at use.
"""

from __future__ import annotations

from device_emulator.scenarios.model import Lesson, Scenario

HARDWARE = (
    Scenario(
        "healthy",
        "everything works; ordinary impedances and thresholds: activation 14 days after implantation",
        Lesson(
            "All impedances lie between 400 and 1,500 ohm. Going up from 0, the patient first feels it, then a hand on the back "
            "feels a flicker, then a clear contraction; well above that it hurts. The other side has a threshold of its own.",
            "Measure impedance, titrate left, then right from 0 again, choose an amplitude that contracts smoothly and lies "
            "below discomfort, try both sides together, store the program, read it back, and book the 45-day visit.",
            "Propose small steps with the reason, ask once before each burst, show the interval beside the threshold, never "
            "store what was not read back.",
        ),
    ),
    Scenario(
        "left-open",
        "the conductor of contact L1 is broken: no current through it",
        Lesson(
            "Every pair with L1 reads open (over 10,000 ohm); all others are normal. With L1 in the program nothing flows on "
            "the left and nothing is felt.",
            "Leave L1 out, choose another pair on that lead, titrate that pair anew: its threshold is not that of the old pair. "
            "Note it; an X-ray if a second contact follows.",
            "Name the one contact that all bad pairs share, refuse output over it, offer the healthy pairs, and start the new "
            "pair without the old threshold.",
        ),
        event=True,
        open_contacts=(1,),
    ),
    Scenario(
        "intermittent-contact",
        "the conductor of contact R1 breaks and touches again from one moment to the next",
        Lesson(
            "One sweep is normal, the next shows R1 open. Bursts of the same amplitude are felt at one time and not at another.",
            "Measure more than once, and again after the patient has moved. Treat a contact that was open once as broken: "
            "re-pair, re-titrate, X-ray.",
            "Keep every sweep and show that two of them disagree; do not average. An unsteady answer series should not end in a "
            "confident threshold.",
        ),
        event=True,
        loose_contacts=(5,),
    ),
    Scenario(
        "fractured-lead",
        "all four conductors of the left lead are broken: no stimulation on the left",
        Lesson(
            "Every pair of the left lead reads open, also against the case; the right lead is normal.",
            "Do not hunt for a pair. Check the connector first, then X-ray; the right side may go on alone. This is a surgeon's question.",
            "See that a whole lead is gone and say connector or fracture, refuse all output on that side, and still allow the "
            "healthy side.",
        ),
        event=True,
        open_contacts=(0, 1, 2, 3),
    ),
    Scenario(
        "right-short",
        "the conductors of contacts R1 and R2 touch",
        Lesson(
            "R1 to R2 reads almost nothing (5 ohm); each of them against the case reads alike and lower than the others. With "
            "R1 against R2 the device shows current, but nothing is felt: it takes the short.",
            "Do not use the two against each other. R0 or R3 with them is possible, but both now drive together. Note it; look "
            "for crushed insulation.",
            "Name the pair that touches, refuse it as an electrode set, and explain that current shown is not current in the tissue.",
        ),
        event=True,
        short_pairs=((5, 6),),
    ),
    Scenario(
        "connector-fluid",
        "fluid in the connector of the left lead: readings low and equal, most of the current lost",
        Lesson(
            "All pairs of the left lead read low and almost the same (100 to 300 ohm), whichever contacts are asked; the right "
            "lead is normal. On the left even high amplitudes do little.",
            "Equal values are the sign, more than low ones. More amplitude is not the answer. Re-measure; if it stays, the "
            "connector has to be opened and dried.",
            "Compare the pairs of one lead with each other and with this patient's baseline, and call equal readings what they "
            "are: fluid, not a good contact.",
        ),
        event=True,
        wet_sides=(0,),
    ),
    Scenario(
        "migrated-lead",
        "the left lead has slipped 12 mm towards its tip: impedances normal, the usual pair contracts nothing; six months after activation",
        Lesson(
            "Impedances are as before. At the old amplitude no contraction on the left; the patient feels it, but in the wrong "
            "place. The right is fine.",
            "Think of migration when impedance is normal and the threshold has jumped or the region is wrong: X-ray. Contacts "
            "further from the tip (L3 against L2) may have come to lie where L1 was, and can bridge the time.",
            "Show the old threshold beside the new answers, ask where it is felt, advise X-ray rather than more amplitude, and "
            "require a new titration for the new pair.",
        ),
        event=True,
        shift_mm=(-12.0, 0.0),
        months=6,
    ),
    Scenario(
        "low-battery",
        "the cell is nearly empty: stimulation is refused",
        Lesson(
            "Reading works; any start of stimulation and any commit is refused with the voltage of the cell.",
            "Charge first, then go on. Do not take the refusal for a fault of lead or programmer.",
            "Say the voltage, the limit, and that nothing flows; offer what still works: reading logs, settings and impedance history.",
        ),
        day=True,
        battery_fraction=0.15,
        like="low-battery",
    ),
    Scenario(
        "device-clamps",
        "the device holds no amplitude above 1.5 mA (less where the left threshold is low) and does not say so",
        Lesson(
            "From 1.5 mA on, or below, amplitudes are taken without a word, but what the device holds stays where it was, and nothing more "
            "is felt: on the left it never contracts.",
            "Trust the read-back, not what was typed. Do not go on raising: when the clamp goes, the whole amplitude comes at "
            "once. Report the device.",
            "Compare each set-point with what is held, show the difference as an error, and refuse further steps.",
        ),
        event=True,
        clamps_below_left=0.7,
    ),
    Scenario(
        "flaky-cable",
        "a bad cable: bytes are lost and garbled, answers come late",
        Lesson(
            "Answers come late and garbled: the tool counts that, and reads again. Now and then a command or a heartbeat is not "
            "answered: the tool says so, stops, reads that the output is off, and the side or the appointment ends there.",
            "Look at cable and wand, try another port. Do not repeat a command that may have been done: let the tool ask the device. "
            "Then begin again from 0 mA (`rnprog session --resume` shows what was found). Give the device a name (emu://NAME): without "
            "one the same seed meets the same trouble each time.",
            "Repeat reads and never commands, count the noise and show it, claim OFF only after a read-back, keep what was found "
            "before, and stay usable for STOP all the time.",
        ),
        day=True,
        faults="corrupt-reply=STATUS@2,corrupt-reply=STATUS~0.05,drop-byte~0.000004,flip-bit~0.000004,jitter=0.04",
    ),
)
