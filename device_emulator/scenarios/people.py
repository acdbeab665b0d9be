"""Scenarios to learn from: people and their past. Each says what the trainee sees, what is right to do, how the programmer should help.

Thresholds and habits behind them are assumptions (tissue/subjects.py, tissue/habits.py); the advice needs clinician sign-off.
"""

from __future__ import annotations

from device_emulator.scenarios.model import Lesson, Scenario, Stored

PEOPLE = (
    Scenario(
        "high-threshold",
        "both motor thresholds are four times as high, the left one out of reach (9.8 mA or more)",
        Lesson(
            "Impedances are normal. On the left amplitudes go up and up with little or no answer, up to the device's compliance limit.",
            "Do not simply turn further. A longer pulse lowers the threshold current (strength-duration), another pair may lie "
            "nearer. If it stays out of reach, say so in the record.",
            "End as `not reachable` with a lower bound instead of a number, show the compliance and charge limits, and suggest "
            "pulse width, pair, impedance.",
        ),
        threshold_factor=4.0,
        left_at_least_ma=9.8,
    ),
    Scenario(
        "anxious-patient",
        "discomfort comes before contraction: a tense or anxious patient",
        Lesson(
            "Impedances are normal. The patient feels it, then says stop, before any contraction can be felt.",
            "Stop at once and believe it. Explain, let the patient rest, go on only below that level and only if the patient "
            "agrees; perhaps another day, another pair, another posture.",
            "Turn output off on the report, make that amplitude a ceiling that stays, end after a second report, and record "
            "`stopped` without a threshold.",
        ),
        cohort="E",
    ),
    Scenario(
        "unsure-observer",
        "an unsure hand on the back: contractions are missed and imagined",
        Lesson(
            "The same amplitude is answered yes, then no. Single yes answers come far below the threshold.",
            "Do not take the first yes. Say `unsure` when you are, repeat, ask a colleague or use ultrasound.",
            "Keep the interval wide when answers contradict each other, repeat on `unsure`, and offer undo of the last answer.",
        ),
        cohort="C",
    ),
    Scenario(
        "tired-muscle",
        "the muscle tires: the threshold creeps up 0.4 % with each burst",
        Lesson(
            "A level that was answered early on is answered no longer after twenty bursts.",
            "Few bursts, rests of two to three times the burst. Do not chase the creep with amplitude.",
            "Count bursts, warn at 20, and say when the last answers disagree with the first.",
        ),
        cohort="D",
    ),
    Scenario(
        "foreign-program",
        "an unknown program from another clinic is active, on a schedule, under another patient key",
        Lesson(
            "The device is not empty: slot 0 holds a one-sided program with 300 us and other electrodes, the schedule is on, "
            "and five months of sessions are in the log. The patient key is not the one of this patient's records.",
            "Make sure who is in front of you. Read and keep what is there before anything is changed. Ask the other clinic. "
            "Then titrate from 0: nothing of the old thresholds is known here.",
            "Show the found program as found, with the difference to any proposal, refuse a commit on a stale revision, and "
            "never start from its amplitude.",
        ),
        months=5,
        stored=Stored.FOREIGN,
        starts="schedule",
    ),
    Scenario(
        "six-month-visit",
        "a good course: six months after activation, impedances a little higher than on the first day",
        Lesson(
            "Impedances have risen by about 15 % since activation and are steady now; thresholds have moved a little; the "
            "log shows falling but fair use.",
            "This is the normal course (DBS leads settle by about six months). Compare with this patient's own baseline, not "
            "with one number. Retitrate.",
            "Show the trend against the baseline, call drift inside the band normal, and start from the previous visit only as "
            "far as the guard allows.",
        ),
        months=6,
    ),
    Scenario(
        "year-of-use",
        "twelve months after activation: the patient starts sessions with the remote, less often than at first",
        Lesson(
            "The therapy log holds several hundred sessions, some cut short with the remote, some stretches without any; use "
            "has fallen over the year.",
            "Look at delivered minutes before changing the program. Falling use is the published normal (43 % in year 2); ask, "
            "do not blame.",
            "Add up delivered minutes from start and end entries, say when the log has lost entries, and show the share beside "
            "the published figures.",
        ),
        months=12,
    ),
    Scenario(
        "year-on-schedule",
        "twelve months after activation: the device starts sessions by itself; many are switched off at once, some missed on the charger",
        Lesson(
            "There are two session starts on every day, but many end after a minute or two by remote, and some were missed "
            "because the device was charging.",
            "Count minutes, not starts. Ask when therapy would suit, and move the schedule or let the patient start it.",
            "Show delivered against planned time and the reasons for missed sessions; do not count a start as a session.",
        ),
        months=12,
        starts="schedule",
    ),
)
