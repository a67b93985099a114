"""Leshan's client against the daemon: it bootstraps, then registers where it was told to."""

import os
import pathlib
import shutil
import subprocess

from harness import Peer, Skip, find_program, free_port

HERE = pathlib.Path(__file__).parent / "leshan"
BOOTSTRAP_KEY = "303132333435363738393a3b3c3d3e3f"
SERVER_KEY = "404142434445464748494a4b4c4d4e4f"
TLV, SENML_JSON, SENML_CBOR = 11542, 110, 112

# Those over CoAP, and their profiles.
PLAIN = {"leshan-coap": "leshan-coap", "leshan-110": "leshan-coap", "leshan-112": "leshan-coap",
         "leshan-delete": "leshan-delete", "leshan-read": "leshan-read"}


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
        plain = server(111, f"coap://127.0.0.1:{self.coap}", {"mode": "nosec"})
        rights = {"object": 3, "instance": 0, "owner": 111, "acl": {"111": ["read", "write"]}}
        return [
            {"name": "leshan-coap", "enabler": "1.1", "servers": [plain]},
            {"name": "leshan-coaps", "enabler": "1.1",
             "servers": [server(112, f"coaps://127.0.0.1:{self.coaps}",
                                {"mode": "psk", "identity": "dm-${endpoint}",
                                 "key": SERVER_KEY})]},
            {"name": "leshan-delete", "enabler": "1.1", "servers": [plain],
             "operations": [{"discover": "/"}, {"delete": "/0"}, {"delete": "/1"},
                            {"discover": "/"}, {"write": "everything"}]},
            {"name": "leshan-read", "enabler": "1.1", "servers": [plain],
             "accessControl": [rights],
             "operations": [{"discover": "/"}, {"delete": "/"}, {"write": "everything"},
                            {"read": "/1"}, {"read": "/2"}, {"finish": True}]},
        ]

    @staticmethod
    def devices():
        plain = [{"endpoint": name, "profile": profile, "credentials": {"nosec": True}}
                 for name, profile in PLAIN.items()]
        return plain + [
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


class Client:
    """Leshan's client with an account of the daemon's, for one case."""

    def __init__(self, build, daemon, endpoint, preferred=TLV):
        folder = fetch(build)
        secured = endpoint not in PLAIN
        uri = f"coaps://127.0.0.1:{daemon.coaps}" if secured else f"coap://127.0.0.1:{daemon.coap}"
        arguments = ["java", "-cp", os.path.join(folder, "*"), HERE / "LeshanDevice.java", endpoint,
                     uri, str(preferred)]
        if secured:
            arguments += [f"bs-{endpoint}", BOOTSTRAP_KEY]
        self.peer = Peer(arguments, name="Leshan", log=daemon.folder / f"{endpoint}.log")

    def __enter__(self):
        return self.peer

    def __exit__(self, *_):
        self.peer.stop()


class CertificateClient(Client):
    """The same with a certificate instead of a PSK; `server`: whose certificate alone it takes."""

    def __init__(self, build, daemon, endpoint, identity, server):
        folder = fetch(build)
        files = {"certificate": identity.certificate_der, "key": identity.key_der,
                 "server": server.certificate_der}
        for name, octets in files.items():
            (daemon.folder / f"{endpoint}.{name}.der").write_bytes(octets)
        self.peer = Peer(
            ["java", "-cp", os.path.join(folder, "*"), HERE / "LeshanDevice.java", endpoint,
             f"coaps://127.0.0.1:{daemon.coaps}", str(TLV), "x509",
             *[daemon.folder / f"{endpoint}.{name}.der" for name in files]],
            name="Leshan", log=daemon.folder / f"{endpoint}.log")


def bootstraps(build, daemon, registrar, endpoint, preferred=TLV):
    server = registrar.start()
    with Client(build, daemon, endpoint, preferred) as client:
        client.wait_for("bootstrapped", timeout=90)
        client.wait_for("registered", timeout=60)
    session = daemon.wait_outcome(endpoint)
    assert session["outcome"] == "finished", session
    assert session["mode"] == "client-initiated", session
    written = {o["contentFormat"] for o in session["operations"] if o["method"] == "WRITE"}
    assert written == {preferred}, session

    registered = server.wait_until(
        lambda event: f"ep={endpoint}" in event.get("query", []), "registration")
    secured = endpoint not in PLAIN
    assert registered["secured"] is secured, registered
    if secured:
        assert registered["identity"] == f"dm-{endpoint}", registered
    assert "lt=300" in registered["query"], registered
    return session


def deletes(build, daemon, registrar):
    session = bootstraps(build, daemon, registrar, "leshan-delete")
    codes = [(o["path"], o["code"]) for o in session["operations"] if o["method"] == "DELETE"]
    assert codes == [("/0", "2.02"), ("/1", "2.02")], session


def reads(build, daemon, registrar):
    session = bootstraps(build, daemon, registrar, "leshan-read")
    told = {value["path"]: value["value"] for operation in session["operations"]
            for value in operation["values"]}
    assert told["/1/0/0"] == "111" and told["/1/0/1"] == "300", told
    assert told["/2/0/0"] == "3" and told["/2/0/3"] == "111", told


def play(report, build, daemon, registrar):
    def one(sentence, endpoint, preferred=TLV):
        report.play(sentence, lambda: bootstraps(build, daemon, registrar, endpoint, preferred))
    one("1.1-int-0: Leshan bootstraps over CoAP and registers where it was told to", "leshan-coap")
    one("1.1-int-1: Leshan bootstraps over DTLS-PSK and registers with the credentials it was given",
        "leshan-coaps")
    one("Leshan asks for SenML JSON, is written in it, and registers", "leshan-110", SENML_JSON)
    one("Leshan asks for SenML CBOR, is written in it, and registers", "leshan-112", SENML_CBOR)
    report.play("1.1-int-4: Leshan deletes /0 and /1 and keeps the Bootstrap-Server's account",
                lambda: deletes(build, daemon, registrar))
    report.play("1.1-int-8: Leshan tells what was written in /1 and /2",
                lambda: reads(build, daemon, registrar))
