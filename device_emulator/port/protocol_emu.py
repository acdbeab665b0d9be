"""A pyserial port whose other end is the emulated device in this process: `serial.serial_for_url("emu://")`.

Beside what every pyserial port has: `clock` (virtual, now_s, sleep) and `bench(command)`. The baud rate and the modem lines mean
nothing here; opening or closing changes nothing on the device except that a device without a name ends with its port.
"""

from __future__ import annotations

import errno
from pathlib import Path
from typing import Any

from serial import PortNotOpenError, SerialBase, SerialException, SerialTimeoutException

from device_emulator.host import Host
from device_emulator.opennerve.url import host_of, is_opennerve
from device_emulator.port.line import EmuLine, LineClock
from device_emulator.port.url import EmuUrl, parse_url
from device_emulator.store import StateBusy, StateError, home_of, state_file


class Serial(SerialBase):
    """See the file's docstring."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._line: EmuLine | None = None
        super().__init__(*args, **kwargs)

    def open(self) -> None:
        """SerialException when the URL is wrong, the device is taken (errno EBUSY, naming the process) or its file damaged."""
        if self._line is not None:
            raise SerialException("The port is open already.")
        if not isinstance(self.port, str):
            raise SerialException("The port needs a URL: emu://")
        try:
            self._line = EmuLine(host_of(self.port) if is_opennerve(self.port) else _host(parse_url(self.port)))
        except ValueError as error:
            raise SerialException(str(error)) from error
        except StateBusy as error:
            raise SerialException(errno.EBUSY, str(error)) from error
        except StateError as error:
            raise SerialException(str(error)) from error
        self._line.opened()
        self.is_open = True

    def close(self) -> None:
        """Harmless when closed."""
        line, self._line = self._line, None
        self.is_open = False
        if line is not None:
            try:
                line.close()
            except StateError as error:
                raise SerialException(str(error)) from error

    @property
    def clock(self) -> LineClock:
        """The clock the device lives on."""
        return self._opened().clock

    def bench(self, command: dict[str, object]) -> dict[str, object]:
        """One command of the bench channel (device_emulator/bench.py). SerialException when what follows cannot be kept."""
        try:
            return self._opened().bench(command)
        except StateError as error:
            raise SerialException(str(error)) from error

    @property
    def in_waiting(self) -> int:
        line = self._opened()
        waiting = line.waiting
        if not waiting:
            self._check_cable(line)
        return waiting

    def read(self, size: int = 1, /) -> bytes:
        """Up to `size` bytes within the timeout; SerialException when the cable is out."""
        line = self._opened()
        try:
            data = line.read(size, self.timeout)
        except StateError as error:
            raise SerialException(str(error)) from error
        if not data:
            if self._line is None:
                raise PortNotOpenError()
            self._check_cable(line)
        return data

    def write(self, data: Any, /) -> int:
        """All of it, at once: this line has no speed. SerialTimeoutException after `write_timeout` when the device reads nothing."""
        line = self._opened()
        self._check_cable(line)
        whole = bytes(data)
        try:
            written = line.write(whole)
            if not written:
                line.blocked(self.write_timeout)
        except StateError as error:
            raise SerialException(str(error)) from error
        if not written:
            raise SerialTimeoutException("Write timeout")
        return len(whole)

    def flush(self) -> None:
        self._opened()

    def reset_input_buffer(self) -> None:
        self._opened().forget()

    def reset_output_buffer(self) -> None:
        self._opened()

    @property
    def out_waiting(self) -> int:
        self._opened()
        return 0

    def cancel_read(self) -> None:
        self._opened().cancel()

    def cancel_write(self) -> None:
        self._opened()

    @property
    def cts(self) -> bool:
        return True

    @property
    def dsr(self) -> bool:
        return True

    @property
    def ri(self) -> bool:
        return False

    @property
    def cd(self) -> bool:
        return True

    def _opened(self) -> EmuLine:
        if self._line is None:
            raise PortNotOpenError()
        return self._line

    @staticmethod
    def _check_cable(line: EmuLine) -> None:
        if line.unplugged:
            raise SerialException("the emulated cable is unplugged")

    def _reconfigure_port(self) -> None:
        """A line without a speed needs no setting."""

    def _update_rts_state(self) -> None:
        """Ignored, as the protocol says."""

    def _update_dtr_state(self) -> None:
        """Ignored, as the protocol says."""

    def _update_break_state(self) -> None:
        """Ignored, as the protocol says."""


_come_back: set[tuple[Path | None, int]] = set()
"""Who has come back, and after how many days: a port that is opened again in the same process is the same visit."""


def _host(url: EmuUrl) -> Host:
    state = home_of(state_file(url.name)) if url.name else None
    truth = Path(url.truth) if url.truth else None
    visit = (state, url.later_days)
    host = Host(
        url.scenario,
        url.seed,
        virtual=url.virtual,
        faults=url.faults,
        state=state,
        truth=truth,
        patient=url.patient,
        months=url.months,
        name=url.name,
        later_days=0 if visit in _come_back else url.later_days,
        fault_seed=url.fault_seed,
    )
    if url.later_days:
        _come_back.add(visit)
    return host
