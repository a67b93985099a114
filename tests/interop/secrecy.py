#!/usr/bin/env python3
"""Marked secrets go in through every door: files, PUT, import, profiles, variables, bodies with
mistakes. Then everything that comes out is searched for them, octet by octet: every HTTP answer,
the events, the log at its finest, webhooks, the database and all else that the daemon wrote.
Prints a line a case and closes with `N passed, N failed, N skipped`.
"""

import argparse
import base64
import hashlib
import json
import pathlib
import random
import socket
import subprocess
import sys
import threading

sys.dont_write_bytecode = True
import leaks
from harness import Daemon, Peer, Report, find_program, free_port, until
from made_keys import MadeKeys
from receiver import Receiver, check_signature, message_of


class Marks:
    """Secrets out of a seed, each of them known to the finder."""

    def __init__(self, seed):
        self._random = random.Random(seed)
        self.finder = leaks.Finder()

    def octets(self, name, size=16):
        secret = self._random.randbytes(size)
        self.finder.add(name, secret)
        return secret

    def hex(self, name):
        return self.octets(name).hex()

    def text(self, name):
        """Printable: a password, a token."""
        secret = f"{self._random.getrandbits(120):030x}"
        self.finder.add(name, secret.encode())
        return secret


def meter(name, key):
    return {
        "name": name,
        "enabler": "1.1",
        "servers": [
            {
                "shortServerId": 101,
                "uri": "coaps://dm.example.com:5684",
                "security": {"mode": "psk", "identity": "${endpoint}", "key": key},
                "lifetime": 86400,
                "binding": "U",
            }
        ],
    }


def device(endpoint, profile, key, **more):
    return {"endpoint": endpoint, "profile": profile,
            "credentials": {"psk": {"identity": endpoint, "key": key}}, **more}


