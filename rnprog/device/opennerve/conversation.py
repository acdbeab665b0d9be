"""One request, one answer, with an OpenNerve: sessions that end after two commands, authentication, silence, and STOP's right of way.

One frame for each write, one request outstanding, 3 s of patience. Reads are repeated, once after a new authentication. What changes
something is sent once; `settings.py` reads before it sends such a thing again, and a start is never repeated at all.
"""

from __future__ import annotations

from rnprog.device.errors import DeviceRefused, LinkLost, NoAnswer, Pending, ProtocolMismatch, advising
from rnprog.device.link import Link
from rnprog.device.opennerve.key import Key
from rnprog.device.opennerve.line import AWAKE, CABLE, Counters, refuse
from rnprog.device.opennerve.order import Order
from rnprog.protocol.errors import PayloadError
from rnprog.protocol.opennerve import payloads
from rnprog.protocol.opennerve.codes import MAY, NEEDS, Op, Role, Status, allowed
from rnprog.protocol.opennerve.frames import Request, Response, ResponseReader, encode_request

PATIENCE_S = 3.0
SILENCE_S = 0.05
"""So long must the line be silent before something new is sent after noise."""
SETTLE_S = 0.15
"""After AUTH: until about 60 ms later everything is refused."""
WIRED_COMMANDS = 2
"""What production firmware serves for one AUTH on the wire without a Bluetooth peer."""
SESSION_S = 2.2
"""After AUTH a second command sent later than this may come too late for the second look of such a session."""
OVER_S = 3.3
"""Such a session is over this long after AUTH, and AUTH is taken again."""
STOP_GIVE_UP_S = 12.0
AUTH_TRIES = 3
_STOP = Request(Op.STOP_MANUAL)
_CHANGES = frozenset(Op) - {Op.AUTH, Op.READ_BLE, Op.READ_HW, Op.READ_STIM, Op.READ_LOG, Op.READ_TIME, Op.MEASURE_BATTERY}


