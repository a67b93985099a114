"""A machine of its own: a Debian 12 root with systemd as PID 1, run by systemd-nspawn in a network
namespace without any network but its loopback interface. Needs root, debootstrap, systemd-nspawn.

The root comes from debootstrap; the environment variable DEBIAN12_ROOT names a folder that keeps it
for the next time.
"""

import ctypes
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import threading

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "interop"))
from harness import until

PROGRAMS = ("debootstrap", "systemd-nspawn", "nsenter", "ip", "dpkg-deb")
SYSTEM = ["systemd", "systemd-sysv", "dbus"]
CLEAN = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "LC_ALL": "C.UTF-8",
         "DEBIAN_FRONTEND": "noninteractive"}


class Missing(Exception):
    """There can be no machine here; the text says why."""


def run(*arguments, check=True, timeout=600, **more):
    done = subprocess.run([str(a) for a in arguments], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=timeout, check=False, **more)
    if check and done.returncode != 0:
        raise AssertionError(f"{' '.join(map(str, arguments))} ended with {done.returncode}:\n"
                             f"{done.stdout[-3000:]}{done.stderr[-3000:]}")
    return done


def field(package, name):
    return run("dpkg-deb", "-f", package, name).stdout.strip()


def dependencies(package):
    """The names in its Depends, the first of alternatives."""
    text = field(package, "Depends")
    return [re.split(r"[\s|(:]", part.strip())[0] for part in text.split(",") if part.strip()]


class Root:
    """The base without the package, and a copy of it that is used up."""

    def __init__(self, package):
        for program in PROGRAMS:
            if not shutil.which(program):
                raise Missing(f"{program} is not installed")
        if os.geteuid() != 0:
            raise Missing("this needs root")
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="bootstrapd-machine-"))
        try:
            kept = os.environ.get("DEBIAN12_ROOT")
            base = pathlib.Path(kept) if kept else self.folder / "base"
            self._make(base, SYSTEM + dependencies(package))
            self.path = self.folder / "root"
            if kept:
                run("cp", "-a", base, self.path)
            else:
                base.rename(self.path)
            done = run("systemd-nspawn", "-q", "-D", self.path, "-M", "probe", "--keep-unit",
                       "--register=no", "/bin/true", check=False)
            if done.returncode != 0:
                raise Missing(f"systemd-nspawn cannot run: {done.stderr.strip()}")
        except BaseException:
            self.remove()
            raise

    @staticmethod
    def _make(base, packages):
        def inside(*arguments):
            return run("chroot", base, *arguments, check=False, timeout=900, env=CLEAN)

        try:
            if not (base / "usr/bin/apt-get").exists():
                print("making a Debian root", flush=True)
                run("debootstrap", "--variant=minbase", "bookworm", base, timeout=900)
            known = inside("dpkg-query", "-W", "-f", "${db:Status-Status} ${Package}\n")
            if all(f"installed {name}" in known.stdout.splitlines() for name in packages):
                return
            done = inside("apt-get", "install", "-y", "--no-install-recommends", *packages)
            assert done.returncode == 0, done.stdout[-500:] + done.stderr[-500:]
        except AssertionError as error:
            raise Missing(f"its packages cannot be had: {error}") from None

    def remove(self):
        # Nothing of the machine's is mounted here any more; a mount would be a stranger's.
        run("rm", "-rf", "--one-file-system", self.folder, check=False)

    def files(self):
        """What is in the places that a package leaves something in, but for what the system itself
        writes there as it runs."""
        of_the_system = re.compile(
            r"var/lib/(dpkg|apt|systemd/(catalog|timers|random-seed|coredump|linger)|dbus)(/|$)"
            r"|var/log/(journal|dpkg|alternatives|wtmp|btmp|lastlog)"
            r"|etc/(machine-id|ld\.so\.cache|\.updated|(passwd|group|g?shadow|subuid|subgid)-)$"
            r"|var/(\.updated$|cache/|tmp/systemd-private)")
        return {path for place in ("etc", "usr", "opt", "srv", "var")
                for found in (self.path / place).rglob("*")
                if not of_the_system.match(path := str(found.relative_to(self.path)))}


