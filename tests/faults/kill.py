#!/usr/bin/env python3
"""kill -9 at a random moment, again and again, while devices are imported, written and removed,
networks tell of attaching devices, devices ask, and a webhook's receiver fails now and then. What
was acknowledged must be there after each restart; in the end every acknowledged attach event has an
outcome, and every outcome was told to the webhook, in order for each device. Closes with
`N passed, N failed, N skipped`.
"""

import argparse
import contextlib
import http.client
import json
import pathlib
import random
import shutil
import sqlite3
import sys
import tempfile
import threading
import time

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "interop"))
import coap_device
from harness import Daemon, Report, find_program, free_port
from receiver import Receiver, check_signature, message_of

SECRET = b"of the receiver in tests/faults/kill.py"
PROFILE = {
    "name": "plain",
    "enabler": "1.1",
    "servers": [
        {
            "shortServerId": 101,
            "uri": "coap://dm.example.com:5683",
            "security": {"mode": "nosec"},
            "lifetime": 86400,
            "binding": "U",
        }
    ],
}
WINDOW = 6


def record(endpoint, **more):
    return {"endpoint": endpoint, "profile": "plain", "credentials": {"nosec": True}, **more}


class Hook:
    """The webhook's receiver: one message in eight is answered 500."""

    def __init__(self, seed):
        self._random = random.Random(seed)
        self.failing = True
        self.attempts = {}  # endpoint → [(sequence, accepted)]
        self.arrived = set()  # ids of sessions
        self.wrong = []
        self.receiver = Receiver(self._respond)

    def _respond(self, _method, _path, headers, body):
        try:
            check_signature(headers, body, SECRET)
            message = message_of(body)
        except (AssertionError, ValueError, TypeError) as error:
            self.wrong.append(str(error))
            return 400
        accepted = not (self.failing and self._random.random() < 0.125)
        sequence = int(headers["Lwm2m-Bootstrap-Delivery"])
        session = message["data"]
        before = self.attempts.setdefault(session["endpoint"], [])
        newest = max((number for number, _ in before), default=0)
        if sequence < newest:
            self.wrong.append(f"{session['endpoint']}: delivery {sequence} came after {newest}")
        if sequence > newest and newest and (newest, True) not in before:
            self.wrong.append(f"{session['endpoint']}: delivery {sequence} came before {newest} "
                              "was accepted")
        before.append((sequence, accepted))
        if accepted:
            self.arrived.add(session["id"])
        return 204 if accepted else 500


