"""Starts the daemon and its peers, waits for what they tell, and counts the cases.

Every wait has a deadline and ends at the event it waits for; nothing sleeps for a fixed time but
between two looks at something that cannot call back (the HTTP API).
"""

import http.client
import json
import pathlib
import queue
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse


class Skip(Exception):
    """The case cannot be played here; the text says why."""


def free_port():
    """A port of the loopback address that is free for UDP and for TCP."""
    for _ in range(50):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
            udp.bind(("127.0.0.1", 0))
            port = udp.getsockname()[1]
            with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as tcp:
                try:
                    tcp.bind(("127.0.0.1", port))
                except OSError:
                    continue
        return port
    raise RuntimeError("no free port")


def has_ipv6():
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as probe:
            probe.bind(("::1", 0))
        return True
    except OSError:
        return False


def find_program(build, name):
    found = [p for p in pathlib.Path(build).rglob(name) if p.is_file() and p.stat().st_mode & 0o100]
    if not found:
        raise SystemExit(f"{name} is not in {build}: build it first")
    return str(found[0])


def until(look, what, timeout=30):
    """Looks again and again at what cannot call back; returns what `look` found."""
    deadline = time.monotonic() + timeout
    while not (found := look()):
        assert time.monotonic() < deadline, f"{what} did not come"
        time.sleep(0.02)
    return found


