#!/usr/bin/env python3
"""Certificates: libcoap with GnuTLS and Leshan bootstrap with certificates that an authority
issued or that are pinned, and register with what they were given; whoever shows something wrong is
refused with the alert that says so, a line in the log and a counter. Closes with
`N passed, N failed, N skipped`.
"""

import argparse
import base64
import json
import pathlib
import shutil
import signal
import sys
import tempfile

sys.dont_write_bytecode = True
import leshan
from fleet import KEY, PROFILES, device
from harness import Daemon, Peer, Report, find_program, free_port, until
from pki import EXPIRED, Authority, raw_key
from scanner import Client

SERVER_KEY = "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff"

# Alerts, RFC 5246 §7.2.2 and RFC 4279 §2.
HANDSHAKE_FAILURE, BAD_CERTIFICATE, CERTIFICATE_REVOKED, CERTIFICATE_EXPIRED = 40, 42, 44, 45
CERTIFICATE_UNKNOWN, UNKNOWN_CA, ACCESS_DENIED, DECRYPT_ERROR = 46, 48, 49, 51
UNKNOWN_PSK_IDENTITY, BAD_RECORD_MAC = 115, 20


class World:
    """The authorities, what they issued, the daemon's settings and records, the LwM2M Server."""

    def __init__(self, folder, build):
        self.folder = folder
        self.devices = Authority(folder / "devices", "Devices CA")
        self.servers = Authority(folder / "servers", "Servers CA")
        self.others = Authority(folder / "others", "Another CA")
        self.own = self.servers.issue("bs", "bs.example.com", ["DNS:bs.example.com"],
                                      usage="serverAuth")
        self.second = self.others.issue("second", "second.example.com",
                                        ["DNS:second.example.com"], usage="serverAuth")
        self.dm = self.servers.issue("dm", "dm.example.com", ["DNS:dm.example.com"],
                                     usage="serverAuth")
        self.given = self.devices.issue("given", "given-to-it")  # written by the profiles
        self.identities = {name: self.devices.issue(name, name)
                           for name in ("by-ca", "to-psk", "revoked", "est", "ears", "disabled",
                                        "nobody", "leshan-ca", "moved")}
        self.identities["p384"] = self.devices.issue("p384", "p384", kind="P-384")
        self.identities["ed25519"] = self.devices.issue("ed25519", "ed25519", kind="ED25519")
        self.identities["expired"] = self.devices.issue("expired", "expired", dates=EXPIRED)
        # Of an authority that the daemon does not know: pinned, or else refused.
        for name, dates in (("by-certificate", None), ("by-key", EXPIRED), ("stale", EXPIRED),
                            ("stranger", None), ("leshan-pinned", None), ("swapped", None)):
            self.identities[name] = self.others.issue(name, name, dates=dates)
        self.swapped = self.others.issue("swapped-2", "swapped")
        self.devices.revoke(self.identities["revoked"])
        self.revocations = self.devices.revocations()
        self.coap, self.coaps = free_port(), free_port()
        self.registrar = Peer([find_program(build, "registration_server"), "--coap", self.coap,
                               "--coaps", self.coaps, *self.dm.shown(), "--ca", self.devices.der,
                               "--psk", f"dm-to-psk={SERVER_KEY}", "--psk", f"dm-est={SERVER_KEY}"])
        self.registrar.wait_for("ready")

    def account(self, security):
        return {"shortServerId": 101, "uri": f"coaps://127.0.0.1:{self.coaps}", "lifetime": 300,
                "binding": "U", "notificationStoring": True, "security": security}

    def profiles(self):
        def text(path):
            return path.read_text(encoding="ascii")
        certificate = {"mode": "x509", "certificate": text(self.given.certificate),
                       "privateKey": text(self.given.key),
                       "serverCertificate": text(self.dm.certificate), "certificateUsage": 3}
        # The same in DER, as a fleet tool would have it.
        der = {**certificate, "certificate": self.given.certificate_der.hex(),
               "privateKey": "base64:" + base64.b64encode(self.given.key_der).decode()}
        psk = {"mode": "psk", "identity": "dm-${endpoint}", "key": SERVER_KEY}
        est = {"mode": "est", "serverCertificate": text(self.dm.certificate)}
        return [*PROFILES] + [
            {"name": name, "enabler": "1.1", "servers": [self.account(security)]}
            for name, security in (("certificate", certificate), ("der", der), ("psk", psk),
                                   ("est", est))]

    def records(self):
        def of(name, x509, profile="certificate", **more):
            return {"endpoint": name, "profile": profile, "credentials": {"x509": x509}, **more}
        ca = {"ca": True}

        def pinned(name):
            return {"certificateSha256": self.identities[name].certificate_sha256}

        def key(name):
            return {"keySha256": [self.identities[name].public_sha256]}
        return [
            device("ask"), of("by-ca", ca), of("to-psk", ca, "psk"), of("revoked", ca),
            of("expired", ca), of("est", ca, "est"), of("ears", ca, "meter"), of("p384", ca),
            of("ed25519", ca), of("moved", ca), of("by-certificate", pinned("by-certificate"), "der"),
            of("by-key", key("by-key")), of("stale", pinned("stale")), of("stranger", ca),
            of("swapped", pinned("swapped")), of("disabled", ca),
            of("leshan-ca", ca), of("leshan-pinned", pinned("leshan-pinned"))]

    def settings(self):
        return {
            "dtls": {
                "certificates": [
                    {"certificate": str(self.own.certificate), "key": str(self.own.key)},
                    {"certificate": str(self.second.certificate), "key": str(self.second.key)}],
                "clients": {"ca": [str(self.devices.certificate)], "crl": [str(self.revocations)],
                            "endpoint": "commonName"}},
            "session": {"settle": 0.5, "attachWindow": 10, "attachRetry": 1},
            "limits": {"failedHandshakesPerAddress": 1000, "failedHandshakesPerPrefix": 1000}}


