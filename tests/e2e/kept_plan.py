"""A queue so long that its plan is kept and repaired (decision 7), on a live centre of virtual nodes, with real processes:
steps are taken, who comes late is told why they wait, a kill -9 costs nothing, everything ends, and the log replayed takes
the same steps."""
import json
import os
import re
import shutil
import tempfile
import time

from centre import Centre

ELEMENTS = 1500  # of each of two arrays: more than 2,000 wait throughout
top = tempfile.mkdtemp(prefix="mingyue-kept-plan-")
centre_file = top + "/centre.yaml"
with open(centre_file, "w") as file:
    file.write("""name: kept-plan
nodes:
  - {name: "v[001-160]", cores: 1, memory: 1G, virtual: true, partition: main}
  - {name: "s[1-2]", cores: 4, memory: 4G, virtual: true, partition: small}
partitions:
  - {name: main}
  - {name: small}
machine: none
""")
centre = Centre(top + "/data", "--centre", centre_file)
centre.start()


def submit(lines):
    return centre.submit("\n".join(["wall: 10m", "partition: main", "memory: 8M", *lines]) + "\n")


# In a quiet centre: that a job has started is news for who waits `after` it, although nothing else happens.
begun = time.monotonic()
long_one = submit(["command: [sleep, '40']"])
after_it = submit(["command: ['true']", f"after: [{long_one}]"])
while centre.request("GET", f"/v1/jobs/{after_it}")[1]["job"]["state"] != "succeeded":
    assert time.monotonic() - begun < 20, centre.request("GET", f"/v1/jobs/{after_it}/why")
    time.sleep(0.1)
centre.request("POST", f"/v1/jobs/{long_one}/cancel")

# Most of it waits, and is cancelled in the end: at most 160 processes sleep.
sleeps = [f"array: 0-{ELEMENTS - 1}", "command: [sh, -c, 'sleep $((5 + MINGYUE_JOB_ID % 50))']"]
first = submit(sleeps)
second = submit(sleeps)


def plans():
    """How many whole plans and how many steps are in the log, and the most steps from one."""
    whole = steps = most = 0
    seq = 1
    while True:
        status, page = centre.request("GET", f"/v1/events?from={seq}&limit=1000")
        assert status == 200, page
        if not page:
            return whole, steps, most
        for event in page:
            seq = int(event["seq"]) + 1
            if event["type"] != "PlanMade":
                continue
            step = re.match(r"step (\d+) of", event["summary"])
            whole += 0 if step else 1
            steps += 1 if step else 0
            most = max(most, int(step.group(1)) if step else 0)


late, cancelled, killed = [], 0, False
until = time.monotonic() + 150
while True:
    late.append(submit(["command: ['true']", f"tasks: {2 + len(late) % 3}"]))
    centre.request("POST", f"/v1/jobs/{second + ELEMENTS - 1 - cancelled}/cancel")
    cancelled += 1
    time.sleep(0.25)
    whole, steps, most = plans()
    if steps >= 60 and not killed:
        centre.kill()
        centre.start()
        killed = True
    if killed and steps >= 120 and len(late) >= 20:
        break
    assert time.monotonic() < until, f"{whole} whole plans, {steps} steps"

# Who has just come is told why they wait, and when they start.
newest = submit(["command: ['true']", "tasks: 5"])
for _ in range(100):
    status, job = centre.request("GET", f"/v1/jobs/{newest}/why")
    assert status == 200, job
    if job.get("expected_start"):
        break
    time.sleep(0.1)
assert job.get("expected_start") and job["sentence"], job
print("why:", job["sentence"])

for job_id, job in centre.jobs().items():
    if job_id not in late and job_id != newest and job["state"] in ("queued", "starting", "running"):
        centre.request("POST", f"/v1/jobs/{job_id}/cancel")
until = time.monotonic() + 120
while any(job["state"] in ("queued", "starting", "running") for job in centre.jobs().values()):
    assert time.monotonic() < until, "jobs have not ended"
    time.sleep(0.3)
jobs = centre.jobs()
assert all(jobs[job]["state"] == "succeeded" for job in late + [newest]), [jobs[job] for job in late]

centre.stop()
replayed = json.loads(centre.cli("twin", "replay", "--json").stdout)
assert replayed["same"] and str(replayed["as_recorded"]) == "0", replayed
print(f"{len(jobs)} jobs; while more than 2,000 waited {whole} whole plans, {steps} steps from them, at most {most} from "
      f"one; replayed, {replayed['records']} records")
shutil.rmtree(top)
