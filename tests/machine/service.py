#!/usr/bin/env python3
"""The Debian package on a machine of its own with systemd as PID 1: installed, started, a device
bootstrapped, reloaded, refused, its watchdog provoked, its secrets passed as credentials, its
sockets too, stopped with a session under way, upgraded, removed, purged without leftovers.

    service.py --build build/release            makes the package there with cpack
    service.py --build build/release FILE.deb   tries this one; the device is that of the build

Prints a line a case and closes with `N passed, N failed, N skipped`.
"""

import argparse
import json
import pathlib
import re
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "interop"))
from harness import Peer, Report, find_program, until
from machine import Machine, Missing, Root, StuckThread, field, run

NAME = "lwm2m-bootstrapd"
SERVICE, SOCKETS = f"{NAME}.service", f"{NAME}.socket"
ETC, STATE = f"/etc/{NAME}", f"/var/lib/{NAME}"
KEY = "000102030405060708090a0b0c0d0e0f"
PROFILE = {"name": "meter", "servers": [
    {"shortServerId": 101, "uri": "coaps://dm.example.com:5684",
     "security": {"mode": "psk", "identity": "${endpoint}", "key": KEY}}]}
DEVICE = {"endpoint": "first", "profile": "meter",
          "credentials": {"psk": {"identity": "first", "key": KEY}}}
HEALTH = ("import http.client; c = http.client.HTTPConnection('127.0.0.1', 8443, timeout=20);"
          "c.request('GET', '/healthz'); print(c.getresponse().status)")
THRESHOLD = 12  # of systemd-analyze security, in tenths


def package(build):
    """The .deb of a build folder."""
    for old in pathlib.Path(build).glob(f"{NAME}_*.deb"):
        old.unlink()
    run("cpack", "-G", "DEB", cwd=build)
    return next(pathlib.Path(build).glob(f"{NAME}_*.deb"))


def next_version(package_file, folder):
    """The same package one revision on, with other default settings in it."""
    tree = folder / "next"
    run("dpkg-deb", "-R", package_file, tree)
    control = tree / "DEBIAN/control"
    version = field(package_file, "Version")
    control.write_text(control.read_text().replace(f"Version: {version}\n",
                                                   f"Version: {version}.1\n"))
    settings = tree / f"etc/{NAME}/{NAME}.json"
    settings.write_text(settings.read_text().replace('"listen"', '"drain": {},\n  "listen"'))
    run("dpkg-deb", "--root-owner-group", "-b", tree, folder / "next.deb")
    return folder / "next.deb", f"{version}.1"


