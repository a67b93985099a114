#!/usr/bin/env python3
"""The Bootstrap-Server account's own key: replaced in place and in a new instance, rotated by order,
expired; and keys made for a device, which a key share takes or does not. Closes with
`N passed, N failed, N skipped`.
"""

import argparse
import datetime
import pathlib
import sys

sys.dont_write_bytecode = True
from fleet import KEY, PROFILES, device
from harness import Daemon, Peer, Report, find_program, free_port, until
from made_keys import made_for_it, resources
from receiver import Receiver, check_signature, message_of

PUBLIC_URI = "coaps://bs.example.com:5684"
SECRET = b"of the key share in accounts.py"
IDENTITY, SECRET_KEY, URI, BOOTSTRAP = 3, 5, 0, 1  # Resources of the Security Object


def profile(name, **account):
    return {**PROFILES[0], "name": name, "bootstrapAccount": account}


class Cases:
    def __init__(self, arguments):
        self.status = 500
        self.share = Receiver(lambda *_: self.status)
        psk = {"mode": "psk", "identity": "${endpoint}", "key": "${secret:dm}"}
        profiles = [*PROFILES, profile("in-place", keys="replace"),
                    profile("renewed", keys="replace", way="newInstance"),
                    profile("short", keys="expire", timeout=1), made_for_it("made", "dm", psk)]
        devices = [device("kept"),
                   *(device(p["name"], p["name"]) for p in profiles[len(PROFILES):])]
        self.daemon = Daemon(
            find_program(arguments.build, "lwm2m-bootstrapd"), profiles, devices,
            {"listen": {"publicUri": PUBLIC_URI},
             "store": {"sqlite": "state.db", "masterKey": "master.key"},
             "keyShares": {"dm": {"url": f"{self.share.url}/keys", "secretFile": "share.secret",
                                  "attempts": 2}},
             "session": {"settle": 0.5, "attachWindow": 6, "attachRetry": 1}},
            arguments.keep, files={"share.secret": SECRET, "master.key": bytes(range(32))})
        self.program = find_program(arguments.build, "libcoap_device")
        self.peers = []

    def start(self, endpoint, identity, key, *more):
        peer = Peer([self.program, "ask", "--server", f"coaps://127.0.0.1:{self.daemon.coaps}",
                     "--ep", endpoint, "--identity", identity, "--key", key, *more])
        self.peers.append(peer)
        return peer

    def bootstraps(self, endpoint, credential, *more):
        """Returns the operations that the device saw, and what it holds."""
        before = {session["id"] for session in self.daemon.sessions(endpoint)}
        peer = self.start(endpoint, *credential, *more)
        code = peer.finish()
        session = until(lambda: next(
            (s for s in self.daemon.sessions(endpoint)
             if s["id"] not in before and s["state"] == "ended"), None), "the end of the session")
        assert code == 0 and session["outcome"] == "finished", f"{code}: {peer.events}; {session}"
        return ([(o["method"], o["path"]) for o in peer.operations()], peer.state()["holds"])

    def account(self, endpoint):
        status, _, body = self.daemon.call("GET", f"/v1/devices/{endpoint}")
        assert status == 200, body
        return body["account"]

    def states(self, endpoint):
        return [key["state"] for key in self.account(endpoint)["keys"]]

    @staticmethod
    def given(payload):
        """The identity and key of an account as written, which names this server."""
        written = resources(payload)
        assert written[URI].decode() == PUBLIC_URI and written[BOOTSTRAP] == b"\1", written
        assert len(written[SECRET_KEY]) == 16 and written[SECRET_KEY].hex() != KEY, written
        return written[IDENTITY].decode(), written[SECRET_KEY].hex()

    def promoted(self, endpoint, credential, *more):
        """By the key that it was given; nothing is written to the account any more."""
        operations, _ = self.bootstraps(endpoint, credential, *more)
        assert "pending" not in self.states(endpoint), self.account(endpoint)
        assert "current" in self.states(endpoint), self.account(endpoint)
        return operations

    def in_place(self):
        operations, holds = self.bootstraps("in-place", ("in-place", KEY))
        assert operations[-2:] == [("PUT", "/0/0"), ("POST", "/bs")], operations
        self.first = self.given(holds["/0/0"])
        assert "pending" in self.states("in-place"), self.account("in-place")
        operations = self.promoted("in-place", self.first)
        assert ("PUT", "/0/0") not in operations, operations

    def rotated(self):
        def rotate(endpoint):
            return self.daemon.call("POST", f"/v1/devices/{endpoint}:rotate")[0]
        assert (rotate("in-place"), rotate("kept"), rotate("nobody")) == (202, 422, 404)
        assert self.account("in-place")["rotationOrdered"] is True
        _, holds = self.bootstraps("in-place", self.first)
        second = self.given(holds["/0/0"])
        assert second != self.first and second[1] != self.first[1], second
        self.promoted("in-place", second)
        assert self.account("in-place")["rotationOrdered"] is False, self.account("in-place")

    def rotations(self):
        status, _, body = self.daemon.call("POST", "/v1/rotations", {"profile": "in-place"})
        assert status == 202, body
        until(lambda: self.account("in-place")["rotationOrdered"], "the order")
        told = until(lambda: next(
            (r for r in self.daemon.call("GET", "/v1/rotations")[2]["rotations"]
             if r["id"] == body["id"] and r["state"] == "finished"), None), "the rotation's end")
        assert told["devices"] == 1, told

    def new_instance(self):
        operations, holds = self.bootstraps("renewed", ("renewed", KEY))
        assert operations[-2:] == [("DELETE", "/0/0"), ("POST", "/bs")], operations
        assert operations[-3] in (("GET", "/"), ("GET", "/0")), operations
        method, path = operations[-4]
        assert method == "PUT" and path.startswith("/0/") and path != "/0/0", operations
        assert "/0/0" not in holds, holds
        operations = self.promoted("renewed", self.given(holds[path]), "--bs-instance", path[3:])
        assert ("PUT", path) not in operations, operations

    def not_taken(self):
        """A share that fails: the device keeps what it has. Later it is told the same key."""
        peer = self.start("made", "made", KEY, "--timeout", "20")
        session = self.daemon.wait_outcome("made")
        peer.stop()
        assert session["outcome"] == "key_share_refused", session
        assert {o["method"] for o in peer.operations()} <= {"GET"}, peer.events
        assert len(self.share.snapshot()) == 2, "attempts"

    def taken(self):
        self.status = 200
        _, holds = self.bootstraps("made", ("made", KEY))
        keys = set()
        for _, _, headers, body, _ in self.share.snapshot():
            check_signature(headers, body, SECRET)
            keys.add(message_of(body)["data"]["key"])
        assert keys == {resources(holds["/0/1"])[SECRET_KEY].hex()}, "one key, and the device's"
        told = len(self.share.snapshot())
        self.bootstraps("made", ("made", KEY))
        assert len(self.share.snapshot()) == told, "a key that was taken is told again"

    def expires(self):
        """Until then it is good; the device deletes it when the time is over."""
        self.bootstraps("short", ("short", KEY))
        end = datetime.datetime.fromisoformat(self.account("short")["expires"])
        until(lambda: datetime.datetime.now(datetime.timezone.utc) > end, "its end")
        status, _, body = self.daemon.call("POST", "/v1/attachments", {
            "endpoint": "short", "address": "127.0.0.1", "port": free_port()})
        assert status == 422, f"{status}: {body}"

    def stop(self):
        for peer in self.peers:
            peer.stop()
        self.share.stop()
        return self.daemon.stop()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", type=pathlib.Path, required=True, help="the build folder")
    parser.add_argument("--keep", action="store_true", help="keep the daemon's folder and log")
    arguments = parser.parse_args()

    report = Report()
    cases = Cases(arguments)
    try:
        report.play("the account's key is replaced in place, and the new one is good", cases.in_place)
        report.play("an ordered rotation replaces it again", cases.rotated)
        report.play("a rotation of a profile's devices gives each its order", cases.rotations)
        report.play("the account is replaced by a new instance", cases.new_instance)
        report.play("a key that no share takes is not written", cases.not_taken)
        report.play("a key that a share takes is the device's", cases.taken)
        report.play("an account that expires is not attached afterwards", cases.expires)
    finally:
        cases.stop()
        if report.failed:
            print("The daemon's log:\n" + cases.daemon.log()[-20000:])
        cases.daemon.remove()
    return report.close()


if __name__ == "__main__":
    sys.exit(main())
