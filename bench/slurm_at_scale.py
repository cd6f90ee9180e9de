"""A real Slurm that knows 1,250 nodes and holds 10,000 jobs, seen through a centre: what each look at it costs, and whether
those who use the centre feel it.

    MINGYUE=build/bench/bin/mingyue python3 bench/slurm_at_scale.py [JOBS] [NODES] [SECONDS]

Needs root and the packages of packages/cluster.txt. The nodes beyond the first are declared and down: nothing runs on them,
and Slurm and the centre list them like any other. The jobs are the centre's own, in a guest partition: each is tracked, and
all of them wait for one that has the whole first node. Goal: looking takes at most a twentieth of a core, and a request to the centre takes as
long as before."""
import os
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../tests/e2e"))
from slurm_lab import Lab, cpu_seconds_below, squeue  # noqa: E402

JOBS = int(sys.argv[1]) if len(sys.argv) > 1 else 10000
NODES = int(sys.argv[2]) if len(sys.argv) > 2 else 1250
SECONDS = int(sys.argv[3]) if len(sys.argv) > 3 else 30

lab = Lab(nodes=1, cores=8, cards=0, conf=f"""MaxJobCount=100000
SchedulerParameters=defer,batch_sched_delay=1,sched_min_interval=1000000,bf_interval=30
NodeName=far[2-{NODES}] NodeAddr=127.0.0.1 State=DOWN Reason=declared
""")
centre, _ = lab.centre("scale", partition="guest: true")
centre.start()
while centre.request("GET", "/v1/engines/big")[1]["speaks"] == "":
    time.sleep(0.1)


def round_trips(count=200):
    """Of a job for the centre's own machine, from the request to the answer: milliseconds, the middle one and the 99th of a
    hundred."""
    took = []
    for i in range(count):
        begun = time.monotonic()
        centre.submit("name: small\npartition: here\nwall: 1m\ncommand: ['true']\n")
        took.append(1000 * (time.monotonic() - begun))
        time.sleep(0.01)
    took.sort()
    return took[count // 2], took[count * 99 // 100]


def measured(what):
    begun, spent = time.monotonic(), cpu_seconds_below(centre.process.pid)
    time.sleep(SECONDS)
    share = (cpu_seconds_below(centre.process.pid) - spent) / (time.monotonic() - begun)
    middle, late = round_trips()
    print(f"{what:<22} the centre and its squeue, sinfo: {100 * share:5.2f} % of a core   a job is taken in {middle:.1f} ms, "
          f"{late:.1f} ms of 99 in a hundred", flush=True)
    return share


print(f"Slurm with {NODES} nodes; the centre's looks are a second apart", flush=True)
idle = measured("no job")
centre.submit("name: first\npartition: batch\nwall: 1h\ncores: 8\ncommand: [sleep, '3600']\n")
while "R" not in squeue("-o", "%t"):
    time.sleep(0.1)
begun = time.monotonic()
numbers = iter(range(JOBS))
lock = threading.Lock()


def submit():
    while True:
        with lock:
            i = next(numbers, None)
        if i is None:
            return
        centre.submit(f"name: waits-{i}\npartition: batch\nwall: 5m\nmemory: 64M\ncommand: [sleep, '1']\n")


threads = [threading.Thread(target=submit) for _ in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
taken = time.monotonic() - begun
while len(squeue("-o", "%i").splitlines()) < JOBS:
    time.sleep(1)
print(f"{JOBS} jobs were taken in {taken:.0f} s, and were Slurm's after {time.monotonic() - begun:.0f} s", flush=True)
time.sleep(15)  # what is new is looked after more closely
busy = measured(f"{JOBS} jobs in Slurm")
print(f"looking at {JOBS} jobs takes {100 * (busy - idle):.2f} % of a core more   (goal: at most 5)")
begun = time.monotonic()
squeue("--states=all", "-o", "%i|%T|%N|%r|%k")
print(f"one squeue of them: {1000 * (time.monotonic() - begun):.0f} ms")
