#!/usr/bin/env python3
"""Traces an endpoint by lwm2m-bootstrapctl while devices on libcoap are bootstrapped, and has tshark,
which is not ours, tell what is in the capture files. Prints a line a case and closes with `N passed,
N failed, N skipped`.
"""

import json
import shutil
import subprocess
import sys

sys.dont_write_bytecode = True
from fleet import KEY, SERVER_KEY, device
from harness import Peer, Skip, free_port, until
from tool_cases import ToolCases, play

DEVICES = [device("ask"), device("other"), device("ears"), device("nosec", nosec=True, psk=False),
           device("long", profile="large", nosec=True, psk=False)]
SETTINGS = {
    "http": {"socket": "control.sock"},
    "session": {"settle": 0.5, "attachWindow": 600, "attachRetry": 1},
    "limits": {"traces": 2},
}
URI = b"coaps://dm.example.com:5684"
# What tshark calls them.
FIELDS = ["frame.packet_flags_direction", "coap.code", "coap.opt.uri_path_recon",
          "coap.opt.uri_query", "coap.mid"]
CODES = {"1": "GET", "2": "POST", "3": "PUT", "4": "DELETE"}
METHODS = {"DISCOVER": "GET", "READ": "GET", "WRITE": "PUT", "DELETE": "DELETE", "FINISH": "POST"}


def code_of(number):
    return CODES.get(number) or f"{int(number) >> 5}.{int(number) & 31:02}"