class Machine:
    """The root, booted. stop() powers it off: never kill nspawn, what it runs would survive."""

    def __init__(self, root):
        self.name = f"bootstrapd-{os.getpid()}"
        self.pid = None
        run("ip", "netns", "add", self.name)
        run("ip", "-n", self.name, "link", "set", "lo", "up")
        self.console = open(root.folder / "console", "wb")
        self.nspawn = subprocess.Popen(
            ["systemd-nspawn", "-q", "-D", str(root.path), "--boot", "-M", self.name,
             "--keep-unit", "--register=no", f"--network-namespace-path=/run/netns/{self.name}"],
            stdin=subprocess.DEVNULL, stdout=self.console, stderr=subprocess.STDOUT)
        try:
            self.pid = until(self._leader, "PID 1 of the machine", 30)
            until(lambda: self("systemctl", "is-system-running", check=False).stdout.strip()
                  in ("running", "degraded"), "the end of the boot", 60)
        except BaseException:
            self.stop()
            raise

    def _leader(self):
        assert self.nspawn.poll() is None, "systemd-nspawn ended"
        found = run("pgrep", "-P", self.nspawn.pid, check=False).stdout.split()
        return found[0] if found else None

    def __call__(self, *arguments, check=True, timeout=120):
        """A command in it."""
        return run("nsenter", "-t", self.pid, "-a", "env", "-i", *map("=".join, CLEAN.items()),
                   *arguments, check=check, timeout=timeout)

    def beside(self, *arguments):
        """The command line of a program outside that is in the machine's network."""
        return ["ip", "netns", "exec", self.name, *map(str, arguments)]

    def stop(self):
        if self.pid and self.nspawn.poll() is None:
            self("systemctl", "poweroff", check=False)
            try:
                self.nspawn.wait(timeout=120)
            except subprocess.TimeoutExpired:
                # Its PID 1, with which everything in it ends.
                run("kill", "-9", self.pid, check=False)
        if self.nspawn.poll() is None:
            self.nspawn.terminate()
        self.nspawn.wait(timeout=60)
        self.console.close()
        run("ip", "netns", "del", self.name, check=False)


class StuckThread:
    """Stops one thread of a process until that process ends, as a debugger does: ptrace(2)."""

    SEIZE, INTERRUPT = 0x4206, 0x4207
    ALL_CHILDREN = 0x40000000  # __WALL

    def __init__(self, process, name):
        tasks = pathlib.Path(f"/proc/{process}/task")
        self.number = next(int(task.name) for task in tasks.iterdir()
                           if (task / "comm").read_text().strip() == name)
        self.error = None
        self._stopped = threading.Event()
        # Who seizes is a thread, and alone may wait for what it has seized.
        self._tracer = threading.Thread(target=self._hold, daemon=True)
        self._tracer.start()
        assert self._stopped.wait(20) and not self.error, f"{name} cannot be stopped: {self.error}"

    def _hold(self):
        libc = ctypes.CDLL(None, use_errno=True)
        for request in (self.SEIZE, self.INTERRUPT):
            if libc.ptrace(request, self.number, None, None) != 0:
                self.error = os.strerror(ctypes.get_errno())
                self._stopped.set()
                return
        os.waitpid(self.number, self.ALL_CHILDREN)
        self._stopped.set()
        while True:
            _, status = os.waitpid(self.number, self.ALL_CHILDREN)
            if os.WIFEXITED(status) or os.WIFSIGNALED(status):
                return

    def wait_gone(self):
        self._tracer.join(timeout=60)
        assert not self._tracer.is_alive(), "the process with the stopped thread does not end"
