"""A centre over a real Slurm cluster: one queue for this machine, the cluster and quantum devices; work of others;
a partition in which Slurm's own queue decides; accounts; a daemon that dies."""
import json
import os
import subprocess
import time

from slurm_lab import Lab, check_ledger, check_replay, events, squeue

lab = Lab(nodes=3)
QPUS = "[{name: ideal, device: ideal, pace: 0}]"
USERS = """
  - {name: root, role: operator, account: nobody}
  - {name: gamer, account: games}
  - {name: ghost}
"""
centre, shared = lab.centre("led", qpus=QPUS, users=USERS)
centre.start()


def wait_for(what, condition, within=90):
    until = time.monotonic() + within
    while True:
        got = condition()
        if got:
            return got
        assert time.monotonic() < until, what
        time.sleep(0.1)


def node(name):
    return centre.request("GET", f"/v1/nodes/{name}")[1]


def job(number):
    return centre.request("GET", f"/v1/jobs/{number}")[1]["job"]


def ended(number, within=90):
    return wait_for(f"job {number} has ended: {job(number)}",
                    lambda: (lambda j: j if j["state"] not in ("queued", "starting", "running") else None)(job(number)),
                    within)


def run(document, user=None, within=90):
    headers = {}
    if user:
        token = json.loads(centre.cli("token", "issue", user, "--user", user, "--json").stdout)
        headers = {"Authorization": "Bearer " + token["secret"]}
    status, answer = centre.request("POST", "/v1/jobs", document, "application/yaml", headers)
    assert status == 201, (status, answer)
    return int(answer["id"]), ended(int(answer["id"]), within)


# --- one view
nodes = {one["name"]: one for one in centre.request("GET", "/v1/nodes")[1]}
assert {nodes[f"node{i}"]["engine"] for i in (1, 2, 3)} == {"big"}, nodes
assert (nodes["node1"]["cores"], nodes["node1"]["cards"], nodes["node1"]["card_type"]) == (8, 2, "a100"), nodes["node1"]
here = next(one for one in nodes.values() if one["engine"] == "")
assert not here["is_virtual"]
said = centre.cli("nodes").stdout
assert all(word in said for word in ("node1", "big", "local", "ideal")), said
print(said)
shown = wait_for("the engine answers", lambda: (lambda e: e if e["state"] == "up" and e["version"] and e["speaks"] else None)(
    centre.request("GET", "/v1/engines/big")[1]))
assert shown["version"].startswith("slurm ") and shown["speaks"].startswith("REST v0.0."), shown
print(centre.cli("engine", "show", "big").stdout)

# --- a gang over the cluster, as the account of its user, on the nodes of the plan
number, done = run("""name: gang
tasks: 3
cores: 5
memory: 1G
wall: 5m
command: [sh, -c, 'echo rank $RANK of $WORLD_SIZE on $(hostname) as $(id -un) master $MASTER_ADDR > rank-$RANK; cat rank-$RANK']
""")
assert done["state"] == "succeeded", done
ranks = sorted(open(f"{shared}/{number}.1/work/rank-{i}").read().strip() for i in range(3))
hosts = [line.split(" on ")[1].split()[0] for line in ranks]
assert sorted(hosts) == ["node1", "node2", "node3"] and all(" as nobody " in line for line in ranks), ranks
placed = next(e for e in events(centre) if e["type"] == "LeaseGranted")
output = centre.request("GET", f"/v1/jobs/{number}")[1]
assert output["attempts"][0]["nodes"] == hosts, (output["attempts"], hosts)
assert "rank 0 of 3" in centre.cli("logs", str(number)).stdout

# --- the same job documents run on this machine
_, done = run("name: small\npartition: here\nwall: 1m\ncommand: [hostname]\n")
assert done["state"] == "succeeded", done

