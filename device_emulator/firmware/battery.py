"""The cell. Charge in it, voltage from it, flags about it. Knows no output; it is told what was drawn.

Every number here is an assumption of this project (`unverified`): no cell of a real implant is described. Voltage falls in a straight
line from 4,100 mV full to 3,100 mV empty.
"""

from __future__ import annotations

from rnprog.protocol.opcodes import BatteryFlag

FULL_MV, EMPTY_MV = 4_100, 3_100
LOW_MV = 3_300
"""Below it stimulation is refused, and ended (docs/protocol.md, 4.2)."""
COMMIT_MV = 3_400
"""Below it nothing is committed: a commit needs more reserve than reading."""
END_OF_SERVICE_MV = 3_200
CAPACITY_UC = 200 * 3_600 * 1_000
"""200 mAh (1 mAh is 3.6 C), in microcoulomb."""
QUIESCENT_UA = 8.0
"""Drawn all the time."""
BOOST = 3.5
"""Charge drawn from the cell for each unit driven through the electrodes: the compliance supply's step-up and its losses."""
TELEMETRY_UC_PER_BYTE = 2.0
"""Drawn for each byte heard or sent: 5 mA for 8 bits at 20 kbit/s."""
CHARGE_UA = 50_000.0
"""What the charger puts in: an empty cell is full after four hours."""
NEW_CELL = 0.8
"""How full a new device comes."""


class Battery:
    """`fraction`: 1 full, 0 empty."""

    def __init__(self, fraction: float = NEW_CELL, charging: bool = False) -> None:
        self.fraction = fraction
        self.charging = charging
        self._lent = 0.0
        self.stuck_mv: int | None = None
        """A fault: the voltage it has whatever is in it."""

    def lend(self, left: float) -> None:
        """For today there is no more than `left` in it; the rest is `kept`."""
        self._lent = max(0.0, self.fraction - left)
        self.fraction -= self._lent

    @property
    def kept(self) -> float:
        """The fraction when the day is over."""
        return min(1.0, self.fraction + self._lent)

    def put(self, fraction: float) -> None:
        """So much is in it now, and stays."""
        self.fraction, self._lent = fraction, 0.0

    @property
    def voltage_mv(self) -> int:
        if self.stuck_mv is not None:
            return self.stuck_mv
        return round(EMPTY_MV + (FULL_MV - EMPTY_MV) * self.fraction)

    @property
    def percent(self) -> int:
        if self.stuck_mv is None:
            return round(100 * self.fraction)
        return round(100 * min(1.0, max(0.0, (self.stuck_mv - EMPTY_MV) / (FULL_MV - EMPTY_MV))))

    @property
    def low(self) -> bool:
        return self.voltage_mv < LOW_MV

    @property
    def end_of_service(self) -> bool:
        return self.voltage_mv < END_OF_SERVICE_MV

    @property
    def flags(self) -> BatteryFlag:
        flags = BatteryFlag.NONE
        if self.charging:
            flags |= BatteryFlag.CHARGING
        if self.low:
            flags |= BatteryFlag.LOW
        if self.end_of_service:
            flags |= BatteryFlag.END_OF_SERVICE
        return flags

    def low_after(self, charge_uc: float, elapsed_s: float) -> bool:
        """Whether it would be low after delivering that charge in that time."""
        if self.charging or self.stuck_mv is not None:
            return self.low
        fraction = self.fraction - (charge_uc * BOOST + elapsed_s * QUIESCENT_UA) / CAPACITY_UC
        return round(EMPTY_MV + (FULL_MV - EMPTY_MV) * fraction) < LOW_MV

    def draw_output(self, charge_uc: float) -> None:
        """Charge that left through the electrodes."""
        self._draw(charge_uc * BOOST)

    def draw_telemetry(self, size: int) -> None:
        """Bytes heard or sent."""
        self._draw(size * TELEMETRY_UC_PER_BYTE)

    def draw_time(self, elapsed_s: float) -> None:
        """What the device needs to be alive; on the charger, what the cell gains. The charger then also feeds all else."""
        if self.charging:
            self.fraction = min(1.0, self.fraction + elapsed_s * CHARGE_UA / CAPACITY_UC)
        self._draw(elapsed_s * QUIESCENT_UA)

    def _draw(self, charge_uc: float) -> None:
        if not self.charging:
            self.fraction = max(0.0, self.fraction - charge_uc / CAPACITY_UC)
