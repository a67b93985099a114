#!/usr/bin/env python3
"""The Debian package on a machine of its own: a systemd-nspawn root with systemd as PID 1, in a
network namespace of its own. Installed, started, a device bootstrapped, reloaded, the watchdog
provoked, stopped with a session under way, purged without leftovers. Needs root, debootstrap and
systemd-container. Prints a line a case and closes with `N passed, N failed, N skipped`.
"""

import argparse
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import threading

sys.dont_write_bytecode = True
ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/interop"))
from harness import Peer, Report, find_program, until

NAME = "bootstrapd-test"
KEY = "000102030405060708090a0b0c0d0e0f"
# What the package depends on is installed before: the machine has no network.
PACKAGES = ["systemd", "systemd-sysv", "dbus", "init-system-helpers", "libssl3", "libspdlog1.10",
            "libfmt9", "libpugixml1v5", "libsqlite3-0", "libsystemd0", "libprometheus-cpp-core1.0",
            "ca-certificates"]
PROFILE = {"name": "meter", "servers": [
    {"shortServerId": 101, "uri": "coaps://dm.example.com:5684",
     "security": {"mode": "psk", "identity": "${endpoint}", "key": KEY}}]}


def run(*arguments, check=True, timeout=600, **more):
    done = subprocess.run([str(a) for a in arguments], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=timeout, check=False, **more)
    if check and done.returncode != 0:
        raise AssertionError(f"{' '.join(map(str, arguments))} ended with {done.returncode}:\n"
                             f"{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return done


def base(folder):
    """The root without the package; made once."""
    if (folder / "usr/lib/systemd/systemd").exists():
        return folder
    print("making a Debian root", flush=True)
    part = folder.with_name(folder.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    run("debootstrap", "--variant=minbase", "bookworm", part, timeout=900)
    run("chroot", part, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "install", "-y",
        "--no-install-recommends", *PACKAGES, timeout=900)
    part.rename(folder)
    return folder


def package(build):
    """The .deb of a build folder."""
    for old in pathlib.Path(build).glob("*.deb"):
        old.unlink()
    run("cpack", "-G", "DEB", cwd=build)
    return next(pathlib.Path(build).glob("*.deb"))


class Machine:
    """The root, booted. Everything is a process of PID 1's; stop() powers it off."""

    def __init__(self, root):
        self.root = root
        run("ip", "netns", "del", NAME, check=False)
        run("ip", "netns", "add", NAME)
        run("ip", "-n", NAME, "link", "set", "lo", "up")
        self.nspawn = subprocess.Popen(
            ["systemd-nspawn", "-q", "-D", str(root), "--boot", "-M", NAME, "--keep-unit",
             "--register=no", f"--network-namespace-path=/run/netns/{NAME}"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.pid = None
        self.pid = until(self._leader, "PID 1", 30)
        until(lambda: self("systemctl", "is-system-running", check=False).stdout.strip()
              in ("running", "degraded"), "the end of the boot", 60)

    def _leader(self):
        found = run("pgrep", "-P", self.nspawn.pid, check=False).stdout.split()
        return found[0] if found else None

    def __call__(self, *arguments, check=True, timeout=120):
        return run("nsenter", "-t", self.pid, "-a", *arguments, check=check, timeout=timeout)

    def property(self, name):
        return self("systemctl", "show", "-P", name, "lwm2m-bootstrapd").stdout.strip()

    def log(self):
        return self("journalctl", "--no-pager", "-o", "json", "-u", "lwm2m-bootstrapd").stdout

    def stop(self):
        self("systemctl", "poweroff", check=False)
        try:
            self.nspawn.wait(timeout=60)
        except subprocess.TimeoutExpired:
            # Never kill nspawn itself: what it runs would survive.
            run("kill", "-9", self.pid, check=False)
            self.nspawn.wait(timeout=30)
        run("ip", "netns", "del", NAME, check=False)


def device(build, mode, *more):
    program = find_program(build, "libcoap_device")
    return Peer(["ip", "netns", "exec", NAME, program, mode, "--server", "coaps://127.0.0.1:5684",
                 "--identity", "first", "--key", KEY, *more], name="device")


def tool(machine, *arguments):
    return machine("lwm2m-bootstrapctl", "--json", *arguments).stdout


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--build", default="build/release")
    arguments.add_argument("--root", default="build/machine/base", type=pathlib.Path)
    options = arguments.parse_args()
    for program in ("debootstrap", "systemd-nspawn", "nsenter", "ip"):
        if not shutil.which(program):
            print(f"SKIP  the machine: {program} is not installed")
            print("0 passed, 0 failed, 1 skipped")
            return 0
    if os.geteuid() != 0:
        print("SKIP  the machine: needs root\n0 passed, 0 failed, 1 skipped")
        return 0
    report = Report()
    options.root.parent.mkdir(parents=True, exist_ok=True)
    root = options.root.with_name("run")
    shutil.rmtree(root, ignore_errors=True)
    run("cp", "-a", base(options.root), root)
    deb = package(options.build)
    shutil.copy(deb, root / "package.deb")
    before = snapshot(root)
    machine = Machine(root)
    try:
        play(report, machine, root, options.build, before)
    finally:
        machine.stop()
    return report.close()


def snapshot(root):
    """The files of the places that a package leaves something in."""
    return {str(path.relative_to(root)) for place in ("etc", "usr", "var/lib", "run", "lib")
            for path in (root / place).rglob("*")
            if not re.search(r"/(dpkg|apt|systemd/(catalog|timers|random-seed|coredump))(/|$)"
                             r"|deb-systemd-helper|__pycache__|ld\.so\.cache|machine-id|\.updated$",
                             "/" + str(path.relative_to(root)))}


def play(report, machine, root, build, before):
    etc = root / "etc/lwm2m-bootstrapd"

    def installed():
        machine("dpkg", "-i", "/package.deb")
        assert machine.property("ActiveState") == "active", machine.log()
        assert machine.property("NRestarts") == "0"
        assert "shard" in machine.property("StatusText"), machine.property("StatusText")

    def verified():
        told = machine("systemd-analyze", "--man=no", "verify",
                       "/lib/systemd/system/lwm2m-bootstrapd.service",
                       "/lib/systemd/system/lwm2m-bootstrapd.socket", check=False)
        assert not (told.stdout + told.stderr).strip(), told.stdout + told.stderr
        machine("systemd-analyze", "security", "--offline=true", "--threshold=12",
                "/lib/systemd/system/lwm2m-bootstrapd.service")

    def not_root():
        pid = machine.property("MainPID")
        status = machine("cat", f"/proc/{pid}/status").stdout
        assert re.search(r"^CapEff:\s+0000000000000000$", status, re.MULTILINE), status
        assert not re.search(r"^Uid:\s+0\s", status, re.MULTILINE), status
        assert re.search(r"^Seccomp:\s+2$", status, re.MULTILINE), status

    def reloaded():
        (etc / "profiles.d/meter.json").write_text(json.dumps(PROFILE))
        (etc / "devices.d/first.json").write_text(json.dumps(
            {"endpoint": "first", "profile": "meter",
             "credentials": {"psk": {"identity": "first", "key": KEY}}}))
        machine("chown", "-R", "root:lwm2m-bootstrapd", "/etc/lwm2m-bootstrapd")
        machine("chmod", "0640", "/etc/lwm2m-bootstrapd/devices.d/first.json",
                "/etc/lwm2m-bootstrapd/profiles.d/meter.json")
        machine("systemctl", "reload", "lwm2m-bootstrapd")
        assert machine.property("ActiveState") == "active"

    def wrong_reload():
        (etc / "profiles.d/wrong.json").write_text('{ "name": "wrong", "servers": 7 }')
        machine("chmod", "0644", "/etc/lwm2m-bootstrapd/profiles.d/wrong.json")
        try:
            done = machine("systemctl", "reload", "lwm2m-bootstrapd", check=False)
            assert done.returncode != 0, "a reload that was refused is told as a good one"
            assert "/servers" in machine.log(), "the log does not name the place"
        finally:
            (etc / "profiles.d/wrong.json").unlink()
        machine("systemctl", "reload", "lwm2m-bootstrapd")

    def bootstrapped():
        peer = device(build, "ask", "--ep", "first")
        try:
            assert peer.finish() == 0, peer.events
        finally:
            peer.stop()
        entries = [json.loads(line) for line in machine.log().splitlines()]
        ended = [e for e in entries if e.get("BOOTSTRAPD_MESSAGE") == "session_ended"]
        assert ended and ended[-1]["BOOTSTRAPD_OUTCOME"] == "finished", ended
        assert ended[-1]["PRIORITY"] == "6", ended[-1]

    def watched():
        folder = root / "run/systemd/system/lwm2m-bootstrapd.service.d"
        machine("mkdir", "-p", "/run/systemd/system/lwm2m-bootstrapd.service.d")
        machine("sh", "-c", "printf '[Service]\\nWatchdogSec=2\\n' > "
                "/run/systemd/system/lwm2m-bootstrapd.service.d/watchdog.conf")
        del folder
        machine("systemctl", "daemon-reload")
        machine("systemctl", "restart", "lwm2m-bootstrapd")
        first = machine.property("MainPID")
        # Fed for a while: nothing happens.
        until(lambda: int(machine.property("WatchdogTimestampMonotonic") or 0) >
              int(machine.property("ActiveEnterTimestampMonotonic")) + 4_000_000,
              "a fed watchdog", 30)
        assert machine.property("MainPID") == first
        machine("kill", "-STOP", first)
        until(lambda: machine.property("MainPID") not in (first, "0") and
              machine.property("ActiveState") == "active", "a restart by the watchdog", 60)
        assert machine.property("NRestarts") == "1"
        machine("rm", "-r", "/run/systemd/system/lwm2m-bootstrapd.service.d")
        machine("systemctl", "daemon-reload")
        machine("systemctl", "restart", "lwm2m-bootstrapd")

    def drained():
        # The device's process stands still when the session begins, so that the stop comes while
        # it runs; then it answers what is sent again.
        peer = device(build, "hold")
        try:
            peer.wait_for("associated")
            peer.process.send_signal(signal.SIGSTOP)
            session = json.loads(tool(machine, "attach", "first"))["id"]
            until(lambda: json.loads(tool(machine, "session", "show", session))["state"] ==
                  "reaching", "the session's first operation", 30)
            stopping = threading.Thread(target=machine, args=("systemctl", "stop",
                                                              "lwm2m-bootstrapd"))
            stopping.start()
            until(lambda: machine.property("ActiveState") == "deactivating", "the drain", 20)
            peer.process.send_signal(signal.SIGCONT)
            stopping.join(timeout=100)
            assert peer.finish() == 0, peer.events
        finally:
            peer.process.send_signal(signal.SIGCONT)
            peer.stop()
        assert machine.property("Result") == "success", machine.property("Result")
        machine("systemctl", "start", "lwm2m-bootstrapd")
        assert json.loads(tool(machine, "session", "show", session))["outcome"] == "finished"

    def upgraded():
        settings = etc / "lwm2m-bootstrapd.json"
        changed = settings.read_text().replace('"listen"', '"session": { "settle": 4 },\n  "listen"')
        settings.write_text(changed)
        pid = machine.property("MainPID")
        machine("dpkg", "-i", "--force-confold", "/package.deb")
        assert settings.read_text() == changed, "the operator's settings were replaced"
        assert machine.property("ActiveState") == "active"
        assert machine.property("MainPID") != pid, "the new one does not run"

    def removed():
        machine("dpkg", "-r", "lwm2m-bootstrapd")
        assert machine("systemctl", "is-active", "lwm2m-bootstrapd", check=False).returncode != 0
        assert (etc / "devices.d/first.json").exists(), "remove takes the operator's files"
        machine("dpkg", "-P", "lwm2m-bootstrapd")
        left = sorted(path for path in snapshot(root) - before if "bootstrap" in path.lower())
        assert not left, left
        assert "bootstrapd" not in (root / "etc/passwd").read_text()

    for sentence, case in [
            ("the package is installed and the service starts", installed),
            ("systemd-analyze verify is silent, and security at most 1.2", verified),
            ("it runs without capabilities, not as root, behind a filter of system calls", not_root),
            ("a reload takes over new profiles and devices", reloaded),
            ("a reload that is refused fails, and says where", wrong_reload),
            ("a device is bootstrapped, and journald has its fields", bootstrapped),
            ("a daemon that is stuck is restarted by the watchdog", watched),
            ("a stop lets the running session end", drained),
            ("an upgrade keeps the settings and restarts the service", upgraded),
            ("remove keeps the operator's files, purge leaves nothing", removed)]:
        report.play("machine: " + sentence, case)


sys.exit(main())