# --- a gang on the cluster drives a quantum device of the centre
with open(shared + "/gang.py", "w") as file:
    file.write("""import os, mingyue_qpu
qpu = mingyue_qpu.connect()
result = qpu.run('OPENQASM 2.0; include "qelib1.inc"; qreg q[2]; creg c[2]; h q[0]; cx q[0],q[1]; measure q->c;', shots=200)
counts = result.circuits[0].outcomes[0].counts
assert set(counts) <= {"00", "11"} and sum(counts.values()) == 200, counts
print(os.uname().nodename, os.environ["MINGYUE_QPU_SOCKET"][:4], result.device)
""")
number, done = run(f"""name: hybrid
tasks: 2
cores: 8
wall: 5m
qpu: {{qubits: 2, technology: ideal}}
command: [/usr/bin/python3, {shared}/gang.py]
""")
assert done["state"] == "succeeded", (done, centre.cli("logs", str(number)).stdout)
lines = [open(f"{shared}/{number}.1/output/{i}.out").read().split() for i in range(2)]
assert len({line[0] for line in lines}) == 2 and {line[1] for line in lines} == {"tcp:"}, lines
metered = [e for e in events(centre) if e["type"] == "QpuMetered"]
assert metered, "the device's time is on nobody's bill"

# --- arrays, exit codes, limits, cancel
first = centre.submit("name: many\narray: 0-5\nwall: 5m\ncommand: [sh, -c, 'exit $(( MINGYUE_ARRAY_INDEX % 2 ))']\n")
states = [ended(first + i)["state"] for i in range(6)]
assert states == ["succeeded", "failed"] * 3, states
_, done = run("name: long\nwall: 3s\ncommand: [sleep, '100']\n")
assert done["state"] == "timed_out", done
number = centre.submit("name: cancelled\nwall: 5m\ncommand: [sleep, '100']\n")
wait_for("it runs", lambda: job(number)["state"] == "running")
assert squeue("-o", "%u %T").split() == ["nobody", "RUNNING"], squeue("-o", "%u %T")
centre.cli("cancel", str(number))
assert ended(number)["state"] == "cancelled"
wait_for("Slurm has nothing left", lambda: squeue() == "")

# --- an operator's scancel is an incident, and the job is tried again
number = centre.submit("name: shot\nwall: 5m\nretry: {attempts: 3, delay: 100ms}\n"
                       "command: [sh, -c, 'test $MINGYUE_ATTEMPT -gt 1 || sleep 100']\n")
wait_for("it runs", lambda: job(number)["state"] == "running")
subprocess.run(["scancel", squeue("-o", "%i").split()[0]], check=True)
assert ended(number)["state"] == "succeeded" and job(number)["attempts"] == 2, job(number)
incidents = centre.request("GET", "/v1/incidents")[1]
assert any("cancelled in Slurm, and not by the centre" in i["message"] for i in incidents), incidents

# --- accounts: each runs as its own, and who has none is told what to do
number, done = run("name: whose\nwall: 5m\ncommand: [id, -un]\n", user="gamer")
assert done["state"] == "succeeded" and "games" in centre.cli("logs", str(number)).stdout
assert os.stat(f"{shared}/{number}.1").st_uid == int(subprocess.check_output(["id", "-u", "games"]))
number, done = run("name: nobody-at-all\nwall: 5m\ncommand: [id]\n", user="ghost")
assert done["state"] == "failed" and "ghost" in done["reason"] and "account" in done["reason"], done
print("without an account:", done["reason"])

# --- others use a node by themselves: it is theirs, and planned around
theirs = subprocess.check_output(["sbatch", "--parsable", "-w", "node2", "-n", "6", "-t", "10", "-o", "/dev/null",
                                  "--wrap", "sleep 300"], cwd="/", text=True).strip()
wait_for("others are seen", lambda: node("node2")["cores_others"] == 6)
assert node("node2")["cores_free"] == 2 and node("node2")["others_until"], node("node2")
number = centre.submit("name: around\ntasks: 2\ncores: 6\nwall: 2m\ncommand: [hostname]\n")
assert ended(number)["state"] == "succeeded"
attempts = centre.request("GET", f"/v1/jobs/{number}")[1]["attempts"]
assert sorted(attempts[0]["nodes"]) == ["node1", "node3"], attempts
number = centre.submit("name: after-them\ntasks: 3\ncores: 6\nwall: 2m\ncommand: [hostname]\n")
why = wait_for("it is promised", lambda: (lambda w: w if w.get("expected_start") else None)(
    centre.request("GET", f"/v1/jobs/{number}/why")[1]))
print("behind others:", why["sentence"])
subprocess.run(["scancel", theirs], check=True)
assert ended(number)["state"] == "succeeded"
wait_for("others are gone", lambda: node("node2")["cores_others"] == 0)
assert any(line["resource"] == "cores" and int(line["classes"].get("others", 0)) > 0 for line in check_ledger(centre))

