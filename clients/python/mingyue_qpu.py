"""Quantum devices from inside a job of Mingyue. One file, the standard library of Python 3.11, nothing else.

A job whose document says `qpu:` (docs/hybrid-programs.md) may use the devices that it asked for:

    import mingyue_qpu

    qpu = mingyue_qpu.connect()
    bell = 'OPENQASM 3; include "stdgates.inc"; qubit[2] q; bit[2] c; h q[0]; cx q[0], q[1]; c = measure q;'
    print(qpu.run(bell, shots=4000).counts)                        # {'00': 2013, '11': 1987}

Circuits are OpenQASM 2 or 3 text. Many go into one batch, and many sets of parameters with one circuit; a batch runs on
one device in one go:

    turn = 'OPENQASM 3; include "stdgates.inc"; input float a; qubit[1] q; ry(a) q[0];'
    for (z,) in qpu.expectations(turn, [{"Z": 1.0}], [[0.0], [1.57], [3.14]]):
        print(z)                                                   # 1.0, 0.0008, -1.0

`run` and `expectations` wait; `submit` does not, and what it returns can be asked for its place in the line, cancelled,
and waited for, from any thread. Any number may be under way at once.

    handle = qpu.submit([bell, bell], shots=100)
    print(handle.place())                                          # Place(place=2, start=..., device='east')
    print(handle.result().circuits[1].outcomes[0].counts)

A device is leased by the batch: between two batches it works for others. Who needs it undisturbed opens a session, and
pays for all of it:

    with qpu.session(60) as held:
        print(held.device, held.until)
        ...

What can go wrong, all of it an `Error`:

    Refused        the centre said no: `code` (docs/errors.md), `message`, `hint`
    Unreachable    the centre has not answered for as long as `patience` says
    ProtocolError  what came is not what docs/formats/qpu-socket.md describes

A connection that breaks is no error: it is made again, and what was not answered is sent again under the same number.
"""

import dataclasses
import os
import socket
import struct
import threading
import time

__all__ = ["connect", "Client", "Circuit", "Handle", "Result", "CircuitResult", "Outcome", "Expectation", "Device",
           "Place", "Session", "Error", "Refused", "Unreachable", "ProtocolError"]

VERSION = 1
HELLO, RUN, CANCEL, SESSION, END_SESSION, PLACE = 1, 2, 3, 4, 5, 6
DONE, REFUSED = 128, 129
FRAME_BYTES_MAX = 256 << 20

BACK_OFF_FIRST_S = 0.05
BACK_OFF_MOST_S = 2.0
PATIENCE_S = 600.0
HELLO_WITHIN_S = 30.0

PREFER = {"": 0, "balanced": 1, "fidelity": 2, "time": 3}
HOLD = {1: "batch", 2: "session"}


class Error(Exception):
    """Whatever this module raises because of the centre or the way to it."""


class Refused(Error):
    """The centre's answer is no. `code` is for programs and never changes its meaning; the sentences are for people."""

    def __init__(self, code, message, hint=""):
        super().__init__(f"{message} ({code})" + (f"; {hint}" if hint else ""))
        self.code, self.message, self.hint = code, message, hint


class Unreachable(Error):
    """The centre has not answered for as long as the client was told to try."""


class ProtocolError(Error):
    """The other side does not speak the protocol, or another version of it."""


# --- what goes in and what comes out ----------------------------------------------------------------------------------


@dataclasses.dataclass
class Circuit:
    """OpenQASM text, and what to do with it.

    `sets`: values of its `input` parameters in the order of their declaration, one list for each time that it runs.
    `sums`: sums of Pauli strings whose expectations are wanted in place of counts. A sum is a dict from letters to
    coefficient; the first letter is of qubit 0, and letters left out at the end are I.
    """

    text: str
    sets: list = dataclasses.field(default_factory=list)
    sums: list = dataclasses.field(default_factory=list)


class Expectation(float):
    """An expectation, with its standard error; 0 where it is exact."""

    error = 0.0

    def __new__(cls, value, error=0.0):
        self = super().__new__(cls, value)
        self.error = error
        return self


