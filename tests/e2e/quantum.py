"""Quantum devices in a whole centre: circuits and programs as jobs, drivers that die, a daemon that dies."""
import atexit
import json
import os
import signal
import sqlite3
import subprocess
import tempfile
import time

from centre import Centre

top = tempfile.mkdtemp(prefix="mingyue-quantum-")
data = top + "/data"
os.mkdir(data)
# The shipped device, without the hours in which it is recalibrated or maintained: whatever the time of day is.
shipped = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../examples/qpus/lake-grid.yaml")
with open(shipped) as file, open(data + "/grid.yaml", "w") as copy:
    skipping = False
    for line in file:
        skipping = line.startswith(("recalibration:", "maintenance:")) or (skipping and line.startswith(" "))
        if not skipping:
            copy.write(line)
with open(data + "/centre.yaml", "w") as file:
    file.write("""
name: quantum
machine: {cores: auto}
qpus:
  - {name: ideal, device: ideal, pace: 0}
  - {name: second, device: ideal, pace: 0}
  - {name: grid, device: grid.yaml, pace: 0.001}
""")
centre = Centre(data)
atexit.register(lambda: centre.alive() and centre.kill())  # also when a check fails
centre.start()


def qpu(name):
    return next(one for one in centre.request("GET", "/v1/qpus")[1] if one["name"] == name)


def wait_for(what, condition, within=60):
    until = time.monotonic() + within
    while not condition():
        assert time.monotonic() < until, what
        time.sleep(0.05)


for name in ("ideal", "second", "grid"):
    wait_for(f"{name} is up", lambda: qpu(name)["state"] == "up")
shown = centre.cli("qpus").stdout
assert "ideal" in shown and "(simulated)" in shown, shown
print(shown)

# A circuit from a file: counts in every form.
with open(top + "/ghz.qasm", "w") as file:
    file.write('OPENQASM 2.0;\ninclude "qelib1.inc";\nqreg q[3];\ncreg c[3];\nh q[0];\ncx q[0],q[1];\ncx q[1],q[2];\n'
               'measure q -> c;\n')
said = centre.cli("submit", top + "/ghz.qasm", "--shots", "4000", "--device", "ideal", "--seed", "5", "--wait").stdout
job = said.split()[1]
result = json.loads(centre.cli("result", job, "--json").stdout)
assert set(result["counts"]) == {"000", "111"} and sum(result["counts"].values()) == 4000, result
assert abs(result["counts"]["000"] - 2000) < 200, result  # six standard deviations
assert result["device"] == "ideal" and result["seed"] == "5", result
assert "█" in centre.cli("result", job).stdout
assert centre.cli("result", job, "--csv").stdout.startswith("outcome,count\n000,")
again = centre.cli("submit", top + "/ghz.qasm", "--shots", "4000", "--device", "ideal", "--seed", "5", "--wait").stdout
assert json.loads(centre.cli("result", again.split()[1], "--json").stdout)["counts"] == result["counts"]

# On a device with errors: most shots are right, some are not, and the result says where it ran.
noisy = centre.cli("submit", top + "/ghz.qasm", "--shots", "2000", "--device", "grid", "--seed", "5", "--wait").stdout
noisy = json.loads(centre.cli("result", noisy.split()[1], "--json").stdout)
right = noisy["counts"]["000"] + noisy["counts"]["111"]
assert 0.4 * 2000 < right < 2000, noisy
assert len(noisy["layout"]) == 3 and len(noisy["measured"]) == 3 and noisy["calibration"], noisy
print(f"three qubits on the grid: {right / 20:.1f} % right, {100 * noisy['expected_success']:.1f} % expected")

# How well each qubit and each pair does, for a picture of the device.
told = centre.request("GET", "/v1/qpus/grid/calibration")[1]
assert told["shape"] == "grid" and told["calibration"] == noisy["calibration"], told["calibration"]
assert told["calibrated_at"] is None, told["calibrated_at"]  # this copy of the device never recalibrates
assert len(told["qubits"]) == qpu("grid")["qubits"] and len(told["pairs"]) > len(told["qubits"]), told
assert all(one["t1_us"] > 0 and 0 < one["readout_error"] < 1 and one["row"] is not None for one in told["qubits"])
assert all(0 < one["gate_error"] < 1 for one in told["pairs"])
assert centre.request("GET", "/v1/qpus/ideal/calibration")[1]["ideal"]

# A circuit as the body of a request, asked about and submitted.
text = open(top + "/ghz.qasm").read()
status, check = centre.request("POST", "/v1/jobs/check?device=ideal&shots=100", text, "text/x-qasm")
assert status == 200 and check["good"] and check["job"]["qubits"] == 3, check
status, posted = centre.request("POST", "/v1/jobs?device=ideal&shots=100&name=ghz", text, "text/x-qasm")
assert status == 201 and posted["name"] == "ghz", posted
wait_for("the posted circuit ends",
         lambda: centre.request("GET", f"/v1/jobs/{posted['id']}")[1]["job"]["state"] == "succeeded")
