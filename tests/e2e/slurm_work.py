"""Real work on a real Slurm cluster: an MPI simulation on four nodes, and a training of four ranks that loses a node in
the middle; a spare takes over, and it goes on from its checkpoint with the very numbers of a run that nobody disturbed."""
import os
import shutil
import subprocess
import time

from slurm_lab import Lab, check_ledger, check_replay, skip

RECIPES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../recipes")
if shutil.which("lmp") is None:
    skip("LAMMPS is not installed (packages/cluster.txt)")
if subprocess.run(["/usr/bin/python3", "-c", "import torch"], capture_output=True).returncode != 0:
    skip("torch is not installed (packages/cluster.txt)")

lab = Lab(nodes=5)
centre, shared = lab.centre("work", partition="spares: 1, spares-for: 4")
centre.start()


def folder(name, recipe):
    """A copy of a recipe where all nodes see it, of the account that runs there."""
    to = f"{shared}/{name}"
    shutil.copytree(f"{RECIPES}/{recipe}", to)
    subprocess.run(["chown", "-R", "nobody", to], check=True)
    return to


def job(number):
    return centre.request("GET", f"/v1/jobs/{number}")[1]


def wait(what, condition, within):
    until = time.monotonic() + within
    while not condition():
        assert time.monotonic() < until, what()
        time.sleep(0.2)


def ended(number, within=300):
    wait(lambda: f"job {number} has not ended: {job(number)}",
         lambda: job(number)["job"]["state"] not in ("queued", "starting", "running"), within)
    return job(number)


# --- MPI: four ranks of one program, each on a node of its own, started by srun with PMIx
lattice = folder("lattice", "tungsten-lattice")
number = centre.submit(open(f"{RECIPES}/tungsten-lattice/cluster.yaml").read().replace("FOLDER", lattice))
done = ended(number)
assert done["job"]["state"] == "succeeded", (done, centre.cli("logs", str(number)).stdout[-2000:])
nodes = done["attempts"][0]["nodes"]
assert len(set(nodes)) == 4, nodes
log = open(lattice + "/lattice.log").read()
assert "MPI processor grid" in log and " 1 by 2 by 2 MPI" in log, log[:2000]
values = dict(line.split() for line in open(lattice + "/lattice.txt"))
assert abs(float(values["a0"]) - 3.165) < 0.005, values
print(f"tungsten on {', '.join(nodes)}: a0 {float(values['a0']):.5f} Å (reference 3.165 ± 0.005), four MPI ranks")

# --- training: four ranks; one of their nodes dies
model = folder("model", "small-language-model")
document = open(f"{RECIPES}/small-language-model/cluster.yaml").read().replace("FOLDER", model)
calm = centre.submit(document.replace("LOSSES", "losses-calm.txt"))
assert ended(calm, 600)["job"]["state"] == "succeeded", centre.cli("logs", str(calm)).stdout[-2000:]
hit = centre.submit(document.replace("LOSSES", "losses-hit.txt"))
wait(lambda: f"it does not come to step 90: {job(hit)}",
     lambda: int((job(hit)["job"]["progress"] or {"step": 0})["step"]) >= 90, 600)
before = job(hit)["attempts"][0]["nodes"]
victim = before[1]
lab(f"node-kill {victim.removeprefix('node')}")
done = ended(hit, 900)
assert done["job"]["state"] == "succeeded", (done, centre.cli("logs", str(hit)).stdout[-2000:])
after = done["attempts"][1]["nodes"]
spare = set(after) - set(before)
assert len(done["attempts"]) == 2 and victim not in after and len(spare) == 1, (before, after)


def losses(name):
    """The last word on each step, and the attempts that spoke."""
    steps, attempts, rest = {}, {}, {}
    for line in open(f"{model}/{name}"):
        words = line.split()
        if len(words) == 3:
            steps[int(words[1])] = words[2]
            attempts.setdefault(int(words[0]), []).append(int(words[1]))
        else:
            rest[words[0]] = words[1]
    return steps, attempts, rest


calm_steps, _, calm_rest = losses("losses-calm.txt")
hit_steps, hit_attempts, hit_rest = losses("losses-hit.txt")
resumed = min(hit_attempts[2])
assert resumed > 40, f"it began again from step {resumed}"
assert hit_steps == calm_steps and hit_rest == calm_rest, "the numbers differ from the undisturbed run's"
incidents = centre.request("GET", "/v1/incidents")[1]
assert any(i["kind"] == "node-lost" for i in incidents), incidents
print(f"training: {victim} died at step {max(hit_attempts[1])}, spare {spare.pop()} took over, resumed at step {resumed}; all "
      f"{len(hit_steps)} losses and the held-out loss {float(hit_rest['held_out']):.4f} are those of the undisturbed run")

check_ledger(centre)
centre.stop()
check_replay(centre)