def messages(capture):
    """What tshark reads: (direction, code, path, query) of each message, but for empty ones and
    repetitions, which are a matter of time."""
    if not shutil.which("tshark"):
        raise Skip("tshark is not installed")
    command = ["tshark", "-r", "-", "-T", "fields", "-E", "separator=\t"]
    for field in FIELDS:
        command += ["-e", field]
    done = subprocess.run(command, input=capture, capture_output=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr.decode()
    rows = [line.split("\t") for line in done.stdout.decode().splitlines()]
    told = {}
    for direction, code, path, query, message_id in rows:
        assert code, f"no CoAP message: {rows}"
        direction = {1: "in", 2: "out"}[int(direction, 0)]
        if code != "0":
            told.setdefault((direction, message_id, code), (direction, code_of(code), path, query))
    return list(told.values())


def expected(operations):
    """Of the operations of a session's record: each request, and its answer."""
    told = []
    for operation in operations:
        told.append(("out", METHODS[operation["method"]]))
        told.append(("in", operation["code"]))
    return told


class Cases(ToolCases):
    made = 0  # capture files

    def trace(self, endpoint, *options):
        """A trace that is under way, and its file."""
        self.made += 1
        file = self.daemon.folder / f"{self.made}.pcapng"
        process = subprocess.Popen([self.tool, "trace", endpoint, "--to", str(file), *options],
                                   env=self.environment, stdin=subprocess.DEVNULL,
                                   stderr=subprocess.PIPE, encoding="utf-8")
        self.running.append(process)
        until(lambda: process.poll() is not None or (file.exists() and file.stat().st_size),
              "the capture file")
        return process, file

    @staticmethod
    def octets_of(process, file):
        assert process.wait(timeout=60) == 0, process.stderr.read()
        return file.read_bytes()

    def bootstrap(self, endpoint, secured=True):
        server = f"coaps://127.0.0.1:{self.daemon.coaps}" if secured else \
            f"coap://127.0.0.1:{self.daemon.coap}"
        keys = ["--identity", endpoint, "--key", KEY] if secured else []
        peer = Peer([self.program, "ask", "--server", server, *keys, "--ep", endpoint])
        self.running.append(peer)
        assert peer.finish() == 0, peer.events
        return self.daemon.wait_outcome(endpoint)

    def follows(self, session, told):
        """The messages are those of the session's operations."""
        wanted = expected(self.daemon.session(session["id"])["operations"])
        assert [one[:2] for one in told] == wanted, (told, wanted)
        paths = [one[2] for one in told if one[0] == "out"]
        assert any(path.startswith("/0/") for path in paths), paths
        return told

    def masked(self):
        process, file = self.trace("ask", "--sessions", "1")
        self.bootstrap("other")
        session = self.bootstrap("ask")
        capture = self.octets_of(process, file)
        assert file.stat().st_mode & 0o777 == 0o600, oct(file.stat().st_mode)
        assert bytes.fromhex(SERVER_KEY) not in capture, "the key is in the file"
        for text in (SERVER_KEY, SERVER_KEY.upper()):
            assert text.encode() not in capture, "the key is in the file, in hexadecimal"
        for begin in range(0, 13):
            assert bytes.fromhex(SERVER_KEY)[begin:begin + 4] not in capture, "a part of the key is"
        assert URI in capture and b"*" * 16 in capture, "nothing else is to be masked"
        assert b"other" not in capture, "the messages of another endpoint are in the file"
        told = messages(capture)
        assert told[0] == ("in", "POST", "/bs", "ep=ask"), told[0]
        assert told[1][:2] == ("out", "2.04"), told[1]
        rest = self.follows(session, told[2:])
        assert rest[-2][1:3] == ("POST", "/bs"), rest
        assert rest[-1][:2] == ("in", "2.04"), rest

    def shown(self):
        process, file = self.trace("ask", "--sessions", "1", "--show-secrets")
        session = self.bootstrap("ask")
        capture = self.octets_of(process, file)
        assert bytes.fromhex(SERVER_KEY) in capture, "the key is not in the file"
        assert b"*" * 4 not in capture
        self.follows(session, messages(capture)[2:])
        audit = self.daemon.call("GET", "/v1/audit?action=trace.begin")[2]["audit"]
        assert [(e["subject"], e["detail"]["secrets"]) for e in audit].count(("ask", "show")) == 1, \
            audit
        lines = [json.loads(line) for line in self.daemon.log().splitlines() if
                 "trace_shows_secrets" in line]
        assert [(line["level"], line["endpoint"]) for line in lines] == [("warning", "ask")], lines

    def piped(self):
        """Unsecured, and through a pipe: tshark reads while it goes on."""
        process = subprocess.Popen([self.tool, "trace", "nosec", "--sessions", "1"],
                                   env=self.environment, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.running.append(process)
        first = process.stdout.read(4)
        assert first == bytes.fromhex("0a0d0d0a"), first
        session = self.bootstrap("nosec", secured=False)
        capture = first + process.stdout.read()
        assert process.wait(timeout=60) == 0, process.stderr.read()
        assert bytes.fromhex(SERVER_KEY) not in capture
        told = messages(capture)
        assert told[0] == ("in", "POST", "/bs", "ep=nosec"), told[0]
        self.follows(session, told[2:])

    def server_initiated(self):
        process, file = self.trace("ears", "--sessions", "1")
        port = free_port()
        peer = Peer([self.program, "listen", "--port", str(port), "--identity", "ears", "--key", KEY])
        self.running.append(peer)
        peer.wait_for("ready")
        identifier = self.daemon.trigger(endpoint="ears", address="127.0.0.1", port=port)
        session = self.daemon.wait_session(identifier)
        assert session["mode"] == "server-initiated" and session["outcome"] == "finished", session
        capture = self.octets_of(process, file)
        assert bytes.fromhex(SERVER_KEY) not in capture
        told = self.follows(session, messages(capture))
        assert told[0][:2] == ("out", "GET"), told[0]

    def blocks(self):
        process, file = self.trace("long", "--sessions", "1")
        self.bootstrap("long", secured=False)
        capture = self.octets_of(process, file)
        assert b"xxxx" not in capture, "a block of a longer body is not masked"
        codes = [one[1] for one in messages(capture)]
        # 3000 octets and two Writes before them.
        assert (codes.count("PUT"), codes.count("2.31")) == (5, 2), codes

    def stranger(self):
        """Nobody knows it: its request and the refusal."""
        process, file = self.trace("nobody", "--sessions", "1")
        peer = Peer([self.program, "ask", "--server", f"coap://127.0.0.1:{self.daemon.coap}", "--ep",
                     "nobody"])
        self.running.append(peer)
        peer.finish()
        told = messages(self.octets_of(process, file))
        assert told[0][:3] == ("in", "POST", "/bs"), told
        assert told[1][0] == "out" and told[1][1].startswith("4."), told

    def timed(self):
        process, file = self.trace("ask", "--seconds", "1")
        told = messages(self.octets_of(process, file))
        assert told == [], told

    def limited(self):
        def is_over():
            log = self.daemon.log()
            return log.count("trace_begun") == log.count("trace_ended")

        until(is_over, "the end of the traces before")
        first = [self.trace("ask") for _ in range(2)]
        process, file = self.trace("ask")
        assert process.wait(timeout=30) == 1, "a third trace was taken"
        assert "limits.traces" in process.stderr.read()
        assert not file.exists()
        for process, _ in first:
            process.kill()
        # Their places are free again once the daemon has seen them go.
        until(is_over, "the traces' end")
        process, file = self.trace("ask", "--seconds", "1")
        self.octets_of(process, file)


CASES = [
    ("a trace has a session's messages without its keys", Cases.masked),
    ("with its keys where that is asked for, which is written down", Cases.shown),
    ("an unsecured session goes through a pipe", Cases.piped),
    ("a session that the daemon began is traced", Cases.server_initiated),
    ("blocks of a longer body are masked as a whole", Cases.blocks),
    ("an endpoint that nobody knows is traced", Cases.stranger),
    ("a trace ends when its time is over", Cases.timed),
    ("there are so many traces at once and no more", Cases.limited),
]

if __name__ == "__main__":
    sys.exit(play(__doc__, Cases, DEVICES, SETTINGS, CASES))
