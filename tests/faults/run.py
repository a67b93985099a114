#!/usr/bin/env python3
"""A hundred libcoap devices at once through links that lose, duplicate, delay and reorder
datagrams, against the daemon, with transmission parameters scaled down. Whatever happens, what a
device then holds must be one of the states that the outcome in the API leaves open; `finished`
leaves one. Closes with `N passed, N failed, N skipped`.
"""

import argparse
import collections
import pathlib
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "interop"))
from fleet import KEY, PROFILES, device, meter_holds
from harness import Daemon, Peer, Report, find_program, free_port

# Twenty times faster than RFC 7252's defaults; the rest follows from them:
# MAX_TRANSMIT_SPAN 0.1 * 15 * 1.5 = 2.25 s, EXCHANGE_LIFETIME 2.25 + 2 * 2 + 0.1 = 6.35 s.
TRANSMISSION = {"ackTimeout": 0.1, "maxLatency": 2}
DEVICE_LIFETIME = 8
FACTORY = ["--has", "/1/7;ssid=7", "--has", "/0/7;ssid=7"]

# What each outcome leaves open, as the daemon documents it.
ANYTHING = {"as_before", "partly_written", "complete", "rolled_back"}
PERMITTED = {
    "finished": {"complete"},
    "finish_unconfirmed": {"complete", "rolled_back"},
    "finish_refused": {"partly_written", "complete", "rolled_back"},
    "plan_impossible": {"as_before"},
    "handshake_failed": {"as_before"},
    "not_admitted": {"as_before"},
    "operation_refused": ANYTHING,
    "device_silent": ANYTHING,
    "expired": ANYTHING,
    "deadline_exceeded": ANYTHING,
    "superseded": ANYTHING,
    "cancelled": ANYTHING,
    "interrupted": ANYTHING,
    None: {"as_before"},  # the daemon never heard of it
}