class Cases:
    def __init__(self, arguments, world):
        self.world = world
        self.build = arguments.build
        self.daemon = Daemon(find_program(arguments.build, "lwm2m-bootstrapd"), world.profiles(),
                             world.records(), world.settings(), arguments.keep)
        self.program = find_program(arguments.build, "libcoap_device")
        self.uri = f"coaps://127.0.0.1:{self.daemon.coaps}"
        self.peers = []

    def start(self, mode, *arguments):
        peer = Peer([self.program, mode, *arguments], name=f"device ({mode})")
        self.peers.append(peer)
        return peer

    def ask(self, name, *more, endpoint=None, identity=None):
        shown = (identity or self.world.identities[name]).shown()
        ca = [] if "--ca" in more else ["--ca", self.world.servers.der]
        return self.start("ask", "--server", self.uri, "--ep", endpoint or name, *shown, *ca, *more)

    def bootstraps(self, name, *more):
        peer = self.ask(name, "--register", *more)
        code = peer.finish()
        session = self.daemon.wait_outcome(name)
        assert code == 0, f"the device ended with {code}: {peer.events}; {session}"
        assert session["outcome"] == "finished" and session["secured"] is True, session
        return peer

    def registered(self, name):
        return self.world.registrar.wait_until(
            lambda event: f"ep={name}" in event.get("query", []), f"the registration of {name}")

    def by_certificate(self, name, *more):
        """Ends registered with the certificate that the profile has."""
        self.bootstraps(name, *more)
        told = self.registered(name)
        assert told["certificate"] == self.world.given.certificate_der.hex(), told
        assert told["name"] == "given-to-it", told

    def by_psk(self):
        self.bootstraps("to-psk")
        assert self.registered("to-psk")["identity"] == "dm-to-psk"

    def by_enrolment(self):
        """Security Mode 4: the device keeps its own certificate for the LwM2M Server too."""
        self.bootstraps("est")
        assert self.registered("est")["name"] == "est"

    def asked_by_name(self):
        """By SNI it is shown the second certificate, which alone it takes."""
        self.by_certificate("by-ca", "--sni", "second.example.com", "--ca", self.world.others.der)
        peer = self.ask("by-ca", "--sni", "bs.example.com", "--ca", self.world.others.der)
        assert peer.finish() == 6, peer.events

    def dialled(self):
        port = free_port()
        world = self.world
        peer = self.start("listen", "--port", port, *world.identities["ears"].shown(), "--ca",
                          world.servers.der)
        peer.wait_for("ready")
        identifier = self.daemon.trigger(endpoint="ears", address="127.0.0.1", port=port)
        session = self.daemon.wait_session(identifier)
        assert session["outcome"] == "finished" and peer.finish() == 0, session
        assert session["mode"] == "server-initiated", session

    def dialled_another(self):
        """Whoever else listens there is told nothing."""
        port = free_port()
        world = self.world
        peer = self.start("listen", "--port", port, *world.identities["moved"].shown(), "--ca",
                          world.servers.der)
        peer.wait_for("ready")
        identifier = self.daemon.trigger(endpoint="ears", address="127.0.0.1", port=port)
        session = self.daemon.wait_session(identifier)
        peer.stop()
        assert session["outcome"] in ("handshake_failed", "expired"), session
        assert not peer.operations(), peer.events

    # ---- refused ----

    def failed(self, kind):
        return self.daemon.call("GET", "/v1/status")[2]["network"]["handshakesFailedBy"][kind]

    def refused(self, start, kind, alerts, words, read):
        """`kind`: the counter; `read`: the alert as the peer told it."""
        before, log = self.failed(kind), len(self.daemon.log())
        peer = start()
        told = read(peer)
        until(lambda: self.failed(kind) > before, f"the counter of {kind}")
        lines = [line for line in self.daemon.log()[log:].splitlines() if "handshake_failed" in line]
        assert len(lines) == 1, f"lines in the log: {lines}"
        assert any(word in lines[0] for word in words), f"{words} not in {lines[0]}"
        assert told in alerts, f"alert {told}, the log says {lines[0]}"

    def refused_device(self, start, kind, alerts, words):
        def read(peer):
            code = peer.finish()
            assert code == 6 and not peer.operations(), f"{code}: {peer.events}"
            return next((e["number"] for e in peer.events if e["event"] == "alert"), None)
        self.refused(start, kind, alerts, words, read)

    def refused_name(self, name, alerts, words, **named):
        self.refused_device(lambda: self.ask(name, **named), "certificate", alerts, words)

    def wrong_psk(self):
        self.refused_device(
            lambda: self.start("ask", "--server", self.uri, "--ep", "ask", "--identity", "ask",
                               "--key", "ff" * 16),
            "wrong_key", (DECRYPT_ERROR, BAD_RECORD_MAC), ("key",))

    def unknown_identity(self):
        self.refused_device(
            lambda: self.start("ask", "--server", self.uri, "--ep", "ask", "--identity", "nobody",
                               "--key", KEY),
            "unknown_identity", (UNKNOWN_PSK_IDENTITY, DECRYPT_ERROR), ("identity",))

    def switch_off(self):
        """Read again without it, the devices' file disables what it declared before."""
        kept = [record for record in self.world.records() if record["endpoint"] != "disabled"]
        (self.daemon.folder / "devices" / "all.json").write_text(json.dumps(kept), encoding="utf-8")
        self.daemon.process.send_signal(signal.SIGHUP)
        until(lambda: self.daemon.call("GET", "/v1/devices/disabled")[2].get("disabled"),
              "the device switched off")

    def another_endpoint(self):
        """A certificate is good for the endpoint in it, and for no other."""
        peer = self.ask("by-ca", endpoint="to-psk")
        assert peer.finish() == 4 and not peer.operations(), peer.events
        assert peer.wait_for("answer")["code"] == "4.00", peer.events

    def openssl(self, *arguments):
        world = self.world
        own = world.identities["by-ca"]
        return Client(self.daemon.coaps, *arguments, "-cert", own.certificate, "-key", own.key,
                      "-CAfile", world.servers.certificate, "-verify_return_error")

    def refused_openssl(self, start, kind, alert, words):
        def read(client):
            try:
                return alert if alert in client.wait_for(b"alert") else client.text()
            finally:
                client.stop()
        self.refused(start, kind, (alert,), words, read)

    def without_certificate(self):
        return Client(self.daemon.coaps, "-dtls1_2", "-cipher",
                      "ECDHE-ECDSA-AES128-CCM8:@SECLEVEL=0")

    def s_client(self):
        """What openssl s_client tells of the server: the name and chain verify."""
        for suite in ("ECDHE-ECDSA-AES128-CCM8", "ECDHE-ECDSA-AES128-SHA256",
                      "ECDHE-ECDSA-AES128-GCM-SHA256"):
            client = self.openssl("-dtls1_2", "-cipher", f"{suite}:@SECLEVEL=0", "-verify_hostname",
                                  "bs.example.com", "-servername", "bs.example.com")
            try:
                told = client.wait_for(b"Extended master secret")
            finally:
                client.stop()
            assert f"Cipher    : {suite}" in told, told
            assert "Verification: OK" in told and "Verified peername: bs.example.com" in told, told

    def renegotiates(self):
        client = self.openssl("-dtls1_2", "-cipher", "ECDHE-ECDSA-AES128-CCM8:@SECLEVEL=0")
        try:
            client.wait_for(b"Extended master secret")
            client.say(b"R\n")
            client.wait_for(b"no renegotiation")
        finally:
            client.stop()

    def stop(self):
        for peer in self.peers:
            peer.stop()
        self.daemon.stop()