@dataclasses.dataclass
class Outcome:
    """Of one circuit with one set of parameters."""

    counts: dict  # bits, the last leftmost -> how often
    expectations: list  # of Expectation, one for each sum


@dataclasses.dataclass
class CircuitResult:
    layout: list  # the circuit's qubit i began on the device's qubit layout[i]
    measured: list  # bit i was read from the device's qubit measured[i]; -1: from none
    outcomes: list  # one for each set of parameters


@dataclasses.dataclass
class Result:
    """Of a batch. Device, calibration and seed are what it takes to run a simulated one again, bit for bit."""

    device: str
    calibration: str
    seed: int
    success: float  # expected from the calibration, of one shot of the first circuit
    held_us: int  # the device's time
    waited_us: int
    message: str
    circuits: list  # of CircuitResult

    @property
    def counts(self):
        """Of the first circuit with the first set of parameters: all there is in the simplest case."""
        return self.circuits[0].outcomes[0].counts


@dataclasses.dataclass
class Device:
    name: str
    technology: str
    qubits: int
    simulated: bool
    calibration: str


@dataclasses.dataclass
class Place:
    """Where a request stands: `place` 1 is next, 0 runs already or is not known. `start` is in seconds since 1970, or
    None where nobody can say."""

    place: int
    start: float | None
    device: str


# --- bytes ------------------------------------------------------------------------------------------------------------


def _text(text):
    data = text.encode()
    return struct.pack("<I", len(data)) + data


def _items(encoded):
    encoded = list(encoded)
    return struct.pack("<I", len(encoded)) + b"".join(encoded)


def _sum(terms):
    pairs = terms.items() if isinstance(terms, dict) else terms
    return _items(struct.pack("<d", coefficient) + _text(letters) for letters, coefficient in pairs)


def _circuit(circuit):
    if isinstance(circuit, str):
        circuit = Circuit(circuit)
    sets = [list(values) for values in circuit.sets]
    parameters = len(sets[0]) if sets else 0
    if any(len(values) != parameters for values in sets):
        raise ValueError("the sets of parameters of one circuit differ in length")
    if sets and not parameters:
        raise ValueError("a set of parameters is empty; a circuit without parameters has no sets")
    one = struct.Struct(f"<{parameters}d")
    return b"".join([_text(circuit.text), struct.pack("<I", parameters), _items(one.pack(*values) for values in sets),
                     _items(map(_sum, circuit.sums))])


def _batch(circuits, shots, seed, prefer, device):
    if isinstance(circuits, (str, Circuit)):
        circuits = [circuits]
    if prefer not in PREFER:
        raise ValueError(f"prefer is one of {', '.join(filter(None, PREFER))}, or empty, not {prefer!r}")
    if not 0 <= shots < 1 << 32:
        raise ValueError(f"shots are from 0 to {(1 << 32) - 1}, not {shots}")
    if not 0 <= seed < 1 << 64:
        raise ValueError(f"a seed is from 0 to {(1 << 64) - 1}, not {seed}")
    return struct.pack("<IQB", shots, seed, PREFER[prefer]) + _text(device) + _items(map(_circuit, circuits))


def _frame(verb, request, body):
    if len(body) + 9 > FRAME_BYTES_MAX:
        raise ValueError(f"a request of {len(body)} bytes is more than {FRAME_BYTES_MAX}: divide the batch")
    return struct.pack("<IBQ", len(body) + 9, verb, request) + body


