"""A live centre for end-to-end tests: real daemon, real processes, loopback only. Standard library alone."""
import json
import os
import signal
import subprocess
import time
import urllib.error
import urllib.request
import uuid

MINGYUE = os.environ["MINGYUE"]


class Centre:
    """One data directory, and the daemon over it. start(), kill(), stop(); requests are tried again while it is away."""

    def __init__(self, data, *serve_options):
        self.data = data
        self.options = list(serve_options)
        self.process = None

    def start(self, within=30):
        self.process = subprocess.Popen(
            [MINGYUE, "serve", "--data", self.data, *self.options],
            stdout=subprocess.PIPE, stderr=open(self.data + ".log", "a"), text=True)
        line = self.process.stdout.readline()
        assert "is ready at" in line, f"serve did not become ready: {line!r}, exit {self.process.poll()}"
        return line

    def kill(self):
        """SIGKILL: the worst moment is any moment."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.process.stdout.close()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(timeout=30) == 0, "serve did not end cleanly"
        self.process.stdout.close()

    def alive(self):
        return self.process is not None and self.process.poll() is None

    def request(self, method, path, body=None, content_type=None, headers=None, patience=60, within=20):
        """Status, parsed JSON. Connection failures are tried again: the daemon may have been killed just now."""
        until = time.monotonic() + patience
        while True:
            try:
                with open(self.data + "/endpoint.json") as file:
                    endpoint = json.load(file)
                request = urllib.request.Request(endpoint["url"] + path, method=method,
                                                 data=body.encode() if body is not None else None)
                request.add_header("Authorization", "Bearer " + endpoint["token"])
                if content_type:
                    request.add_header("Content-Type", content_type)
                for name, value in (headers or {}).items():
                    request.add_header(name, value)
                with urllib.request.urlopen(request, timeout=within) as answer:
                    return answer.status, json.loads(answer.read() or b"null")
            except urllib.error.HTTPError as error:
                text = error.read()
                if error.code in (401, 429, 503) and time.monotonic() < until:  # an old token, or busy
                    time.sleep(0.05)
                    continue
                return error.code, json.loads(text or b"null")
            except (OSError, ValueError, KeyError) as error:
                if time.monotonic() > until:
                    raise
                time.sleep(0.05)

    def submit(self, document, key=None):
        """The id of the job, acknowledged."""
        status, answer = self.request("POST", "/v1/jobs", document, "application/yaml",
                                      {"Idempotency-Key": key or str(uuid.uuid4())})
        assert status in (200, 201), (status, answer, document)
        return int(answer["id"])

    def cli(self, *arguments, check=True):
        result = subprocess.run([MINGYUE, *arguments, "--data", self.data], text=True, capture_output=True, timeout=120)
        assert not check or result.returncode == 0, (arguments, result.returncode, result.stdout, result.stderr)
        return result

    def jobs(self):
        """Every job there ever was, by id."""
        found = {}
        before = None
        while True:
            path = "/v1/jobs?all=true&limit=1000" + (f"&before={before}" if before else "")
            status, page = self.request("GET", path)
            assert status == 200, page
            if not page:
                return found
            for job in page:
                found[int(job["id"])] = job
            before = min(found)


def processes_with(marker):
    """Pids of processes that have `marker` in their environment."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/environ", "rb") as file:
                if marker.encode() in file.read():
                    found.append(int(pid))
        except OSError:
            pass
    return found
