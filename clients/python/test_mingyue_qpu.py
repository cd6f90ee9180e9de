"""Tests of mingyue_qpu.py, and of the small server and simulator that the recipes are tried with."""

import math
import os
import socket
import struct
import sys
import tempfile
import threading
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "testing")]

import mingyue_qpu
import qpu_server
import small_simulator
from mingyue_qpu import Circuit, ProtocolError, Refused, Unreachable

BELL = 'OPENQASM 3; include "stdgates.inc"; qubit[2] q; bit[2] c; h q[0]; cx q[0], q[1]; c = measure q;'
TURN = 'OPENQASM 3; include "stdgates.inc"; input float a; qubit[2] q; ry(a) q[0];'


def answer(verb, request, body=b""):
    return struct.pack("<IBQ", 9 + len(body), verb, request) + body


def hello_answer(request):
    return answer(128, request, qpu_server.text("7/1") + b"\1" + qpu_server.many([]))


def result_named(device):
    return {"device": device, "calibration": "c", "seed": 1, "success": 0.5, "held_us": 2, "waited_us": 3,
            "message": "", "circuits": []}


class Script:
    """A centre whose every connection, in turn, is handled by the next of some functions (connection, read), where
    read() gives verb, request and body of the next frame, or nothing at the end."""

    def __init__(self, path, *connections):
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.listener.bind(path)
        self.listener.listen()
        self.connections = connections
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        with self.listener:
            for handle in self.connections:
                connection, _ = self.listener.accept()
                with connection, connection.makefile("rb") as stream:

                    def read():
                        head = stream.read(4)
                        if not head:
                            return None  # the client has gone
                        frame = stream.read(*struct.unpack("<I", head))
                        return *struct.unpack("<BQ", frame[:9]), frame[9:]

                    handle(connection, read)


def greet(connection, read):
    verb, request, _ = read()
    assert verb == 1
    connection.sendall(hello_answer(request))


