"""Leshan's client against the daemon: it bootstraps, then registers where it was told to."""

import os
import pathlib
import shutil
import subprocess

from harness import Peer, Skip, find_program, free_port

HERE = pathlib.Path(__file__).parent / "leshan"
BOOTSTRAP_KEY = "303132333435363738393a3b3c3d3e3f"
SERVER_KEY = "404142434445464748494a4b4c4d4e4f"


class Registrar:
    """The LwM2M Server that the profiles name, started when the first client needs it."""

    def __init__(self, build):
        self.build = build
        self.coap = free_port()
        self.coaps = free_port()
        self.peer = None

    def start(self):
        if self.peer is None:
            self.peer = Peer([find_program(self.build, "registration_server"),
                              "--coap", self.coap, "--coaps", self.coaps,
                              "--psk", f"dm-leshan-coaps={SERVER_KEY}"])
            self.peer.wait_for("ready")
        return self.peer

    def stop(self):
        if self.peer is not None:
            self.peer.stop()

    def profiles(self):
        def server(identifier, uri, security):
            return {"shortServerId": identifier, "uri": uri, "security": security,
                    "lifetime": 300, "binding": "U", "notificationStoring": True}
        return [
            {"name": "leshan-coap", "enabler": "1.1",
             "servers": [server(111, f"coap://127.0.0.1:{self.coap}", {"mode": "nosec"})]},
            {"name": "leshan-coaps", "enabler": "1.1",
             "servers": [server(112, f"coaps://127.0.0.1:{self.coaps}",
                                {"mode": "psk", "identity": "dm-${endpoint}",
                                 "key": SERVER_KEY})]},
        ]

    @staticmethod
    def devices():
        return [
            {"endpoint": "leshan-coap", "profile": "leshan-coap", "credentials": {"nosec": True}},
            {"endpoint": "leshan-coaps", "profile": "leshan-coaps",
             "credentials": {"psk": {"identity": "bs-leshan-coaps", "key": BOOTSTRAP_KEY}}},
        ]


def fetch(build):
    """The folder with Leshan's jars; Skip says why there is none."""
    for program, package in (("java", "default-jdk-headless"), ("javac", "default-jdk-headless"),
                             ("mvn", "maven")):
        if not shutil.which(program):
            raise Skip(f"{program} is not installed (package {package})")
    folder = pathlib.Path(build).resolve() / "leshan"
    if not list(folder.glob("leshan-tl-cf-client-coap-*.jar")):
        done = subprocess.run(
            ["mvn", "-q", "-B", "-f", str(HERE / "pom.xml"), "dependency:copy-dependencies",
             f"-DoutputDirectory={folder}"], stdin=subprocess.DEVNULL, capture_output=True,
            timeout=600, check=False)
        if done.returncode != 0:
            lines = [l for l in done.stdout.decode(errors="replace").splitlines()
                     if l.startswith("[ERROR]")]
            raise Skip("Leshan cannot be fetched: " + (lines[0] if lines else "mvn failed"))
    return folder


def bootstraps(build, daemon, registrar, secured):
    folder = fetch(build)
    endpoint = "leshan-coaps" if secured else "leshan-coap"
    server = registrar.start()
    uri = (f"coaps://127.0.0.1:{daemon.coaps}" if secured else f"coap://127.0.0.1:{daemon.coap}")
    arguments = ["java", "-cp", os.path.join(folder, "*"), HERE / "LeshanDevice.java", endpoint, uri]
    if secured:
        arguments += ["bs-leshan-coaps", BOOTSTRAP_KEY]
    client = Peer(arguments, name="Leshan", log=daemon.folder / f"{endpoint}.log")
    try:
        client.wait_for("bootstrapped", timeout=90)
        client.wait_for("registered", timeout=60)
    finally:
        client.stop()
    session = daemon.wait_outcome(endpoint)
    assert session["outcome"] == "finished", session
    assert session["mode"] == "client-initiated", session

    registered = server.wait_until(
        lambda event: f"ep={endpoint}" in event.get("query", []), "registration")
    assert registered["secured"] is secured, registered
    if secured:
        assert registered["identity"] == f"dm-{endpoint}", registered
    assert "lt=300" in registered["query"], registered


def play(report, build, daemon, registrar):
    report.play("Leshan bootstraps over CoAP and registers where it was told to",
                lambda: bootstraps(build, daemon, registrar, False))
    report.play("Leshan bootstraps over DTLS-PSK and registers with the credentials it was given",
                lambda: bootstraps(build, daemon, registrar, True))
