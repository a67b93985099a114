#!/usr/bin/env python3
"""The container image: built from docker/Dockerfile, then run read-only, without capabilities and
not as root. A device outside is bootstrapped in both modes; it is healthy, scraped, drained by
SIGTERM, and the state outlives it. Needs root, buildah, podman and runc; without a registry
debootstrap makes the base image.

    tests/machine/container.py --build DIR [--as-it-is]

CONTAINER_STORE names a folder that is kept (base image, layers, compiler cache); else all of it is
made anew and removed. Prints a line a case and the image's size, and closes with
`N passed, N failed, N skipped`.
"""

import argparse
import contextlib
import functools
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request

sys.dont_write_bytecode = True
ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/interop"))
import machine
from harness import Peer, Report, Skip, find_program, free_port, until

PUBLIC_BASE = "debian:bookworm-slim"
BASE = f"localhost/{PUBLIC_BASE}"
IMAGE = "localhost/lwm2m-bootstrapd:test"
USER = "5684"
KEYS = {"asks": "000102030405060708090a0b0c0d0e0f", "listens": "202122232425262728292a2b2c2d2e2f"}
# As Debian's own slim image, without what nobody reads in a container.
SLIM = [f"--exclude=./{path}/*" for path in
        ("var/cache/apt", "var/lib/apt/lists", "var/log", "usr/share/doc", "usr/share/man",
         "usr/share/info", "usr/share/locale")]


run = functools.partial(machine.run, timeout=120)


class Engine:
    """buildah and podman with a storage of their own."""

    def __init__(self, folder):
        self.folder = folder
        self.place = ["--root", str(folder / "storage"), "--runroot", str(folder / "run")]

    def podman(self, *arguments, **more):
        return run("podman", "--runtime", "runc", *self.place, *arguments, **more)

    def base(self):
        """The base image, of a registry or made here; False: it cannot be had."""
        if self.podman("image", "exists", BASE, check=False).returncode == 0:
            return True
        with contextlib.suppress(subprocess.TimeoutExpired):
            if self.podman("pull", "-q", PUBLIC_BASE, check=False, timeout=120).returncode == 0:
                self.podman("tag", PUBLIC_BASE, BASE)
                return True
        if not shutil.which("debootstrap"):
            return False
        with tempfile.TemporaryDirectory(dir=self.folder) as root:
            if run("debootstrap", "--variant=minbase", "bookworm", root, check=False,
                   timeout=900).returncode != 0:
                return False
            archive = self.folder / "base.tar"
            run("tar", "-C", root, *SLIM, "-cf", archive, ".")
            self.podman("import", archive, BASE)
            archive.unlink()
        return True

    def build(self, file, name):
        """Layers stay for the next time where the folder does."""
        run("nice", "buildah", "--runtime", "runc", *self.place, "bud", "--layers", "--format",
            "docker", "--build-arg", f"DEBIAN={BASE}", "-f", ROOT / file, "-t", name, ROOT,
            timeout=3600)

    def inspect(self, kind, name):
        return json.loads(self.podman(kind, "inspect", name).stdout)[0]

    def close(self):
        run("podman", *self.place, "system", "reset", "--force", check=False)