class _Reader:
    """Takes an answer apart from front to back. Whatever does not fit is a ProtocolError."""

    def __init__(self, data):
        self._data, self._at = data, 0

    def take(self, layout):
        try:
            values = struct.unpack_from(layout, self._data, self._at)
        except struct.error:
            raise ProtocolError(f"an answer ends at byte {len(self._data)}, in the middle of a field") from None
        self._at += struct.calcsize(layout)
        return values[0] if len(values) == 1 else values

    def text(self):
        size = self.take("<I")
        data = self._data[self._at:self._at + size]
        if len(data) != size:
            raise ProtocolError(f"an answer ends at byte {len(self._data)}, in the middle of a text")
        self._at += size
        try:
            return bytes(data).decode()
        except UnicodeDecodeError:
            raise ProtocolError("an answer has a text that is not UTF-8") from None

    def items(self, read_one):
        # A count that lies ends at the first item that is not there, long before memory does.
        return [read_one() for _ in range(self.take("<I"))]

    def numbers(self):
        return self.items(lambda: self.take("<i"))

    def finish(self):
        if self._at != len(self._data):
            raise ProtocolError(f"an answer has {len(self._data) - self._at} bytes too many")

    def device(self):
        name, technology = self.text(), self.text()
        qubits, simulated = self.take("<IB")
        return Device(name, technology, qubits, bool(simulated), self.text())

    def result(self):
        device, calibration = self.text(), self.text()
        seed, success, held_us, waited_us = self.take("<QdQQ")
        return Result(device, calibration, seed, success, held_us, waited_us, self.text(), self.items(self._circuit))

    def _circuit(self):
        return CircuitResult(self.numbers(), self.numbers(), self.items(self._outcome))

    def _outcome(self):
        counts = dict(self.items(lambda: (self.text(), self.take("<Q"))))
        return Outcome(counts, self.items(lambda: Expectation(*self.take("<dd"))))

    def place(self):
        place, start_ms = self.take("<Iq")
        return Place(place, None if start_ms < 0 else start_ms / 1000, self.text())


def _receive(stream):
    """Verb, request and body of the next frame; nothing when the connection has ended, even in the middle of one."""
    head = stream.read(4)
    if len(head) < 4:
        return None
    (size,) = struct.unpack("<I", head)
    if size < 9:
        raise ProtocolError(f"a frame of {size} bytes is too short for a verb and a request")
    frame = stream.read(size)
    if len(frame) < size:
        return None
    verb, request = struct.unpack_from("<BQ", frame)
    return verb, request, memoryview(frame)[9:]


# --- the client -------------------------------------------------------------------------------------------------------


def _connected(path):
    """A socket connected to `path`: that of a Unix socket, or, on another machine than the centre's, tcp:HOST:PORT."""
    if path.startswith("tcp:"):
        host, _, port = path[4:].rpartition(":")
        connection = socket.create_connection((host, int(port)), timeout=HELLO_WITHIN_S)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        connection.settimeout(HELLO_WITHIN_S)
        connection.connect(path)
    except OSError:
        connection.close()
        raise
    return connection


def connect(socket_path=None, key=None, patience=PATIENCE_S):
    """The way to the centre; by default the one that the job finds in its environment.

    Raises Refused when the centre does not know the key, Unreachable when nobody answers for `patience` seconds. The
    same patience holds later, whenever the centre is away.
    """
    socket_path = socket_path or os.environ.get("MINGYUE_QPU_SOCKET")
    key = key if key is not None else os.environ.get("MINGYUE_QPU_KEY")
    if not socket_path or key is None:
        raise Unreachable("MINGYUE_QPU_SOCKET or MINGYUE_QPU_KEY is not set: this is no job whose document says `qpu:`")
    return Client(socket_path, key, patience)


class Handle:
    """A request that is under way. Made by Client.submit(); may be used from any thread."""

    def __init__(self, client, request, frame, decode):
        self.request = request
        self._client, self._frame, self._decode = client, frame, decode
        self._sent_on = 0  # the number of the connection on which it was sent last
        self._answered = threading.Event()
        self._value = self._error = None

    def done(self):
        return self._answered.is_set()

    def result(self, timeout=None):
        """Waits. Raises what the centre answered (Refused), and TimeoutError when `timeout` seconds are over, after
        which it may be asked again."""
        if not self._answered.wait(timeout):
            raise TimeoutError(f"request {self.request} has no answer after {timeout} s")
        if self._error is not None:
            raise self._error
        return self._value

    def cancel(self):
        """Gives it up. True when it was still there: then result() raises Refused with the code `cancelled`."""
        return bool(self._client._ask(CANCEL, struct.pack("<Q", self.request), lambda answer: answer.take("<B")))

    def place(self):
        """Its place in the line, when it is likely to start, and where."""
        return self._client._ask(PLACE, struct.pack("<Q", self.request), _Reader.place)

    def _settle(self, value=None, error=None):
        self._value, self._error, self._frame = value, error, b""
        self._answered.set()


