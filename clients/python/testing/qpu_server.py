"""The other side of docs/formats/qpu-socket.md, for tests: a server with one device, `ideal`, that is simulated here.

    python3 qpu_server.py SOCKET KEY          serves until it is interrupted or terminated

It is written from the page and not from the client, so that the two check each other. Every request is answered by a
thread of its own, in whatever order they end.
"""

import os
import random
import signal
import socket
import struct
import sys
import threading

if __name__ == "__main__":
    sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import small_simulator


class Refusal(Exception):
    def __init__(self, code, message, hint=""):
        super().__init__(code, message, hint)


class BadFrame(Exception):
    pass


class Cursor:
    def __init__(self, data):
        self.data, self.at = data, 0

    def get(self, kind):
        size = struct.calcsize("<" + kind)
        if self.at + size > len(self.data):
            raise BadFrame("it ends in the middle of a field")
        (value,) = struct.unpack("<" + kind, self.data[self.at:self.at + size])
        self.at += size
        return value

    def text(self):
        size = self.get("I")
        if self.at + size > len(self.data):
            raise BadFrame("it ends in the middle of a text")
        value = self.data[self.at:self.at + size].decode("utf-8")
        self.at += size
        return value

    def many(self, one):
        return [one() for _ in range(self.get("I"))]


def u32(value):
    return struct.pack("<I", value)


def text(value):
    return u32(len(value.encode())) + value.encode()


def many(encoded):
    return u32(len(encoded)) + b"".join(encoded)


def read_circuit(cursor):
    qasm, parameters = cursor.text(), cursor.get("I")
    sets = cursor.many(lambda: [cursor.get("d") for _ in range(parameters)])
    sums = cursor.many(lambda: cursor.many(lambda: (cursor.get("d"), cursor.text())))
    return {"qasm": qasm, "sets": sets, "sums": [[(letters, c) for c, letters in terms] for terms in sums]}


def read_batch(cursor):
    batch = {"shots": cursor.get("I"), "seed": cursor.get("Q"), "prefer": cursor.get("B"), "device": cursor.text()}
    batch["circuits"] = cursor.many(lambda: read_circuit(cursor))
    return batch


def write_result(result):
    def outcome(o):
        counts = [text(bits) + struct.pack("<Q", count) for bits, count in o["counts"].items()]
        return many(counts) + many([struct.pack("<dd", *pair) for pair in o["expectations"]])

    def circuit(c):
        layout, measured = ([struct.pack("<i", place) for place in c[name]] for name in ("layout", "measured"))
        return many(layout) + many(measured) + many([outcome(o) for o in c["outcomes"]])

    return b"".join([text(result["device"]), text(result["calibration"]), struct.pack("<Q", result["seed"]),
                     struct.pack("<d", result["success"]), struct.pack("<QQ", result["held_us"], result["waited_us"]),
                     text(result["message"]), many([circuit(c) for c in result["circuits"]])])


_known = {}  # Pauli sums that came before: what depends on them alone is computed once


def simulate(batch):
    """A batch on the ideal simulator."""
    seed, circuits = batch["seed"] or 4711, []
    draw = random.Random(seed)
    for asked in batch["circuits"]:
        try:
            circuit = small_simulator.Circuit(asked["qasm"])
            sums = [_known.setdefault(tuple(terms), small_simulator.PauliSum(terms)) for terms in asked["sums"]]
            outcomes = []
            for values in asked["sets"] or [[]]:
                state = circuit.state(values)
                expectations, counts = [], {}
                if not sums and not batch["shots"]:
                    raise Refusal("bad-batch", "neither shots nor sums", "ask for one of them")
                if not sums:
                    counts = small_simulator.counts(circuit, state, batch["shots"], draw.getrandbits(64))
                elif batch["shots"]:
                    expectations = [small_simulator.measured_expectation(s.terms, state, batch["shots"], draw)
                                    for s in sums]
                else:
                    expectations = [(s.expectation(state), 0.0) for s in sums]
                outcomes.append({"counts": counts, "expectations": expectations})
        except small_simulator.Refusal as refusal:
            raise Refusal("bad-circuit", str(refusal)) from None
        measured = [circuit.measured.get(bit, -1) for bit in range(circuit.bits)]
        circuits.append({"layout": list(range(circuit.qubits)), "measured": measured, "outcomes": outcomes})
    return {"device": "ideal", "calibration": "exact", "seed": seed, "success": 1.0, "held_us": 0, "waited_us": 0,
            "message": "", "circuits": circuits}


