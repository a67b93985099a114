#!/usr/bin/env python3
"""The daemon's DTLS port as a TLS scanner sees it: which versions and suites it takes, its cookies,
renegotiation, tickets, compression. Hellos of its own, and the `openssl s_client` command. Closes
with `N passed, N failed, N skipped`.
"""

import argparse
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import threading

sys.dont_write_bytecode = True
import hello
from fleet import KEY, PROFILES, device
from harness import Daemon, Report, find_program, until
from pki import Authority, openssl

# By default: PSK_WITH_AES_128_CCM_8 (RFC 6655), CBC_SHA256 and GCM_SHA256 (RFC 5487), and with
# certificates ECDHE_ECDSA_WITH_AES_128_CCM_8 (RFC 7251), CBC_SHA256 and GCM_SHA256 (RFC 5289).
PSK_SUITES = {0xC0A8: "PSK-AES128-CCM8", 0x00AE: "PSK-AES128-CBC-SHA256",
              0x00A8: "PSK-AES128-GCM-SHA256"}
ECDSA_SUITES = {0xC0AE: "ECDHE-ECDSA-AES128-CCM8", 0xC023: "ECDHE-ECDSA-AES128-SHA256",
                0xC02B: "ECDHE-ECDSA-AES128-GCM-SHA256"}


def suites_of_openssl():
    """Every suite that the installed OpenSSL knows, code → name; those of TLS 1.3 are not DTLS."""
    told = openssl("ciphers", "-V", "ALL:COMPLEMENTOFALL:@SECLEVEL=0").decode()
    found = re.findall(r"0x([0-9A-F]{2}),0x([0-9A-F]{2}) - (\S+)\s+(\S+)", told)
    return {int(high + low, 16): name for high, low, name, version in found
            if version != "TLSv1.3"}


