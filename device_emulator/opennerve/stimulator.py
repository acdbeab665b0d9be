"""OpenNerve's one stimulator: therapy in trains, and the impedance test. Writes the ground truth; knows no command and no session."""

from __future__ import annotations

from math import inf, isinf

from device_emulator.firmware.body import Body, Drive
from device_emulator.firmware.envelope import gate
from device_emulator.firmware.flow import Flow, Pulses
from device_emulator.firmware.image import Program, Side
from device_emulator.firmware.therapy import TherapySession
from device_emulator.opennerve.store import Store
from device_emulator.truth import Truth, Why

RAIL_MV = 11_633
TEST_RAIL_MV = 4_200
TEST_WIDTH_US, TEST_RATE_MHZ, TEST_US = 500, 100_000, 200_000
OPEN_OHM = 5_500
"""What is told of an open circuit: the amplifier saturates (seen in the firmware's host model)."""
_CASE = 8
_LONG_S = 10 * 365 * 86_400


def mask_of(number: int) -> int:
    """Contact mask of an electrode number: 1 to 4 are CH1 to CH4, which the bundled patient has as the left lead, 5 the enclosure."""
    return 1 << (_CASE if number == 5 else number - 1)


class Stimulator:
    """One output. `session` None: off."""

    def __init__(self, store: Store, body: Body, truth: Truth) -> None:
        self.session: TherapySession | None = None
        self._store, self._body, self._truth = store, body, truth
        self._flow = Flow(0, truth, lambda _: None)

    def start(self, now_us: int) -> bool:
        """Begin therapy with the parameters as they are, corrected in silence first; whether the amplitude had to be lowered."""
        store = self._store
        lowered = store.number("SP02") > store.number("SP13")
        if lowered:
            store.values["SP02"] = store.values["SP13"]
        half_period_us = 500_000 / store.values["SP04"]
        if store.values["SP03"] > half_period_us:
            store.values["SP03"] = half_period_us
        self.stop(now_us, Why.THERAPY_STOPPED)
        width_us, rate_mhz = store.number("SP03"), store.number("SP04")
        cathodes, anodes = mask_of(store.number("SP09")), mask_of(store.number("SP10"))
        up_ms, down_ms = store.number("SP05"), store.number("SP06")
        side = Side(0, cathodes, anodes, store.number("SP02"), width_us)
        trains = (store.number("SP07"), store.number("SP08"))
        program = Program((side,), rate_mhz, up_ms, down_ms, *trains, _LONG_S, 0, 0)
        self._body.burst_begins(Drive(0, cathodes, anodes, width_us, rate_mhz, up_ms, down_ms))
        self.session = TherapySession(now_us, program, self._drivable_ua)
        self._truth.later(self.session)
        return lowered

    def stop(self, now_us: int, why: Why) -> bool:
        """Off at once; whether anything ran."""
        session, self.session = self.session, None
        if session is None:
            return False
        session.end(now_us, why)
        self._tell_peak(session, now_us)
        self._truth.write_out()
        return True

    def flowing_ua(self, now_us: int) -> int:
        """What flows now."""
        return 0 if self.session is None else round(self.session.value_ua(0, now_us))

    def settle(self, now_us: int) -> None:
        """Let the body know what has flowed until now."""
        if self.session is not None:
            self._tell_peak(self.session, now_us)

    def measure(self, now_us: int) -> int:
        """The test: stops therapy, drives SP13 for 200 ms over SP09 and SP10, ohms as the device tells them."""
        self.stop(now_us, Why.IMPEDANCE)
        store = self._store
        cathodes, anodes = mask_of(store.number("SP09")), mask_of(store.number("SP10"))
        ohm = self.load_ohm(cathodes, anodes, TEST_WIDTH_US)
        wanted_ua = store.number("SP13")
        drivable_ua = 0.0 if isinf(ohm) else TEST_RAIL_MV * 1000 / max(1.0, ohm)
        if drivable_ua:
            self._flow.open(
                now_us, gate(now_us, now_us + TEST_US, 0, 0, wanted_ua, drivable_ua), Pulses(TEST_WIDTH_US, TEST_RATE_MHZ), Why.IMPEDANCE
            )
            self._flow.close(now_us + TEST_US, Why.IMPEDANCE_DONE)
        return int(min(ohm, OPEN_OHM))

    def load_ohm(self, cathodes: int, anodes: int, width_us: int) -> float:
        """Between two masks of contacts; infinite without a path."""
        return 0.0 if cathodes == anodes else self._body.load_ohm(cathodes, anodes, width_us)

    def _drivable_ua(self, cathodes: int, anodes: int, width_us: int) -> float:
        ohm = self.load_ohm(cathodes, anodes, width_us)
        return inf if ohm == 0 else 0.0 if isinf(ohm) else RAIL_MV * 1000 / ohm

    def _tell_peak(self, session: TherapySession, now_us: int) -> None:
        program = session.program
        side, on_us = program.sides[0], program.on_ms * 1000
        drivable_ua = self._drivable_ua(side.cathodes, side.anodes, side.width_us)
        shape = gate(0, on_us, program.ramp_up_ms * 1000, program.ramp_down_ms * 1000, side.amplitude_ua, drivable_ua)
        self._body.delivered(0, shape.peak_ua(0, min(now_us - session.start_us, on_us)))
