#!/usr/bin/env python3
"""Plays the daemon against clients that share no code with it: libcoap with GnuTLS and OpenSSL,
Leshan. Prints a line a case and closes with `N passed, N failed, N skipped`.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
import leshan
import whole
from fleet import KEY, LARGE, PROFILES, device, meter_holds, meter_operations, octets
from harness import Daemon, Peer, Report, Skip, find_program, free_port, has_ipv6

DEVICES = [
    device("ask"),
    device("other"),
    device("hold"),
    device("early"),
    device("ears"),
    device("nosec", nosec=True, psk=False),
    device("quiet", nosec=True, psk=False),
    device("gone", nosec=True, psk=False),
    device("lost"),
    device("large", profile="large"),
    device("picky"),
    device("proud"),
]

SETTINGS = {
    "session": {"settle": 0.5, "attachWindow": 6, "attachRetry": 1},
    "transmission": {"ackTimeout": 1.0},
}


class Cases:
    def __init__(self, build, daemon):
        self.daemon = daemon
        self.program = find_program(build, "libcoap_device")
        self.plain = f"coap://127.0.0.1:{daemon.coap}"
        self.secured = f"coaps://127.0.0.1:{daemon.coaps}"
        self.peers = []

    def start(self, mode, *arguments):
        peer = Peer([self.program, mode, *arguments], name=f"device ({mode})")
        self.peers.append(peer)
        return peer

    def stop(self):
        for peer in self.peers:
            peer.stop()

    def secure(self, mode, endpoint, *arguments, **named):
        more = ["--ep", endpoint] if mode == "ask" else []
        return self.start(mode, "--server", self.secured, "--identity",
                          named.get("identity", endpoint), "--key", named.get("key", KEY), *more,
                          *arguments)

    # What is asserted of every good end.
    def check_finished(self, peer, endpoint, expected=None, holds=None):
        code = peer.finish()
        assert code == 0, f"the device ended with {code}: {peer.events}"
        seen = [(o["method"], o["path"], o.get("contentFormat"), o["payload"], o["code"])
                for o in peer.operations()]
        wanted = expected if expected is not None else meter_operations(endpoint)
        assert seen == wanted, f"operations\n        {seen}\n      but expected\n        {wanted}"
        assert peer.operations()[0].get("accept") == 40, "Discover did not ask for link-format"
        state = peer.state()["holds"]
        wanted = holds if holds is not None else meter_holds(endpoint)
        assert state == wanted, f"the device holds {state}, expected {wanted}"
        session = self.daemon.wait_outcome(endpoint)
        self.check_told(session, peer)
        return session

    def check_told(self, session, peer):
        """GET /v1/sessions/{id} tells the operations that the device saw."""
        told = self.daemon.session(session["id"])
        assert told["outcome"] == "finished", f"{told['outcome']}: {told['cause']}"
        methods = {"GET": "READ", "DELETE": "DELETE", "PUT": "WRITE", "POST": "FINISH"}
        wanted = [("DISCOVER" if o.get("accept") == 40 else methods[o["method"]], o["path"],
                   o.get("contentFormat") or (o.get("accept") if o.get("accept") != 40 else None),
                   len(o["payload"]) // 2, o["code"]) for o in peer.operations()]
        seen = [(o["method"], o["path"], o["contentFormat"], o["payloadSize"], o["code"])
                for o in told["operations"]]
        assert seen == wanted, f"the API tells {seen}, the device saw {wanted}"

    def ask_secured(self):
        peer = self.secure("ask", "ask", "--query", "pct=11542", "--query", "extra=1",
                           "--has", "/1/7;ssid=7", "--has", "/0/7;ssid=7")
        session = self.check_finished(peer, "ask")
        assert session["mode"] == "client-initiated", session["mode"]
        assert session["secured"] is True
        assert session["preferredContentFormat"] == 11542, session
        assert session["otherQueries"] == ["extra=1"], session["otherQueries"]

    def ask_other_account(self):
        peer = self.secure("ask", "ask", "--bs-instance", "1")
        self.check_finished(peer, "ask", meter_operations("ask", "/0/0"),
                            meter_holds("ask", "/0/1", "/0/0"))

    def ask_again(self):
        peer = self.secure("ask", "ask", "--enabler", "1.0")
        self.check_finished(peer, "ask")

    def ask_plain(self):
        peer = self.start("ask", "--server", self.plain, "--ep", "nosec")
        session = self.check_finished(peer, "nosec")
        assert session["secured"] is False

    def ask_ipv6(self):
        if not has_ipv6():
            raise Skip("there is no IPv6 here")
        peer = self.start("ask", "--server", f"coaps://[::1]:{self.daemon.coaps}", "--ep", "ask",
                          "--identity", "ask", "--key", KEY)
        session = self.check_finished(peer, "ask")
        assert session["remote"].startswith("[::1]:"), session["remote"]

    def ask_large(self):
        peer = self.secure("ask", "large")
        code = peer.finish()
        assert code == 0, f"the device ended with {code}: {peer.events}"
        assert peer.state()["holds"]["/3442/0"] == octets(LARGE), "the long Write came out changed"

    @staticmethod
    def refused(peer):
        code = peer.finish()
        answer = peer.wait_for("answer")
        assert code == 4 and answer["code"] == "4.00", f"{code}, {peer.events}"
        assert not peer.operations(), "operations were sent to a device that was refused"

    def refuse_unknown(self):
        self.refused(self.secure("ask", "nobody", identity="ask"))

    def refuse_mismatch(self):
        self.refused(self.secure("ask", "other", identity="ask"))
        session = self.daemon.wait_outcome("other")
        assert session["outcome"] == "not_admitted", session["outcome"]

    def refuse_unsecured(self):
        self.refused(self.start("ask", "--server", self.plain, "--ep", "ask"))

    def refuse_unknown_plain(self):
        self.refused(self.start("ask", "--server", self.plain, "--ep", "nobody"))

    def coap_client(self, flavour):
        program = shutil.which(f"coap-client-{flavour}")
        if not program:
            raise Skip(f"coap-client-{flavour} is not installed (package libcoap3-bin)")
        # Its key goes on the command line as text.
        uri = f"{self.secured}/bs?ep=other"
        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run(
                [program, "-v", "7", "-B", "5", "-m", "post", "-u", "texts", "-k", "secretkey1234567",
                 uri], stdin=subprocess.DEVNULL, capture_output=True, timeout=30, cwd=folder,
                check=False)
        told = (done.stdout + done.stderr).decode(errors="replace")
        assert "4.00" in told, f"expected 4.00: {told}"

    def unknown_identity(self):
        peer = self.secure("ask", "ask", identity="stranger", key="00")
        code = peer.finish()
        assert code == 6, f"the device ended with {code}: {peer.events}"

    def wrong_key(self):
        peer = self.secure("ask", "ask", key="ff" * 16)
        code = peer.finish()
        assert code == 6, f"the device ended with {code}: {peer.events}"

    def refused_write(self):
        peer = self.secure("ask", "picky", "--refuse", "PUT:/1/0=4.00")
        session = self.daemon.wait_outcome("picky")
        peer.stop()
        assert session["outcome"] == "operation_refused", session
        last = session["operations"][-1]
        assert (last["method"], last["path"], last["code"]) == ("WRITE", "/1/0", "4.00"), last

    def refused_finish(self):
        peer = self.secure("ask", "proud", "--refuse", "POST:/bs=4.06")
        session = self.daemon.wait_outcome("proud")
        peer.stop()
        assert session["outcome"] == "finish_refused", session

    def silent(self):
        port = free_port()
        peer = self.start("silent", "--server", self.plain, "--port", str(port))
        peer.wait_for("ready")
        identifier = self.daemon.trigger(endpoint="quiet", address="127.0.0.1", port=port)
        session = self.daemon.wait_session(identifier)
        assert session["outcome"] == "finished", session
        assert session["mode"] == "server-initiated", session["mode"]
        self.check_finished(peer, "quiet")

    def hold_then_trigger(self):
        peer = self.secure("hold", "hold")
        peer.wait_for("associated")
        identifier = self.daemon.trigger(endpoint="hold")
        session = self.daemon.wait_session(identifier)
        assert session["outcome"] == "finished", session
        assert session["mode"] == "server-initiated", session["mode"]
        self.check_finished(peer, "hold")

    def trigger_then_hold(self):
        identifier = self.daemon.trigger(endpoint="early")
        assert self.daemon.session(identifier)["state"] == "waiting"
        peer = self.secure("hold", "early")
        session = self.daemon.wait_session(identifier)
        assert session["outcome"] == "finished", session
        assert session["mode"] == "server-initiated", session["mode"]
        self.check_finished(peer, "early")

    def trigger_then_ask(self):
        """The device's own request has the precedence within `settle`."""
        self.daemon.trigger(endpoint="early")
        peer = self.secure("ask", "early")
        session = self.check_finished(peer, "early")
        assert session["triggered"] is True, session

    def listen(self):
        port = free_port()
        peer = self.start("listen", "--port", str(port), "--identity", "ears", "--key", KEY)
        peer.wait_for("ready")
        identifier = self.daemon.trigger(endpoint="ears", address="127.0.0.1", port=port)
        session = self.daemon.wait_session(identifier)
        assert session["outcome"] == "finished", session
        assert session["mode"] == "server-initiated", session["mode"]
        assert peer.wait_for("dialled")["identity"] == "ears"
        self.check_finished(peer, "ears")

    def expired(self, endpoint, **where):
        identifier = self.daemon.trigger(endpoint=endpoint, **where)
        session = self.daemon.wait_session(identifier, timeout=30)
        assert session["outcome"] == "expired", session
        assert not [o for o in session["operations"] if o["code"]], session

    def unknown_device(self):
        status, _, body = self.daemon.call("POST", "/v1/attachments", {"endpoint": "nobody"})
        assert status == 404, f"{status}: {body}"