class Container:
    """The daemon's image, run as an operator would who trusts nobody."""

    HARDENED = ["--read-only", "--cap-drop=ALL", "--security-opt=no-new-privileges"]
    # The limits of a machine in a machine.
    LIMITS = ["--ulimit", "nofile=1024:4096", "--ulimit", "nproc=1024:4096"]

    def __init__(self, engine, name, settings, state, *more):
        self.engine = engine
        self.name = name
        self.coaps, self.metrics = free_port(), free_port()
        engine.podman("run", "-d", "--name", name, *self.HARDENED, *self.LIMITS,
                      "-v", "bootstrapd-run:/run/lwm2m-bootstrapd",
                      "-v", f"{settings}:/etc/lwm2m-bootstrapd:ro",
                      "-v", f"{state}:/var/lib/lwm2m-bootstrapd",
                      "-p", f"{self.coaps}:5684/udp", "-p", f"127.0.0.1:{self.metrics}:9684/tcp",
                      *more, IMAGE)
        until(lambda: "healthy" in self.log() or self.is_ready() or self.has_ended(), "readiness")
        assert not self.has_ended(), self.log()

    def is_ready(self):
        return self.tool("health", check=False).returncode == 0

    def has_ended(self):
        return self.engine.inspect("container", self.name)["State"]["Status"] == "exited"

    def exit_code(self):
        return self.engine.inspect("container", self.name)["State"]["ExitCode"]

    def tool(self, *arguments, check=True):
        return self("lwm2m-bootstrapctl", *arguments, check=check)

    def __call__(self, *arguments, check=True):
        return self.engine.podman("exec", self.name, *arguments, check=check)

    def log(self):
        done = self.engine.podman("logs", self.name)
        return done.stdout + done.stderr

    def entries(self):
        return [json.loads(line) for line in self.log().splitlines() if line.startswith("{")]

    def gateway(self):
        """The machine, as the container sees it."""
        return self.engine.inspect("container", self.name)["NetworkSettings"]["Gateway"]

    def scrape(self, path="/metrics"):
        with contextlib.suppress(urllib.error.HTTPError):
            with urllib.request.urlopen(f"http://127.0.0.1:{self.metrics}{path}",
                                        timeout=10) as page:
                return page.read().decode()
        return None

    def sessions(self, endpoint):
        return json.loads(self.tool("sessions", "--endpoint", endpoint, "--json").stdout)["sessions"]

    def wait_session(self, endpoint, count=1):
        """The newest session of a device, once so many have ended."""
        def ended():
            done = [each for each in self.sessions(endpoint) if each["state"] == "ended"]
            return done[0] if len(done) >= count else None
        return until(ended, f"the end of the session of {endpoint}")

    def remove(self):
        self.engine.podman("rm", "-f", "-t", "2", "-v", self.name, check=False)


