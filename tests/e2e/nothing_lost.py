"""Nothing lost: hundreds of jobs, gangs, arrays and dependencies on a live centre whose daemon is killed with SIGKILL at
random moments. Afterwards every acknowledged job has exactly one outcome, no attempt was started twice, no process is
left, the chain holds, the ledger sums to capacity, and the log replayed gives the same state."""
import json
import os
import random
import shutil
import sys
import tempfile
import threading
import time

from centre import Centre, processes_with

KILLS = int(os.environ.get("MINGYUE_KILLS", "25"))
SEED = int(os.environ.get("MINGYUE_SEED", "1"))
draw = random.Random(SEED)

top = tempfile.mkdtemp(prefix="mingyue-nothing-lost-")
starts = top + "/starts"
os.mkdir(starts)
marker = "MARK_NOTHING_LOST=" + os.path.basename(top)

centre_file = top + "/centre.yaml"
with open(centre_file, "w") as file:
    file.write("""name: nothing-lost
nodes:
  - {name: "v[01-08]", cores: 4, memory: 8G, virtual: true, partition: main}
machine: none
""")

# Each start of a task appends a line: two lines of one attempt and task would be a second start.
WORK = 'echo "$MINGYUE_JOB_ID.$MINGYUE_ATTEMPT.$MINGYUE_TASK" >> %s/$MINGYUE_JOB_ID; sleep %.2f; exit %d'


def document(i, ids):
    code = 0 if draw.random() < 0.9 else draw.choice([1, 93])
    lines = [f"name: job-{i}", "wall: 5m", f"environment: {{{marker.replace('=', ': ')}}}",
             "retry: {attempts: 2, delay: 100ms}", "memory: 64M",
             "command: [sh, -c, " + json.dumps(WORK % (starts, draw.uniform(0, 0.6), code)) + "]"]
    kind = draw.random()
    if kind < 0.2:
        lines.append(f"tasks: {draw.randint(2, 6)}")
    elif kind < 0.35:
        lines.append(f"array: 0-{draw.randint(1, 5)}")
    if ids and draw.random() < 0.3:
        lines.append(f"{draw.choice(['after-ok', 'after-any', 'after'])}: [{draw.choice(ids)}]")
    return "\n".join(lines) + "\n"


centre = Centre(top + "/data", "--centre", centre_file)
centre.start()
ids, done_submitting = [], threading.Event()


def submit_all():
    for i in range(250):
        ids.append(centre.submit(document(i, ids)))
        time.sleep(draw.uniform(0, 0.12))
    done_submitting.set()


submitter = threading.Thread(target=submit_all, daemon=True)
submitter.start()
kills = 0
chooser = random.Random(SEED + 1)
while kills < KILLS:
    time.sleep(chooser.uniform(0.02, 1.2))
    centre.kill()
    kills += 1
    centre.start()
submitter.join(timeout=240)
assert done_submitting.is_set(), "submissions did not all come through"

deadline = time.monotonic() + 240
while True:
    jobs = centre.jobs()
    open_jobs = [job for job in jobs.values() if job["state"] in ("held", "queued", "starting", "running")]
    if not open_jobs:
        break
    assert time.monotonic() < deadline, f"{len(open_jobs)} jobs have not ended: {open_jobs[:3]}"
    time.sleep(0.3)

# Every acknowledged job has exactly one outcome, also each element of an array.
for job_id in ids:
    assert job_id in jobs, f"job {job_id} was acknowledged and is gone"
status, events = 0, []
ends, granted, seq = {}, {}, 1
while True:
    status, page = centre.request("GET", f"/v1/events?from={seq}&limit=1000")
    assert status == 200, page
    if not page:
        break
    for event in page:
        seq = int(event["seq"]) + 1
        if event["type"] == "JobEnded":
            ends[int(event["job"])] = ends.get(int(event["job"]), 0) + 1
        if event["type"] == "LeaseGranted":
            granted[int(event["job"])] = granted.get(int(event["job"]), 0) + 1
for job_id in jobs:
    assert ends.get(job_id) == 1, f"job {job_id} has {ends.get(job_id, 0)} outcomes"

# No attempt was started twice: the jobs themselves counted.
started = 0
for name in os.listdir(starts):
    with open(f"{starts}/{name}") as file:
        lines = file.read().split()
    started += len(lines)
    assert len(lines) == len(set(lines)), f"job {name} was started twice: {sorted(lines)}"
    assert max(int(line.split(".")[1]) for line in lines) <= granted[int(name)], f"job {name} ran an attempt that was never granted"
for job_id, job in jobs.items():
    if job["state"] == "succeeded":
        assert os.path.exists(f"{starts}/{job_id}"), f"job {job_id} succeeded and never ran"

# The ledger sums to capacity, to the millisecond.
lines = json.loads(centre.cli("ledger", "--json").stdout)
assert lines, "the ledger is empty"
for line in lines:
    assert int(line["capacity"]) == sum(int(v) for v in line["classes"].values()), line
    assert int(line["capacity"]) > 0

# No process is orphaned.
time.sleep(0.5)
left = processes_with(marker)
assert not left, f"processes are left: {left}"

centre.stop()
verified = json.loads(centre.cli("log", "verify", "--json").stdout)
replayed = json.loads(centre.cli("twin", "replay", "--json").stdout)
assert replayed["same"] and str(replayed["as_recorded"]) == "0", replayed
assert verified["sound"] and verified["state_hash"], verified
outcomes = {}
for job in jobs.values():
    outcomes[job["state"]] = outcomes.get(job["state"], 0) + 1
print(f"{len(jobs)} jobs ({len(ids)} submissions), {sum(granted.values())} attempts, {started} task starts, {kills} kills -9, "
      f"{verified['records']} events; outcomes {outcomes}; state {verified['state_hash'][:16]}")
shutil.rmtree(top)
sys.exit(0)