class Case(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = os.path.join(folder.name, "qpu")

    def server(self, run=qpu_server.simulate):
        server = qpu_server.QpuServer(self.path, "secret", run).start()
        self.addCleanup(server.stop)
        return server

    def connect(self, key="secret", patience=60):
        client = mingyue_qpu.connect(self.path, key, patience)
        self.addCleanup(client.close)
        return client


class TheUsualDay(Case):
    def test_a_circuit_gives_counts(self):
        self.server()
        result = self.connect().run(BELL, shots=1000, seed=5)
        self.assertEqual(set(result.counts), {"00", "11"})
        self.assertEqual(sum(result.counts.values()), 1000)
        self.assertEqual((result.device, result.seed, result.circuits[0].measured), ("ideal", 5, [0, 1]))

    def test_socket_and_key_come_from_the_environment(self):
        self.server()
        names = {"MINGYUE_QPU_SOCKET": self.path, "MINGYUE_QPU_KEY": "secret"}
        os.environ.update(names)
        self.addCleanup(lambda: [os.environ.pop(name) for name in names])
        with mingyue_qpu.connect() as client:
            self.assertEqual(client.devices, [mingyue_qpu.Device("ideal", "simulator", 24, True, "exact")])
            self.assertEqual((client.attempt, client.hold), ("7/1", "batch"))

    def test_outside_of_a_job_it_says_so(self):
        with self.assertRaisesRegex(Unreachable, "MINGYUE_QPU_SOCKET"):
            mingyue_qpu.connect()

    def test_many_sets_of_parameters_are_one_request(self):
        server = self.server()
        sets = [[0.1 * step] for step in range(200)]
        values = self.connect().expectations(TURN, [{"Z": 1.0}, [("XI", 2.0), ("IZ", -1.0)]], sets)
        for (angle,), (z, x) in zip(sets, values):
            self.assertAlmostEqual(z, math.cos(angle), 12)
            self.assertAlmostEqual(x, 2 * math.sin(angle) - 1, 12)
            self.assertEqual(z.error, 0)
        self.assertEqual([verb for verb, _ in server.seen], [1, 2])

    def test_with_shots_an_expectation_has_an_error(self):
        self.server()
        ((z,),) = self.connect().expectations(TURN, [{"Z": 1.0}], [[1.0]], shots=10000)
        self.assertAlmostEqual(z.error, math.sqrt((1 - z**2) / 10000), 6)
        self.assertLess(abs(z - math.cos(1.0)), 5 * z.error)

    def test_circuits_of_a_batch_keep_their_order(self):
        self.server()
        sets = [[[math.pi]], [[0.0]]]
        result = self.connect().run([Circuit(TURN, s, [{"Z": 1.0}]) for s in sets], shots=0)
        self.assertEqual([round(c.outcomes[0].expectations[0]) for c in result.circuits], [-1, 1])

    def test_a_refusal_has_code_message_and_hint(self):
        def no(batch):
            raise qpu_server.Refusal("too-many-shots", "5 are too many", "at most 4")

        self.server(no)
        with self.assertRaises(Refused) as caught:
            self.connect().run(BELL, shots=5)
        refused = caught.exception
        self.assertEqual((refused.code, refused.message, refused.hint),
                         ("too-many-shots", "5 are too many", "at most 4"))
        self.assertEqual(str(refused), "5 are too many (too-many-shots); at most 4")

    def test_a_session_is_ended_when_its_block_ends(self):
        server = self.server()
        with self.connect().session(60) as held:
            self.assertEqual((held.device, held.until), ("ideal", 1_800_000_000.0))
            self.assertTrue(server.session)
        self.assertFalse(server.session)

    def test_what_cannot_be_meant_is_said_before_it_is_sent(self):
        server = self.server()
        client = self.connect()
        for wrong in ({"shots": -1}, {"shots": 1, "prefer": "speed"}, {"shots": 1, "seed": -1}):
            with self.assertRaises(ValueError):
                client.submit(BELL, **wrong)
        with self.assertRaisesRegex(ValueError, "differ in length"):
            client.submit(Circuit(TURN, [[1.0], [1.0, 2.0]]), 1)
        self.assertEqual(len(server.seen), 1)


class SeveralAtOnce(Case):
    def test_answers_may_come_in_any_order(self):
        released = {1: threading.Event(), 2: threading.Event()}

        def run(batch):
            released[batch["shots"]].wait(60)
            return result_named(str(batch["shots"]))

        self.server(run)
        client = self.connect()
        first, second = client.submit(BELL, 1), client.submit(BELL, 2)
        with self.assertRaises(TimeoutError):
            second.result(timeout=0.01)
        released[2].set()
        self.assertEqual(second.result(60).device, "2")
        self.assertFalse(first.done())
        released[1].set()
        self.assertEqual(first.result(60).device, "1")

    def test_threads_share_a_client(self):
        self.server(lambda batch: result_named(str(batch["shots"])))
        client, wrong = self.connect(), []

        def work(offset):
            for number in range(offset, offset + 50):
                if client.run(BELL, number).device != str(number):
                    wrong.append(number)

        threads = [threading.Thread(target=work, args=[100 * n]) for n in range(1, 9)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        self.assertEqual(wrong, [])

    def test_what_waits_can_be_asked_for_its_place_and_cancelled(self):
        never = threading.Event()
        self.addCleanup(never.set)
        self.server(lambda batch: never.wait(60) and result_named(""))
        client = self.connect()
        handle = client.submit(BELL, 1)
        self.assertEqual(handle.place(), mingyue_qpu.Place(0, None, "ideal"))
        self.assertTrue(handle.cancel())
        with self.assertRaises(Refused) as caught:
            handle.result(60)
        self.assertEqual(caught.exception.code, "cancelled")
        self.assertFalse(handle.cancel())

    def test_large_answers_and_large_requests_do_not_wait_for_each_other(self):
        # Both sides write more than the sockets hold; who only writes would stand still.
        circuit = Circuit(TURN + "//" + " " * 500_000, [[0.0]] * 20_000, [{"Z": 1.0}])
        self.server(lambda batch: big)
        big = qpu_server.simulate({"shots": 0, "seed": 1, "circuits": [{"qasm": TURN, "sets": circuit.sets[:1],
                                                                      "sums": [[("Z", 1.0)]]}]})
        big["circuits"][0]["outcomes"] *= 20_000
        client = self.connect()
        for handle in [client.submit(circuit, 0) for _ in range(8)]:
            self.assertEqual(len(handle.result(60).circuits[0].outcomes), 20_000)


class WhenSomethingBreaks(Case):
    def test_the_centre_is_started_again_in_the_middle(self):
        begun, go_on = threading.Event(), threading.Event()

        def run(batch):
            begun.set()
            go_on.wait(60)
            return result_named("first")

        first = self.server(run)
        client = self.connect()
        handles = [client.submit(BELL, 1), client.submit(BELL, 2)]
        begun.wait(60)
        first.stop()
        again = client.submit(BELL, 3)  # while there is no centre at all
        second = self.server(lambda batch: result_named("second"))
        go_on.set()
        for handle in [*handles, again]:
            self.assertEqual(handle.result(60).device, "second")
        numbers = {request for verb, request in first.seen if verb == 2}
        self.assertEqual({request for verb, request in second.seen if verb == 2}, numbers | {again.request})
        self.assertEqual([verb for verb, _ in second.seen].count(1), 1)

    def test_only_what_has_no_answer_is_sent_again(self):
        server = self.server(lambda batch: result_named(""))
        client = self.connect()
        client.run(BELL, 1)
        server.cut()
        client.run(BELL, 2)
        self.assertEqual([verb for verb, _ in server.seen], [1, 2, 1, 2])

    def test_half_a_frame_is_a_connection_that_ended(self):
        def half(connection, read):
            greet(connection, read)
            _, request, _ = read()
            connection.sendall(answer(128, request, b"x" * 100)[:40])

        def whole(connection, read):
            greet(connection, read)
            _, request, _ = read()
            connection.sendall(answer(128, request, qpu_server.write_result(result_named("whole"))))
            read()

        Script(self.path, half, whole)
        self.assertEqual(self.connect().run(BELL, 1).device, "whole")

    def test_no_answer_to_hello_is_tried_again(self):
        Script(self.path, lambda connection, read: None, lambda connection, read: (greet(connection, read), read()))
        self.assertEqual(self.connect().attempt, "7/1")

    def test_an_answer_that_is_too_short_or_too_long_is_a_protocol_error(self):
        whole = qpu_server.write_result(result_named("device"))
        for body in (whole[:-1], whole + b"\0", whole[:4] + b"\xff" + whole[5:], b"\xff\xff\xff\xff"):
            with self.subTest(body=body):

                def lie(connection, read):
                    greet(connection, read)
                    _, request, _ = read()
                    connection.sendall(answer(128, request, body))

                Script(self.path, lie)
                with self.assertRaises(ProtocolError):
                    self.connect().run(BELL, 1)
                os.unlink(self.path)

    def test_what_is_no_answer_ends_everything_that_waits(self):
        for junk in (answer(7, 2), answer(128, 99), struct.pack("<I", 3) + b"abc"):
            with self.subTest(junk=junk):

                def lie(connection, read):
                    greet(connection, read)
                    read()
                    connection.sendall(junk)

                Script(self.path, lie)
                client = self.connect()
                with self.assertRaises(ProtocolError):
                    client.run(BELL, 1)
                with self.assertRaises(ProtocolError):
                    client.run(BELL, 1)
                os.unlink(self.path)

    def test_a_frame_of_ours_that_the_centre_cannot_read_is_not_sent_again(self):
        def bad(connection, read):
            greet(connection, read)
            read()
            connection.sendall(answer(129, 0, b"".join(map(qpu_server.text, ("bad-frame", "what is this", "")))))

        Script(self.path, bad)
        with self.assertRaises(Refused) as caught:
            self.connect().run(BELL, 1)
        self.assertEqual(caught.exception.code, "bad-frame")

    def test_a_wrong_key_is_final(self):
        server = self.server()
        with self.assertRaises(Refused) as caught:
            self.connect(key="guessed")
        self.assertEqual(caught.exception.code, "wrong-key")
        self.assertEqual(len(server.seen), 1)

    def test_who_never_answers_is_given_up_when_patience_ends(self):
        with self.assertRaisesRegex(Unreachable, "0.2 s"):
            self.connect(patience=0.2)

    def test_who_goes_away_for_good_is_given_up_too(self):
        server = self.server(lambda batch: result_named(""))
        client = self.connect(patience=0.3)
        client.run(BELL, 1)
        server.stop()
        with self.assertRaises(Unreachable):
            client.run(BELL, 1)

    def test_a_client_that_is_closed_keeps_nobody_waiting(self):
        never = threading.Event()
        self.addCleanup(never.set)
        self.server(lambda batch: never.wait(60) and result_named(""))
        client = self.connect()
        handle = client.submit(BELL, 1)
        client.close()
        with self.assertRaises(Unreachable):
            handle.result(60)


class TheBytes(Case):
    """As docs/formats/qpu-socket.md has them, written out by hand."""

    def test_hello_and_run(self):
        frames = []

        def record(connection, read):
            greet(connection, lambda: frames.append(read()) or frames[-1])
            frames.append(read())
            connection.sendall(answer(129, frames[-1][1], b"\x01\0\0\0c\0\0\0\0\0\0\0\0"))
            read()

        Script(self.path, record)
        client = self.connect(key="k")
        with self.assertRaises(Refused):
            client.run(Circuit("q", [[1.0], [-2.0]], [{"XZ": 0.5}]), 7, seed=9, prefer="time", device="d")
        self.assertEqual(frames[0], (1, 1, b"\x01\0\0\0" b"\x01\0\0\0k"))
        self.assertEqual(frames[1], (2, 2, bytes.fromhex(
            "07000000" "0900000000000000" "03" "01000000" "64"  # shots, seed, prefer, device
            "01000000" "01000000" "71" "01000000"               # one circuit: text, one parameter
            "02000000" "000000000000f03f" "00000000000000c0"    # two sets
            "01000000" "01000000" "000000000000e03f" "02000000" "585a")))  # one sum of one term


class TheSmallSimulator(unittest.TestCase):
    def value(self, body, letters, values=()):
        circuit = small_simulator.Circuit('OPENQASM 3.0; include "stdgates.inc"; ' + body)
        return small_simulator.PauliSum([(letters, 1.0)]).expectation(circuit.state(values))

    def test_paulis_have_their_signs(self):
        self.assertAlmostEqual(self.value("qubit q; h q; s q;", "Y"), 1)
        self.assertAlmostEqual(self.value("qubit q; rx(0.3) q;", "Y"), -math.sin(0.3))
        self.assertAlmostEqual(self.value("qubit[2] q; h q[0]; cx q[0], q[1];", "YY"), -1)
        self.assertAlmostEqual(self.value("qubit[2] q; x q[0];", "ZI"), -1)

    def test_gates_are_defined_controlled_and_inverted(self):
        body = "input float a; gate twist(b) p, r { ry(b / 2) p; cx p, r; rz(-b) r; } qubit[3] q; h q[2]; "
        self.assertAlmostEqual(self.value(body + "twist(a) q[0], q[1]; inv @ twist(a) q[0], q[1];", "ZZ", [0.7]), 1)
        self.assertAlmostEqual(self.value(body + "x q[0]; negctrl @ x q[0], q[1];", "IZ", [0.7]), 1)
        self.assertAlmostEqual(self.value(body + "ctrl(2) @ ry(a) q[0], q[1], q[2];", "IIX", [0.7]), 1)
        self.assertAlmostEqual(self.value(body + "x q[0]; x q[1]; ctrl(2) @ z q[0], q[1], q[2];", "IIX", [0.7]), -1)

    def test_what_it_does_not_know_it_names(self):
        for body, word in (("qubit q; frobnicate q;", "frobnicate"), ("qubit q; delay[10ns] q;", "delay"),
                           ("qubit q; bit c; c = measure q; x q;", "after a measurement")):
            with self.assertRaisesRegex(small_simulator.Refusal, word):
                self.value(body, "Z")


if __name__ == "__main__":
    unittest.main()