class Conversation:
    """The host's end. `key` None: nobody can be authenticated, so nothing but questions about that can be answered."""

    def __init__(self, link: Link, key: Key | None) -> None:
        self.link = link
        self.role = Role.NONE
        """What the open session may do."""
        self.key_checked = False
        """The device has taken the key. False beside a role: somebody else's session was open, and the role is that one's."""
        self.counters = Counters()
        self.short_sessions = False
        """Found out: a session serves two commands and is over."""
        self.sent = 0
        """Requests that were sent, AUTH left out: the number of the last one."""
        self.changes = 0
        """How many that change something were sent, and not refused."""
        self._key = key
        self._reader = ResponseReader()
        self._open = False
        self._since_s = 0.0
        """When AUTH was answered last."""
        self._used = 0
        self._last_s = link.clock.now_s()
        """When the device was heard last."""
        self.order = Order(link)

    @property
    def idle_s(self) -> float:
        """How long ago the device was last heard."""
        return self.link.clock.now_s() - self._last_s

    def read(self, request: Request) -> bytes:
        """The payload of the answer to a read. Repeated when nothing came, when a frame was damaged, and after a session that was over."""
        epoch = self.order.number
        with self.link.turn:
            self._right(request)
            damaged = False
            for attempt in range(4):
                self.counters.repeated_reads += bool(attempt)
                self._session(epoch)
                answer = self._exchange(request, epoch)
                if answer is None or answer.status == Status.USER_CLASS:
                    self._over()
                elif answer.status != Status.CRC:
                    return self._good(request, answer)
                damaged = answer is not None and answer.status == Status.CRC
            if damaged:
                raise NoAnswer(f"What is sent arrives damaged ({_plain(request)}): a frame with a gap in it, or a bad cable. {CABLE}")
            raise NoAnswer(f"The device does not answer ({_plain(request)}). {AWAKE}")

    def change(self, request: Request) -> bytes | None:
        """Send once what changes something; the payload of its answer. None: no answer, or none that says it was understood, so that only a
        read can tell."""
        epoch = self.order.number
        with self.link.turn:
            self._right(request)
            self._session(epoch)
            self.changes += 1
            answer = self._exchange(request, epoch)
            if answer is None or answer.status in (Status.USER_CLASS, Status.CRC):
                self._over()
                return None
            self.changes -= answer.status != Status.OK
            return self._good(request, answer)

    def make_room(self) -> None:
        """A session in which two more commands are served: one to start, one to stop."""
        epoch = self.order.number
        with self.link.turn:
            self._session(epoch, WIRED_COMMANDS)

    def once(self, request: Request) -> Response | None:
        """Send once, in the session as it is, and hand over whatever comes. None: silence."""
        epoch = self.order.number
        with self.link.turn:
            self._right(request)
            answer = self._exchange(request, epoch)
            if answer is None or answer.status == Status.USER_CLASS:
                self._over()
            return answer

    def bare(self, request: Request) -> Response | None:
        """Send once, outside any session, as the bench mode wants it. None: silence."""
        with self.link.turn:
            return self._put(request, None)

    def pending(self, request: Request, link_session: int) -> Pending:
        """The request that was sent last, as something open."""
        return Pending(_name(request), link_session, self.sent, 0)

    def authenticate(self) -> Role:
        """Begin a session now; whose it is. DeviceRefused for a key that is not one of the device's; NoAnswer when it does not answer."""
        with self.link.turn:
            self._authenticate(self.order.number)
            return self.role

    def stop(self, *, within: bool = False) -> bool:
        """STOP_MANUAL now, ahead of everything, and again until it is acknowledged; whether it was. LinkLost when the port is gone.

        What somebody else has just sent may still wait in the device: it is overwritten, and never carried out. `within`: see `Order`.
        """
        self.order.overtake(within=within)
        frame = encode_request(_STOP)
        if not self.link.turn.acquire(blocking=False):
            if self._open:
                self.link.write(frame)
            self.link.turn.acquire()
        try:
            return self._stop(frame)
        finally:
            self.link.turn.release()

    def _stop(self, frame: bytes) -> bool:
        clock = self.link.clock
        give_up_s = clock.now_s() + STOP_GIVE_UP_S
        while clock.now_s() < give_up_s:
            try:
                if not self._open:
                    self._authenticate(None)
            except (NoAnswer, DeviceRefused):
                continue
            self._used += 1
            self.link.write(frame)
            answer = self._await(_STOP, min(give_up_s, clock.now_s() + self._stop_patience_s()), None)
            if answer is not None and answer.status == Status.OK:
                return True
            self._over()
        return False

    def _stop_patience_s(self) -> float:
        if self.short_sessions and self._used > WIRED_COMMANDS:
            return max(0.1, self._since_s + OVER_S - self.link.clock.now_s())
        return PATIENCE_S

    def _right(self, request: Request) -> None:
        """DeviceRefused, with nothing sent, when the role is known and too low."""
        if self.role is not Role.NONE and not allowed(Op(request.op), self.role):
            needs = NEEDS[Op(request.op)].name.lower()
            whose = f"{'This key' if self.key_checked else 'The open session'} is the {self.role.name.lower()}'s"
            text = f"{whose}: it may {MAY[self.role]}. This ({_plain(request)}) needs the {needs}'s. Nothing was sent."
            raise advising(refuse(text, _name(request)), f"Use the {needs}'s key for this: key=FILE in the port.")

    def _session(self, epoch: int | None, room: int = 1) -> None:
        """A session in which `room` more commands are served."""
        clock = self.link.clock
        if self.short_sessions and self._open:
            full = self._used + room > WIRED_COMMANDS
            if full or clock.now_s() - self._since_s > SESSION_S:
                self._wait(self._since_s + OVER_S, epoch)
                self._over()
        if not self._open:
            self._authenticate(epoch)

    def _over(self) -> None:
        if self._open and self._used == WIRED_COMMANDS + 1:
            self.short_sessions = True
        self._open = False

    def _authenticate(self, epoch: int | None) -> None:
        if self._key is None:
            text = "This device needs a key: name the file of your own with key=FILE in the port. Nothing was sent."
            raise advising(refuse(text, "AUTH"), "docs/devices.md says what a key file looks like and where a key comes from.")
        request = payloads.auth(self._key.signed())
        for attempt in range(AUTH_TRIES):
            answer = self._put(request, epoch)
            if answer is None or answer.status == Status.CRC:
                continue
            if answer.status == Status.INVALID:
                advice = "Name the key that belongs to this device with key=FILE in the port, or check that this is the right device."
                raise advising(refuse("The device does not know this key. Nothing was changed.", "AUTH"), advice)
            if answer.status == Status.OK:
                try:
                    self.role, self.key_checked = payloads.role_of(answer.payload), True
                except PayloadError as error:
                    raise NoAnswer(f"The device's answer to the key cannot be understood: {error}.") from error
            elif self.role is Role.NONE and attempt < AUTH_TRIES - 1:  # the session of whoever was here before: soon over, on the wire
                self._wait(self.link.clock.now_s() + OVER_S, epoch)
                continue
            self._open, self._used, self._since_s = True, 0, self.link.clock.now_s()
            self._wait(self._since_s + SETTLE_S, epoch)
            if self.role is Role.NONE:
                self.role = self._role_of_the_open_session(epoch)
            return
        raise NoAnswer(f"No OpenNerve answers on {self.link.url}. {AWAKE} Check cable, jumpers and port as well.")

    def _role_of_the_open_session(self, epoch: int | None) -> Role:
        """AUTH is taken only outside a session. Of one that stays open, what it may read tells whose it is."""
        for identity, role in (("HP01", Role.ADMIN), ("SP02", Role.CLINICIAN)):
            answer = self._exchange(payloads.read(identity), epoch)
            if answer is not None and answer.status == Status.OK:
                return role
            if answer is not None and answer.status == Status.OPCODE:
                text = "This OpenNerve is in bench (DVT) mode. Nothing was changed."
                raise advising(ProtocolMismatch(text), "If that is meant, say dvt=1 in the port. A person's device is never in that mode.")
        return Role.PATIENT

    def _exchange(self, request: Request, epoch: int | None) -> Response | None:
        self._used += 1
        self.sent += 1
        return self._put(request, epoch)

    def _put(self, request: Request, epoch: int | None) -> Response | None:
        self._drain()
        self.order.check(epoch)
        data = encode_request(request)
        try:
            self.link.write(data, shown=data[:2] if request.op == Op.AUTH else None)  # a signature can be used again
            return self._await(request, self.link.clock.now_s() + PATIENCE_S, epoch)
        except LinkLost as error:
            raise LinkLost(str(error), self._open_request(request)) from error

    def _open_request(self, request: Request) -> Pending | None:
        """The request as something open, when it could have changed something."""
        return self.pending(request, 0) if request.op in _CHANGES else None

    def _await(self, request: Request, until_s: float, epoch: int | None) -> Response | None:
        """The answer to the request; everything else is counted. A CRC error is told of whatever byte came first, so it counts as one."""
        while self.link.clock.now_s() < until_s:
            self.order.check(epoch, self._open_request(request))
            for answer in self._reader.feed(self.link.read()):
                if answer.op == request.op or answer.status == Status.CRC:
                    self._last_s = self.link.clock.now_s()
                    return answer
                self.counters.stray_frames += 1
        self._noise()
        return None

    def _drain(self) -> None:
        """Wait until the line is silent, so that a late answer is not taken for another one's."""
        silent_s = self.link.clock.now_s()
        while data := self.link.read() or (self.link.clock.now_s() < silent_s):
            if isinstance(data, bytes):
                silent_s = self.link.clock.now_s() + SILENCE_S
                self.counters.stray_frames += len(self._reader.feed(data))
        self._noise()

    def _noise(self) -> None:
        noise = self._reader.abandon()
        self.counters.noise_frames += bool(noise)
        self.counters.noise_bytes += len(noise)

    def _wait(self, until_s: float, epoch: int | None) -> None:
        """Let time pass in slices that STOP can cut."""
        clock = self.link.clock
        while (left_s := until_s - clock.now_s()) > 1e-6:
            self.order.check(epoch)
            clock.sleep(min(left_s, 0.01))

    @staticmethod
    def _good(request: Request, answer: Response) -> bytes:
        if answer.status == Status.OK:
            return answer.payload
        reason = {Status.INVALID: "INVALID", Status.LENGTH: "MALFORMED", Status.OPCODE: "UNKNOWN_OPCODE"}.get(answer.status)  # type: ignore[call-overload]
        text = f"The device refused {_plain(request)} (status {answer.status:#04x}). Nothing was changed."
        raise DeviceRefused(text, command=_name(request), reason=reason or "SAID", field="", limit=0, value=answer.status)


def _name(request: Request) -> str:
    return Op(request.op).name


def _plain(request: Request) -> str:
    return _name(request).replace("_", " ").lower()
