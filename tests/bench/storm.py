#!/usr/bin/env python3
"""After an outage everybody attaches at once: so many attach events in so many seconds, for as many
devices, of which a tenth can be reached; meanwhile a device asks for its bootstrap every second.

    tests/bench/storm.py --build DIR [--events 100000] [--seconds 60]

Every event must be accepted, every session must end with an outcome, nearly all devices that can be
reached must be bootstrapped, and the daemon's memory must stay below a bound. Prints its figures as
JSON and closes with `N passed, N failed, N skipped`.
"""

import argparse
import collections
import json
import pathlib
import sys
import time

sys.dont_write_bytecode = True
for folder in ("interop", "faults"):
    sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / folder))
import coap_device
from harness import Daemon, Peer, Report, find_program
from http_load import Player, percentile
from swarm import address_of

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
WINDOW = 30
EVERY = 10  # one device in so many is reachable
ASKING = "asking"


def endpoint_of(number):
    return f"storm-{number:06}"


def record(endpoint):
    return {"endpoint": endpoint, "profile": "plain", "credentials": {"nosec": True}}


class Storm:
    def __init__(self, arguments):
        self.events = arguments.events
        self.seconds = arguments.seconds
        # What one device costs while it is reached, over what the daemon is with none.
        self.memory_bound = (arguments.base_mib + arguments.event_kib * self.events / 1024) * 1024
        self.figures = {"events": self.events, "seconds": self.seconds, "attachWindow": WINDOW}
        self.daemon = Daemon(
            find_program(arguments.build, "lwm2m-bootstrapd"), [PROFILE], [record(ASKING)],
            {"session": {"attachWindow": WINDOW, "attachRetry": 10, "settle": 0.5},
             "attach": {"rate": 4000, "concurrency": 40000},
             # An attempt at a device that is not there takes 6.2 to 9.3 s.
             "transmission": {"ackTimeout": 0.2, "maxLatency": 5},
             "limits": {"sessions": 60000, "pendingAttachments": 200000,
                        "unsecuredPeers": 120000},
             "log": {"level": "warning", "format": "json"}},
            arguments.keep)
        self.swarm = Peer([sys.executable, pathlib.Path(__file__).parent / "swarm.py"], "swarm")
        self.ports = self.swarm.wait_for("ready")
        self.asking = coap_device.Device(ASKING, ("127.0.0.1", self.daemon.coap), pause=1.0)
        self.fleet = coap_device.Fleet([self.asking])
        self.sessions = {}

    @staticmethod
    def is_reachable(number):
        return number % EVERY == 0

    def import_devices(self):
        begun = time.monotonic()
        first = 0
        while first < self.events:
            last = min(first + 20000, self.events)
            body = "".join(json.dumps(record(endpoint_of(number))) + "\n"
                           for number in range(first, last)).encode()
            status, _, octets = self.daemon.exchange(
                "POST", "/v1/devices:import", body, {"Content-Type": "application/x-ndjson"},
                timeout=120)
            assert status == 200, f"the import answered {status}: {octets[:2000]}"
            summary = json.loads(octets.splitlines()[-1])["summary"]
            assert summary["created"] == last - first, summary
            first = last
        self.figures["importSeconds"] = round(time.monotonic() - begun, 1)

    def attach(self):
        jobs = [("POST", "/v1/attachments",
                 {"source": "storm", "id": str(number), "endpoint": endpoint_of(number),
                  "address": address_of(number),
                  "port": self.ports["port" if self.is_reachable(number) else "silentPort"]})
                for number in range(self.events)]
        self.begun = time.monotonic()
        player = Player(self.daemon.http, jobs, self.seconds, 128)
        del jobs
        told = player.result(self.seconds * 4 + 180)
        self.sessions = told["sessions"]
        self.figures["attach"] = {
            "took": round(told["took"], 1),
            "answers": told["statuses"],
            "behindSeconds": round(told["behind"], 2),
            "medianMilliseconds": round(percentile(told["latencies"], 0.5) * 1000, 1),
            "p99Milliseconds": round(percentile(told["latencies"], 0.99) * 1000, 1)}
        assert len(self.sessions) == self.events, \
            f"{self.events - len(self.sessions)} events were not accepted: {told['refusals']}"
        assert set(told["statuses"]) == {202}, f"some were answered otherwise: {told['statuses']}"
        assert told["took"] < 1.5 * self.seconds, f"they took {told['took']:.0f} s"

    def left(self):
        status, _, body = self.daemon.call("GET", "/v1/status")
        assert status == 200, f"GET /v1/status answered {status}: {body}"
        sessions = body["sessions"]
        return sessions["waiting"] + sessions["running"] + body["store"]["pendingAttaches"]

    def end(self):
        deadline = time.monotonic() + WINDOW + 60 + self.events / 1000
        while (left := self.left()) > 1:  # the device that asks
            assert time.monotonic() < deadline, f"{left} sessions have not ended"
            time.sleep(0.5)
        self.figures["lastEndedAfterSeconds"] = round(time.monotonic() - self.begun, 1)

    def check_outcomes(self):
        outcomes = {session["id"]: session["outcome"]
                    for session in self.daemon.pages("/v1/sessions", "sessions")}
        seen = {True: collections.Counter(), False: collections.Counter()}
        for number, session in self.sessions.items():
            seen[self.is_reachable(number)][outcomes.get(session)] += 1
        self.figures["reachable"] = dict(seen[True])
        self.figures["unreachable"] = dict(seen[False])
        without = seen[True][None] + seen[False][None]
        assert not without, f"{without} sessions have no outcome"
        assert set(seen[False]) == {"expired"}, f"devices that are not there: {seen[False]}"

    def check_reached(self):
        reachable = self.figures["reachable"]
        everybody = sum(reachable.values())
        share = reachable.get("finished", 0) / everybody
        assert share >= 0.99, f"{reachable} of {everybody} reachable devices"

    def check_swarm(self):
        """What the devices saw themselves."""
        self.swarm.stop()
        self.swarm.finish()
        counts = self.swarm.wait_for("counts")
        self.figures["swarm"] = {k: v for k, v in counts.items() if k != "event"}
        told = self.figures["reachable"].get("finished", 0)
        assert counts["finished"] >= told, f"{told} told, {counts['finished']} took a Finish"

    def check_asking(self):
        times = list(self.asking.times)
        counts = self.asking.counts
        self.figures["asking"] = {
            **counts, "medianMilliseconds": round(percentile(times, 0.5) * 1000, 1),
            "longestMilliseconds": round(max(times, default=0) * 1000, 1)}
        assert counts["finished"] >= 0.6 * self.seconds / 2, f"too few were served: {counts}"
        assert not counts["refused"] and not counts["gave_up"], f"not all were served: {counts}"

    def check_memory(self):
        peak = self.kib("VmHWM")
        self.figures["memory"] = {"peakMiB": round(peak / 1024, 1),
                                  "boundMiB": round(self.memory_bound / 1024, 1),
                                  "nowMiB": round(self.kib("VmRSS") / 1024, 1),
                                  "beforeMiB": round(self.before / 1024, 1)}
        assert peak < self.memory_bound, f"{self.figures['memory']}"

    def kib(self, name):
        text = pathlib.Path(f"/proc/{self.daemon.process.pid}/status").read_text(encoding="ascii")
        return next(int(line.split()[1]) for line in text.splitlines() if line.startswith(name))

    def measure_before(self):
        self.before = self.kib("VmRSS")

    def stop(self):
        self.fleet.stop()
        self.swarm.stop()
        self.daemon.stop()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", required=True, help="the build folder")
    parser.add_argument("--events", type=int, default=100000)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--base-mib", type=float, default=96, help="memory bound without events")
    parser.add_argument("--event-kib", type=float, default=4, help="and what each event adds to it")
    parser.add_argument("--keep", action="store_true", help="keep the daemon's folder and log")
    arguments = parser.parse_args()

    report = Report()
    storm = Storm(arguments)
    try:
        report.play(f"{storm.events} devices are imported", storm.import_devices)
        storm.measure_before()
        report.play(f"{storm.events} attach events in {storm.seconds:g} s are accepted",
                    storm.attach)
        report.play("all of their sessions end", storm.end)
        report.play("each with an outcome; devices that are not there expire",
                    storm.check_outcomes)
        report.play("nearly all devices that are there are bootstrapped", storm.check_reached)
        report.play("which is what the devices saw", storm.check_swarm)
        report.play("a device that asks meanwhile is served", storm.check_asking)
        report.play("the daemon's memory stays below its bound", storm.check_memory)

        def stops():
            code = storm.daemon.stop()
            assert code == 0, f"the daemon ended with {code}"
        report.play("SIGTERM ends the daemon with 0", stops)
    finally:
        storm.stop()
        print(json.dumps(storm.figures))
        if report.failed:
            print("The daemon's log:\n" + storm.daemon.log()[-20000:])
        if arguments.keep:
            print(f"kept: {storm.daemon.folder}")
        storm.daemon.remove()
    return report.close()


if __name__ == "__main__":
    sys.exit(main())
