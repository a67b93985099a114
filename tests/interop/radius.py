#!/usr/bin/env python3
"""radclient of FreeRADIUS, with its dictionary of 3GPP's attributes, against the RADIUS listener.

    tests/interop/radius.py --build DIR

radclient verifies what it is answered: Response Authenticator and Message-Authenticator. Exits with
77 where it is not installed.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys

SECRET = "s3cr3t"
START = {
    "Acct-Status-Type": "Start",
    "Acct-Session-Id": '"c0000207000004d2"',
    "NAS-IP-Address": "192.0.2.7",
    "Calling-Station-Id": '"882212345678"',
    "Called-Station-Id": '"iot"',
    "Framed-IP-Address": "100.64.0.10",
    "Event-Timestamp": '"1777629600"',
    "3GPP-IMSI": '"001010000000001"',
    "3GPP-IMEISV": '"3580000000000042"',
}


class Server:
    def __init__(self, program):
        self.process = subprocess.Popen([program, "127.0.0.1:0", SECRET], stdout=subprocess.PIPE,
                                        stderr=subprocess.DEVNULL, text=True)
        self.address = self.process.stdout.readline().strip()

    def event(self):
        return json.loads(self.process.stdout.readline())

    def close(self):
        """Everything that was told and not read yet."""
        self.process.terminate()
        rest = [json.loads(line) for line in self.process.stdout]
        self.process.wait()
        return rest


def send(address, attributes, secret=SECRET, extra=(), retries=3, command="acct"):
    """True when it was answered as it must be."""
    lines = [f"{name} = {value}" for name, value in attributes.items()] + list(extra)
    done = subprocess.run(["radclient", "-r", str(retries), "-t", "1", address, command, secret],
                          input="\n".join(lines) + "\n", text=True, timeout=60,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return done.returncode == 0


def check(server):
    address = server.address
    assert send(address, START), "a Start is answered"
    event = server.event()
    assert event == {
        "what": "attached", "kind": "start", "origin": "radius:core-1/192.0.2.7",
        "id": "192.0.2.7/c0000207000004d2/start/1777629600", "imsi": "001010000000001",
        "imei": "3580000000000042", "msisdn": "882212345678", "apn": "iot",
        "time": "2026-05-01T10:00:00Z", "address": "100.64.0.10"}, event

    assert send(address, START), "the same event in another packet is answered"
    delayed = {**START, "Acct-Delay-Time": "5"}
    assert send(address, delayed), "retransmitted later is answered"

    assert not send(address, {**START, "Acct-Session-Id": '"other"'}, secret="wrong", retries=1), \
        "a wrong secret is not answered"

    moved = {**START, "Acct-Status-Type": "Interim-Update"}
    assert send(address, moved), "an Interim-Update is answered"
    moved["Framed-IP-Address"] = "100.64.0.11"
    assert send(address, moved), "one with a new address too"
    event = server.event()
    assert (event["what"], event["address"]) == ("attached", "100.64.0.11"), event

    stop = {**START, "Acct-Status-Type": "Stop", "Message-Authenticator": "0x00"}
    proxied = ["Proxy-State = 0x0102", "Proxy-State = 0x03"]
    assert send(address, stop, extra=proxied), "a Message-Authenticator is answered by one"
    event = server.event()
    assert (event["what"], event["kind"]) == ("detached", "stop"), event

    held = {**START, "Acct-Session-Id": '"held"', "3GPP-IMSI": '"001019999999999"'}
    assert send(address, held), "what could not be kept is answered when it comes again"
    first, second = server.event(), server.event()
    assert first == second and first["imsi"] == "001019999999999", (first, second)

    gateway = {"Acct-Status-Type": "Accounting-On", "Acct-Session-Id": '"0"',
               "NAS-IP-Address": "192.0.2.7"}
    assert send(address, gateway), "an Accounting-On is answered"
    assert server.event() == {"what": "restarted", "origin": "radius:core-1/192.0.2.7"}

    assert send(address, {"Message-Authenticator": "0x00"}, command="status"), \
        "a Status-Server is answered"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", default="build/release")
    arguments = parser.parse_args()
    if shutil.which("radclient") is None:
        print("radius: radclient is not installed (Debian: freeradius-utils)")
        return 77
    server = Server(os.path.join(arguments.build, "tests/attach/radius_server"))
    try:
        check(server)
    finally:
        rest = server.close()
    assert not rest, f"events that nobody expected: {rest}"
    print("radius: as expected")
    return 0


if __name__ == "__main__":
    sys.exit(main())