# --- they leave while the daemon is dead: it does not go on believing that they are there
theirs = subprocess.check_output(["sbatch", "--parsable", "-w", "node2", "-n", "6", "-t", "10", "-o", "/dev/null",
                                  "--wrap", "sleep 300"], cwd="/", text=True).strip()
wait_for("others are seen again", lambda: node("node2")["cores_others"] == 6)
centre.kill()
subprocess.run(["scancel", theirs], check=True)
wait_for("they are gone", lambda: squeue() == "")
centre.start()
wait_for("others are forgotten", lambda: node("node2")["cores_others"] == 0)

# --- a node dies under a gang: one outcome, an incident, the node is down; it comes back
number = centre.submit("name: loses-a-node\ntasks: 2\ncores: 6\nwall: 5m\nretry: {attempts: 3, delay: 100ms}\n"
                       "command: [sh, -c, 'test $MINGYUE_ATTEMPT -gt 1 || sleep 100']\n")
wait_for("it runs", lambda: job(number)["state"] == "running")
victim = job(number)["nodes"][0]
lab(f"node-kill {victim.removeprefix('node')}")
wait_for("the node is down", lambda: node(victim)["state"] == "down", 120)
done = ended(number, 180)
assert done["state"] == "succeeded", done
assert victim not in centre.request("GET", f"/v1/jobs/{number}")[1]["attempts"][-1]["nodes"]
lab(f"node-heal {victim.removeprefix('node')}")
wait_for("the node is back", lambda: node(victim)["state"] == "up", 120)

# --- the daemon dies and comes back: what runs is adopted, and runs once
number = centre.submit(f"name: adopted\nwall: 5m\ncommand: [sh, -c, 'echo begun >> {shared}/adopted; sleep 8']\n")
open(shared + "/adopted", "w").close()
os.chmod(shared + "/adopted", 0o666)
wait_for("it runs", lambda: job(number)["state"] == "running")
centre.kill()
centre.start()
assert ended(number)["state"] == "succeeded" and job(number)["attempts"] == 1, job(number)
assert open(shared + "/adopted").read() == "begun\n" or open(shared + "/adopted").read() == "", "it ran once"
check_ledger(centre)
centre.stop()
print("led:", check_replay(centre)["records"], "events, replayed")

# --- a partition in which Slurm's own queue decides
guest, shared = lab.centre("guest", partition="guest: true")
centre = guest
centre.start()
filler = subprocess.check_output(["sbatch", "--parsable", "-N", "3", "-n", "24", "-t", "10", "-o", "/dev/null", "--wrap",
                                  "sleep 300"], cwd="/", text=True).strip()
wait_for("the cluster is full", lambda: squeue("-j", filler, "-o", "%T").strip() == "RUNNING")
number = centre.submit("name: waits-there\ntasks: 2\ncores: 3\nwall: 2m\ncommand: [sh, -c, 'hostname; sleep 2']\n")
wait_for("it is in Slurm's queue", lambda: "PENDING" in squeue("-u", "nobody", "-o", "%T"))
why = centre.request("GET", f"/v1/jobs/{number}/why")[1]["sentence"]
assert "engine big" in why, why
print("guest:", why)
assert all(int(v) == 0 for line in json.loads(centre.cli("ledger", "--json").stdout) for k, v in line["classes"].items()
           if k in ("productive", "start")), "it holds nothing yet"
subprocess.run(["scancel", filler], check=True)
done = ended(number)
assert done["state"] == "succeeded", done
attempt = centre.request("GET", f"/v1/jobs/{number}")[1]["attempts"][0]
assert len(attempt["nodes"]) == 2 and set(attempt["nodes"]) <= {"node1", "node2", "node3"}, attempt
number = centre.submit("name: cancelled-there\ntasks: 3\ncores: 8\nwall: 2m\ncommand: [sleep, '60']\n")
wait_for("it runs", lambda: job(number)["state"] == "running")
late = centre.submit("name: behind\ncores: 8\nwall: 2m\ncommand: [sleep, '60']\n")
wait_for("it is in Slurm's queue", lambda: "PENDING" in squeue("-u", "nobody", "-o", "%T"))
centre.cli("cancel", str(late))
centre.cli("cancel", str(number))
assert ended(late)["state"] == ended(number)["state"] == "cancelled"
assert job(late)["started_at"] is None and job(number)["started_at"], (job(late), job(number))
check_ledger(centre)
centre.stop()
print("guest:", check_replay(centre)["records"], "events, replayed")
