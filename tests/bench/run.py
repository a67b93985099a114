#!/usr/bin/env python3
"""What one bootstrap costs the daemon, beside a bare server: over DTLS-PSK, and over ECDHE-ECDSA
with certificates on both sides.

    tests/bench/run.py --build DIR [--rounds 5] [--bootstraps 4000] [--concurrency 200] [--aim 1.5]
        [--ecdsa-rounds 3] [--ecdsa-bootstraps 1000] [--ecdsa-aim 1.5]

Runs bench_bare_server and lwm2m-bootstrapd (one shard) alternately under the same load and prints
the CPU time of each per bootstrap, the ratio of every pair and the median; then the memory of the
daemon per association that its device left open. With an aim, fails when the median is above it.
Machines vary from minute to minute: compare within one run.
"""

import argparse
import json
import pathlib
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "interop"))
from pki import Authority

KEY = b"bench key 16 oct".hex()  # of every device, as in coap_bits.h
WARM_UP = 200

PROFILE = {
    "name": "bench",
    "enabler": "1.1",
    "servers": [
        {
            "shortServerId": 101,
            "uri": "coaps://dm.example.com:5684",
            "security": {"mode": "psk", "identity": "${endpoint}", "key": KEY},
            "lifetime": 86400,
            "binding": "U",
        }
    ],
}


class Failed(Exception):
    pass


def free_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def is_bound(port):
    wanted = f"{port:04X}"
    with open("/proc/net/udp", encoding="ascii") as table:
        return any(line.split()[1].endswith(":" + wanted) for line in table.readlines()[1:])


class Server:
    """A server under measurement, from its start to its end."""

    def __init__(self, command, port, log):
        self.port = port
        self.log = log
        with open(log, "wb") as out:
            self.process = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT)
        deadline = time.monotonic() + 60
        while not is_bound(port):
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise Failed(f"{command[0]} does not listen: {self.last_words()}")
            time.sleep(0.05)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def last_words(self):
        return pathlib.Path(self.log).read_text(errors="replace")[-2000:]

    def cpu_seconds(self):
        """Of all threads, by the scheduler's own account (nanoseconds)."""
        tasks = pathlib.Path(f"/proc/{self.process.pid}/task").glob("*/schedstat")
        return sum(int(task.read_text().split()[0]) for task in tasks) / 1e9

    def resident_octets(self):
        for line in pathlib.Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
        raise Failed("no VmRSS")

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


class Security:
    """How devices show who they are; with an authority they have certificates."""

    def __init__(self, rounds, bootstraps, authority=None):
        self.rounds = rounds
        self.bootstraps = bootstraps
        self.name = "ECDHE-ECDSA" if authority else "PSK"
        # A handshake of a millisecond keeps the others waiting: fewer at once, or they repeat.
        self.at_once = 50 if authority else sys.maxsize
        self.load_options, self.bare_options, self.dtls = [], [], {}
        if not authority:
            return
        own = authority.issue("server", "bs.example.com", ["DNS:bs.example.com"],
                              usage="serverAuth")
        self.load_options = ["ecdsa", authority.certificate, authority.folder / "ca.key"]
        self.bare_options = [own.certificate, own.key, authority.certificate]
        self.dtls = {"cipherSuites": ["ECDHE-ECDSA-AES128-CCM8"],
                     "certificates": [{"certificate": str(own.certificate), "key": str(own.key)}],
                     "clients": {"ca": [str(authority.certificate)], "endpoint": "commonName"}}

    def credentials(self, endpoint):
        if self.dtls:
            return {"x509": {"ca": True}}
        return {"psk": {"identity": endpoint, "key": KEY}}


def load_command(program, server, bootstraps, options, security, *more):
    return [str(part) for part in (program, server.port, bootstraps,
                                   min(options.concurrency, bootstraps, security.at_once), 0, *more,
                                   *security.load_options)]


def load(program, server, bootstraps, options, security):
    done = subprocess.run(load_command(program, server, bootstraps, options, security),
                          stdout=subprocess.PIPE, check=False)
    counts = json.loads(done.stdout or b"{}")
    if done.returncode != 0 or counts.get("finished") != bootstraps:
        raise Failed(f"the load: {counts}; the server said: {server.last_words()}")
    return counts


def cost(program, server, options, security):
    """Microseconds of CPU per bootstrap, bootstraps per second, repetitions."""
    load(program, server, WARM_UP, options, security)
    before = server.cpu_seconds()
    counts = load(program, server, security.bootstraps, options, security)
    spent = server.cpu_seconds() - before
    return (
        spent / security.bootstraps * 1e6,
        security.bootstraps / counts["seconds"],
        counts["repeated"],
    )