class Cases:
    def __init__(self, engine, build, folder, as_it_is):
        self.engine = engine
        self.as_it_is = as_it_is
        self.program = find_program(build, "libcoap_device")
        self.folder = folder
        self.settings = folder / "settings"
        shutil.copytree(ROOT / "docker/example", self.settings)
        self.container = None
        self.state = "bootstrapd-state"

    def start(self, name="bootstrapd-a", *more):
        self.container = Container(self.engine, name, self.settings, self.state, *more)

    def close(self):
        for name in ("bootstrapd-a", "bootstrapd-b", "bootstrapd-c"):
            self.engine.podman("rm", "-f", "-t", "2", "-v", name, check=False)
        self.engine.podman("volume", "rm", "-f", self.state, "bootstrapd-run", check=False)

    def peer(self, mode, identity, *more, address="127.0.0.1"):
        arguments = [self.program, mode, "--identity", identity, "--key", KEYS[identity], *more]
        if mode != "listen":
            arguments += ["--server", f"coaps://{address}:{self.container.coaps}"]
        return Peer(arguments, name=f"device ({mode})")

    def built(self):
        if not self.as_it_is:
            self.engine.build("docker/Dockerfile", IMAGE)
        image = self.engine.inspect("image", IMAGE)
        assert image["User"] == f"{USER}:{USER}", image["User"]
        assert image["Healthcheck"]["Test"] == ["CMD", "lwm2m-bootstrapctl", "health"], \
            image["Healthcheck"]
        size = image["Size"]
        base = self.engine.inspect("image", BASE)["Size"]
        print(json.dumps({"bench": "image", "mebioctets": round(size / (1 << 20), 1),
                          "aboveBase": round((size - base) / (1 << 20), 1),
                          "architecture": image["Architecture"]}), flush=True)

    def small(self):
        """Nothing to build or debug with is in it."""
        found = self.engine.podman(
            "run", "--rm", *Container.LIMITS, "--entrypoint", "sh", IMAGE, "-c",
            "for p in cc gcc g++ c++ clang ld as make cmake ninja gdb ccache python3 curl; do "
            "command -v $p; done; ls -d /source /build /usr/include/boost 2>/dev/null; true").stdout
        assert not found.strip(), found

    def hardened(self):
        # As in compose.yml.
        self.engine.podman("volume", "create", "--opt", "type=tmpfs", "--opt", "device=tmpfs",
                           "--opt", f"o=uid={USER},gid={USER},mode=0750", "bootstrapd-run")
        self.start()
        status = self.container("cat", "/proc/1/status").stdout
        for line in (rf"^Uid:\s+{USER}\s+{USER}\s+{USER}\s+{USER}$", r"^CapEff:\s+0+$",
                     r"^CapBnd:\s+0+$", r"^NoNewPrivs:\s+1$"):
            assert re.search(line, status, re.MULTILINE), f"{line}: {status}"
        assert self.container("cat", "/proc/1/comm").stdout.strip() == "lwm2m-bootstrap"
        for place in ("/", "/etc/lwm2m-bootstrapd", "/usr/bin"):
            assert self.container("touch", f"{place}/x", check=False).returncode != 0, place
        mode = self.container("stat", "-c", "%a %u", "/var/lib/lwm2m-bootstrapd").stdout.split()
        assert mode == ["700", USER], mode

    def asks(self):
        peer = self.peer("ask", "asks", "--ep", "asks")
        assert peer.finish() == 0, peer.events
        session = self.container.wait_session("asks")
        assert session["outcome"] == "finished" and session["mode"] == "client-initiated", session

    def reached(self):
        """Dialled by the daemon at the address that the network told."""
        port = free_port()
        peer = self.peer("listen", "listens", "--address", "0.0.0.0", "--port", str(port))
        try:
            peer.wait_for("ready")
            self.container.tool("attach", "listens", "--address", self.container.gateway(),
                                "--port", str(port))
            session = self.container.wait_session("listens")
            assert session["outcome"] == "finished", session
            assert session["mode"] == "server-initiated", session
            assert peer.finish() == 0, peer.events
        finally:
            peer.stop()

    def healthy(self):
        self.engine.podman("healthcheck", "run", self.container.name)

    def scraped(self):
        page = self.container.scrape()
        for mode in ("client-initiated", "server-initiated"):
            line = f'sessions_total{{mode="{mode}",outcome="finished"}} 1'
            assert line in page, f"{line} is not on the page"
        assert self.container.scrape("/readyz").startswith("ready")
        assert self.container.scrape("/v1/devices") is None, "the port tells more than it shall"

    def reloads(self):
        """A mounted file that has changed, by SIGHUP."""
        file = self.settings / "devices.d/first.json"
        devices = json.loads(file.read_text())
        devices.append({**devices[0], "endpoint": "later",
                        "credentials": {"psk": {"identity": "later", "key": KEYS["asks"]}}})
        file.write_text(json.dumps(devices))
        self.engine.podman("kill", "--signal", "HUP", self.container.name)
        until(lambda: self.container.tool("device", "show", "later", check=False).returncode == 0,
              "the new device")

    def drained(self):
        """The device stands still when its session begins, and goes on when the stop is asked for."""
        peer = self.peer("hold", "asks")
        try:
            peer.wait_for("associated")
            peer.process.send_signal(signal.SIGSTOP)
            self.container.tool("attach", "asks")
            until(lambda: any(each["state"] == "reaching"
                              for each in self.container.sessions("asks")),
                  "the session's first operation")
            stop = subprocess.Popen(["podman", *self.engine.place, "stop", "-t", "70",
                                     self.container.name], stdout=subprocess.DEVNULL)
            until(lambda: any(e["id"] == "draining" for e in self.container.entries()), "the drain")
            unhealthy = self.engine.podman("healthcheck", "run", self.container.name, check=False)
            assert unhealthy.returncode != 0, "healthy while it stops"
            peer.process.send_signal(signal.SIGCONT)
            assert peer.finish() == 0, peer.events
            assert stop.wait(timeout=60) == 0
        finally:
            peer.process.send_signal(signal.SIGCONT)
            peer.stop()
        assert self.container.exit_code() == 0, self.container.exit_code()
        ended = [e for e in self.container.entries() if e["id"] == "session_ended"]
        assert ended[-1]["outcome"] == "finished", ended[-1]

    def outlived(self):
        """Another container with the same volume knows what the first one knew."""
        self.container.remove()
        self.start("bootstrapd-b")
        assert self.container.wait_session("asks", count=2)["outcome"] == "finished"
        assert self.container.wait_session("listens")["mode"] == "server-initiated"

    def environment(self):
        self.container.remove()
        self.start("bootstrapd-c", "-e", "LWM2M_BOOTSTRAPD_LOG_LEVEL=debug",
                   "-e", "LWM2M_BOOTSTRAPD_LOG_FORMAT=text")
        assert " debug " in self.container.log() and '"id":' not in self.container.log()

    def failed_start(self, *more):
        done = self.engine.podman("run", "--rm", *Container.HARDENED, *Container.LIMITS, *more,
                                  check=False)
        return done.returncode, done.stdout + done.stderr

    def wrong(self):
        file = self.folder / "wrong.json"
        file.write_text('{ "listen": { "coaps": ["0.0.0.0:5684"] }, "shard": 1 }')
        code, told = self.failed_start("-v", f"{file}:/s.json:ro",
                                       "-e", "LWM2M_BOOTSTRAPD_CONFIG=/s.json", IMAGE)
        assert code == 2 and "/s.json: /shard: " in told, f"{code}: {told}"
        code, told = self.failed_start("-v", f"{self.settings}:/etc/lwm2m-bootstrapd:ro",
                                       "-e", "LWM2M_BOOTSTRAPD_LOG_LEVEL=loud", IMAGE, "--check")
        assert code == 2 and "LWM2M_BOOTSTRAPD_LOG_LEVEL" in told, f"{code}: {told}"
        code, told = self.failed_start(IMAGE, "--check")
        assert code == 0 and "fine" in told, f"{code}: {told}"

    def secret(self):
        """The store's key as an orchestrator hands it in, instead of a file in the volume."""
        secrets = self.folder / "secrets"
        secrets.mkdir()
        key = secrets / "master-key"
        key.touch(mode=0o400)
        key.write_text("00" * 32)
        os.chown(key, int(USER), int(USER))
        self.container.remove()
        self.engine.podman("volume", "rm", "-f", self.state)
        self.start("bootstrapd-a", "-v", f"{secrets}:/run/secrets:ro")
        names = self.container("ls", "/var/lib/lwm2m-bootstrapd").stdout.split()
        assert names and not [name for name in names if "key" in name], names
        self.container.remove()

    def composed(self):
        if not shutil.which("podman-compose"):
            raise Skip("podman-compose is not installed")
        name = "bootstrapd-test"
        try:
            done = run("podman-compose", "--dry-run", "-p", name, "-f", ROOT / "docker/compose.yml",
                       "up", "-d")
        finally:  # it makes these all the same
            run("podman", "volume", "rm", f"{name}_state", f"{name}_run", check=False)
            run("podman", "network", "rm", f"{name}_default", check=False)
        told = (done.stdout + done.stderr).splitlines()
        started = {name: next((line for line in told if line.startswith("podman run") and
                               f"--network-alias {name} " in line), "")
                   for name in ("bootstrapd", "prometheus", "asks")}
        for option in ("--read-only", "--cap-drop ALL", "--security-opt no-new-privileges:true",
                       ":/run/lwm2m-bootstrapd", "-p 5684:5684/udp"):
            assert option in started["bootstrapd"], f"{option}: {started['bootstrapd']}"
        assert "/etc/prometheus:ro" in started["prometheus"], told
        assert "coaps://bootstrapd:5684" in started["asks"], told


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--build", default="build/release")
    arguments.add_argument("--as-it-is", action="store_true",
                           help="the image that CONTAINER_STORE has, instead of building it")
    options = arguments.parse_args()
    report = Report()

    def skip(why):
        def raises():
            raise Skip(why)
        report.play("container: the image", raises)
        report.close()
        return 0

    missing = [p for p in ("buildah", "podman", "runc", "iptables") if not shutil.which(p)]
    if os.geteuid() != 0 or missing:
        return skip("this needs root" if not missing else f"{', '.join(missing)} not installed")
    kept = os.environ.get("CONTAINER_STORE")
    with contextlib.ExitStack() as stack:
        folder = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="container-")))
        folder.chmod(0o755)  # for the user in the container
        if kept:
            pathlib.Path(kept).mkdir(parents=True, exist_ok=True)
        engine = Engine(pathlib.Path(kept) if kept else folder / "store")
        engine.folder.mkdir(exist_ok=True)
        if not kept:
            stack.callback(engine.close)
        if not engine.base():
            return skip("there is neither a registry nor a Debian mirror")
        cases = Cases(engine, options.build, folder, options.as_it_is)
        stack.callback(cases.close)
        cases.close()  # what a run that was cut off has left
        for sentence, case in [
                ("the image is built, for a user that is not root", cases.built),
                ("it holds no compiler", cases.small),
                ("it runs read-only, without capabilities, not as root", cases.hardened),
                ("a device outside asks, and is bootstrapped", cases.asks),
                ("a device outside is reached, and bootstrapped", cases.reached),
                ("it is healthy", cases.healthy),
                ("Prometheus and probes have a port, the API has none", cases.scraped),
                ("SIGHUP takes over mounted files", cases.reloads),
                ("SIGTERM lets the running session end", cases.drained),
                ("the state outlives the container", cases.outlived),
                ("the environment counts before the file's log settings", cases.environment),
                ("wrong settings end it, and are told", cases.wrong),
                ("the store's key comes as a secret", cases.secret),
                ("the compose file is read", cases.composed)]:
            report.play("container: " + sentence, case)
        return report.close()


sys.exit(main())