assert sum(int(n) for n in centre.request("GET", f"/v1/jobs/{posted['id']}/result")[1]["counts"].values()) == 100

# What cannot run is refused with the reason, at the place.
with open(top + "/bad.qasm", "w") as file:
    file.write('OPENQASM 3;\nqubit q;\nwobble q;\n')
bad = centre.cli("submit", top + "/bad.qasm", check=False)
assert bad.returncode != 0 and "wobble" in bad.stderr and ":3" in bad.stderr, bad.stderr
with open(top + "/large.qasm", "w") as file:
    file.write('OPENQASM 3;\nqubit[500] q;\nbit c;\nc = measure q[0];\n')
large = centre.cli("submit", top + "/large.qasm", check=False)
assert large.returncode != 0 and "500" in large.stderr and "72" in large.stderr, large.stderr

# A program in Python, through the shipped client; drivers are killed under it, and it does not notice.
with open(top + "/loop.py", "w") as file:
    file.write('''
import json, os, sys, time
sys.path.insert(0, os.environ["MINGYUE_CLIENTS"])
import mingyue_qpu
qpu = mingyue_qpu.connect()
turn = """OPENQASM 3;
include "stdgates.inc";
input float a;
qubit[1] q;
ry(a) q[0];
"""
times = []
for step in range(int(sys.argv[1])):
    a = 0.01 * step
    begin = time.perf_counter()
    ((value,),) = qpu.expectations(turn, [{"Z": 1.0}], [[a]], shots=0)
    times.append(time.perf_counter() - begin)
    import math
    assert abs(float(value) - math.cos(a)) < 1e-9, (step, value)
    time.sleep(float(sys.argv[2]))
times.sort()
print(json.dumps({"median_us": 1e6 * times[len(times) // 2], "p99_us": 1e6 * times[int(0.99 * len(times))], "steps": len(times)}))
''')


def loop(steps, pause, devices="[ideal, second]"):
    return centre.submit(f"kind: quantum\nwall: 10m\nqpu: {{qubits: 1, device: {devices}}}\n"
                         f"command: [python3, {top}/loop.py, '{steps}', '{pause}']\n")


def output(job):
    return centre.cli("logs", str(job)).stdout


job = loop(500, 0)
assert centre.cli("wait", str(job)).returncode == 0, output(job)
print("a Python loop on the ideal simulator:", output(job).strip())


def drivers():
    found = {}
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/stat") as file:
                parent = int(file.read().rsplit(")", 1)[1].split()[1])
            with open(f"/proc/{pid}/comm") as file:
                name = file.read().strip()
        except OSError:
            continue
        if parent == centre.process.pid and name.startswith("mingyue-qpu"):
            found[int(pid)] = name
    return found


job = loop(300, 0.01)
for _ in range(8):
    time.sleep(0.4)
    for pid in list(drivers())[:1]:
        os.kill(pid, signal.SIGKILL)
assert centre.cli("wait", str(job)).returncode == 0, output(job)
incidents = centre.request("GET", "/v1/incidents")[1]
assert any(one["kind"] == "qpu-failed" for one in incidents), incidents
print(f"drivers killed eight times: {len(incidents)} incidents, the program ended well:", output(job).strip())

# The daemon is killed under a running program: it goes on when the centre is there again.
job = loop(300, 0.01)
time.sleep(0.8)
centre.kill()
time.sleep(0.5)
centre.start()
assert centre.cli("wait", str(job)).returncode == 0, output(job)
print("daemon killed: the program ended well:", output(job).strip())

# Drained: a job that needs it waits, and says why.
centre.cli("qpu", "drain", "grid", "--reason", "warm")
waits = loop(1, 0, "[grid]")
wait_for("a reason", lambda: "warm" in centre.cli("why", str(waits)).stdout)
centre.cli("cancel", str(waits))
centre.cli("qpu", "resume", "grid")

# The ledger sums, to the millisecond, and the log replays.
status, ledger = centre.request("GET", "/v1/ledger?partition=qpus")
assert status == 200 and len(ledger["lines"]) == 3, ledger
for line in ledger["lines"]:
    assert sum(int(v) for v in line["classes"].values()) == int(line["capacity"]), line
assert int(next(l for l in ledger["lines"] if l["resource"] == "ideal")["classes"]["productive"]) > 0, ledger
centre.stop()
replay = centre.cli("twin", "replay", data, check=False)
assert replay.returncode == 0, replay.stdout + replay.stderr
print(replay.stdout.strip().splitlines()[-1])
