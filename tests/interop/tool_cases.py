"""What the trials of lwm2m-bootstrapctl share: a daemon with a Unix socket, the tool, and what runs
beside them.
"""

import argparse
import os

from fleet import PROFILES
from harness import Daemon, Peer, Report, find_program


class ToolCases:
    def __init__(self, build, daemon):
        self.daemon = daemon
        self.tool = find_program(build, "lwm2m-bootstrapctl")
        self.program = find_program(build, "libcoap_device")
        self.environment = {**os.environ,
                            "LWM2M_BOOTSTRAPD_SOCKET": str(daemon.folder / "control.sock")}
        self.running = []  # devices and commands

    def stop(self):
        for one in self.running:
            if isinstance(one, Peer):
                one.stop()
            elif one.poll() is None:
                one.kill()
                one.wait()


def play(description, kind, devices, settings, cases):
    """Of `cases` each is a sentence and a function of `kind`; returns the exit code."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--build", required=True, help="the build folder")
    parser.add_argument("--keep", action="store_true", help="keep the daemon's folder and log")
    arguments = parser.parse_args()

    report = Report()
    daemon = Daemon(find_program(arguments.build, "lwm2m-bootstrapd"), PROFILES, devices, settings,
                    arguments.keep)
    played = kind(arguments.build, daemon)
    try:
        for sentence, case in cases:
            report.play(sentence, lambda case=case: case(played))
    finally:
        played.stop()
        daemon.stop()
        if report.failed:
            print("The daemon's log:\n" + daemon.log()[-5000:])
        daemon.remove()
    return report.close()