class Cases:
    def __init__(self, arguments):
        self.marks = marks = Marks(arguments.seed)
        self.outputs = []  # (where it came out, octets)
        self.token = marks.text("the bearer token")
        self.hook_secret = marks.text("the webhook's secret").encode()
        self.device_key = marks.hex("a device's key, of a file")
        self.varied_key = marks.hex("the key of a device with a variable")
        self.variable = marks.hex("a variable of a file, used as a key")
        self.receiver = Receiver(lambda *_: 204)
        self.lwm2m_server = Receiver(lambda *_: (200, b'{"status":"CHANGED(204)","success":true}'))
        self.made = MadeKeys(marks)
        self.radius = free_port()
        self.build = arguments.build
        through = meter("through", marks.hex("a literal key in the file of a profile reached so"))
        through["reach"] = {"lwm2mServer": "dm"}
        profiles = [*self.made.profiles(), meter("literal", marks.hex("a literal key in a profile's file")),
                    meter("varied", "${device.dmKey}"), through]
        devices = [
            device("file", "literal", self.device_key),
            device("based", "literal",
                   "base64:" + base64.b64encode(marks.octets("a key in base64")).decode()),
            device("worded", "literal", "text:" + marks.text("a key as a text")),
            device("varied", "varied", self.varied_key, variables={"dmKey": self.variable}),
            *self.made.devices(device),
            device("through", "through", marks.hex("the key of a device reached so"))]
        self.daemon = Daemon(
            find_program(arguments.build, "lwm2m-bootstrapd"), profiles, devices,
            {"http": {"authentication": "required", "socket": "control.sock",
                      "tokens": [{"name": "trial", "roles": ["admin"],
                                  "sha256": hashlib.sha256(self.token.encode()).hexdigest()}]},
             "store": {"sqlite": "state.db", "masterKey": "master.key"},
             "session": {"settle": 0.5, "attachWindow": 5, "attachRetry": 1},
             "webhooks": [{"name": "trial", "url": f"{self.receiver.url}/hook",
                           "secretFile": "hook.secret"},
                          {"name": "broken", "url": f"http://127.0.0.1:{free_port()}/",
                           "secretFile": "hook.secret"}],
             "lwm2mServers": {"dm": {"preset": "leshan", "url": self.lwm2m_server.url,
                                     "tokenFile": "dm.token"}},
             "attach": {"radius": {
                 "listen": [f"127.0.0.1:{self.radius}"],
                 "clients": [{"name": "core", "address": "127.0.0.1",
                              "secretFile": "radius.secret"}]}},
             "log": {"level": "trace", "format": "json"}, **self.made.settings()},
            arguments.keep, token=self.token,
            files={**self.made.files(), "master.key": marks.octets("the master key", 32),
                   "hook.secret": self.hook_secret,
                   "dm.token": marks.text("the token for the LwM2M Server").encode(),
                   "radius.secret": marks.text("the RADIUS secret").encode()})
        self.written = {path for path in self.daemon.folder.rglob("*")
                        if path.name in ("settings.json", "all.json", "master.key", "hook.secret",
                                         "fleet.key", "share.secret", "dm.token",
                                         "radius.secret", "log")}
        self.secured = f"coaps://127.0.0.1:{self.daemon.coaps}"
        self.program = find_program(arguments.build, "libcoap_device")
        self._events = threading.Thread(target=self._follow, daemon=True)
        self._events.start()

    # ---- everything that comes out is kept ----

    def _follow(self):
        connection = self.daemon.connect(timeout=120)
        try:
            connection.request("GET", "/v1/events",
                               headers={"Authorization": f"Bearer {self.token}"})
            answer = connection.getresponse()
            for line in answer:
                self.outputs.append(("GET /v1/events", line))
        except OSError:
            pass

    def send(self, method, path, body=None, kind="application/json", **headers):
        octets = body if isinstance(body, (bytes, type(None))) else json.dumps(body).encode()
        fields = {"Content-Type": kind} if octets is not None else {}
        fields.update({name.replace("_", "-"): value for name, value in headers.items()})
        status, told, answer = self.daemon.exchange(method, path, octets, fields, timeout=30)
        head = "".join(f"{name}: {value}\n" for name, value in told.items()).encode()
        self.outputs.append((f"{method} {path}: {status}", head + b"\n" + answer))
        return status, answer

    def expect(self, wanted, *arguments, **named):
        status, answer = self.send(*arguments, **named)
        assert status in wanted, f"{arguments[:2]} answered {status}: {answer[:2000]}"
        return answer

    # ---- doors ----

    def put_devices(self):
        key, variable = self.marks.hex("a device's key, PUT"), self.marks.hex("a variable, PUT")
        self.expect((201,), "PUT", "/v1/devices/put",
                    device("put", "varied", key, variables={"dmKey": variable}))
        self.expect((204,), "PUT", "/v1/devices/put",
                    device("put", "varied", self.marks.hex("a device's second key, PUT"),
                           variables={"dmKey": variable}))
        # What GET shows can be put back: secrets are null in it, and kept.
        shown = json.loads(self.expect((200,), "GET", "/v1/devices/put"))
        assert shown["credentials"]["psk"]["key"] is None, shown
        self.expect((204,), "PUT", "/v1/devices/put", shown)

    def import_devices(self):
        lines = [device(f"import-{number}", "varied", self.marks.hex(f"an imported key {number}"),
                        variables={"dmKey": self.marks.hex(f"an imported variable {number}")})
                 for number in range(20)]
        lines.append(device("file", "literal", self.marks.hex("a key for a device of a file")))
        lines.append(device("twin", "nobody's", self.marks.hex("a key without a profile")))
        lines.append({"endpoint": "odd", "key": self.marks.hex("a key in a wrong place")})
        body = "".join(json.dumps(line) + "\n" for line in lines)
        body += '{"endpoint":"cut","credentials":{"psk":{"key":"' + self.marks.hex("a line cut off")
        answer = self.expect((200,), "POST", "/v1/devices:import", body.encode(),
                             "application/x-ndjson")
        told = [json.loads(line) for line in answer.splitlines()]
        statuses = [each.get("status") for each in told[:-1]]
        assert statuses == ["created"] * 20 + ["refused"] * 4, told

    def import_csv(self):
        rows = ["endpoint,profile,psk.identity,psk.key,variables.dmKey"]
        for number in range(3):
            key, variable = (self.marks.hex(f"a key in CSV {number}"),
                             self.marks.hex(f"a variable in CSV {number}"))
            rows.append(f"csv-{number},varied,csv-{number},{key},{variable}")
        rows.append(f"csv-9,varied,csv-9,{self.marks.hex('a wrong key in CSV')}0,00")
        rows.append(f'csv-8,varied,csv-8,"{self.marks.hex("a key with a stray quote")}"x,00')
        rows.append(f"csv-7,varied,csv-7,{self.marks.hex('a key with further columns')},00,1,2,3")
        self.expect((200,), "POST", "/v1/devices:import", "\n".join(rows).encode(), "text/csv")

    def put_profiles(self):
        first = meter("put", self.marks.hex("a literal key of a profile, PUT"))
        self.expect((201,), "PUT", "/v1/profiles/put", first)
        shown = json.loads(self.expect((200,), "GET", "/v1/profiles/put"))
        self.expect((204,), "PUT", "/v1/profiles/put", shown)
        self.expect((200,), "POST", "/v1/profiles:check",
                    meter("checked", self.marks.hex("a literal key of a profile that is checked")))
        device_of = device("planned", "put", self.marks.hex("the key of a device with a plan"))
        self.expect((201,), "PUT", "/v1/devices/planned", device_of)

    def plans(self):
        for profile, endpoint in (("literal", "file"), ("varied", "varied"), ("varied", "put"),
                                  ("put", "planned")):
            answer = self.expect((200,), "GET",
                                 f"/v1/profiles/{profile}/plan?endpoint={endpoint}")
            assert b"WRITE" in answer, answer

    def mistakes(self):
        """Bodies that are wrong where the secret is, beside it, and around it."""
        def mark(what):
            return self.marks.hex(f"a secret in a body with a mistake: {what}")
        wrong = [
            b'{"endpoint":"bad","credentials":{"psk":{"identity":"bad","key":"'
            + mark("cut off within").encode(),
            b'{"endpoint":"bad","credentials":{"psk":{"identity":"bad","key":"'
            + mark("cut off behind").encode() + b'"',
            b'{"endpoint":"bad","credentials":{"psk":{"identity":"bad","key":'
            + mark("no quotes").encode() + b'}}}',
            b'{"endpoint":"bad","credentials":{"psk":{"identity":"bad","key":"\\x'
            + mark("a wrong escape").encode() + b'"}}}',
            b'{"endpoint":"bad","credentials":{"psk":{"identity":"bad","key":"'
            + mark("not UTF-8").encode() + b'\xff"}}}',
            b'{"key":"' + mark("twice, first").encode() + b'","key":"'
            + mark("twice, second").encode() + b'"}',
            device("bad", "literal", mark("an odd digit") + "0"),
            device("bad", "literal", mark("no digit") + "zz"),
            device("bad", "literal", mark("too long") * 200),
            device("bad", "literal", "base64:" + mark("not base64") + "!"),
            device("bad", "literal", [mark("a list")]),
            device("bad", "literal", {"hex": mark("an object")}),
            device("bad", "varied", self.device_key, variables={"dmKey": [mark("a list")]}),
            device("bad", "varied", self.device_key,
                   variables={"dmKey": mark("a bad variable") + "q"}),
            {"endpoint": "bad", "profile": "literal",
             "credentials": {"psk": {"identity": "bad", "kee": mark("a wrong member")}}},
            {"endpoint": "bad", "profile": "literal", "credentials": mark("the credentials")},
            mark("a text alone"),
            [mark("in a list")],
        ]
        for body in wrong:
            # A variable is any text: whether it makes a key, its profile's plan tells.
            self.expect((201, 204, 400, 422), "PUT", "/v1/devices/bad", body)
            one_line = body if isinstance(body, bytes) else json.dumps(body).encode()
            self.expect((200,), "POST", "/v1/devices:import", one_line + b"\n",
                        "application/x-ndjson")
            self.expect((400, 409, 422), "PUT", "/v1/profiles/bad", body)
            self.expect((200, 400), "POST", "/v1/profiles:check", body)
            self.expect((400,), "POST", "/v1/attachments", body)
            for source in ("3gpp", "camara", "emnify", "kore"):
                self.send("POST", f"/v1/attachments/{source}", body)
        for key in (mark("an odd digit, profile") + "0", [mark("a list, profile")],
                    "text:" + mark("far too long") * 100, mark("a placeholder left open") + "${"):
            self.expect((400, 422), "PUT", "/v1/profiles/bad", meter("bad", key))
            self.expect((200,), "POST", "/v1/profiles:check", meter("bad", key))
        self.expect((200, 422), "GET", "/v1/profiles/varied/plan?endpoint=bad")
        # What a file declares is not changed here.
        self.expect((409,), "PUT", "/v1/devices/file", device("file", "literal", mark("of a file")))

    def strangers(self):
        """Tokens that are none, and where a token has no place."""
        other = self.marks.text("a wrong bearer token")
        for headers in ({"Authorization": f"Bearer {other}"}, {"Authorization": f"Basic {other}"},
                        {"Authorization": other}):
            status, _ = self.send("GET", "/v1/devices", **headers)
            assert status == 401, status
        wrong = self.marks.text("a secret in a query")
        self.expect((400,), "GET", f"/v1/devices?token={wrong}")
        self.expect((401,), "GET", f"/v1/devices?access_token={wrong}", Authorization="Bearer none")
        # By the identifiers of nobody; a secret has no place among them.
        self.expect((404,), "POST", "/v1/attachments", {"imsi": "001019999999999"})

    def attach_by_radius(self):
        """A wrong secret: the packet is not answered, and the right one is in no log."""
        packet = bytes((4, 1, 0, 20)) + bytes(16)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.sendto(packet, ("127.0.0.1", self.radius))

    # ---- sessions ----

    def ask(self, endpoint, key, *more, identity=None):
        peer = Peer([self.program, "ask", "--server", self.secured, "--ep", endpoint,
                     "--identity", identity or endpoint, "--key", key, *more],
                    name=f"device {endpoint}")
        try:
            code = peer.finish()
            assert code == 0, f"the device ended with {code}: {peer.events}"
            return peer.state()["holds"]
        finally:
            peer.stop()

    def sessions(self):
        self.ask("file", self.device_key)
        holds = self.ask("varied", self.varied_key)
        # The device itself is given the secret: TLV, Resource 5, 16 octets.
        assert f"c80510{self.variable}" in holds["/0/1"], holds

    def failed_sessions(self):
        wrong = self.marks.hex("a device's wrong key")
        peer = Peer([self.program, "ask", "--server", self.secured, "--ep", "file", "--identity",
                     "file", "--key", wrong])
        assert peer.finish() == 6, peer.events
        peer = Peer([self.program, "ask", "--server", self.secured, "--ep", "file", "--identity",
                     "file", "--key", self.device_key, "--refuse", "PUT:/0/1=4.00",
                     "--timeout", "5"])
        until(lambda: self.daemon.sessions("file")[0]["outcome"] == "operation_refused",
              "the refused session")
        peer.stop()
        self.daemon.trigger(endpoint="through")
        self.lwm2m_server.wait_until(bool, "the LwM2M Server's request")
        self.daemon.wait_outcome("through")

    def told(self):
        """Everything that can be asked for, once more, in the end."""
        for path in ("/v1/devices", "/v1/profiles", "/v1/sessions", "/v1/strangers",
                     "/v1/deliveries", "/v1/audit", "/v1/status", "/readyz", "/healthz",
                     "/openapi.json"):
            self.expect((200,), "GET", path)
        for name in ("devices", "sessions", "audit"):
            for each in self.daemon.pages(f"/v1/{name}", name):
                self.outputs.append((f"GET /v1/{name}", json.dumps(each).encode()))
        for name in ("literal", "varied", "put", "through"):
            self.expect((200,), "GET", f"/v1/profiles/{name}")

    def webhooks(self):
        def arrived(requests):
            return [request for request in requests if b"session.ended" in request[3]]
        requests = self.receiver.wait_until(arrived, "a webhook's message")
        for _, _, headers, body, _ in requests:
            check_signature(headers, body, self.hook_secret)
            message_of(body)

    def commands(self):
        settings = self.daemon.folder / "settings.json"
        for option in ("--print-config", "--check"):
            done = subprocess.run([self.daemon.program, "--config", settings, option],
                                  stdin=subprocess.DEVNULL, capture_output=True, check=False,
                                  timeout=30)
            self.outputs.append((option, done.stdout + done.stderr))
            assert done.returncode == 0, done.stderr

    # ---- what came out ----

    def search(self, named):
        found = [f"{what} {how} in {where}: {around!r}"
                 for where, octets in named
                 for what, how, around in self.marks.finder.find(octets)]
        assert not found, f"{len(found)} times:\n      " + "\n      ".join(found[:20])

    def search_answers(self):
        assert len(self.outputs) > 200, f"only {len(self.outputs)} answers"
        assert any(where == "GET /v1/events" for where, _ in self.outputs), "no events"
        self.search(self.outputs)

    def search_webhooks(self):
        """The LwM2M Server gets its token, and nothing else."""
        token = (self.daemon.folder / "dm.token").read_bytes()
        self.search([("a webhook's message", str(headers).encode() + body)
                     for _, _, headers, body, _ in self.receiver.snapshot()])
        seen = self.lwm2m_server.snapshot()
        assert seen[0][2]["Authorization"] == f"Bearer {token.decode()}", str(seen[0][2])
        self.search([("a request to the LwM2M Server",
                      str(headers).encode().replace(token, b"") + path.encode() + body)
                     for _, path, headers, body, _ in seen])

    def search_log(self):
        log = (self.daemon.folder / "log").read_bytes()
        assert len(log.splitlines()) > 100, f"the log has {len(log.splitlines())} lines"
        self.search([("the log", log)])

    def search_files(self, wanted=()):
        files = [path for path in self.daemon.folder.rglob("*")
                 if path.is_file() and path not in self.written]
        names = {path.name for path in files}
        assert {"state.db", *wanted} <= names, names
        self.search([(path.name, path.read_bytes()) for path in files])

    def search_own(self):
        """What the test itself wrote has them: the search would have found them elsewhere."""
        for name in ("profiles/all.json", "devices/all.json", "hook.secret", "master.key",
                     "fleet.key", "share.secret"):
            octets = (self.daemon.folder / name).read_bytes()
            assert self.marks.finder.find(octets), f"{name} has no secret"

    def stop(self):
        self.daemon.stop()
        self.made.stop()
        self.receiver.stop()
        self.lwm2m_server.stop()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", required=True, help="the build folder")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--keep", action="store_true", help="keep the daemon's folder and log")
    arguments = parser.parse_args()

    report = Report()
    report.play("the search finds what is written in whatever way", leaks.check_finder)
    cases = Cases(arguments)
    try:
        report.play("doors: devices by PUT", cases.put_devices)
        report.play("doors: devices by an import of NDJSON", cases.import_devices)
        report.play("doors: devices by an import of CSV", cases.import_csv)
        report.play("doors: profiles by PUT and check", cases.put_profiles)
        report.play("doors: plans", cases.plans)
        report.play("doors: bodies with mistakes", cases.mistakes)
        report.play("doors: callers that are nobody", cases.strangers)
        report.play("doors: RADIUS", cases.attach_by_radius)
        report.play("doors: sessions", cases.sessions)
        report.play("doors: sessions in which keys are made", lambda: cases.made.sessions(cases))
        report.play("doors: a session of the fleet", lambda: cases.made.fleet(cases))
        report.play("doors: a session whose keys nobody takes", lambda: cases.made.refused(cases))
        report.play("doors: sessions that fail", cases.failed_sessions)
        report.play("doors: webhooks", cases.webhooks)
        report.play("doors: lists and records", cases.told)
        report.play("doors: records of made keys", lambda: cases.made.told(cases))
        report.play("doors: --print-config, --check", cases.commands)
        print(f"{len(cases.marks.finder)} secrets are looked for", flush=True)
        report.play("what the test wrote has them", cases.search_own)
        report.play("no secret is in an answer of the API or in an event", cases.search_answers)
        report.play("no secret is in a webhook's message or in a request", cases.search_webhooks)
        report.play("a key share tells one key", lambda: cases.made.search(cases))
        report.play("no secret is in the log", cases.search_log)
        report.play("no secret is in the database while it is used",
                    lambda: cases.search_files({"state.db-wal"}))

        def stops():
            code = cases.daemon.stop()
            assert code == 0, f"the daemon ended with {code}"
        report.play("SIGTERM ends the daemon with 0", stops)
        report.play("no secret is in any file that it left", cases.search_files)
        report.play("no secret is in the whole log", cases.search_log)
    finally:
        cases.stop()
        if report.failed:
            print("The daemon's log:\n" + cases.daemon.log()[-20000:])
        if arguments.keep:
            print(f"kept: {cases.daemon.folder}")
        cases.daemon.remove()
    return report.close()


if __name__ == "__main__":
    sys.exit(main())
