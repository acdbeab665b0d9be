"""The bench (DVT) mode: single circuits switched by hand, no key, no parameters. As much of it as measuring and driving a load needs."""

from __future__ import annotations

from math import isinf

from device_emulator.opennerve.stimulator import OPEN_OHM, Stimulator, mask_of
from rnprog.protocol.opennerve.codes import BenchOp, Status
from rnprog.protocol.opennerve.frames import Request, Response
from rnprog.protocol.opennerve.payloads import word

LENGTHS: dict[BenchOp, int] = {
    BenchOp.SET_SAMPLE_ID: 2,
    BenchOp.SET_HV: 2,
    BenchOp.SET_WAVEFORM: 13,
    BenchOp.SET_DAC: 4,
    BenchOp.SET_SOURCES: 7,
    BenchOp.SET_SELECTORS: 7,
    BenchOp.SET_IMPEDANCE_SELECTORS: 4,
}
"""Payload lengths; all other commands have none."""
_KEPT = {
    BenchOp.GET_SAMPLE_ID: (BenchOp.SET_SAMPLE_ID, word(0x1234)),
    BenchOp.GET_WAVEFORM: (BenchOp.SET_WAVEFORM, bytes(13)),
    BenchOp.GET_SOURCES: (BenchOp.SET_SOURCES, bytes(7)),
    BenchOp.GET_SELECTORS: (BenchOp.SET_SELECTORS, bytes(7)),
    BenchOp.GET_IMPEDANCE_SELECTORS: (BenchOp.SET_IMPEDANCE_SELECTORS, bytes(4)),
}
"""Which command tells what another one has set, and what it tells before."""
BATTERY_MV = (3_700, 0)
_WIDTH_US = 500
_PULSES_NEED = {BenchOp.HV_ON, BenchOp.VDDS_ON, BenchOp.STIM_ON, BenchOp.MUX_ON}


class BenchMode:
    """Circuits that are on, and settings as they were sent."""

    def __init__(self, stimulator: Stimulator) -> None:
        self._stimulator = stimulator
        self._on: set[BenchOp] = set()
        self._set: dict[BenchOp, bytes] = {}
        self.generating = False

    @property
    def sample(self) -> int:
        """The sample's number."""
        return int.from_bytes(self._set.get(BenchOp.SET_SAMPLE_ID, _KEPT[BenchOp.GET_SAMPLE_ID][1]), "little")

    def serve(self, request: Request, now_us: int) -> Response:
        """The answer to a command."""
        if request.op not in BenchOp._value2member_map_:
            return Response(request.op, Status.OPCODE)
        op = BenchOp(request.op)
        if len(request.payload) != LENGTHS.get(op, 0):
            return Response(op, Status.LENGTH)
        if op in LENGTHS:
            self._set[op] = request.payload
        elif op in _KEPT:
            setter, before = _KEPT[op]
            return Response(op, Status.OK, self._set.get(setter, before))
        return Response(op, Status.OK, self._done(op))

    def _done(self, op: BenchOp) -> bytes:
        match op:
            case BenchOp.HV_OFF | BenchOp.VDDS_OFF | BenchOp.STIM_OFF:
                self.generating = False
                self._on.clear() if op is BenchOp.STIM_OFF else self._on.discard(_OPPOSITE[op])
            case BenchOp.GENERATE:
                self.generating = self._on >= _PULSES_NEED
            case BenchOp.MEASURE:
                return word(self._measure())
            case BenchOp.BATTERY:
                return word(BATTERY_MV[0]) + word(BATTERY_MV[1])
            case BenchOp.TEST_INFO:
                return bytes((BenchOp.HV_ON in self._on, BenchOp.VDDS_ON in self._on, BenchOp.VDDA_ON in self._on)) + bytes(5)
            case _:
                self._on.add(op)
        return b""

    def _measure(self) -> int:
        """Ohms between CH1 and CH2, the pair the selectors of the recorded sequence choose; 0 while no pulses are generated."""
        if not self.generating:
            return 0
        ohm = self._stimulator.load_ohm(mask_of(1), mask_of(2), _WIDTH_US)
        return int(OPEN_OHM if isinf(ohm) else min(ohm, OPEN_OHM))


_OPPOSITE = {BenchOp.HV_OFF: BenchOp.HV_ON, BenchOp.VDDS_OFF: BenchOp.VDDS_ON}
