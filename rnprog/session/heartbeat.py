"""Keeping the lease alive, and only while the face is. Owns the beat's rhythm; sends nothing but heartbeats.

On a wall clock a thread beats every 0.2 s, and holds back whenever the face has not shown itself for 0.15 s: a frozen screen lets the
lease run out. On a virtual clock nothing moves by itself, so `pump` is called by whoever lets time pass.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

from rnprog.device.api import Beat, DeviceFlag, Output
from rnprog.device.clock import Clock
from rnprog.device.errors import DeviceError, Superseded

BEAT_S = 0.2
FACE_S = 0.15
"""A face that has not shown itself for so long gets no beat. Shorter than a beat: lease and silence together stay below 1 s, with room for
the way to the device."""
_LOOK_S = 0.02
_WALL_SLICE_S = 0.05


class Heartbeat:
    """Beats from `begin` to `end`."""

    def __init__(self, beat: Callable[[], Beat], clock: Clock, turn: AbstractContextManager[object] | None = None) -> None:
        """`turn`: held during one exchange on the line, by whoever has it; None: nobody else asks anything."""
        self._beat = beat
        self._clock = clock
        self._turn = turn or nullcontext()
        self._face_s = self._kept_s = clock.now_s()
        self._next_s = 0.0
        self._wanted = False  # no Event: STOP turns it off, and a signal that cuts off an Event's own lock leaves it locked for good
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None
        self.problem: DeviceError | None = None
        """Why a beat failed; None while all is well."""
        self.last: Beat | None = None
        self.told_flowing: frozenset[DeviceFlag] = frozenset()
        """What any answer has told since `begin` while test stimulation flowed. Kept, so that whoever looks later than the next beat comes
        finds it all the same; forgotten with the next arming, as the device forgets it."""

    @property
    def on(self) -> bool:
        """Whether beats are being sent."""
        return self._wanted

    def begin(self) -> None:
        """Start beating. The face counts as alive now."""
        self.problem = None
        self.told_flowing = frozenset()
        self.face_alive()
        self.kept()
        self._next_s = self._clock.now_s() + BEAT_S
        self._wanted = True
        if not self._clock.virtual and self._thread is None:
            thread = threading.Thread(target=self._run, name="rnprog-heartbeat", daemon=True)
            thread.start()
            self._thread = thread  # only now: a signal in between leaves nothing that cannot be waited for

    def end(self) -> None:
        """Stop beating at once. Safe to call from anywhere, any number of times."""
        self._wanted = False

    def close(self) -> None:
        """End for good."""
        self.end()
        self._closing.set()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join()

    def face_alive(self, ago_s: float = 0.0) -> None:
        """The face says that it runs, and that a person could still see it so long ago."""
        self._face_s = max(self._face_s, self._clock.now_s() - ago_s)

    def kept(self) -> None:
        """The lease holds at this moment, for another reason than a beat."""
        self._kept_s = self._clock.now_s()

    @property
    def unkept_s(self) -> float:
        """How long ago the last beat was sent that kept the lease: when its answer was read says nothing, which may have lain there."""
        return self._clock.now_s() - self._kept_s

    def pump(self) -> None:
        """Beat if one is due: the virtual clock's replacement for the thread. In real time, only for a face that has shown itself."""
        now_s = self._clock.now_s()
        if self.on and now_s >= self._next_s and self._face_lives():
            self._one()

    @property
    def next_s(self) -> float:
        """When the next beat is due, on the link's clock."""
        return self._next_s

    def _run(self) -> None:
        while not self._closing.is_set():
            if self._wanted and self._clock.now_s() >= self._next_s and self._face_lives():
                self._one()
            self._closing.wait(max(0.001, min(_LOOK_S, self._next_s - self._clock.now_s())) if self._wanted else _LOOK_S)

    def _face_lives(self) -> bool:
        return self._clock.virtual or self._clock.now_s() - self._face_s <= FACE_S

    def _one(self) -> None:
        self._next_s = self._clock.now_s() + BEAT_S
        try:
            with self._turn:  # a read that is repeated holds it for a second: was the face alive until now?
                sent_s = self._clock.now_s()
                if self._face_lives():
                    self.last = beat = self._beat()
                    if beat.output is Output.TEST_ON:
                        self.told_flowing |= beat.flags
                    if DeviceFlag.LEASE_EXPIRED not in beat.flags:  # else it came too late to keep anything
                        self._kept_s = max(self._kept_s, sent_s)
        except Superseded:
            self.end()
        except DeviceError as error:
            self.problem = error
            self.end()


def pass_time(clock: Clock, heart: Heartbeat, dt_s: float, tick: Callable[[], None], over: Callable[[], bool]) -> None:
    """Let `dt_s` pass on the link's clock, with a `tick` at least every 50 ms of real time and at every beat of virtual time. After each
    of them `over` may end it before its time."""
    end_s = clock.now_s() + dt_s
    tick()
    while not over() and (left_s := end_s - clock.now_s()) > 1e-9:
        step_s = min(left_s, _WALL_SLICE_S)
        if clock.virtual:
            step_s = min(left_s, max(heart.next_s - clock.now_s(), 1e-3)) if heart.on else left_s
        clock.sleep(step_s)
        tick()
