"""The search for secrets (secrecy.py), where it concerns keys that the daemon makes for its devices,
certificates' private keys and the fleet's master key: profiles, settings, sessions.
"""

import hashlib
import hmac
import json
import pathlib
import shutil
import tempfile

from harness import Peer, until
from pki import Authority
from receiver import Receiver, check_signature, message_of


def made_for_it(name, share, security, **more):
    """A profile whose keys are made for each device and told to the LwM2M Server's side."""
    return {"name": name, "enabler": "1.1", **more, "servers": [
        {"shortServerId": 101, "uri": "coaps://dm.example.com:5684", "security": security,
         "lifetime": 86400, "binding": "U", "keyShare": share}]}


def resources(payload):
    """The Resources of an instance in TLV, id → octets."""
    octets, found = bytes.fromhex(payload), {}
    while octets:
        kind, wide, size = octets[0], 1 + (octets[0] >> 5 & 1), octets[0] >> 3 & 3
        number = int.from_bytes(octets[1:1 + wide], "big")
        length = int.from_bytes(octets[1 + wide:1 + wide + size], "big") if size else kind & 7
        at = 1 + wide + size
        found[number] = octets[at:at + length]
        octets = octets[at + length:]
    return found


class MadeKeys:
    def __init__(self, marks):
        self.marks = marks
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="bootstrapd-pki-"))
        self.authority = Authority(self.folder / "ca", "Devices CA")
        self.own = self.authority.issue("server", "bs.example.com", ["DNS:bs.example.com"],
                                        usage="serverAuth")
        self.given = self.authority.issue("given", "given")
        self.mark_private_key("the daemon's private key", self.own)
        self.mark_private_key("a private key in a profile's file", self.given)
        self.fleet_key = marks.octets("the fleet's master key", 32)
        self.share_secret = marks.text("the key share's secret").encode()
        self.share = Receiver(lambda *_: 204)
        self.refusing = Receiver(lambda *_: 403)
        self.secrets = {"made": ["dm"], "paired": ["pair"], "unshared": ["dm"]}
        self.keys = {name: marks.hex(f"the key of a device with {name} keys")
                     for name in ("made", "paired", "unshared", "certified")}

    def mark_private_key(self, name, identity):
        """As DER, as what is secret in it (RFC 5915 of P-256 within RFC 5958), as lines of PEM."""
        der = identity.key_der
        self.marks.finder.add(name, der)
        self.marks.finder.add(f"{name}, its number", der[36:68])
        for line in identity.key.read_bytes().splitlines()[1:3]:
            self.marks.finder.add(f"{name}, a line of PEM", line)

    def profiles(self):
        psk = {"mode": "psk", "identity": "${endpoint}", "key": "${secret:dm}"}
        pair = {"mode": "rpk", "keyPair": "${secret:pair}",
                "serverPublicKey": self.authority.issue("dm", "dm").public_der.hex()}
        certified = made_for_it("certified", "dm", {
            "mode": "x509", "certificate": self.given.certificate.read_text(),
            "privateKey": self.given.key.read_text(),
            "serverCertificate": self.own.certificate.read_text()})
        del certified["servers"][0]["keyShare"]
        return [made_for_it("made", "dm", psk, bootstrapAccount={"keys": "replace"}),
                made_for_it("paired", "dm", pair), made_for_it("unshared", "refusing", psk),
                certified]

    def devices(self, device):
        return [device(name, name, key) for name, key in self.keys.items()]

    def settings(self):
        return {
            "listen": {"publicUri": "coaps://bs.example.com:5684"},
            "dtls": {"certificates": [{"certificate": str(self.own.certificate),
                                       "key": str(self.own.key)}],
                     "clients": {"ca": [str(self.authority.certificate)]}},
            "fleet": {"psk": {"masterKey": "fleet.key", "profile": "literal",
                              "endpoint": "fleet-*"}},
            "keyShares": {
                name: {"url": f"{receiver.url}/keys", "secretFile": "share.secret", "attempts": 2}
                for name, receiver in (("dm", self.share), ("refusing", self.refusing))}}

    def files(self):
        return {"fleet.key": self.fleet_key, "share.secret": self.share_secret}

    # ---- sessions ----

    def sessions(self, cases):
        """What is made for a device is known to it, and its key to whoever was told."""
        holds = cases.ask("made", self.keys["made"])
        key, account = resources(holds["/0/1"])[5], resources(holds["/0/0"])[5]
        assert len(key) == len(account) == 16 and key != account, holds
        self.marks.finder.add("a key made for a device", key)
        self.marks.finder.add("a key of the account, made for a device", account)
        bodies = [body for _, _, _, body, _ in self.share.snapshot()]
        assert any(key.hex().encode() in body for body in bodies), bodies
        private = resources(cases.ask("paired", self.keys["paired"])["/0/1"])[5]
        self.marks.finder.add("a private key made for a device", private)
        self.marks.finder.add("a private key made for a device, its number", private[36:68])
        cases.ask("certified", self.keys["certified"])
        # By the key that replaced the account's own.
        cases.ask("made", account.hex(), identity=resources(holds["/0/0"])[3].decode())

    def fleet(self, cases):
        """HKDF-SHA-256, RFC 5869, without a salt; 16 octets are one block."""
        info = b"lwm2m-bootstrapd psk v1\0fleet-7\1"
        extracted = hmac.new(bytes(32), self.fleet_key, hashlib.sha256).digest()
        key = hmac.new(extracted, info, hashlib.sha256).digest()[:16]
        self.marks.finder.add("a key derived for a device of the fleet", key)
        cases.ask("fleet-7", key.hex())

    def refused(self, cases):
        """Nobody takes the key, so the device keeps what it has."""
        peer = Peer([cases.program, "ask", "--server", cases.secured, "--ep", "unshared",
                     "--identity", "unshared", "--key", self.keys["unshared"], "--timeout", "20"])
        session = until(lambda: next((s for s in cases.daemon.sessions("unshared")
                                      if s["state"] == "ended"), None), "the end of the session")
        peer.stop()
        assert session["outcome"] == "key_share_refused", session
        assert {o["method"] for o in peer.operations()} <= {"GET"}, peer.events
        body = message_of(self.refusing.snapshot()[0][3])
        self.marks.finder.add("a key that nobody took", bytes.fromhex(body["data"]["key"]))

    def told(self, cases):
        """What the API shows of them."""
        for name in ("made", "paired", "certified"):
            cases.expect((200,), "GET", f"/v1/profiles/{name}")
        for name in self.keys:
            shown = json.loads(cases.expect((200,), "GET", f"/v1/devices/{name}"))
            account, secrets = shown.get("account") or {}, self.secrets.get(name, [])
            assert account.get("secrets", []) == secrets, shown
            # The record's own key is none of the account's history until another takes its place.
            assert bool(account.get("keys")) is (name == "made"), shown
            cases.expect((200, 422), "GET", f"/v1/profiles/{name}/plan?endpoint={name}")

    def search(self, cases):
        """A server is told its own key, and nothing else."""
        requests = self.share.snapshot() + self.refusing.snapshot()
        assert len(requests) >= 3, requests
        for _, _, headers, body, _ in requests:
            check_signature(headers, body, self.share_secret)
            key = message_of(body)["data"].get("key", "no key")
            cases.search([("a key share", str(headers).encode() + body.replace(key.encode(), b""))])

    def stop(self):
        self.share.stop()
        self.refusing.stop()
        shutil.rmtree(self.folder, ignore_errors=True)
