"""1,000 short jobs on one real Slurm cluster, three ways: given to Slurm's own queue, to Mingyue (led: one of Slurm's
jobs for each), and to Mingyue with pilots. Prints for each: jobs a second from the first submission to the last end,
that time, and the use of the nodes' cores by the jobs' own work.

    MINGYUE=build/bench/bin/mingyue python3 bench/slurm_side_by_side.py [JOBS] [SECONDS] [NODES] [CORES]

Needs root and the packages of packages/test.txt. Slurm's jobs are given by as many sbatch at once as there are CPUs, or
through slurmrestd; all ways submit as fast as they can. Goals: never slower than Slurm alone (the faster of the two), with
pilots at least five times as fast.

The cluster, the centre and who submits share this machine's CPUs, which is what limits all four ways. So each is told with
the CPU time that it took of them for a job, which does not depend on what else the machine does: of the cluster (Slurm's
daemons, and what runs on the nodes), of the centre, and of who submits."""
import http.client
import json
import os
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../tests/e2e"))
from slurm_lab import Lab, cpu_seconds_below, squeue  # noqa: E402

JOBS = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
SECONDS = float(sys.argv[2]) if len(sys.argv) > 2 else 0.1
NODES = int(sys.argv[3]) if len(sys.argv) > 3 else 4
CORES = int(sys.argv[4]) if len(sys.argv) > 4 else 8

# Slurm as its own guide for high throughput has it: no waiting between steps of its loop, and jobs that are over soon
# forgotten, lest one way pay for looking at those of another.
lab = Lab(nodes=NODES, cores=CORES, conf="MaxJobCount=100000\nSchedulerParameters=defer,batch_sched_delay=1,"
                                         "sched_min_interval=200000,bf_interval=5\nMinJobAge=30\n")
work = f"sleep {SECONDS}"


def cluster_cpu():
    with open(lab.folder + "/run/hub.pid") as file:
        return cpu_seconds_below(int(file.read().split()[0]))


def own_cpu():
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


class Measured:
    """From the first submission to the last end, of one of the ways."""

    def __init__(self, way, daemon=None):
        self.way, self.daemon = way, daemon
        self.cluster, self.own = cluster_cpu(), own_cpu()
        self.centre = cpu_seconds_below(daemon) if daemon else 0
        self.begun = time.monotonic()

    def end(self, ended):
        took = ended - self.begun
        use = JOBS * SECONDS / (took * NODES * CORES)
        cluster = (cluster_cpu() - self.cluster) * 1000 / JOBS
        centre = (cpu_seconds_below(self.daemon) - self.centre) * 1000 / JOBS if self.daemon else 0
        own = (own_cpu() - self.own) * 1000 / JOBS
        self.cpu_ms = cluster + centre + own
        print(f"{self.way:<26} {JOBS / took:7.1f} jobs/s {took:7.1f} s to the last end {100 * use:6.1f} % of the cores   CPU ms a "
              f"job: {self.cpu_ms:6.1f} = cluster {cluster:.1f} + centre {centre:.1f} + who submits {own:.1f}", flush=True)
        self.rate = JOBS / took
        return self


def in_threads(count, each):
    """each(i) for i in range(JOBS), by so many threads."""
    numbers = iter(range(JOBS))
    lock = threading.Lock()

    def loop():
        while True:
            with lock:
                i = next(numbers, None)
            if i is None:
                return
            each(i)

    threads = [threading.Thread(target=loop) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def slurm_is_done():
    while squeue("-u", "nobody", "-t", "pending,running,completing,configuring"):
        time.sleep(0.5)


def slurm_alone_rest():
    token = subprocess.check_output(["scontrol", "token", "username=root", "lifespan=3600"], text=True).strip().split("=")[1]
    local = threading.local()
    body = json.dumps({"script": f"#!/bin/sh\n{work}\n",
                       "job": {"name": "short", "ntasks": 1, "memory_per_node": 64, "time_limit": 5,
                               "current_working_directory": "/", "standard_output": "/dev/null",
                               "environment": {"PATH": "/usr/bin:/bin"}}})

    def submit(_):
        if not hasattr(local, "connection"):
            local.connection = http.client.HTTPConnection(f"{lab.net}.1", 6820, timeout=60)
        local.connection.request("POST", "/slurm/v0.0.38/job/submit", body, {
            "Content-Type": "application/json", "X-SLURM-USER-NAME": "nobody", "X-SLURM-USER-TOKEN": token})
        answer = json.loads(local.connection.getresponse().read())
        assert answer.get("job_id", 0) > 0, answer

    measured = Measured("Slurm alone (slurmrestd)")
    in_threads(8, submit)
    slurm_is_done()
    return measured.end(time.monotonic())


def slurm_alone_sbatch():
    def submit(_):
        subprocess.run(["sbatch", "-Q", "--uid=nobody", "-n1", "--mem=64", "-t5", "-o/dev/null", "--wrap", work], check=True,
                       cwd="/", stdout=subprocess.DEVNULL)

    measured = Measured("Slurm alone (sbatch)")
    in_threads(2 * (os.cpu_count() or 1), submit)
    slurm_is_done()
    return measured.end(time.monotonic())


def mingyue(name, pilots):
    centre, _ = lab.centre(name, engine=f"pilots: {'true' if pilots else 'false'}")
    centre.start()
    while centre.request("GET", "/v1/engines/big")[1]["speaks"] == "":
        time.sleep(0.1)
    document = f"name: short\nwall: 5m\nmemory: 64M\ncommand: [sleep, '{SECONDS}']\n"
    measured = Measured("Mingyue, with pilots" if pilots else "Mingyue, led", centre.process.pid)
    in_threads(8, lambda _: centre.submit(document))
    while centre.request("GET", "/v1/jobs?limit=1")[1]:
        time.sleep(0.5)
    ended = time.monotonic()
    jobs = centre.jobs()
    assert len(jobs) == JOBS and all(job["state"] == "succeeded" for job in jobs.values()), \
        {job["state"] for job in jobs.values()}
    while not pilots and squeue("-t", "pending,running,completing"):
        time.sleep(0.5)  # what Slurm still does for them is theirs
    measured.end(ended)
    centre.stop()
    while squeue("-t", "pending,running,completing"):
        time.sleep(0.5)
    return measured


print(f"{JOBS} jobs of {SECONDS} s on {NODES} nodes x {CORES} cores, all on this machine of {os.cpu_count()} CPUs")
ways = [slurm_alone_sbatch(), slurm_alone_rest()]
alone = max(ways, key=lambda one: one.rate)
led = mingyue("led", False)
piloted = mingyue("piloted", True)
print(f"led / Slurm alone       {led.rate / alone.rate:6.2f} in jobs a second (goal: at least 1), "
      f"{alone.cpu_ms / led.cpu_ms:6.2f} in jobs a CPU second")
print(f"pilots / Slurm alone    {piloted.rate / alone.rate:6.2f} in jobs a second (goal: at least 5), "
      f"{alone.cpu_ms / piloted.cpu_ms:6.2f} in jobs a CPU second")