class Client:
    """openssl s_client over DTLS; what it tells is gathered until somebody looks."""

    def __init__(self, port, *arguments):
        self.process = subprocess.Popen(
            ["openssl", "s_client", "-connect", f"127.0.0.1:{port}", *map(str, arguments)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.told = b""
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        while octets := self.process.stdout.read1(4096):
            self.told += octets

    def wait_for(self, text, timeout=20):
        until(lambda: text in self.told or self.process.poll() is not None, text, timeout)
        self._join_if_ended()
        assert text in self.told, self.text()
        return self.text()

    def _join_if_ended(self):
        if self.process.poll() is not None:
            self._reader.join(timeout=5)

    def say(self, octets):
        self.process.stdin.write(octets)
        self.process.stdin.flush()

    def end(self, timeout=20):
        self.process.stdin.close()
        self.process.wait(timeout=timeout)
        self._reader.join(timeout=5)
        return self.text()

    def text(self):
        return self.told.decode(errors="replace")

    def stop(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


class Cases:
    def __init__(self, daemon, suites):
        self.daemon = daemon
        self.suites = suites  # code → name of those that are taken
        self.number = 0

    def prober(self):
        """Each under an address of its own, a hundred a /24: no limit of failures is reached."""
        self.number += 1
        address = f"127.1.{self.number // 100}.{1 + self.number % 100}"
        return hello.Prober(self.daemon.coaps, address)

    def answer(self, suites, **named):
        with self.prober() as prober:
            return prober.answer(suites, **named)

    def each_suite(self):
        known = suites_of_openssl()
        assert len(known) > 100 and set(self.suites) <= set(known), known
        taken, alerts = {}, set()
        for code, name in known.items():
            got = self.answer([code])
            if isinstance(got, hello.ServerHello):
                assert got.suite == code, f"{name} offered, {got.suite:04x} taken"
                taken[code] = name
            else:
                alerts.add(got)
        assert taken == self.suites, f"taken: {taken}"
        assert alerts == {hello.HANDSHAKE_FAILURE}, f"alerts {alerts}"

    def every_other_code(self):
        """All 65536 but those, 400 a hello."""
        codes = [code for code in range(65536) if code not in self.suites]
        for first in range(0, len(codes), 400):
            some = codes[first:first + 400]
            got = self.answer(some)
            assert got == hello.HANDSHAKE_FAILURE, f"{some[0]:04x} and on: {vars(got)}"

    def prefers(self):
        """The order is the server's."""
        wanted = next(iter(self.suites))
        got = self.answer(list(reversed(self.suites)))
        assert got.suite == wanted, f"{got.suite:04x} was taken, {wanted:04x} comes first"

    def old_version(self):
        got = self.answer(list(self.suites), version=hello.DTLS_1_0)
        assert got == hello.PROTOCOL_VERSION, f"DTLS 1.0 was answered {got}"

    def newer_version(self):
        """A client that knows DTLS 1.3 (RFC 9147) comes down to 1.2 and says so in every flight."""
        got = self.answer(list(self.suites), version=0xFEFC)
        assert got.version == hello.DTLS_1_2, vars(got)

    def no_dtls_at_all(self):
        """What is SSL or TLS in a datagram is not answered, be it in the record or in the hello."""
        suites = list(self.suites)
        usual = hello.client_hello(suites)
        with self.prober() as prober:
            for version in (0x0100, hello.SSL_3, 0x0301, 0x0303):
                prober.send(usual[:1] + version.to_bytes(2, "big") + usual[3:])
                prober.send(hello.client_hello(suites, version=version))
            prober.send(bytes.fromhex("802e0103000015000000100100800700c0030080"))  # SSL 2
            prober.send(usual)
            self.silent(prober, 1)

    @staticmethod
    def silent(prober, cookies=0):
        """So many cookies come, that of a hello which is sent now, and nothing else."""
        prober.send(hello.client_hello([0xC0A8], cookie=b"not a cookie"))
        for _ in range(cookies + 1):
            assert hello.cookie_of(prober.receive()), "something else than a cookie"
        prober.socket.setblocking(False)
        try:
            left = prober.socket.recv(65536)
        except BlockingIOError:
            return
        raise AssertionError(f"and more: {left.hex()}")

    def cookies(self):
        with self.prober() as prober:
            first = hello.client_hello(list(self.suites))
            prober.send(first)
            challenge = prober.receive()
            assert hello.cookie_of(challenge), challenge.hex()
            assert len(challenge) <= len(first), f"{len(first)} octets made {len(challenge)}"
            self.silent(prober)

    def smallest_hello(self):
        """A hello with nothing in it is not answered with more than it is."""
        with self.prober() as prober:
            first = hello.client_hello([0xC0A8], extensions=None)
            prober.send(first)
            challenge = prober.receive()
            assert len(challenge) <= len(first), f"{len(first)} octets made {len(challenge)}"

    def cookies_of_others(self):
        random = os.urandom(32)
        usual = {"random": random}
        with self.prober() as one, self.prober() as other:
            one.send(hello.client_hello([0xC0A8], **usual))
            cookie = hello.cookie_of(one.receive())
            turned = bytes([cookie[0] ^ 1]) + cookie[1:]
            for prober, shown in ((other, cookie), (one, turned), (one, cookie[:-1]),
                                  (one, cookie + b"\0")):
                prober.send(hello.client_hello([0xC0A8], cookie=shown, **usual))
                assert hello.cookie_of(prober.receive()), "a cookie that is not its own was taken"
            # The right one still is.
            one.send(hello.client_hello([0xC0A8], cookie=cookie, **usual))
            kind, _, _, fragment = next(hello.records(one.receive()))
            assert (kind, fragment[0]) == (hello.HANDSHAKE, hello.SERVER_HELLO), fragment.hex()

    def no_compression(self):
        got = self.answer(list(self.suites), compression=b"\1\0")
        assert got.compression == 0, vars(got)

    def no_resumption(self):
        """Neither a session to come back to, nor a ticket."""
        got = self.answer(list(self.suites), session=os.urandom(32),
                          extensions=(*hello.USUAL, (hello.SESSION_TICKET, b"")))
        assert hello.SESSION_TICKET not in got.extensions, vars(got)
        assert got.session == b"", vars(got)

    def secure_renegotiation_is_told(self):
        """RFC 5746: a client may insist on it, though none is ever played."""
        got = self.answer(list(self.suites))
        assert got.extensions.get(hello.RENEGOTIATION_INFO) == b"\0", vars(got)

    def master_secret_is_extended(self):
        got = self.answer(list(self.suites))
        assert got.extensions.get(hello.EXTENDED_MASTER_SECRET) == b"", vars(got)

    # ---- with OpenSSL as peer ----

    def arguments(self, name):
        return ["-dtls1_2", "-cipher", f"{name}:@SECLEVEL=0", "-psk", KEY, "-psk_identity", "ask"]

    def client(self, name, *more):
        return Client(self.daemon.coaps, *self.arguments(name), *more)

    def shakes_hands(self, name):
        client = self.client(name)
        try:
            told = client.wait_for(b"Extended master secret")
        finally:
            client.stop()
        assert f"Cipher    : {name}" in told, told
        assert "Secure Renegotiation IS supported" in told, told
        assert "Compression: NONE" in told, told
        assert "TLS session ticket" not in told, told

    def renegotiates(self):
        client = self.client("PSK-AES128-CCM8")
        try:
            client.wait_for(b"Extended master secret")
            client.say(b"R\n")
            told = client.wait_for(b"no renegotiation")
            assert "RENEGOTIATING" in told, told
        finally:
            client.stop()

    def older_client(self):
        client = Client(self.daemon.coaps, "-dtls1", "-cipher", "ALL:@SECLEVEL=0", "-psk", KEY,
                        "-psk_identity", "ask")
        try:
            assert "alert protocol version" in client.wait_for(b"alert"), client.text()
        finally:
            client.stop()


def play(report, cases):
    report.play("a hello is answered by a cookie, no larger than itself, and nothing else",
                cases.cookies)
    report.play("nor is the smallest hello that there is answered with more than it is",
                cases.smallest_hello)
    report.play("the cookie of another address, or one that was changed, is not taken",
                cases.cookies_of_others)
    report.play("each suite that OpenSSL knows: those configured, and no other", cases.each_suite)
    report.play("each other code that a suite can have is refused", cases.every_other_code)
    report.play("the server's order of suites counts", cases.prefers)
    report.play("DTLS 1.0 is refused by protocol_version", cases.old_version)
    report.play("who knows a newer version gets DTLS 1.2", cases.newer_version)
    report.play("SSL 2, SSL 3 and TLS in a datagram are not answered", cases.no_dtls_at_all)
    report.play("there is no compression", cases.no_compression)
    report.play("there is no ticket and no session to resume", cases.no_resumption)
    report.play("RFC 5746 is told", cases.secure_renegotiation_is_told)
    report.play("RFC 7627: the extended master secret is taken", cases.master_secret_is_extended)
    for name in PSK_SUITES.values():
        report.play(f"openssl s_client shakes hands by {name}",
                    lambda name=name: cases.shakes_hands(name))
    report.play("openssl s_client asks for a renegotiation and is refused", cases.renegotiates)
    report.play("openssl s_client -dtls1 is refused by protocol_version", cases.older_client)


def play_without_certificate(report, cases):
    report.play("without a certificate: none but the suites of PSKs", cases.each_suite)
    report.play("without a certificate: each other code is refused", cases.every_other_code)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", required=True, help="the build folder")
    parser.add_argument("--keep", action="store_true", help="keep the daemon's folder and log")
    arguments = parser.parse_args()

    report = Report()
    program = find_program(arguments.build, "lwm2m-bootstrapd")
    with tempfile.TemporaryDirectory(prefix="bootstrapd-pki-") as folder:
        authority = Authority(pathlib.Path(folder) / "ca", "Servers CA")
        own = authority.issue("own", "bs.example.com", ["DNS:bs.example.com"], usage="serverAuth")
        certified = {"dtls": {
            "certificates": [{"certificate": str(own.certificate), "key": str(own.key)}],
            "clients": {"ca": [str(authority.certificate)]}}}
        for settings, suites, what in ((certified, {**PSK_SUITES, **ECDSA_SUITES}, play),
                                       ({}, PSK_SUITES, play_without_certificate)):
            daemon = Daemon(program, PROFILES, [device("ask")], settings, arguments.keep)
            failed = report.failed
            try:
                what(report, Cases(daemon, suites))
            finally:
                daemon.stop()
                if report.failed > failed:
                    print("The daemon's log:\n" + daemon.log()[-5000:])
                daemon.remove()
    return report.close()


if __name__ == "__main__":
    sys.exit(main())