class Trial:
    def __init__(self, arguments):
        self.seed = arguments.seed
        self.random = random.Random(arguments.seed)
        self.hook = Hook(arguments.seed)
        self.asking = [f"ask-{number:02}" for number in range(6)]
        self.reachable = [f"reach-{number:02}" for number in range(12)]
        self.gone = [f"gone-{number:02}" for number in range(12)]
        self.daemon = Daemon(
            find_program(arguments.build, "lwm2m-bootstrapd"), [PROFILE],
            [record(endpoint) for endpoint in self.asking + self.reachable + self.gone],
            {"session": {"attachWindow": WINDOW, "attachRetry": 1, "settle": 0.2},
             "transmission": {"ackTimeout": 0.2, "maxLatency": 2},
             "limits": {"datagramsPerSecondPerPeer": 1000},
             "webhooks": [{"name": "trial", "url": f"{self.hook.receiver.url}/hook",
                           "secretFile": "hook.secret"}],
             "log": {"level": "info", "format": "json"}},
            arguments.keep, files={"hook.secret": SECRET})
        server = ("127.0.0.1", self.daemon.coap)
        self.devices = [coap_device.Device(endpoint, server, pause=0.2) for endpoint in self.asking]
        for device in self.devices:
            device.PATIENCE = 3
        self.listening = {endpoint: coap_device.Device(endpoint) for endpoint in self.reachable}
        self.fleet = coap_device.Fleet(self.devices + list(self.listening.values()))
        self.nobody = free_port()
        # What was acknowledged.
        self.imported = []   # per round: endpoints
        self.written = {}    # endpoint → number of its newest acknowledged writing; None: removed
        self.attempted = {}  # endpoint → numbers (or None) that may have been written since
        self.attached = {}   # session id → endpoint
        self.events = []     # (event, idempotency key, session id)
        self.counts = {"lines": 0, "writes": 0, "removals": 0, "attachments": 0}
        self.answers = {}    # those that were neither expected nor cut off
        self._lock = threading.Lock()

    # ---- one round ----

    def round(self, number):
        stopping = threading.Event()
        steps = (self._import, self._write, self._attach, self._attach)
        workers = [threading.Thread(target=self._work, daemon=True,
                                    args=(step, number, stopping,
                                          random.Random(f"{self.seed} {number} {index}")))
                   for index, step in enumerate(steps)]
        self.imported.append(set())
        for worker in workers:
            worker.start()
        # The moment is what is random here; nothing is waited for.
        time.sleep(self.random.uniform(0.1, 2.0))
        stopping.set()
        self.daemon.kill()
        for worker in workers:
            worker.join(timeout=30)
        assert not any(worker.is_alive() for worker in workers), "a request hangs"
        self.check_database()
        self.daemon.start()
        self.check_acknowledged(number)

    def _work(self, step, number, stopping, chance):
        count = 0
        while not stopping.is_set():
            try:
                step(number, count, chance)
            except (OSError, http.client.HTTPException):
                if stopping.is_set():
                    return
                time.sleep(0.01)
            count += 1

    def _unexpected(self, what, status, body):
        with self._lock:
            self.answers.setdefault(f"{what} answered {status}", body)

    def _import(self, number, count, chance):
        time.sleep(chance.uniform(0, 0.1))  # a small database is checked sooner
        lines = chance.choice((1, 20, 200, 800))
        endpoints = [f"import-{number:03}-{count:03}-{line:04}" for line in range(lines)]
        body = "".join(json.dumps(record(endpoint)) + "\n" for endpoint in endpoints).encode()
        status, _, octets = self.daemon.exchange(
            "POST", "/v1/devices:import", body, {"Content-Type": "application/x-ndjson"},
            timeout=30)
        if status != 200:
            return self._unexpected("POST /v1/devices:import", status, octets)
        results = [json.loads(line) for line in octets.splitlines()]
        done = {result["endpoint"] for result in results if result.get("status") == "created"}
        if done != set(endpoints):
            self._unexpected("an import line", "otherwise", octets[:2000])
        with self._lock:
            self.imported[-1] |= done
            self.counts["lines"] += len(done)
        return None

    def _write(self, number, count, chance):
        endpoint = f"put-{chance.randrange(40):02}"
        written = number * 10000 + count
        remove = chance.random() < 0.2
        with self._lock:
            self.attempted.setdefault(endpoint, []).append(None if remove else written)
        if remove:
            status, _, body = self.daemon.call("DELETE", f"/v1/devices/{endpoint}")
            wanted = (204, 404)
        else:
            status, _, body = self.daemon.call(
                "PUT", f"/v1/devices/{endpoint}",
                record(endpoint, identifiers={"externalId": f"{endpoint}@{written}"}))
            wanted = (200, 201, 204)
        if status not in wanted:
            return self._unexpected("PUT or DELETE of a device", status, body)
        with self._lock:
            self.written[endpoint] = None if remove else written
            self.attempted[endpoint] = []
            self.counts["removals" if remove else "writes"] += 1
        return None

    def _attach(self, number, count, chance):
        if chance.random() < 0.6:
            endpoint = chance.choice(self.reachable)
            port = self.listening[endpoint].port
        else:
            endpoint, port = chance.choice(self.gone), self.nobody
        time.sleep(chance.uniform(0, 0.02))  # not all the machine's time for this
        name = f"{number}-{count}-{chance.getrandbits(64):016x}"
        event = {"source": "trial", "id": name, "endpoint": endpoint, "address": "127.0.0.1",
                 "port": port}
        key = name if chance.random() < 0.5 else None
        status, session = self._send(event, key)
        if status == 202:
            with self._lock:
                self.attached[session] = endpoint
                self.events.append((event, key, session))
                self.counts["attachments"] += 1
        # 409: its session is under way and has been answered by the device.
        elif status not in (409, 503):
            self._unexpected("POST /v1/attachments", status, session)

    def _send(self, event, key):
        headers = {"Idempotency-Key": key} if key else {}
        status, _, body = self.daemon.call("POST", "/v1/attachments", event, headers)
        return status, body["id"] if status == 202 else body

    # ---- what must hold after every restart ----

    def check_database(self):
        """Of a copy: what is left of the daemon's own is its to repair."""
        with tempfile.TemporaryDirectory() as folder:
            found = sorted(self.daemon.folder.glob("*.db"))
            assert found, "there is no database"
            for path in found:
                for suffix in ("", "-wal"):
                    source = path.with_name(path.name + suffix)
                    if source.exists():
                        shutil.copy(source, folder)
                with contextlib.closing(sqlite3.connect(f"{folder}/{path.name}")) as database:
                    told = [row[0] for row in database.execute("PRAGMA integrity_check")]
                    assert told == ["ok"], f"{path.name}: integrity_check tells {told}"
                    told = database.execute("PRAGMA foreign_key_check").fetchall()
                    assert not told, f"{path.name}: foreign_key_check tells {told}"

    def check_acknowledged(self, number):
        prefix = f"import-{number:03}-"
        there = {device["endpoint"]
                 for device in self.daemon.pages(f"/v1/devices?prefix={prefix}", "devices")}
        lost = self.imported[-1] - there
        assert not lost, f"{len(lost)} imported devices are gone: {sorted(lost)[:3]}"
        self.check_written()
        recent = self.events[-60:]
        for event, key, session in recent:
            status, _, body = self.daemon.call("GET", f"/v1/sessions/{session}")
            assert status == 200, f"the session {session} of {event} is gone: {status} {body}"
        # The same event again is the same session, however it is told that it is the same.
        for event, key, session in self.random.sample(recent, min(10, len(recent))):
            status, told = self._send(event, key)
            assert (status, told) == (202, session), f"{event} again: {status} {told}, not {session}"

    def check_written(self):
        for endpoint, written in self.written.items():
            status, _, body = self.daemon.call("GET", f"/v1/devices/{endpoint}")
            assert status in (200, 404), f"GET of {endpoint} answered {status}: {body}"
            there = None
            if status == 200:
                there = int(body["identifiers"]["externalId"].split("@")[1])
            permitted = [written, *self.attempted[endpoint]]
            assert there in permitted, f"{endpoint} is {there}, but it was written {permitted}"
            self.written[endpoint] = there
            self.attempted[endpoint] = []

    # ---- what must hold in the end ----

    def check_outcomes(self):
        deadline = time.monotonic() + WINDOW + 60
        left = set(self.attached)
        while left:
            for session in sorted(left):
                status, _, body = self.daemon.call("GET", f"/v1/sessions/{session}")
                assert status == 200, f"GET of session {session} answered {status}: {body}"
                if body["state"] == "ended":
                    assert body["outcome"], f"a session ended without outcome: {body}"
                    left.discard(session)
                else:
                    assert time.monotonic() < deadline, f"a session does not end: {body}"
            if left:
                time.sleep(0.1)

    def outcomes(self):
        counts = {}
        for session in self.daemon.pages("/v1/sessions", "sessions"):
            counts[session["outcome"]] = counts.get(session["outcome"], 0) + 1
        return counts

    def check_reached(self):
        finished = sum(device.counts["finished"] for device in self.listening.values())
        assert finished, "no device was bootstrapped unasked"
        asked = sum(device.counts["finished"] for device in self.devices)
        assert asked, "no device that asked was bootstrapped"
        expired = self.outcomes().get("expired", 0)
        assert expired, "no trigger for an address where nobody is has expired"

    def check_told(self):
        wanted = set(self.attached)
        wanted |= {session["id"] for session in self.daemon.pages("/v1/sessions", "sessions")
                   if session["outcome"] and session["outcome"] != "not_admitted"}
        self.hook.failing = False
        try:
            self.hook.receiver.wait_until(lambda _: wanted <= self.hook.arrived,
                                          "the outcome of every session", 180)
        except AssertionError as error:
            missing = sorted(wanted - self.hook.arrived)
            waiting = self.daemon.call("GET", "/v1/deliveries?limit=5")[2]
            raise AssertionError(f"{error}; {len(missing)} of {len(wanted)} are missing, "
                                 f"{missing[:3]}; deliveries: {waiting}") from None

    def check_order(self):
        assert not self.hook.wrong, "\n      ".join(self.hook.wrong[:10])
        repeats = sum(len(told) - len({number for number, _ in told})
                      for told in self.hook.attempts.values())
        print(f"      {len(self.hook.arrived)} messages arrived, {repeats} further attempts")

    def check_imported(self):
        wanted = set().union(*self.imported)
        there = {device["endpoint"]
                 for device in self.daemon.pages("/v1/devices?prefix=import-", "devices")}
        assert wanted <= there, f"{len(wanted - there)} imported devices are gone"
        self.check_written()

    def check_answers(self):
        assert not self.answers, f"{self.answers}"

    def stop(self):
        self.fleet.stop()
        self.daemon.stop()
        self.hook.receiver.stop()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", required=True, help="the build folder")
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--keep", action="store_true", help="keep the daemon's folder and log")
    arguments = parser.parse_args()

    report = Report()
    trial = Trial(arguments)
    try:
        for number in range(arguments.rounds):
            report.play(f"killed {number + 1} times, seed {arguments.seed}: it starts, and what "
                        "was acknowledged is there", lambda number=number: trial.round(number))
            if report.failed:
                break
        print(f"acknowledged: {trial.counts}", flush=True)
        for device in trial.devices:
            device.stop_asking()
        report.play("every acknowledged attach event ends in an outcome", trial.check_outcomes)
        print(f"outcomes: {trial.outcomes()}", flush=True)
        report.play("devices were reached, devices that asked served, others expired",
                    trial.check_reached)
        report.play("every outcome is told to the webhook", trial.check_told)
        report.play("each device's messages are signed and in order", trial.check_order)
        report.play("everything imported and written is still there", trial.check_imported)
        report.play("no request was answered in an unforeseen way", trial.check_answers)

        def stops():
            code = trial.daemon.stop()
            assert code == 0, f"the daemon ended with {code}"
            trial.check_database()
        report.play("SIGTERM ends the daemon with 0, the database is sound", stops)
    finally:
        trial.stop()
        if report.failed:
            print("The daemon's log:\n" + trial.daemon.log()[-20000:])
        if arguments.keep:
            print(f"kept: {trial.daemon.folder}")
        trial.daemon.remove()
    return report.close()


if __name__ == "__main__":
    sys.exit(main())
