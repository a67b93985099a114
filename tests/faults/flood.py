#!/usr/bin/env python3
"""A flood of ClientHellos from addresses that nobody answers at: each has a source of its own among
127.0.0.0/8, and none comes back with its cookie. Each is answered by a HelloVerifyRequest no larger
than itself, the daemon's memory stays where it was, and devices are bootstrapped meanwhile. Closes
with `N passed, N failed, N skipped`.
"""

import argparse
import os
import pathlib
import socket
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "interop"))
import hello
from fleet import KEY, PROFILES, device
from harness import Daemon, Peer, Report, find_program

# What a cookie exchange may hold on to: 200,000 hellos at 21 octets each would be above it.
ROOM = 4 * 1024 * 1024
IN_FLIGHT = 128  # so that no queue of the kernel overflows and every hello is taken


class Flood:
    """One socket sends under any address of the loopback network, and hears what comes back."""

    def __init__(self, port):
        self.server = ("127.0.0.1", port)
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("0.0.0.0", 0))
        self.socket.settimeout(2)
        self.sent = 0
        self.answered = 0
        self.lost = 0
        self.begun = time.monotonic()
        self.hello = bytearray(hello.client_hello([0xC0A8]))
        self.random_at = self.hello.index(hello.DTLS_1_2.to_bytes(2, "big"), 25) + 2

    def send(self):
        # 127.64.0.0 and on: each once.
        source = (0x7F400000 + self.sent).to_bytes(4, "big")
        self.hello[self.random_at:self.random_at + 32] = os.urandom(32)
        choice = bytes(4) + source + bytes(4)  # in_pktinfo: interface, source address, unused
        self.socket.sendmsg([bytes(self.hello)], [(socket.IPPROTO_IP, 8, choice)], 0, self.server)
        self.sent += 1

    def hear(self):
        try:
            answer = self.socket.recv(65536)
        except socket.timeout:
            self.lost += self.sent - self.answered - self.lost
            return
        self.answered += 1
        assert len(answer) <= len(self.hello), "an answer is larger than its hello"
        assert hello.cookie_of(answer), f"something else than a cookie: {answer.hex()}"

    def run(self, count, meanwhile=lambda _: None):
        until = self.sent + count
        while self.sent < until:
            while self.sent < until and self.sent - self.answered - self.lost < IN_FLIGHT:
                self.send()
            self.hear()
            meanwhile(self.sent)
        while self.answered + self.lost < self.sent:
            self.hear()


def resident(daemon):
    status = pathlib.Path(f"/proc/{daemon.process.pid}/status").read_text(encoding="ascii")
    line = next(l for l in status.splitlines() if l.startswith("VmRSS:"))
    return int(line.split()[1]) * 1024


class Cases:
    def __init__(self, arguments):
        self.count = arguments.hellos
        self.program = find_program(arguments.build, "libcoap_device")
        self.daemon = Daemon(
            find_program(arguments.build, "lwm2m-bootstrapd"), PROFILES, [device("ask")],
            # Nothing is to be turned away before it is looked at.
            {"limits": {"datagramsPerSecondPerPeer": 1000000}, "log": {"level": "info"}},
            arguments.keep)
        self.flood = Flood(self.daemon.coaps)
        self.devices = []

    def serve(self):
        peer = Peer([self.program, "ask", "--server", f"coaps://127.0.0.1:{self.daemon.coaps}",
                     "--ep", "ask", "--identity", "ask", "--key", KEY, "--timeout", "60"])
        self.devices.append(peer)

    def network(self):
        return self.daemon.call("GET", "/v1/status")[2]["network"]

    def warms_up(self):
        self.serve()
        assert self.devices[-1].finish() == 0, self.devices[-1].events
        self.flood.run(min(20000, self.count))
        self.before = resident(self.daemon)
        self.associations = self.network()["associations"]

    def floods(self):
        steps = iter([self.count * step // 5 for step in range(1, 5)] + [None])
        self.next = next(steps)
        first = self.flood.sent

        def meanwhile(sent):
            if self.next is not None and sent - first >= self.next:
                self.next = next(steps)
                self.serve()
        begun = time.monotonic()
        self.flood.run(self.count, meanwhile)
        self.seconds = time.monotonic() - begun
        told = f"{self.flood.answered} of {self.flood.sent} hellos were answered"
        assert self.flood.answered >= 0.99 * self.flood.sent, told

    def served(self):
        assert len(self.devices) == 5, f"{len(self.devices)} devices"
        for peer in self.devices[1:]:
            assert peer.finish() == 0, peer.events
        assert len([s for s in self.daemon.sessions("ask") if s["outcome"] == "finished"]) >= 4

    def remembers_nothing(self):
        network = self.network()
        assert network["halfOpen"] == 0, network
        assert network["datagramsReceived"] >= self.flood.answered, network
        grown = resident(self.daemon) - self.before
        print(f"      {self.flood.sent} hellos, {self.count / self.seconds:.0f} a second; resident "
              f"memory {self.before / 2**20:.1f} MiB before, {grown / 2**10:+.0f} KiB after",
              flush=True)
        assert grown <= ROOM, f"the memory grew by {grown} octets"

    def stop(self):
        for peer in self.devices:
            peer.stop()
        self.daemon.stop()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", required=True, help="the build folder")
    parser.add_argument("--hellos", type=int, default=200000)
    parser.add_argument("--keep", action="store_true", help="keep the daemon's folder and log")
    arguments = parser.parse_args()

    report = Report()
    cases = Cases(arguments)
    try:
        report.play("before the flood: a device is served", cases.warms_up)
        report.play(f"{arguments.hellos} hellos are answered by a cookie and nothing else",
                    cases.floods)
        report.play("devices are bootstrapped while it lasts", cases.served)
        report.play("the memory is where it was, and no handshake is open", cases.remembers_nothing)
    finally:
        cases.stop()
        if report.failed:
            print("The daemon's log:\n" + cases.daemon.log()[-5000:])
        cases.daemon.remove()
    return report.close()


if __name__ == "__main__":
    sys.exit(main())
