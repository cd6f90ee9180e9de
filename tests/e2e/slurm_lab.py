"""A real Slurm cluster on this machine for end-to-end tests (tests/support/slurm/slurm-lab), and a centre over it."""
import atexit
import json
import os
import shutil
import subprocess
import sys
import tempfile

from centre import Centre

LAB = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support/slurm/slurm-lab")
SKIPPED = 77  # ctest's SKIP_RETURN_CODE


def skip(why):
    print("skipped: " + why)
    sys.exit(SKIPPED)


class Lab:
    """up N nodes; down when the test ends, however it ends."""

    def __init__(self, nodes, cores=8, cards=2, conf=""):
        if os.geteuid() != 0:
            skip("a real Slurm needs root for its namespaces")
        if not os.access("/usr/sbin/slurmctld", os.X_OK):
            skip("slurmctld is not installed (packages/cluster.txt)")
        if subprocess.run(["unshare", "--net", "--pid", "--mount", "--uts", "--ipc", "--fork", "true"],
                          capture_output=True).returncode != 0:
            skip("this machine lets nobody make namespaces")
        self.top = tempfile.mkdtemp(prefix="mingyue-slurm-")
        os.chmod(self.top, 0o755)
        self.folder = self.top + "/lab"
        self.net = self._free_network()
        alive = self.top + "/alive"
        os.mkfifo(alive)
        self._alive = os.open(alive, os.O_RDWR | os.O_CLOEXEC)  # the lab ends with this process, also one that is killed
        os.environ.update(SLURM_LAB_DIR=self.folder, SLURM_LAB_NET=self.net, SLURM_LAB_CPUS=str(cores),
                          SLURM_LAB_GPUS=str(cards), SLURM_LAB_GRES="", SLURM_LAB_WHILE=alive,
                          SLURM_LAB_NODE_TIMEOUT="5", SLURM_LAB_TIMEOUT="240",
                          SLURM_CONF=self.folder + "/etc/slurm.conf")
        if conf:
            with open(self.top + "/conf", "w") as file:
                file.write(conf)
            os.environ["SLURM_LAB_CONF"] = self.top + "/conf"
        atexit.register(self._down)
        self(f"up {nodes}")

    @staticmethod
    def _free_network():
        taken = subprocess.run(["ip", "-o", "addr"], text=True, capture_output=True).stdout
        for i in range(200):
            net = f"10.215.{(os.getpid() + i) % 250}"
            if f" {net}." not in taken:
                return net
        return "10.215.251"

    def __call__(self, words, check=True):
        ran = subprocess.run([LAB, *words.split()], text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        assert not check or ran.returncode == 0, f"slurm-lab {words}: {ran.stdout[-2000:]}"
        return ran

    def _down(self):
        self("down", check=False)
        os.close(self._alive)
        shutil.rmtree(self.top, ignore_errors=True)

    def centre(self, name, extra="", partition="", engine="", users="[{name: root, role: operator, account: nobody}]", qpus="[]"):
        """A centre's folder over the lab: (Centre, shared folder). `engine` and `partition` are fields of these, `extra` are
        lines of the file."""
        top = f"{self.top}/{name}"
        shared = top + "/shared"
        os.makedirs(shared)
        os.chmod(top, 0o755)
        with open(top + "/centre.yaml", "w") as file:
            file.write(f"""name: {name}
engines:
  - name: big
    rest: http://{self.net}.1:6820
    key-file: {self.folder}/etc/jwt_hs256.key
    admin: root
    shared: {shared}
    poll: 500ms
    {engine}
partitions:
  - {{name: batch, engine: big{', ' + partition if partition else ''}}}
  - here
users: {users}
qpus: {qpus}
{extra}""")
        centre = Centre(top + "/data", "--centre", top + "/centre.yaml")
        atexit.register(lambda: centre.alive() and centre.kill())
        return centre, shared


def cpu_seconds_below(top):
    """Of a process and all below it, with those that have ended and were waited for."""
    parents, spent = {}, {}
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            with open(f"/proc/{entry}/stat") as file:
                fields = file.read().rsplit(")", 1)[1].split()
        except OSError:
            continue  # it has ended since
        parents[int(entry)] = int(fields[1])
        spent[int(entry)] = sum(int(field) for field in fields[11:15])
    below, before = {top}, 0
    while len(below) != before:
        before = len(below)
        below |= {pid for pid, parent in parents.items() if parent in below}
    return sum(spent.get(pid, 0) for pid in below) / os.sysconf("SC_CLK_TCK")


def squeue(*arguments):
    ran = subprocess.run(["squeue", "-h", *arguments], text=True, capture_output=True, timeout=60)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def events(centre):
    """All of them, in order."""
    seq = 1
    while True:
        status, page = centre.request("GET", f"/v1/events?from={seq}&limit=1000")
        assert status == 200, page
        if not page:
            return
        for event in page:
            seq = int(event["seq"]) + 1
            yield event


def check_ledger(centre):
    """It sums to capacity, to the millisecond."""
    lines = json.loads(centre.cli("ledger", "--json").stdout)
    assert lines, "the ledger is empty"
    for line in lines:
        assert int(line["capacity"]) == sum(int(v) for v in line["classes"].values()), line
    return lines


def check_replay(centre):
    """The log, which nobody writes now, is sound, and decides again what it says."""
    verified = json.loads(centre.cli("log", "verify", "--json").stdout)
    replayed = json.loads(centre.cli("twin", "replay", "--json").stdout)
    assert replayed["same"] and str(replayed["as_recorded"]) == "0", replayed
    assert verified["sound"] and verified["state_hash"], verified
    return verified