class Fleet:
    def __init__(self, arguments):
        self.count = arguments.devices
        self.endpoints = [f"d{number:03}" for number in range(self.count)]
        profiles = [{**profile, "deviceExchangeLifetime": DEVICE_LIFETIME}
                    for profile in PROFILES if profile["name"] == "meter"]
        self.daemon = Daemon(
            find_program(arguments.build, "lwm2m-bootstrapd"), profiles,
            [device(endpoint, nosec=self.is_plain(number), psk=not self.is_plain(number))
             for number, endpoint in enumerate(self.endpoints)],
            {"transmission": TRANSMISSION,
             "session": {"settle": 0.3, "attachWindow": 60, "attachRetry": 1, "separateAfter": 0.05},
             "dtls": {"retransmissionTimeout": 0.1},
             "limits": {"datagramsPerSecondPerPeer": 1000}}, arguments.keep)
        self.proxies = []
        self.plain = self.link(arguments, self.daemon.coap)
        self.secured = self.link(arguments, self.daemon.coaps)
        self.device_program = find_program(arguments.build, "libcoap_device")
        self.devices = {}
        self.triggered = set()

    @staticmethod
    def is_plain(number):
        return number % 2 == 0

    @staticmethod
    def is_waiting(number):
        """Opens its association and waits to be bootstrapped unasked."""
        return number % 4 == 1

    def link(self, arguments, server):
        port = free_port()
        proxy = Peer([find_program(arguments.build, "lossy_proxy"), "--listen", port,
                      "--server", server, "--seed", arguments.seed, "--loss", arguments.loss,
                      "--duplication", 0.1, "--reordering", 0.1, "--delay", 2])
        proxy.wait_for("ready")
        self.proxies.append(proxy)
        return port

    def start(self):
        for number, endpoint in enumerate(self.endpoints):
            # Half of them keep what came without a Finish, half go back; half of them leave at
            # once after the Finish, half stay to answer a repeated one.
            habits = ["--lifetime", DEVICE_LIFETIME, "--ack-timeout", 0.1, "--timeout", 75,
                      "--linger", 0.05 if number % 3 == 0 else 4, *FACTORY]
            if number % 5 < 2:
                habits.append("--keeps")
            if self.is_plain(number):
                arguments = ["ask", "--server", f"coap://127.0.0.1:{self.plain}", "--ep", endpoint]
            else:
                mode = "hold" if self.is_waiting(number) else "ask"
                arguments = [mode, "--server", f"coaps://127.0.0.1:{self.secured}",
                             "--identity", endpoint, "--key", KEY]
                if mode == "ask":
                    arguments += ["--ep", endpoint]
                else:
                    self.daemon.trigger(endpoint=endpoint)
            self.devices[endpoint] = Peer([self.device_program, *arguments, *habits],
                                          name=endpoint)

    def wait(self):
        deadline = time.monotonic() + 120
        for endpoint in self.endpoints:
            self.devices[endpoint].finish(timeout=max(1.0, deadline - time.monotonic()))

    def outcome(self, endpoint):
        """How the newest session went, once none of them runs; None: there was none."""
        deadline = time.monotonic() + 90
        while True:
            sessions = self.daemon.sessions(endpoint)
            if all(session["state"] == "ended" for session in sessions):
                heard = [s for s in sessions if s["outcome"] != "expired" or s["operations"]]
                return heard[0] if heard else None
            assert time.monotonic() < deadline, f"a session does not end: {sessions}"
            time.sleep(0.1)

    def device_state(self, endpoint):
        peer = self.devices[endpoint]
        holds = peer.state()["holds"]
        if holds == meter_holds(endpoint):
            return "complete"
        if holds == {"/0/0": "", "/0/7": "", "/1/7": "", "/3/0": ""}:
            went_back = any(event["event"] == "rolled_back" for event in peer.events)
            return "rolled_back" if went_back else "as_before"
        return "partly_written"

    def stop(self):
        for peer in [*self.devices.values(), *self.proxies]:
            peer.stop()
        self.daemon.stop()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", required=True, help="the build folder")
    parser.add_argument("--devices", type=int, default=100)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--loss", type=float, default=0.25)
    parser.add_argument("--keep", action="store_true", help="keep the daemon's folder and log")
    arguments = parser.parse_args()

    report = Report()
    fleet = Fleet(arguments)
    seen = collections.Counter()
    try:
        fleet.start()
        fleet.wait()

        def check(numbers):
            wrong = []
            for number in numbers:
                endpoint = fleet.endpoints[number]
                session = fleet.outcome(endpoint)
                outcome = session["outcome"] if session else None
                state = fleet.device_state(endpoint)
                seen[outcome or "never heard", state] += 1
                if state not in PERMITTED[outcome]:
                    wrong.append(f"{endpoint}: {outcome} but the device is {state}; "
                                 f"{session}; the device told {fleet.devices[endpoint].events}")
            assert numbers and not wrong, "\n      ".join(wrong)

        everyone = range(fleet.count)
        link = f"{fleet.count} devices at once, {arguments.loss:.0%} loss, seed {arguments.seed}"
        report.play(f"{link}: those asking over CoAP hold what their outcome permits",
                    lambda: check([n for n in everyone if fleet.is_plain(n)]))
        report.play(f"{link}: those asking over DTLS-PSK",
                    lambda: check([n for n in everyone
                                   if not fleet.is_plain(n) and not fleet.is_waiting(n)]))
        report.play(f"{link}: those in hold-off, bootstrapped unasked",
                    lambda: check([n for n in everyone if fleet.is_waiting(n)]))

        def most_finished():
            finished = sum(n for (outcome, _), n in seen.items() if outcome == "finished")
            assert finished * 2 > fleet.count, f"only {finished} of {fleet.count} finished"
        report.play(f"{link}: more than half of them finished", most_finished)

        def stops():
            code = fleet.daemon.stop()
            assert code == 0, f"the daemon ended with {code}"
        report.play("SIGTERM ends the daemon with 0", stops)
    finally:
        fleet.stop()
        for proxy in fleet.proxies:
            proxy.finish()
            print("link:", {k: v for k, v in proxy.events[-1].items() if k != "event"})
        for (outcome, state), number in sorted(seen.items()):
            print(f"{number:4}  {outcome} with the device {state}")
        if report.failed:
            print("The daemon's log:\n" + fleet.daemon.log()[-20000:])
        if arguments.keep:
            print(f"kept: {fleet.daemon.folder}")
        fleet.daemon.remove()
    return report.close()


if __name__ == "__main__":
    sys.exit(main())