class Peer:
    """A program that tells events as lines of JSON on standard output."""

    def __init__(self, arguments, name=None, log=None):
        self.name = name or pathlib.Path(arguments[0]).name
        self.events = []
        self._queue = queue.Queue()
        self._log = open(log, "wb") if log else subprocess.DEVNULL
        self.process = subprocess.Popen(
            [str(a) for a in arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=self._log)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        for line in self.process.stdout:
            try:
                self._queue.put(json.loads(line))
            except ValueError:
                pass
        self._queue.put(None)

    def _next(self, deadline, what):
        try:
            event = self._queue.get(timeout=max(0.0, deadline - time.monotonic()))
        except queue.Empty:
            raise AssertionError(f"{self.name}: no {what} in time; it told {self.events}") from None
        if event is not None:
            self.events.append(event)
        return event

    def wait_for(self, name, timeout=20):
        return self.wait_until(lambda event: event["event"] == name, f'"{name}"', timeout)

    def wait_until(self, is_wanted, what, timeout=20):
        for event in self.events:
            if is_wanted(event):
                return event
        deadline = time.monotonic() + timeout
        while True:
            event = self._next(deadline, what)
            if event is None:
                raise AssertionError(f"{self.name} ended without {what}; it told {self.events}")
            if is_wanted(event):
                return event

    def finish(self, timeout=60):
        """Waits for its end; returns the exit code."""
        deadline = time.monotonic() + timeout
        while self._next(deadline, "end") is not None:
            pass
        return self.process.wait(timeout=10)

    def operations(self):
        return [e for e in self.events if e["event"] == "operation" and not e.get("repeat")]

    def state(self):
        return next(e for e in self.events if e["event"] == "state")

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(timeout=5)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        if self._log is not subprocess.DEVNULL:
            self._log.close()


class Daemon:
    """lwm2m-bootstrapd on ports of its own, in a folder of its own."""

    def __init__(self, program, profiles, devices, settings=None, keep=False, files=None,
                 tls=None, token=None, ready_within=20):
        """`files`: further ones in its folder, name → octets; `tls`: how to speak to its API;
        `token`: what to show there."""
        self.tls = tls
        self.token = token
        self.program = program
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="bootstrapd-"))
        self.keep = keep
        self.coap = free_port()
        self.coaps = free_port()
        self.http = free_port()
        hosts = ["127.0.0.1"] + (["[::1]"] if has_ipv6() else [])
        wanted = {
            "listen": {"coap": [f"{host}:{self.coap}" for host in hosts],
                       "coaps": [f"{host}:{self.coaps}" for host in hosts]},
            "http": {"listen": [f"127.0.0.1:{self.http}"]},
            "provisioning": {"profiles": "profiles", "devices": "devices"},
            "shards": 2,
            "log": {"level": "debug", "format": "json"},
        }
        for key, value in (settings or {}).items():
            own = wanted.get(key)
            wanted[key] = {**own, **value} if isinstance(own, dict) else value
        (self.folder / "profiles").mkdir()
        (self.folder / "devices").mkdir()
        self._write("settings.json", wanted)
        self._write("profiles/all.json", profiles)
        self._write("devices/all.json", devices)
        for name, octets in (files or {}).items():
            (self.folder / name).touch(mode=0o600)
            (self.folder / name).write_bytes(octets)
        self.start(ready_within)

    def start(self, ready_within=20):
        """Also after stop() or kill(): the log goes on, the state is what was left."""
        self._log = open(self.folder / "log", "ab")
        self.process = subprocess.Popen(
            [self.program, "--config", str(self.folder / "settings.json")],
            stdin=subprocess.DEVNULL, stdout=self._log, stderr=subprocess.STDOUT)
        try:
            self._wait_ready(ready_within)
        except BaseException:
            self.process.kill()
            self.process.wait()
            sys.stderr.write(self.log())
            raise

    def _write(self, name, content):
        (self.folder / name).write_text(json.dumps(content, indent=2), encoding="utf-8")

    def _wait_ready(self, timeout):
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise RuntimeError(f"the daemon ended at once with {self.process.returncode}")
            try:
                if self.call("GET", "/readyz")[0] == 200:
                    return
            except OSError:
                pass
            time.sleep(0.02)
        raise RuntimeError("the daemon did not become ready")

    def log(self):
        return (self.folder / "log").read_text(encoding="utf-8", errors="replace")

    def connect(self, timeout=10):
        if self.tls:
            return http.client.HTTPSConnection("127.0.0.1", self.http, timeout=timeout,
                                               context=self.tls)
        return http.client.HTTPConnection("127.0.0.1", self.http, timeout=timeout)

    def exchange(self, method, path, body=None, headers=None, timeout=10):
        """One request to the API, octets or an iterable of them as its body: status, headers,
        octets."""
        connection = self.connect(timeout)
        try:
            fields = {"Authorization": f"Bearer {self.token}"} if self.token else {}
            fields.update(headers or {})
            connection.request(method, path, body, fields)
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()
        finally:
            connection.close()

    def call(self, method, path, body=None, headers=None):
        """The same with JSON: status, headers, decoded body."""
        fields = {"Content-Type": "application/json"} if body is not None else {}
        fields.update(headers or {})
        octets = json.dumps(body).encode() if body is not None else None
        status, fields, octets = self.exchange(method, path, octets, fields)
        text = octets.decode("utf-8")
        try:
            return status, fields, json.loads(text)
        except ValueError:
            return status, fields, text

    def pages(self, path, name):
        """Every entry of a list of the API, page by page."""
        after = None
        while True:
            query = f"{'&' if '?' in path else '?'}limit=1000"
            if after:
                query += f"&after={urllib.parse.quote(after)}"
            status, _, body = self.call("GET", path + query)
            assert status == 200, f"GET {path}{query} answered {status}: {body}"
            yield from body[name]
            after = body["next"]
            if not after:
                return

    def trigger(self, **event):
        status, headers, body = self.call("POST", "/v1/attachments", event)
        assert status == 202, f"POST /v1/attachments answered {status}: {body}"
        assert headers["Location"] == f"/v1/sessions/{body['id']}", headers["Location"]
        return body["id"]

    def session(self, identifier):
        status, _, body = self.call("GET", f"/v1/sessions/{identifier}")
        assert status == 200, f"GET /v1/sessions/{identifier} answered {status}: {body}"
        return body

    def sessions(self, endpoint, limit=100):
        query = urllib.parse.urlencode({"endpoint": endpoint, "limit": limit})
        status, _, body = self.call("GET", f"/v1/sessions?{query}")
        assert status == 200, f"GET /v1/sessions answered {status}: {body}"
        return body["sessions"]

    def wait_session(self, identifier, state="ended", timeout=30):
        deadline = time.monotonic() + timeout
        while True:
            session = self.session(identifier)
            if session["state"] == state:
                return session
            assert time.monotonic() < deadline, f"the session is not {state}: {session}"
            time.sleep(0.05)

    def wait_outcome(self, endpoint, timeout=30):
        """The newest session of an endpoint, once it has ended."""
        deadline = time.monotonic() + timeout
        while True:
            sessions = self.sessions(endpoint)
            if sessions and sessions[0]["state"] == "ended":
                return sessions[0]
            assert time.monotonic() < deadline, f"no session of {endpoint} has ended: {sessions}"
            time.sleep(0.05)

    def stop(self):
        """SIGTERM; returns the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(timeout=90)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self._log.close()
        return self.process.returncode

    def kill(self):
        """SIGKILL: whatever it was doing."""
        self.process.kill()
        self.process.wait()
        self._log.close()

    def remove(self):
        if not self.keep:
            shutil.rmtree(self.folder, ignore_errors=True)


class Report:
    """Plays cases and counts them; the closing line is `N passed, N failed, N skipped`."""

    def __init__(self):
        self.passed = 0
        self.failed = 0
        self.skipped = 0

    def play(self, sentence, function):
        started = time.monotonic()
        try:
            function()
        except Skip as why:
            self.skipped += 1
            print(f"SKIP  {sentence}: {why}", flush=True)
        except Exception as error:  # a case fails in whatever way; the rest are still played
            self.failed += 1
            print(f"FAIL  {sentence}\n      {type(error).__name__}: {error}", flush=True)
        else:
            self.passed += 1
            print(f"ok    {sentence} ({time.monotonic() - started:.1f} s)", flush=True)

    def close(self):
        print(f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped", flush=True)
        return 1 if self.failed or not self.passed else 0