class QpuServer:
    """Listens from start() to stop(). `run` answers batches; a test that gives its own decides when, and whether."""

    def __init__(self, path, key, run=simulate):
        self.path, self.key, self.run = path, key, run
        self.seen = []  # (verb, request) as they came
        self.session = False
        self._connections = []

    def start(self):
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._listener.bind(self.path)
        self._listener.listen()
        threading.Thread(target=self._accept, args=[self._listener], daemon=True).start()
        return self

    def stop(self):
        """As if the centre died: no listener, no socket, every connection cut. Doing it twice is harmless."""
        if self._listener is None:
            return
        os.unlink(self.path)
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._listener = None
        self.cut()

    def cut(self):
        for connection in self._connections:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        self._connections = []

    def _accept(self, listener):
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            self._connections.append(connection)
            threading.Thread(target=self.serve, args=[connection], daemon=True).start()

    def serve(self, connection):
        lock, greeted, under_way = threading.Lock(), False, {}

        def answer(verb, request, body):
            with lock:
                try:
                    connection.sendall(struct.pack("<IBQ", 9 + len(body), verb, request) + body)
                except OSError:
                    pass

        def refuse(request, code, message, hint=""):
            answer(129, request, text(code) + text(message) + text(hint))

        def run(request, batch):
            try:
                body = write_result(self.run(batch))
            except Refusal as refusal:
                if under_way.pop(request, None):
                    refuse(request, *refusal.args)
                return
            if under_way.pop(request, None):
                answer(128, request, body)

        with connection, connection.makefile("rb") as stream:
            while len(head := self._read(stream, 4)) == 4:
                frame = self._read(stream, struct.unpack("<I", head)[0])
                if len(frame) < 9:
                    break
                verb, request = struct.unpack("<BQ", frame[:9])
                cursor = Cursor(frame[9:])
                self.seen.append((verb, request))
                try:
                    if verb == 1:
                        version, key = cursor.get("I"), cursor.text()
                        if version != 1:
                            refuse(request, "bad-frame", f"version {version}", "this server speaks 1")
                            break
                        if key != self.key:
                            refuse(request, "wrong-key", "the key is not known")
                            break
                        greeted = True
                        device = text("ideal") + text("simulator") + u32(24) + b"\1" + text("exact")
                        answer(128, request, text("7/1") + b"\1" + many([device]))
                    elif not greeted:
                        raise BadFrame("the first request is hello")
                    elif verb == 2:
                        batch = read_batch(cursor)
                        under_way[request] = True
                        threading.Thread(target=run, args=[request, batch], daemon=True).start()
                    elif verb == 3:
                        other = cursor.get("Q")
                        there = under_way.pop(other, None)
                        if there:
                            refuse(other, "cancelled", "it was cancelled")
                        answer(128, request, b"\1" if there else b"\0")
                    elif verb == 4:
                        cursor.get("I"), cursor.text()
                        self.session = True
                        answer(128, request, text("ideal") + struct.pack("<q", 1_800_000_000_000))
                    elif verb == 5:
                        self.session = False
                        answer(128, request, b"")
                    elif verb == 6:
                        there = cursor.get("Q") in under_way
                        answer(128, request, u32(0) + struct.pack("<q", -1) + text("ideal" if there else ""))
                    else:
                        raise BadFrame(f"there is no verb {verb}")
                    if cursor.at != len(cursor.data):
                        raise BadFrame("it is too long")
                except (BadFrame, UnicodeDecodeError) as bad:
                    refuse(request, "bad-frame", str(bad))
                    break

    @staticmethod
    def _read(stream, size):
        try:
            return stream.read(size)
        except OSError:
            return b""


if __name__ == "__main__":
    ends = {signal.SIGINT, signal.SIGTERM}
    signal.pthread_sigmask(signal.SIG_BLOCK, ends)
    server = QpuServer(sys.argv[1], sys.argv[2]).start()
    signal.sigwait(ends)
    server.stop()
