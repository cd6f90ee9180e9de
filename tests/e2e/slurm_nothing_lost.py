"""Nothing lost, over a real Slurm cluster: hundreds of jobs, gangs, arrays and dependencies while the daemon, nodes,
slurmctld and slurmrestd are killed at random. Afterwards every acknowledged job has exactly one outcome, no attempt was
started twice, no two attempts of a job ran at the same time, Slurm has nothing left of ours, the ledger sums to
capacity, and the log replays."""
import json
import os
import random
import subprocess
import threading
import time

from slurm_lab import Lab, check_ledger, check_replay, events, squeue

ROUNDS = int(os.environ.get("MINGYUE_KILLS", "14"))
SEED = int(os.environ.get("MINGYUE_SEED", "1"))
JOBS = int(os.environ.get("MINGYUE_JOBS", "200"))
draw = random.Random(SEED)
NODES = 4

lab = Lab(nodes=NODES)
centre, shared = lab.centre("lossless")
starts = shared + "/starts"
os.mkdir(starts)
os.chmod(starts, 0o1777)

# Each start of a task appends a line: two lines of one attempt and task would be a second start. All nodes of the lab
# have one kernel, and a lock dies with whoever holds it: whom it is refused runs beside another attempt.
WORK = """exec 9>>%(to)s/$MINGYUE_JOB_ID.$MINGYUE_TASK.lock; flock -n 9 || echo $MINGYUE_JOB_ID.$MINGYUE_ATTEMPT.$MINGYUE_TASK >> %(to)s/twice
echo $MINGYUE_JOB_ID.$MINGYUE_ATTEMPT.$MINGYUE_TASK >> %(to)s/$MINGYUE_JOB_ID
sleep %(time).2f; exit %(code)d"""


def document(i, ids):
    code = 0 if draw.random() < 0.92 else draw.choice([1, 93])
    work = WORK % {"to": starts, "time": draw.uniform(0, 3), "code": code}
    lines = [f"name: job-{i}", "wall: 5m", "retry: {attempts: 6, delay: 100ms}", "memory: 64M",
             "command: [bash, -c, " + json.dumps(work) + "]"]
    kind = draw.random()
    if kind < 0.2:
        lines += [f"tasks: {draw.randint(2, 6)}", f"cores: {draw.randint(1, 4)}"]
    elif kind < 0.35:
        lines.append(f"array: 0-{draw.randint(1, 4)}")
    if ids and draw.random() < 0.2:
        lines.append(f"{draw.choice(['after-ok', 'after-any', 'after'])}: [{draw.choice(ids)}]")
    return "\n".join(lines) + "\n"


def resume_drained():
    """What an operator does after slurmctld was killed: it forgets the newest jobs, gives their numbers again, and drains
    the nodes that still have them (`Duplicate jobid`)."""
    for line in subprocess.run(["sinfo", "-h", "-N", "-o", "%N %T"], text=True, capture_output=True).stdout.splitlines():
        name, state = line.split()
        if state.startswith("drain"):
            subprocess.run(["scontrol", "update", f"NodeName={name}", "State=RESUME"], check=False)


centre.start()
ids, submitted = [], threading.Event()


def submit_all():
    for i in range(JOBS):
        ids.append(centre.submit(document(i, ids)))
        time.sleep(draw.uniform(0, 0.4))
    submitted.set()


threading.Thread(target=submit_all, daemon=True).start()
chooser = random.Random(SEED + 1)
done = []
for _ in range(ROUNDS):
    time.sleep(chooser.uniform(0.5, 4))
    what = chooser.choice(["daemon", "daemon", "node", "slurmctld", "slurmrestd", "slurmd"])
    done.append(what)
    if what == "daemon":
        centre.kill()
        time.sleep(chooser.uniform(0, 2))
        centre.start()
    elif what == "node":
        node = chooser.randint(1, NODES)
        lab(f"node-kill {node}")
        time.sleep(chooser.uniform(0, 12))
        lab(f"node-heal {node}")
    elif what == "slurmd":
        node = chooser.randint(1, NODES)
        lab(f"daemon-kill slurmd@{node}")
        lab(f"daemon-start slurmd@{node}")
    else:
        lab(f"daemon-kill {what}")
        time.sleep(chooser.uniform(0, 5))
        lab(f"daemon-start {what}")
    print(f"{len(ids)} jobs submitted; killed: {what}", flush=True)
    resume_drained()
assert submitted.wait(timeout=300), "submissions did not all come through"

deadline = time.monotonic() + 420
while True:
    jobs = centre.jobs()
    left = [job for job in jobs.values() if job["state"] in ("held", "queued", "starting", "running")]
    if not left:
        break
    resume_drained()
    if time.monotonic() > deadline:
        raise AssertionError(f"{len(left)} jobs have not ended: {left[:3]}; Slurm: {squeue()}; "
                             f"the centre: {centre.cli('nodes').stdout} {centre.cli('engine', 'show', 'big').stdout}")
    time.sleep(1)

for number in ids:
    assert number in jobs, f"job {number} was acknowledged and is gone"
ends, granted = {}, {}
for event in events(centre):
    if event["type"] == "JobEnded":
        ends[int(event["job"])] = ends.get(int(event["job"]), 0) + 1
    if event["type"] == "LeaseGranted":
        granted[int(event["job"])] = granted.get(int(event["job"]), 0) + 1
for number in jobs:
    assert ends.get(number) == 1, f"job {number} has {ends.get(number, 0)} outcomes"

started = 0
for name in os.listdir(starts):
    if name.endswith(".lock") or name == "twice":
        continue
    with open(f"{starts}/{name}") as file:
        lines = file.read().split()
    started += len(lines)
    assert len(lines) == len(set(lines)), f"job {name} was started twice: {sorted(lines)}"
    assert max(int(line.split(".")[1]) for line in lines) <= granted[int(name)], f"job {name} ran an attempt that was never granted"
assert not os.path.exists(starts + "/twice"), "ran beside another attempt: " + open(starts + "/twice").read()
for number, job in jobs.items():
    if job["state"] == "succeeded":
        assert os.path.exists(f"{starts}/{number}"), f"job {number} succeeded and never ran"

check_ledger(centre)
until = time.monotonic() + 60
while squeue("-t", "running,pending,completing,suspended"):
    assert time.monotonic() < until, "Slurm still has: " + squeue()
    time.sleep(1)
centre.stop()
verified = check_replay(centre)
outcomes = {}
for job in jobs.values():
    outcomes[job["state"]] = outcomes.get(job["state"], 0) + 1
print(f"{len(jobs)} jobs ({len(ids)} submissions), {sum(granted.values())} attempts, {started} task starts; killed "
      f"{', '.join(done)}; {verified['records']} events; outcomes {outcomes}; state {verified['state_hash'][:16]}")