def memory(program, server, options, security):
    """Octets of resident memory per association left open."""
    load(program, server, WARM_UP, options, security)
    before = server.resident_octets()
    devices = subprocess.Popen(
        load_command(program, server, options.open, options, security, "keep"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    counts = json.loads(devices.stdout.readline() or b"{}")
    time.sleep(1)  # what the server does when it is idle
    after = server.resident_octets()
    devices.communicate()
    if counts.get("finished") != options.open:
        raise Failed(f"the load: {counts}")
    return (after - before) / options.open


def write_settings(folder, port, options, security):
    devices = max(security.bootstraps, options.open, WARM_UP)
    for name in ("profiles.d", "devices.d"):
        (folder / name).mkdir()
    (folder / "profiles.d/bench.json").write_text(json.dumps(PROFILE))
    records = [
        {
            "endpoint": f"bench-{i:06}",
            "profile": "bench",
            "credentials": security.credentials(f"bench-{i:06}"),
        }
        for i in range(devices)
    ]
    (folder / "devices.d/bench.json").write_text(json.dumps(records))
    settings = {
        "listen": {"coaps": [f"127.0.0.1:{port}"]},
        "http": {"listen": [], "socket": "control.sock"},
        "provisioning": {"profiles": "profiles.d", "devices": "devices.d"},
        "shards": 1,
        "dtls": security.dtls,
        "log": {"level": options.log_level},
    }
    (folder / "settings.json").write_text(json.dumps(settings))
    return folder / "settings.json"


def find(build, name):
    found = [path for path in build.rglob(name) if path.is_file()]
    return str(found[0].resolve()) if found else None


def measure(folder, programs, options, security):
    """The median ratio; nothing without the daemon."""
    bare, program, daemon = programs
    log = folder / "log"

    def run_bare(port):
        return Server([bare, str(port), *map(str, security.bare_options)], port, log)

    def run_daemon(port):
        settings = folder / f"daemon-{security.name}-{port}"
        settings.mkdir(exist_ok=True)
        config = write_settings(settings, port, options, security)
        return Server([daemon, "--config", str(config)], port, log)

    servers = [("bare", run_bare)] + ([("daemon", run_daemon)] if daemon else [])
    costs = {label: [] for label, _ in servers}
    for number in range(security.rounds):
        # Who goes first changes, as what comes first warms the machine.
        for label, run in servers if number % 2 == 0 else reversed(servers):
            with run(free_port()) as server:
                cpu, rate, repeated = cost(program, server, options, security)
            costs[label].append(cpu)
            print(
                f"{security.name} round {number + 1}  {label:7} {cpu:7.1f} us of CPU a bootstrap"
                f"  {rate:7.0f} a second  {repeated} repetitions",
                flush=True,
            )

    for label, _ in servers:
        print(f"{security.name} {label}: median {statistics.median(costs[label]):.1f} us of CPU a "
              "bootstrap")
    ratio = None
    if daemon:
        ratios = [ours / theirs for ours, theirs in zip(costs["daemon"], costs["bare"])]
        ratio = statistics.median(ratios)
        pairs = " ".join(f"{one:.2f}" for one in ratios)
        print(f"{security.name} ratio daemon/bare of each pair: {pairs}; median {ratio:.2f}")
    for label, run in servers:
        with run(free_port()) as server:
            octets = memory(program, server, options, security)
        print(f"{security.name} {label}: {octets / 1024:.1f} KiB of resident memory an open "
              "association", flush=True)
    return ratio


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", type=pathlib.Path, required=True, help="a release build")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--bootstraps", type=int, default=4000)
    parser.add_argument("--ecdsa-rounds", type=int, default=3, help="0: PSK alone")
    parser.add_argument("--ecdsa-bootstraps", type=int, default=1000)
    parser.add_argument("--concurrency", type=int, default=200)
    parser.add_argument("--open", type=int, default=4000, help="associations for the memory")
    parser.add_argument("--log-level", default="info", help="the daemon's")
    parser.add_argument("--aim", type=float, help="fail when the median ratio is above")
    parser.add_argument("--ecdsa-aim", type=float, help="the same of ECDHE-ECDSA")
    options = parser.parse_args()

    bare = find(options.build, "bench_bare_server")
    program = find(options.build, "bench_load")
    daemon = find(options.build, "lwm2m-bootstrapd")
    if not bare or not program:
        raise Failed(f"no benchmark programs in {options.build}: build bench_bare_server, bench_load")
    if not daemon:
        print(f"no lwm2m-bootstrapd in {options.build}: the bare server alone")

    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        wanted = [(Security(options.rounds, options.bootstraps), options.aim)]
        if options.ecdsa_rounds:
            authority = Authority(folder / "authority", "Bench CA")
            wanted.append((Security(options.ecdsa_rounds, options.ecdsa_bootstraps, authority),
                           options.ecdsa_aim))
        for security, aim in wanted:
            if not security.rounds:
                continue
            ratio = measure(folder, (bare, program, daemon), options, security)
            if aim and ratio and ratio > aim:
                raise Failed(f"the median ratio of {security.name}, {ratio:.2f}, is above the aim "
                             f"of {aim}")


if __name__ == "__main__":
    try:
        main()
    except Failed as failure:
        sys.exit(f"bench: {failure}")
