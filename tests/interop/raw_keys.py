#!/usr/bin/env python3
"""Raw public keys (RFC 7250) against libcoap with GnuTLS. With an OpenSSL older than 3.2 the setting
that asks for them has to be a problem that says so, and nothing else is played. Closes with
`N passed, N failed, N skipped`.
"""

import argparse
import json
import pathlib
import shutil
import ssl
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
from fleet import KEY, PROFILES, device
from harness import Daemon, Peer, Report, find_program, free_port, until
from pki import raw_key

ALERTS = (42, 46, 48, 49, 51)  # bad or unknown certificate, unknown CA, access denied, decrypt error


class Cases:
    def __init__(self, arguments, folder):
        self.keys = {name: raw_key(folder, name)
                     for name in ("own", "dm", "given", "raw", "other", "ears", "pinned")}
        self.coap, self.coaps = free_port(), free_port()
        self.registrar = Peer([find_program(arguments.build, "registration_server"), "--coap",
                               self.coap, "--coaps", self.coaps, *self.keys["dm"].shown()])
        self.registrar.wait_for("ready")
        security = {"mode": "rpk", "publicKey": self.keys["given"].public_der.hex(),
                    "privateKey": self.keys["given"].key_der.hex(),
                    "serverPublicKey": self.keys["dm"].public_der.hex()}
        profile = {"name": "raw", "enabler": "1.1", "servers": [
            {"shortServerId": 101, "uri": f"coaps://127.0.0.1:{self.coaps}", "lifetime": 300,
             "binding": "U", "security": security}]}

        def record(name, profile="raw"):
            return {"endpoint": name, "profile": profile, "credentials": {
                "rpk": {"publicKey": self.keys[name].public_der.hex()}}}
        by_hash = {"endpoint": "pinned", "profile": "raw", "credentials": {
            "x509": {"keySha256": self.keys["pinned"].public_sha256}}}
        self.daemon = Daemon(
            find_program(arguments.build, "lwm2m-bootstrapd"), [*PROFILES, profile],
            [record("raw"), record("ears", "meter"), device("ask"), by_hash],
            {"dtls": {"rawPublicKey": {"key": str(self.keys["own"].key)}},
             "session": {"settle": 0.5, "attachWindow": 10, "attachRetry": 1}}, arguments.keep)
        self.program = find_program(arguments.build, "libcoap_device")
        self.uri = f"coaps://127.0.0.1:{self.daemon.coaps}"
        self.peers = []

    def start(self, mode, *arguments):
        peer = Peer([self.program, mode, *arguments], name=f"device ({mode})")
        self.peers.append(peer)
        return peer

    def ask(self, endpoint, key, *more):
        return self.start("ask", "--server", self.uri, "--ep", endpoint,
                          *self.keys[key].shown(), *more)

    def bootstraps(self, name="raw"):
        peer = self.ask(name, name, "--register")
        code = peer.finish()
        session = self.daemon.wait_outcome(name)
        assert code == 0 and session["outcome"] == "finished", f"{code}: {peer.events} {session}"
        self.registrar.wait_until(lambda event: f"ep={name}" in event.get("query", []),
                                  "registration")

    def psk_beside(self):
        peer = self.start("ask", "--server", self.uri, "--ep", "ask", "--identity", "ask", "--key",
                          KEY)
        assert peer.finish() == 0, peer.events

    def unknown_key(self):
        log = len(self.daemon.log())
        peer = self.ask("raw", "other")
        assert peer.finish() == 6 and not peer.operations(), peer.events
        assert peer.wait_for("alert")["number"] in ALERTS, peer.events
        until(lambda: "handshake_failed" in self.daemon.log()[log:], "the line in the log")

    def another_endpoint(self):
        peer = self.ask("ask", "raw")
        assert peer.finish() == 4 and not peer.operations(), peer.events

    def dialled(self):
        port = free_port()
        peer = self.start("listen", "--port", port, *self.keys["ears"].shown())
        peer.wait_for("ready")
        session = self.daemon.wait_session(
            self.daemon.trigger(endpoint="ears", address="127.0.0.1", port=port))
        assert session["outcome"] == "finished" and peer.finish() == 0, session

    def dialled_another(self):
        port = free_port()
        peer = self.start("listen", "--port", port, *self.keys["other"].shown())
        peer.wait_for("ready")
        session = self.daemon.wait_session(
            self.daemon.trigger(endpoint="ears", address="127.0.0.1", port=port))
        peer.stop()
        assert session["outcome"] in ("handshake_failed", "expired"), session
        assert not peer.operations(), peer.events

    def stop(self):
        for peer in [*self.peers, self.registrar]:
            peer.stop()
        self.daemon.stop()


def too_old(build, folder):
    """The daemon does not start with the setting, and says what it needs."""
    settings = {"listen": {"coaps": [f"127.0.0.1:{free_port()}"]},
                "dtls": {"rawPublicKey": {"key": str(raw_key(folder, "own").key)}},
                "provisioning": {"profiles": "profiles", "devices": "devices"}}
    for name in ("profiles", "devices"):
        (folder / name).mkdir()
    path = folder / "settings.json"
    path.write_text(json.dumps(settings), encoding="utf-8")
    for option in (["--check"], []):
        done = subprocess.run([find_program(build, "lwm2m-bootstrapd"), "--config", path, *option],
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=30, check=False)
        told = done.stdout.decode(errors="replace")
        assert done.returncode != 0, told
        assert "rawPublicKey" in told and "OpenSSL" in told and "3.2" in told, told


def play(report, cases):
    report.play("libcoap bootstraps with a raw public key and registers with the one it was given",
                cases.bootstraps)
    report.play("... with the hash of its key in its record", lambda: cases.bootstraps("pinned"))
    report.play("a device with a PSK is served beside it", cases.psk_beside)
    report.play("refused: a raw public key of nobody", cases.unknown_key)
    report.play("refused: a raw public key under another's endpoint", cases.another_endpoint)
    report.play("a listening device with a raw public key is dialled", cases.dialled)
    report.play("a listening device with another key is told nothing", cases.dialled_another)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", required=True, help="the build folder")
    parser.add_argument("--keep", action="store_true", help="keep the daemon's folder and log")
    arguments = parser.parse_args()

    report = Report()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="bootstrapd-raw-"))
    try:
        if ssl.OPENSSL_VERSION_INFO < (3, 2):
            report.play("a raw public key needs OpenSSL 3.2, and the settings' check says so",
                        lambda: too_old(arguments.build, folder))
            return report.close()
        cases = Cases(arguments, folder)
        try:
            play(report, cases)
        finally:
            cases.stop()
            if report.failed:
                print("The daemon's log:\n" + cases.daemon.log()[-20000:])
            cases.daemon.remove()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return report.close()


if __name__ == "__main__":
    sys.exit(main())
