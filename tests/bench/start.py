#!/usr/bin/env python3
"""What the daemon takes to be there: time from its start to readiness, with cold and with warm
files, memory at rest, and the octets of programs, package and image.

    tests/bench/start.py --build DIR [--rounds 5] [--devices 100000]

Readiness is what the service manager is told (READY=1). Cold: the kernel's caches were dropped
before, which takes root and machines that allow it. Prints a line of JSON for each figure and
closes with `N passed, N failed, N skipped`; nothing is judged but that it starts and stops.
"""

import argparse
import json
import os
import pathlib
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "interop"))
from harness import Daemon, Report, Skip, find_program
from million import PROFILE, line_of

IMAGE = "lwm2m-bootstrapd"


def tell(bench, **figures):
    print(json.dumps({"bench": bench, **figures}), flush=True)


def mebi(octets):
    return round(octets / (1 << 20), 2)


class Site:
    """A folder with settings and `devices` records in its database; started again and again."""

    def __init__(self, program, devices):
        self.program = program
        # The harness makes and fills it; what is measured is started below.
        self.daemon = Daemon(program, [PROFILE], [],
                             {"shards": "auto", "log": {"level": "info", "format": "json"}})
        if devices:
            body = (b"".join(map(line_of, range(first, min(first + 200, devices))))
                    for first in range(0, devices, 200))
            connection = self.daemon.connect(timeout=600)
            connection.request("POST", "/v1/devices:import", body,
                               {"Content-Type": "application/x-ndjson"}, encode_chunked=True)
            last = connection.getresponse().read().splitlines()[-1]
            connection.close()
            assert json.loads(last)["summary"]["created"] == devices, last
        assert self.daemon.stop() == 0
        self.path = self.daemon.folder / "notify"

    def start(self):
        """Seconds to READY=1, and the process."""
        self.path.unlink(missing_ok=True)
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
            manager.bind(str(self.path))
            manager.settimeout(120)
            begun = time.monotonic()
            process = subprocess.Popen(
                [self.program, "--config", str(self.daemon.folder / "settings.json")],
                env={**os.environ, "NOTIFY_SOCKET": str(self.path)}, stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            try:
                while b"READY=1" not in manager.recv(4096).split(b"\n"):
                    pass
            except BaseException:
                process.kill()
                raise
            return time.monotonic() - begun, process

    def stop(self, process):
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=60) == 0, process.returncode

    def remove(self):
        self.daemon.remove()


def drop_caches():
    try:
        os.sync()
        pathlib.Path("/proc/sys/vm/drop_caches").write_text("3", encoding="ascii")
    except OSError as error:
        raise Skip(f"the kernel's caches cannot be dropped: {error}") from None


def memory(process):
    """Octets that are its own and its share of libraries, and all that is resident."""
    place = pathlib.Path(f"/proc/{process.pid}")

    def read(name, key):
        for line in (place / name).read_text(encoding="ascii").splitlines():
            if line.startswith(key + ":"):
                return mebi(int(line.split()[1]) * 1024)
        return None
    figures = {"residentMiB": read("status", "VmRSS"), "threads": len(list((place / "task").iterdir()))}
    try:
        figures["proportionalMiB"] = read("smaps_rollup", "Pss")
    except PermissionError:
        pass  # it keeps its memory to itself; root sees it
    return figures


def programs(build):
    """Stripped as they are installed; the package, where there is one."""
    with tempfile.TemporaryDirectory() as folder:
        for name in ("lwm2m-bootstrapd", "lwm2m-bootstrapctl"):
            stripped = pathlib.Path(folder) / name
            subprocess.run(["strip", "-o", stripped, find_program(build, name)], check=True,
                           timeout=60)
            tell("size", what=name, mebioctets=mebi(stripped.stat().st_size))
    for package in pathlib.Path(build).glob("*.deb"):
        tell("size", what=package.name, mebioctets=mebi(package.stat().st_size))


def image():
    """That tests/machine/container.py made, or somebody else."""
    if not shutil.which("podman"):
        raise Skip("podman is not installed")
    store = os.environ.get("CONTAINER_STORE")
    place = ["--root", f"{store}/storage", "--runroot", f"{store}/run"] if store else []
    for name in (f"localhost/{IMAGE}:test", f"localhost/{IMAGE}:latest"):
        told = subprocess.run(["podman", *place, "image", "inspect", name], capture_output=True,
                              timeout=60, check=False)
        if told.returncode == 0:
            tell("size", what="image", mebioctets=mebi(json.loads(told.stdout)[0]["Size"]))
            return
    raise Skip("none was built")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", required=True, help="the build folder")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--devices", type=int, default=100000)
    arguments = parser.parse_args()
    report = Report()
    program = find_program(arguments.build, "lwm2m-bootstrapd")

    for devices in (0, arguments.devices):
        site = Site(program, devices)

        def warm():
            times = []
            for _ in range(arguments.rounds):
                took, process = site.start()
                times.append(took)
                figures = memory(process)
                site.stop(process)
            tell("start", files="warm", devices=devices,
                 milliseconds=round(statistics.median(times) * 1000, 1),
                 rounds=[round(each * 1000, 1) for each in times])
            tell("memory", devices=devices, **figures)

        def cold():
            times = []
            for _ in range(arguments.rounds):
                drop_caches()
                took, process = site.start()
                times.append(took)
                site.stop(process)
            tell("start", files="cold", devices=devices,
                 milliseconds=round(statistics.median(times) * 1000, 1),
                 rounds=[round(each * 1000, 1) for each in times])

        try:
            report.play(f"it starts with {devices} devices, its files in memory", warm)
            report.play(f"it starts with {devices} devices, its files on the disk", cold)
        finally:
            site.remove()
    report.play("programs and package have their size", lambda: programs(arguments.build))
    report.play("the image has its size", image)
    return report.close()


if __name__ == "__main__":
    sys.exit(main())
