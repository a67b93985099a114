#!/usr/bin/env python3
"""A million devices: how long their import takes, how large the database is, how fast one of them
is found, what memory the daemon needs and how soon it is ready again after a restart.

    tests/bench/million.py --build DIR [--devices 1000000] [--restart 2.0]

Prints its figures as JSON and closes with `N passed, N failed, N skipped`; the restart's time is
the one that is judged, the median of three.
"""

import argparse
import json
import pathlib
import random
import statistics
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "interop"))
from harness import Daemon, Report, find_program
from http_load import percentile

KEY = "000102030405060708090a0b0c0d0e0f"
PROFILE = {
    "name": "meter",
    "enabler": "1.1",
    "servers": [
        {
            "shortServerId": 101,
            "uri": "coaps://dm.example.com:5684",
            "security": {"mode": "psk", "identity": "${endpoint}", "key": "${device.dmKey}"},
            "lifetime": 86400,
            "binding": "U",
        }
    ],
}


def endpoint_of(number):
    return f"urn:imei:{358000000000000 + number}"


def imsi_of(number):
    return f"{1010000000000 + number:015}"


def line_of(number):
    """As an operator's inventory would have it: IMEI, IMSI, MSISDN, two keys of its own."""
    return (f'{{"endpoint":"{endpoint_of(number)}","profile":"meter",'
            f'"identifiers":{{"imei":"{358000000000000 + number}","imsi":"{imsi_of(number)}",'
            f'"msisdn":"{882210000000 + number}"}},'
            f'"credentials":{{"psk":{{"identity":"{number:09}","key":"{KEY[:23]}{number:09}"}}}},'
            f'"variables":{{"dmKey":"{number:09}{KEY[9:]}"}}}}\n'
            ).encode()


class Million:
    def __init__(self, arguments):
        self.devices = arguments.devices
        self.restart_bound = arguments.restart
        self.random = random.Random(arguments.seed)
        self.figures = {"devices": self.devices}
        self.daemon = Daemon(
            find_program(arguments.build, "lwm2m-bootstrapd"), [PROFILE], [],
            {"log": {"level": "info", "format": "json"}}, arguments.keep)

    def body(self):
        for first in range(0, self.devices, 200):
            yield b"".join(line_of(number)
                           for number in range(first, min(first + 200, self.devices)))

    def import_devices(self):
        before = self.cpu_seconds()
        begun = time.monotonic()
        connection = self.daemon.connect(timeout=600)
        connection.request("POST", "/v1/devices:import", self.body(),
                           {"Content-Type": "application/x-ndjson"}, encode_chunked=True)
        answer = connection.getresponse()
        assert answer.status == 200, f"the import answered {answer.status}: {answer.read(2000)}"
        results, last = 0, b""
        for line in answer:
            if b'"created"' not in line:
                raise AssertionError(f"a line was not imported: {line}")
            results, last = results + 1, line
        took = time.monotonic() - begun
        connection.close()
        summary = json.loads(last)["summary"]
        assert summary["created"] == self.devices and results == self.devices + 1, summary
        self.figures["import"] = {"seconds": round(took, 1), "aSecond": round(self.devices / took),
                                  "cpuSeconds": round(self.cpu_seconds() - before, 1)}

    def measure_size(self):
        octets = {path.name: path.stat().st_size for path in self.daemon.folder.glob("*.db*")}
        assert octets, "there is no database"
        self.figures["database"] = {
            "mebioctets": {name: round(size / (1 << 20), 1) for name, size in octets.items()},
            "octetsADevice": round(sum(octets.values()) / self.devices)}

    def look_up(self, name, path_of, is_it):
        """One request after another over one connection, devices by chance."""
        connection = self.daemon.connect()
        times = []
        for _ in range(3000):
            number = self.random.randrange(self.devices)
            begun = time.perf_counter()
            connection.request("GET", path_of(number))
            answer = connection.getresponse()
            octets = answer.read()
            times.append(time.perf_counter() - begun)
            assert answer.status == 200 and is_it(json.loads(octets), number), octets
        connection.close()
        self.figures[name] = {"medianMilliseconds": round(percentile(times, 0.5) * 1000, 3),
                              "p99Milliseconds": round(percentile(times, 0.99) * 1000, 3)}

    def look_up_endpoint(self):
        self.look_up("byEndpoint", lambda number: f"/v1/devices/{endpoint_of(number)}",
                     lambda body, number: body["endpoint"] == endpoint_of(number))

    def look_up_imsi(self):
        self.look_up("byImsi", lambda number: f"/v1/devices?imsi={imsi_of(number)}",
                     lambda body, number: [device["endpoint"] for device in body["devices"]]
                     == [endpoint_of(number)])

    def measure_memory(self, name):
        self.figures[name] = {"peakMiB": round(self.kib("VmHWM") / 1024, 1),
                              "nowMiB": round(self.kib("VmRSS") / 1024, 1)}

    def restart(self):
        times = []
        for _ in range(3):
            code = self.daemon.stop()
            assert code == 0, f"the daemon ended with {code}"
            begun = time.monotonic()
            self.daemon.start(ready_within=120)
            times.append(time.monotonic() - begun)
        self.measure_memory("memoryAfterRestart")
        self.figures["restartSeconds"] = [round(each, 2) for each in times]
        status, _, body = self.daemon.call("GET", f"/v1/devices/{endpoint_of(self.devices - 1)}")
        assert status == 200, f"the last device: {status} {body}"
        told = self.daemon.call("GET", "/v1/status")[2]["devices"]
        assert told == self.devices, f"GET /v1/status tells {told} devices"
        median = statistics.median(times)
        assert median < self.restart_bound, f"ready after {median:.2f} s, the median of {times}"

    def kib(self, name):
        text = pathlib.Path(f"/proc/{self.daemon.process.pid}/status").read_text(encoding="ascii")
        return next(int(line.split()[1]) for line in text.splitlines() if line.startswith(name))

    def cpu_seconds(self):
        tasks = pathlib.Path(f"/proc/{self.daemon.process.pid}/task").glob("*/schedstat")
        return sum(int(task.read_text().split()[0]) for task in tasks) / 1e9


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", required=True, help="the build folder")
    parser.add_argument("--devices", type=int, default=1000000)
    parser.add_argument("--restart", type=float, default=2.0, help="seconds it may take")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--keep", action="store_true", help="keep the daemon's folder and log")
    arguments = parser.parse_args()

    report = Report()
    million = Million(arguments)
    try:
        report.play(f"{million.devices} devices are imported", million.import_devices)
        million.measure_memory("memoryAfterImport")
        report.play("a device is found by its endpoint", million.look_up_endpoint)
        report.play("a device is found by its IMSI", million.look_up_imsi)
        million.measure_memory("memoryAfterLookUps")
        report.play(f"after a restart it is ready within {million.restart_bound:g} s",
                    million.restart)

        def stops():
            code = million.daemon.stop()
            assert code == 0, f"the daemon ended with {code}"
            million.measure_size()
        report.play("SIGTERM ends the daemon with 0", stops)
    finally:
        million.daemon.stop()
        print(json.dumps(million.figures))
        if report.failed:
            print("The daemon's log:\n" + million.daemon.log()[-20000:])
        if arguments.keep:
            print(f"kept: {million.daemon.folder}")
        million.daemon.remove()
    return report.close()


if __name__ == "__main__":
    sys.exit(main())