def play(report, cases):
    report.play("libcoap asks over DTLS-PSK: the operations, their octets, its state",
                cases.ask_secured)
    report.play("a Bootstrap-Server's account at /0/1 is left alone", cases.ask_other_account)
    report.play("a device bootstrapped before is bootstrapped again, Discover as of 1.0",
                cases.ask_again)
    report.play("libcoap asks over CoAP", cases.ask_plain)
    report.play("libcoap asks over DTLS-PSK and IPv6", cases.ask_ipv6)
    report.play("a Write of 3000 octets goes block-wise", cases.ask_large)
    report.play("an unknown endpoint is answered 4.00 over DTLS", cases.refuse_unknown)
    report.play("an unknown endpoint is answered 4.00 over CoAP", cases.refuse_unknown_plain)
    report.play("an identity under another's endpoint is answered 4.00", cases.refuse_mismatch)
    report.play("a device with keys is not served over CoAP", cases.refuse_unsecured)
    for flavour in ("gnutls", "openssl"):
        report.play(f"coap-client-{flavour} under another's endpoint is answered 4.00",
                    lambda flavour=flavour: cases.coap_client(flavour))
    report.play("an unknown identity gets no association", cases.unknown_identity)
    report.play("a wrong key gets no association", cases.wrong_key)
    report.play("a refused Write ends the session as operation_refused", cases.refused_write)
    report.play("a Finish answered 4.06 ends it as finish_refused", cases.refused_finish)
    report.play("a silent device is bootstrapped from the daemon's own port", cases.silent)
    report.play("a device in hold-off is bootstrapped over its association",
                cases.hold_then_trigger)
    report.play("a trigger waits for the association of a device in hold-off",
                cases.trigger_then_hold)
    report.play("a device's own request inherits the trigger", cases.trigger_then_ask)
    report.play("a listening device is dialled", cases.listen)
    report.play("a trigger for an address where nobody is expires",
                lambda: cases.expired("gone", address="127.0.0.1", port=free_port()))
    report.play("a trigger for a device that never shows up expires", lambda: cases.expired("lost"))
    report.play("a trigger for an unknown device is answered 404", cases.unknown_device)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", required=True, help="the build folder")
    parser.add_argument("--without-leshan", action="store_true")
    parser.add_argument("--keep", action="store_true", help="keep the daemon's folder and log")
    arguments = parser.parse_args()

    report = Report()
    text_key = {"endpoint": "texts", "profile": "meter",
                "credentials": {"psk": {"identity": "texts", "key": "text:secretkey1234567"}}}
    registrar = leshan.Registrar(arguments.build)
    daemon = Daemon(find_program(arguments.build, "lwm2m-bootstrapd"),
                    PROFILES + whole.PROFILES + registrar.profiles(), DEVICES + whole.DEVICES + [text_key] + registrar.devices(),
                    SETTINGS, arguments.keep)
    cases = Cases(arguments.build, daemon)
    try:
        play(report, cases)
        whole.play(report, cases)
        if not arguments.without_leshan:
            leshan.play(report, arguments.build, daemon, registrar)

        def stops():
            code = daemon.stop()
            assert code == 0, f"the daemon ended with {code}"
        report.play("SIGTERM ends the daemon with 0", stops)
    finally:
        cases.stop()
        registrar.stop()
        daemon.stop()
        if report.failed:
            sys.stdout.write("The daemon's log:\n" + daemon.log()[-20000:])
        if arguments.keep:
            print(f"kept: {daemon.folder}")
        daemon.remove()
    return report.close()


if __name__ == "__main__":
    sys.exit(main())