def play_refused(report, cases):
    def one(sentence, name, alerts, *words, **named):
        report.play(f"refused: {sentence}",
                    lambda: cases.refused_name(name, alerts, words, **named))
    one("a certificate of an authority that is not known", "stranger", (UNKNOWN_CA,), "issuer")
    one("an expired certificate", "expired", (CERTIFICATE_EXPIRED,), "expired")
    one("a revoked certificate", "revoked", (CERTIFICATE_REVOKED,), "revoked")
    one("a pinned certificate that has expired", "stale", (CERTIFICATE_EXPIRED, UNKNOWN_CA,
                                                           CERTIFICATE_UNKNOWN), "expired", "issuer")
    one("a certificate in the place of the pinned one", "swapped",
        (UNKNOWN_CA, CERTIFICATE_UNKNOWN, BAD_CERTIFICATE, ACCESS_DENIED), "issuer",
        identity=cases.world.swapped)
    one("a good certificate of nobody", "nobody",
        (CERTIFICATE_UNKNOWN, ACCESS_DENIED, UNKNOWN_CA, BAD_CERTIFICATE), "")
    report.play("a device that the file declares no more is switched off", cases.switch_off)
    one("a good certificate of a device that is switched off", "disabled",
        (CERTIFICATE_UNKNOWN, ACCESS_DENIED, UNKNOWN_CA, BAD_CERTIFICATE), "")
    report.play("refused: a certificate under another's endpoint", cases.another_endpoint)
    report.play("refused: a wrong PSK", cases.wrong_psk)
    report.play("refused: an unknown PSK identity", cases.unknown_identity)
    report.play("refused: openssl s_client with suites that are not configured",
                lambda: cases.refused_openssl(
                    lambda: cases.openssl("-dtls1_2", "-cipher",
                                          "ECDHE-ECDSA-AES256-SHA:AES128-SHA:@SECLEVEL=0"),
                    "no_common_suite", "alert handshake failure", ("cipher",)))
    report.play("refused: openssl s_client -dtls1",
                lambda: cases.refused_openssl(
                    lambda: cases.openssl("-dtls1", "-cipher", "ALL:@SECLEVEL=0"), "other",
                    "alert protocol version", ("version", "protocol")))
    report.play("refused: openssl s_client without a certificate",
                lambda: cases.refused_openssl(cases.without_certificate, "certificate",
                                              "alert handshake failure", ("certificate",)))
    report.play("refused: a renegotiation with certificates", cases.renegotiates)


