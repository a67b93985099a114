#!/usr/bin/env python3
"""The daemon against its own OpenAPI text, by schemathesis with all checks on: api_schema.py, given
a daemon of its own that asks for tokens and has something to tell. Prints a line a case and closes
with `N passed, N failed, N skipped`.
"""

import argparse
import hashlib
import sys

sys.dont_write_bytecode = True
import api_schema
from fleet import PROFILES, device
from harness import Daemon, Report, Skip, find_program

TOKEN = "of the caller in tests/interop/schema.py"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", required=True, help="the build folder")
    parser.add_argument("--examples", type=int, default=20, help="requests an operation")
    parser.add_argument("--keep", action="store_true", help="keep the daemon's folder and log")
    arguments = parser.parse_args()

    report = Report()
    token = hashlib.sha256(TOKEN.encode()).hexdigest()
    daemon = Daemon(
        find_program(arguments.build, "lwm2m-bootstrapd"), PROFILES,
        [device("ask"), device("nosec", nosec=True, psk=False)],
        {"http": {"authentication": "required",
                  "tokens": [{"name": "schema", "roles": ["admin"],
                              "sha256": hashlib.sha256(token.encode()).hexdigest()}]},
         "session": {"attachWindow": 60, "attachRetry": 10},
         "log": {"level": "info", "format": "json"}},
        arguments.keep, token=token)
    base = f"http://127.0.0.1:{daemon.http}"
    try:
        daemon.trigger(endpoint="ask")

        def events():
            wrong = api_schema.check_events(base, token)
            assert not wrong, wrong
        report.play("GET /v1/events streams", events)

        def all_checks():
            tool = api_schema.find_tool(api_schema.ROOT / "build" / "schemathesis")
            if isinstance(tool, str):
                raise Skip(f"schemathesis cannot be had: {tool}")
            status = api_schema.run(tool, base, token, arguments.examples)
            assert status == 0, "schemathesis tells above what it found"
        report.play("schemathesis finds no answer that the API's text does not describe", all_checks)

        def stops():
            code = daemon.stop()
            assert code == 0, f"the daemon ended with {code}"
        report.play("SIGTERM ends the daemon with 0", stops)
    finally:
        daemon.stop()
        if report.failed:
            print("The daemon's log:\n" + daemon.log()[-20000:])
        if arguments.keep:
            print(f"kept: {daemon.folder}")
        daemon.remove()
    return report.close()


if __name__ == "__main__":
    sys.exit(main())