class Session:
    """A device that is held for this job alone until end(), or until `until` (seconds since 1970), or until nothing
    has run in it for as long as the centre allows."""

    def __init__(self, client, device, until):
        self.device, self.until, self._client, self._open = device, until, client, True

    def end(self):
        """Gives the device back. Harmless when the session is over already."""
        if self._open:
            self._open = False
            self._client._ask(END_SESSION, b"", lambda answer: None)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()


class Client:
    """See connect(). `devices`, `attempt` and `hold` are what the centre said when it was last greeted."""

    def __init__(self, socket_path, key, patience=PATIENCE_S):
        self.devices, self.attempt, self.hold = [], "", ""
        self._path, self._key, self._patience = socket_path, key, patience
        self._lock = threading.Lock()  # over the five below; never held while waiting
        self._requests = 0
        self._waiting = {}  # request -> Handle, those without an answer
        self._socket = None  # while greeted
        self._connection = 0  # how many there have been
        self._closed = None  # the error that ended this client
        self._send_lock = threading.Lock()  # one frame at a time
        self._greeted = threading.Event()
        self._stop = threading.Event()
        threading.Thread(target=self._keep, name="mingyue-qpu", daemon=True).start()
        self._greeted.wait()
        if self._closed is not None:
            raise self._closed

    def run(self, circuits, shots, *, seed=0, prefer="", device=""):
        """Runs a batch and waits for its Result. What submit() takes."""
        return self.submit(circuits, shots, seed=seed, prefer=prefer, device=device).result()

    def submit(self, circuits, shots, *, seed=0, prefer="", device=""):
        """Asks for a batch and returns its Handle at once.

        circuits   OpenQASM text, a Circuit, or a list of such
        shots      of each circuit with each set of parameters; 0: exact expectations, on an ideal simulator alone
        seed       0: the centre draws one, and the result says it
        prefer     "balanced", "fidelity" or "time"; empty: as the job's document says
        device     by name; empty: any that the job may use
        """
        return self._send(RUN, _batch(circuits, shots, seed, prefer, device), _Reader.result)

    def expectations(self, circuit, sums, sets=(), shots=0, *, seed=0, prefer="", device=""):
        """Expectations of sums of Pauli strings in the state that a circuit ends in, as one batch.

        Returns a list for each set of parameters (one, when there are none) with an Expectation for each sum. See
        Circuit for `sums` and `sets`; with `shots` they are measured, with 0 they are exact.
        """
        whole = Circuit(circuit, list(sets), list(sums))
        result = self.run(whole, shots, seed=seed, prefer=prefer, device=device)
        return [outcome.expectations for outcome in result.circuits[0].outcomes]

    def session(self, seconds, device=""):
        """Waits until a device (or that one) is held for this job alone, for at most so many seconds."""
        if not 0 < seconds < 1 << 32:
            raise ValueError(f"a session lasts from 1 second on, not {seconds}")

        def decode(answer):
            name = answer.text()
            return Session(self, name, answer.take("<q") / 1000)

        return self._ask(SESSION, struct.pack("<I", int(seconds)) + _text(device), decode)

    def place(self, handle):
        return handle.place()

    def close(self):
        """Ends the connection. What is still waited for raises Unreachable."""
        self._end(Unreachable("the client was closed"))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    # Callers' threads.

    def _ask(self, verb, body, decode):
        return self._send(verb, body, decode).result()

    def _send(self, verb, body, decode):
        with self._lock:
            if self._closed is not None:
                raise self._closed
            self._requests += 1
            handle = Handle(self, self._requests, _frame(verb, self._requests, body), decode)
            self._waiting[handle.request] = handle
        self._transmit(handle)
        return handle

    def _transmit(self, handle):
        """Sends it, unless there is no connection or it has been sent on this one. Trouble is the reader's: it sees the
        connection end and has everything sent again."""
        with self._send_lock:
            with self._lock:
                connection, number = self._socket, self._connection
                if connection is None or handle.done() or handle._sent_on == number:
                    return
                handle._sent_on = number
                frame = handle._frame
            try:
                connection.sendall(frame)
            except OSError:
                _shut(connection)

    def _send_again(self):
        with self._lock:
            handles = sorted(self._waiting.values(), key=lambda handle: handle.request)
        for handle in handles:
            self._transmit(handle)

    # The reader's thread: it alone connects and reads.

    def _keep(self):
        delay, broken_at = BACK_OFF_FIRST_S, time.monotonic()
        try:
            while not self._stop.is_set():
                try:
                    good, why = self._one_connection(), "it ended the connection"
                except OSError as error:
                    good, why = False, error.strerror or str(error)
                now = time.monotonic()
                if good:
                    delay, broken_at = BACK_OFF_FIRST_S, now
                if now + delay - broken_at > self._patience:
                    raise Unreachable(f"the centre has not answered for {self._patience:g} s at {self._path}: {why}")
                self._stop.wait(delay)
                delay = min(2 * delay, BACK_OFF_MOST_S)
        except Error as error:
            self._end(error)
        except Exception as error:  # a bug here must not leave anybody waiting
            self._end(ProtocolError(f"{type(error).__name__}: {error}"))
            raise

    def _one_connection(self):
        """Connects, greets, has sent again what waits, and reads until the connection ends. Whether it was a good
        one, after which back-off begins anew: it answered something, or stood longer than the longest delay. A
        request that kills the centre whenever it is sent is so sent ever more rarely."""
        answered = 0
        with _connected(self._path) as connection:
            with connection.makefile("rb") as stream:
                if not self._greet(connection, stream):
                    return False
                connection.settimeout(None)
                greeted_at = time.monotonic()
                with self._lock:
                    self._socket = connection
                    self._connection += 1
                self._greeted.set()
                if self._stop.is_set():
                    return False
                if self._waiting:
                    # Beside the reading, lest both sides wait for the other to read.
                    threading.Thread(target=self._send_again, name="mingyue-qpu-again", daemon=True).start()
                try:
                    while (frame := _receive(stream)) is not None:
                        answered += self._take(*frame)
                except OSError:
                    pass
                finally:
                    with self._lock:
                        self._socket = None
                    _shut(connection)
                    with self._send_lock:  # who still writes is done before the system gives the number away again
                        pass
        return answered > 0 or time.monotonic() - greeted_at > BACK_OFF_MOST_S

    def _greet(self, connection, stream):
        with self._lock:
            self._requests += 1
            request = self._requests
        connection.sendall(_frame(HELLO, request, struct.pack("<I", VERSION) + _text(self._key)))
        frame = _receive(stream)
        if frame is None:
            return False
        verb, _, body = frame
        answer = _Reader(body)
        if verb == REFUSED:
            raise Refused(answer.text(), answer.text(), answer.text())
        if verb != DONE:
            raise ProtocolError(f"the answer to hello has the verb {verb}")
        attempt, hold = answer.text(), answer.take("<B")
        devices = answer.items(answer.device)
        answer.finish()
        self.attempt, self.hold, self.devices = attempt, HOLD.get(hold, ""), devices
        return True

    def _take(self, verb, request, body):
        answer = _Reader(body)
        if verb not in (DONE, REFUSED):
            raise ProtocolError(f"an answer has the verb {verb}")
        refused = Refused(answer.text(), answer.text(), answer.text()) if verb == REFUSED else None
        if refused is not None and request == 0:
            raise refused  # not one request is meant, but what this client sends
        with self._lock:
            handle = self._waiting.pop(request, None)
        if handle is None:
            raise ProtocolError(f"an answer is for request {request}, which nobody waits for")
        try:
            value = None if refused else handle._decode(answer)
            answer.finish()
        except ProtocolError as error:
            handle._settle(error=error)
            raise
        handle._settle(value, refused)
        return 1

    def _end(self, error):
        with self._lock:
            if self._closed is None:
                self._closed = error
            waiting, self._waiting = list(self._waiting.values()), {}
            connection = self._socket
        self._stop.set()
        if connection is not None:
            _shut(connection)
        for handle in waiting:
            handle._settle(error=error)
        self._greeted.set()


def _shut(connection):
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