class Trial:
    def __init__(self, machine, root, build, package_file):
        self.machine = machine
        self.root = root.path
        self.build = build
        self.package = package_file
        self.upgrade, self.version = next_version(package_file, root.folder)
        for name, file in (("package.deb", package_file), ("next.deb", self.upgrade)):
            (self.root / "opt" / name).write_bytes(pathlib.Path(file).read_bytes())
        self.before = root.files()
        self.files = root.files

    # ---- what is looked at ----

    def systemctl(self, *arguments, check=True):
        return self.machine("systemctl", *arguments, check=check)

    def property(self, name, unit=SERVICE):
        return self.systemctl("show", "-P", name, unit).stdout.strip()

    def is_active(self):
        return self.property("ActiveState") == "active"

    def journal(self, *matches):
        """The entries of this boot, each an object."""
        told = self.machine("journalctl", "--no-pager", "-o", "json", "-u", NAME, *matches).stdout
        return [json.loads(line) for line in told.splitlines()]

    def log(self):
        return "\n".join(str(entry.get("MESSAGE")) for entry in self.journal())

    def tool(self, *arguments):
        return json.loads(self.machine("lwm2m-bootstrapctl", *arguments, "--json").stdout)

    def write(self, name, content, mode="0640"):
        """A file of the settings folder, as an operator writes it."""
        path = self.root / f"etc/{NAME}" / name
        path.write_text(content if isinstance(content, str) else json.dumps(content, indent=2))
        self.machine("chown", f"root:{NAME}", f"{ETC}/{name}")
        self.machine("chmod", mode, f"{ETC}/{name}")
        return path

    def settings(self, **changes):
        """Changes the settings; returns what they were."""
        path = self.root / f"etc/{NAME}/{NAME}.json"
        before = path.read_text()
        self.write(f"{NAME}.json", {**json.loads(before), **changes})
        return before

    def drop_in(self, name, *lines, unit=SERVICE):
        folder = f"/run/systemd/system/{unit}.d"
        self.machine("mkdir", "-p", folder)
        self.machine("sh", "-c", f"printf '%s\\n' \"$@\" > {folder}/{name}.conf", "sh", *lines)
        self.systemctl("daemon-reload")

    def no_drop_in(self, name, unit=SERVICE):
        self.machine("rm", "-f", f"/run/systemd/system/{unit}.d/{name}.conf")
        self.systemctl("daemon-reload")

    def device(self, mode, *more):
        program = find_program(self.build, "libcoap_device")
        return Peer(self.machine.beside(program, mode, "--server", "coaps://127.0.0.1:5684",
                                        "--identity", "first", "--key", KEY, *more), name="device")

    def bootstrap(self):
        peer = self.device("ask", "--ep", "first")
        try:
            assert peer.finish() == 0, peer.events
        finally:
            peer.stop()

    def process(self):
        """The daemon's number outside the machine."""
        found = run("pgrep", "--ns", self.machine.pid, "--nslist", "pid", "-f",
                    f"^/usr/bin/{NAME} ").stdout.split()
        assert len(found) == 1, found
        return found[0]

    # ---- the cases ----

    def installed(self):
        self.machine("dpkg", "-i", "/opt/package.deb")
        assert self.is_active(), self.log()
        assert self.property("NRestarts") == "0"
        assert "profiles" in self.property("StatusText"), self.property("StatusText")
        ready = self.journal("BOOTSTRAPD_MESSAGE=ready")
        assert len(ready) == 1 and ready[0]["PRIORITY"] == "6", ready
        assert ready[0]["BOOTSTRAPD_PROFILES"] == "0", ready
        for path, owner in ((ETC, f"root:{NAME} 750"), (f"{ETC}/devices.d", f"root:{NAME} 750"),
                            (STATE, f"{NAME}:{NAME} 700")):
            told = self.machine("stat", "-c", "%U:%G %a", path).stdout.strip()
            assert told == owner, f"{path}: {told}"
        assert not self.machine("dpkg", "--verify", NAME).stdout, "files differ from the package's"
        assert self.machine(NAME, "--version").stdout.strip().startswith(NAME)

    def verified(self):
        units = [f"/lib/systemd/system/{unit}" for unit in (SERVICE, SOCKETS)]
        told = self.machine("systemd-analyze", "--man=no", "verify", *units, check=False)
        assert not (told.stdout + told.stderr).strip(), told.stdout + told.stderr
        done = self.machine("systemd-analyze", "--no-pager", "security", "--offline=true",
                            f"--threshold={THRESHOLD}", units[0], check=False)
        print("      " + done.stdout.strip().splitlines()[-1], flush=True)
        assert done.returncode == 0, done.stdout

    def confined(self):
        status = self.machine("cat", f"/proc/{self.property('MainPID')}/status").stdout
        for line in (r"CapEff:\s+0+", r"CapBnd:\s+0+", r"Seccomp:\s+2", r"NoNewPrivs:\s+1"):
            assert re.search(f"^{line}$", status, re.MULTILINE), status
        assert not re.search(r"^[UG]id:.*\s0(\s|$)", status, re.MULTILINE), status
        limits = self.machine("cat", f"/proc/{self.property('MainPID')}/limits").stdout
        assert re.search(r"^Max core file size\s+0\s+0\s", limits, re.MULTILINE), limits

    def reloaded(self):
        self.write("profiles.d/meter.json", PROFILE)
        self.write("devices.d/first.json", DEVICE)
        self.systemctl("reload", NAME)
        assert self.is_active()
        assert self.tool("device", "show", "first")["profile"] == "meter"
        self.bootstrap()
        ended = self.journal("BOOTSTRAPD_MESSAGE=session_ended", "BOOTSTRAPD_ENDPOINT=first")
        assert ended and ended[-1]["BOOTSTRAPD_OUTCOME"] == "finished", ended

    def reloaded_by_signal(self):
        changed = int(self.property("StateChangeTimestampMonotonic"))
        reloads = len(self.journal("BOOTSTRAPD_MESSAGE=reloaded"))
        self.systemctl("kill", "--kill-whom=main", "-s", "HUP", NAME)
        until(lambda: len(self.journal("BOOTSTRAPD_MESSAGE=reloaded")) > reloads, "the reload")
        # Reloading, and active again: the manager was told of both.
        until(lambda: int(self.property("StateChangeTimestampMonotonic")) > changed and
              self.is_active(), "RELOADING=1 and READY=1")

    def wrong_reload(self):
        def refused(pointer):
            done = self.systemctl("reload", NAME, check=False)
            assert done.returncode != 0, "a reload that was refused is told as a good one"
            assert pointer in self.log(), f"the journal does not name {pointer}"

        path = self.write("profiles.d/wrong.json", {"name": "wrong", "servers": 7})
        try:
            refused("/servers")
        finally:
            path.unlink()
        settings = self.settings(session={"settel": 1})
        try:
            refused("/session/settel")
        finally:
            self.write(f"{NAME}.json", settings)
        assert self.is_active(), "what is wrong stopped the daemon"
        self.bootstrap()
        self.systemctl("reload", NAME)

    def wrong_start(self):
        settings = self.settings(session={"settle": -1}, shards="many")
        try:
            done = self.systemctl("restart", NAME, check=False)
            assert done.returncode != 0, "it starts with wrong settings"
            assert self.property("ActiveState") == "failed", self.property("ActiveState")
            assert self.property("ExecMainStatus") == "2", self.property("ExecMainStatus")
            for pointer in ("/session/settle", "/shards"):
                assert pointer in self.log(), f"the journal does not name {pointer}"
        finally:
            self.write(f"{NAME}.json", settings)
        self.systemctl("start", NAME)

    # A file that root alone may read reaches the daemon by the manager, and by no other way. The
    # database takes the new key in place of its own.
    def credentials(self):
        self.write("master-key", secrets.token_hex(32) + "\n", "0600")
        self.write("radius-secret", "of the gateway\n", "0600")
        for name in ("master-key", "radius-secret"):
            self.machine("chown", "root:root", f"{ETC}/{name}")
        self.drop_in("credentials", "[Service]", f"LoadCredential=master-key:{ETC}/master-key",
                     f"LoadCredential=radius:{ETC}/radius-secret")
        radius = {"listen": ["127.0.0.1:1813"], "clients": [
            {"name": "gateway", "address": "127.0.0.1", "secretFile": "credential:radius"}]}
        old = f"{STATE}/{NAME}.db.key"
        settings = self.settings(attach={"radius": radius}, store={"oldMasterKeys": [old]})
        self.systemctl("restart", NAME)
        self.machine("rm", old)
        self.write(f"{NAME}.json", settings)
        self.settings(attach={"radius": radius})
        self.systemctl("restart", NAME)
        assert self.machine("test", "-e", old, check=False).returncode != 0, "another key was made"
        assert self.tool("device", "show", "first")["profile"] == "meter"
        self.bootstrap()

    # One shard alone is stuck: the rest of the daemon goes on, and does not speak for it.
    def watched(self):
        self.drop_in("watchdog", "[Service]", "WatchdogSec=2")
        self.systemctl("restart", NAME)
        first = self.property("MainPID")
        started = int(self.property("ActiveEnterTimestampMonotonic"))
        until(lambda: int(self.property("WatchdogTimestampMonotonic")) > started + 5_000_000,
              "a watchdog that was fed for longer than it waits")
        assert self.property("MainPID") == first
        stuck = StuckThread(self.process(), "shard-1" if self.shards() > 1 else "shard-0")
        until(lambda: self.property("NRestarts") == "1" and self.is_active(),
              "a restart by the watchdog", 60)
        stuck.wait_gone()
        assert self.property("MainPID") != first
        told = self.machine("journalctl", "--no-pager", "-o", "cat", "-u", NAME).stdout
        assert "Watchdog timeout" in told, "systemd does not tell of the watchdog"
        self.bootstrap()
        self.no_drop_in("watchdog")
        self.systemctl("restart", NAME)

    def shards(self):
        return int(self.journal("BOOTSTRAPD_MESSAGE=ready")[-1]["BOOTSTRAPD_SHARDS"])

    # The device's process stands still when the session begins, so that the stop comes while it
    # runs; then it answers. The unit's own patience is shorter: the daemon asks for more.
    def drained(self):
        self.drop_in("patience", "[Service]", "TimeoutStopSec=1")
        peer = self.device("hold")
        try:
            peer.wait_for("associated")
            peer.process.send_signal(signal.SIGSTOP)
            session = self.tool("attach", "first")["id"]
            until(lambda: self.tool("session", "show", session)["state"] in ("reaching", "running"),
                  "the session's first operation")
            stopping = threading.Thread(target=self.systemctl, args=("stop", NAME))
            stopping.start()
            until(lambda: self.property("ActiveState") == "deactivating", "the drain")
            begun = time.monotonic()
            assert "waits for the sessions" in self.property("StatusText")
            until(lambda: time.monotonic() > begun + 3, "the end of the unit's patience")
            assert self.property("ActiveState") == "deactivating", "the session was not waited for"
            peer.process.send_signal(signal.SIGCONT)
            stopping.join(timeout=100)
            assert not stopping.is_alive(), "the stop does not end"
            assert peer.finish() == 0, peer.events
        finally:
            peer.process.send_signal(signal.SIGCONT)
            peer.stop()
        assert self.property("Result") == "success", self.property("Result")
        self.no_drop_in("patience")
        self.systemctl("start", NAME)
        assert self.tool("session", "show", session)["outcome"] == "finished"

    # A hello that is sent once, while nobody serves: whoever starts after it answers.
    def activated(self):
        self.drop_in("api", "[Socket]", "ListenStream=127.0.0.1:8443", unit=SOCKETS)
        settings = self.settings(http={"listen": ["127.0.0.1:8443"],
                                       "socket": f"/run/{NAME}/control.sock"})
        self.systemctl("stop", NAME)
        self.systemctl("start", SOCKETS)
        hello = subprocess.Popen(
            self.machine.beside(sys.executable, "-B", pathlib.Path(__file__).with_name("once.py")),
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        answered, _ = hello.communicate(timeout=60)
        assert answered.strip() == "HelloVerifyRequest", answered
        assert self.is_active()
        assert run(*self.machine.beside(sys.executable, "-c", HEALTH)).stdout.strip() == "200"
        self.bootstrap()
        # They are the manager's still.
        first = self.property("MainPID")
        self.systemctl("restart", NAME)
        assert self.property("MainPID") != first
        self.bootstrap()
        # One that the settings know nothing of.
        self.write(f"{NAME}.json", settings)
        assert self.systemctl("restart", NAME, check=False).returncode != 0
        assert "http.listen" in self.log(), self.log()
        self.systemctl("stop", SOCKETS, SERVICE)
        self.no_drop_in("api", unit=SOCKETS)
        self.systemctl("reset-failed", SERVICE, SOCKETS, check=False)
        self.systemctl("start", NAME)

    def upgraded(self):
        self.settings(session={"settle": 4})
        changed = (self.root / f"etc/{NAME}/{NAME}.json").read_text()
        first = self.property("MainPID")
        sessions = self.tool("sessions")["sessions"]
        self.machine("dpkg", "-i", "--force-confold", "/opt/next.deb")
        assert (self.root / f"etc/{NAME}/{NAME}.json").read_text() == changed, "settings replaced"
        told = self.machine("dpkg-query", "-W", "-f", "${Version}", NAME).stdout
        assert told == self.version, told
        assert self.is_active() and self.property("MainPID") != first, "the new one does not run"
        assert self.property("Result") == "success" and self.property("NRestarts") == "0"
        assert self.tool("sessions")["sessions"] == sessions, "what was recorded is gone"
        self.bootstrap()

    def removed(self):
        self.machine("dpkg", "-r", NAME)
        assert self.systemctl("is-active", NAME, check=False).returncode != 0
        for kept in (f"{ETC}/devices.d/first.json", f"{STATE}/{NAME}.db"):
            self.machine("test", "-e", kept)
        # Installed again, everything is as it was.
        self.machine("dpkg", "-i", "--force-confold", "/opt/next.deb")
        assert self.is_active() and self.tool("device", "show", "first")["profile"] == "meter"
        self.bootstrap()

    def purged(self):
        self.machine("dpkg", "-P", NAME)
        self.no_drop_in("credentials")
        left = sorted(self.files() - self.before)
        assert not left, left
        running = self.machine("find", "/run", "/tmp", "/dev/shm", "-name", "*bootstrap*").stdout
        ours = {f"/run/systemd/system/{unit}.d" for unit in (SERVICE, SOCKETS)}
        assert set(running.split()) <= ours, running
        for file in ("passwd", "group", "shadow", "gshadow"):
            assert NAME not in (self.root / "etc" / file).read_text(), f"/etc/{file}"
        told = self.systemctl("list-unit-files", "--no-legend", f"{NAME}*", check=False).stdout
        assert not told.strip(), told
        assert self.property("LoadState") == "not-found", self.property("LoadState")


CASES = [
    ("the package is installed and the service is ready", Trial.installed),
    ("systemd-analyze verify is silent, and security at most 1.2", Trial.verified),
    ("it runs without capabilities, not as root, behind a filter of system calls", Trial.confined),
    ("a reload brings a profile and a device, which is bootstrapped", Trial.reloaded),
    ("SIGHUP reloads, and the manager is told", Trial.reloaded_by_signal),
    ("a reload that is refused fails, says where, and changes nothing", Trial.wrong_reload),
    ("a start with wrong settings fails for good, and says where", Trial.wrong_start),
    ("the master key and a secret come as credentials", Trial.credentials),
    ("a stuck shard has the watchdog restart the daemon", Trial.watched),
    ("a stop lets the running session end", Trial.drained),
    ("sockets that systemd opened are used, and keep what came before", Trial.activated),
    ("an upgrade keeps settings and records, and restarts the service", Trial.upgraded),
    ("remove keeps the operator's files for the next time", Trial.removed),
    ("purge leaves nothing", Trial.purged),
]


def main():
    arguments = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--build", default="build/release")
    arguments.add_argument("package", nargs="?", type=pathlib.Path)
    options = arguments.parse_args()
    report = Report()
    file = options.package or package(options.build)
    try:
        root = Root(file)
    except Missing as why:
        print(f"SKIP  the package on a machine: {why}\n0 passed, 0 failed, {len(CASES)} skipped")
        return 0
    try:
        machine = Machine(root)
        try:
            trial = Trial(machine, root, options.build, file)
            for sentence, case in CASES:
                report.play("machine: " + sentence, lambda case=case: case(trial))
        finally:
            machine.stop()
    finally:
        root.remove()
    return report.close()


if __name__ == "__main__":
    sys.exit(main())