def play_leshan(report, cases):
    for name, what in (("leshan-ca", "of a known authority"), ("leshan-pinned", "that is pinned")):
        def case(name=name):
            identity = cases.world.identities[name]
            with leshan.CertificateClient(cases.build, cases.daemon, name, identity,
                                          cases.world.own) as client:
                client.wait_for("bootstrapped", timeout=90)
                client.wait_for("registered", timeout=60)
            assert cases.daemon.wait_outcome(name)["outcome"] == "finished"
            told = cases.registered(name)
            assert told["certificate"] == cases.world.given.certificate_der.hex(), told
        report.play(f"Leshan bootstraps with a certificate {what} and registers with the one it "
                    "was given", case)


def play(report, cases):
    report.play("libcoap bootstraps with a certificate of a known authority and registers with the "
                "one it was given", lambda: cases.by_certificate("by-ca"))
    report.play("... with a pinned certificate, written in DER",
                lambda: cases.by_certificate("by-certificate"))
    report.play("... with a pinned key, in whatever certificate",
                lambda: cases.by_certificate("by-key"))
    report.play("... with a certificate, and registers with the PSK it was given", cases.by_psk)
    report.play("... and with its own certificate where the mode is EST", cases.by_enrolment)
    report.play("... with a P-384 key", lambda: cases.by_certificate("p384"))
    report.play("... with an Ed25519 key", lambda: cases.by_certificate("ed25519"))
    report.play("the certificate that it asks for by SNI is shown", cases.asked_by_name)
    report.play("a listening device with a certificate is dialled", cases.dialled)
    report.play("a listening device with another's certificate is told nothing",
                cases.dialled_another)
    report.play("openssl s_client verifies the name and the chain, each suite", cases.s_client)
    play_refused(report, cases)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", required=True, help="the build folder")
    parser.add_argument("--without-leshan", action="store_true")
    parser.add_argument("--keep", action="store_true", help="keep the daemon's folder and log")
    arguments = parser.parse_args()

    report = Report()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="bootstrapd-pki-"))
    world = World(folder, arguments.build)
    try:
        cases = Cases(arguments, world)
        try:
            play(report, cases)
            if not arguments.without_leshan:
                play_leshan(report, cases)
        finally:
            cases.stop()
            if report.failed:
                print("The daemon's log:\n" + cases.daemon.log()[-20000:])
            cases.daemon.remove()
    finally:
        world.registrar.stop()
        shutil.rmtree(folder, ignore_errors=True)
    return report.close()


if __name__ == "__main__":
    sys.exit(main())
