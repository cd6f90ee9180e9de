"""A whole daemon meets what goes wrong with its disk and its data: each is a clear message and a safe stop, or a safe
continuation."""
import json
import os
import shutil
import sqlite3
import subprocess
import tempfile
import time

from centre import MINGYUE, Centre

top = tempfile.mkdtemp(prefix="mingyue-faults-")


def refused_start(data, code, *words):
    """serve must end by itself, with this exit code and these words."""
    result = subprocess.run([MINGYUE, "serve", "--data", data], capture_output=True, text=True, timeout=60)
    said = result.stdout + result.stderr
    assert result.returncode == code, (result.returncode, said)
    for word in words:
        assert word in said, (word, said)
    print(f"exit {code}: {said.strip().splitlines()[-1][:160]}")


# A second daemon on the same data.
data = top + "/data"
centre = Centre(data)
centre.start()
first = centre.submit("command: ['true']\nwall: 1m\n")
refused_start(data, 3, str(centre.process.pid))
assert centre.cli("wait", str(first)).returncode == 0
centre.stop()

# A damaged record at the end, and the wrong version.
for name, change, code, words in [
    ("corrupt", "UPDATE log SET payload = x'00' WHERE seq = (SELECT max(seq) FROM log)", 4, ["mingyue log"]),
    ("newer", "UPDATE meta SET value = 999 WHERE key = 'format'", 5, ["version"]),
]:
    copy = f"{top}/{name}"
    shutil.copytree(data, copy)
    database = sqlite3.connect(copy + "/centre.db")
    try:
        changed = database.execute(change).rowcount
    except sqlite3.OperationalError:  # the version may be kept elsewhere: look at docs/formats/log.md
        raise
    database.commit()
    database.close()
    assert changed == 1, name
    refused_start(copy, code, *words)
verify = Centre(top + "/corrupt").cli("log", "verify", "--json", check=False)
assert verify.returncode == 1 and not json.loads(verify.stdout)["sound"], verify.stdout

# The disk fills while the centre runs: nothing is acknowledged, and when there is room it goes on by itself.
small = top + "/small"
os.mkdir(small)
if os.getuid() != 0 or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", small], capture_output=True).returncode != 0:
    print("skipped: a full disk (mounting a small file system needs root)")
else:
    try:
        full = Centre(small + "/data")
        full.start()
        before = full.submit("command: ['true']\nwall: 1m\nhold: true\n")
        with open(small + "/filler", "wb") as filler:
            try:
                while True:
                    filler.write(b"x" * 65536)
                    filler.flush()
            except OSError:
                pass
        held = "command: ['true']\nwall: 1m\nhold: true\n"
        acknowledged, unanswered, refusal = [before], [], None
        for i in range(3_000):
            key = f"key-{i}"
            try:
                status, answer = full.request("POST", "/v1/jobs", held, "application/yaml", {"Idempotency-Key": key}, patience=0, within=3)
            except TimeoutError:  # taken in before the disk was known to be full: neither yes nor no
                unanswered.append(key)
                continue
            if status == 201:
                acknowledged.append(int(answer["id"]))
            elif status == 503:
                refusal = answer
                break
        assert refusal is not None, "the disk never filled"
        assert refusal["code"] in ("log-stalled", "busy"), refusal
        status, health = full.request("GET", "/v1/health", patience=0)
        assert status == 503, health
        os.remove(small + "/filler")
        # Who got no answer asks again with the same key, and it is one job.
        for key in unanswered:
            acknowledged.append(full.submit(held, key))
            assert full.submit(held, key) == acknowledged[-1]
        after = full.submit("command: ['true']\nwall: 1m\nhold: true\n")
        full.kill()
        full.start()
        jobs = full.jobs()
        for job in acknowledged + [after]:
            assert job in jobs, f"job {job} was acknowledged and is gone"
        full.stop()
        assert full.cli("log", "verify").returncode == 0
        print(f"full disk: {len(acknowledged)} acknowledged before it, refused with {refusal['code']}, {len(unanswered)} unanswered, went on when there was room")

        # A disk that is read-only from the start.
        subprocess.run(["mount", "-o", "remount,ro", small], check=True)
        refused_start(small + "/data", 6, "read-only")
    finally:
        subprocess.run(["umount", "-l", small], check=False)
shutil.rmtree(top, ignore_errors=True)
