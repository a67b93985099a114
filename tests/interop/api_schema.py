#!/usr/bin/env python3
"""Holds a running daemon to its own /openapi.json: schemathesis makes requests out of it, good ones
and bad ones, and checks what is answered: no server error, no status, header or body that the text
does not describe. The stream of events, which has no end, is looked at by hand.

    api_schema.py http://127.0.0.1:8443 [--token TOKEN] [--examples N] [--venv FOLDER]

With a token, requests without it have to be refused too. The database fills up with what it makes:
give it a daemon of its own. Prints "skipped: why" and leaves with 0 where schemathesis cannot be
had.
"""

import argparse
import http.client
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import urllib.parse
import urllib.request
import venv

sys.dont_write_bytecode = True
ROOT = pathlib.Path(__file__).resolve().parents[2]
WANTED = "schemathesis>=4,<5"

# What a schema cannot say: that a profile is there, that an identity belongs to nobody else, that
# an address is a device's. Such a request is refused by its meaning (409, 412, 422), an event's by
# 400.
CONFIGURATION = """
[checks.positive_data_acceptance]
expected-statuses = ["2xx", "304", "400", "403", "404", "409", "412", "415", "422"]
[checks.negative_data_rejection]
expected-statuses = ["400", "401", "403", "404", "405", "406", "409", "412", "415", "422", "431"]
[checks.missing_required_header]
expected-statuses = ["400", "401", "403", "404", "406", "415", "422"]

# "x:rotate" may be a device's name too, with the methods that a device has.
[[operations]]
include-operation-id = "rotateDevice"
checks.allow_header_conformance.enabled = false
"""

# Bodies of lines, which schemathesis does not know how to write.
HOOKS = '''
import schemathesis

@schemathesis.serializer("application/x-ndjson", "text/csv")
def lines(ctx, value):
    return value if isinstance(value, bytes) else str(value).encode(errors="replace")
'''


def find_tool(folder):
    """The program, put into a virtual environment when it is not there; a text: why not."""
    tool = folder / "bin" / "schemathesis"
    if tool.exists():
        return tool
    try:
        venv.create(folder, with_pip=True)
        subprocess.run([folder / "bin" / "pip", "install", "--quiet", WANTED], check=True,
                       timeout=300, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    except (OSError, subprocess.SubprocessError) as error:
        told = (getattr(error, "stderr", "") or str(error)).strip().splitlines() or [str(error)]
        return told[-1]
    return tool if tool.exists() else "pip installed no program"


def check_events(base, token):
    """None, or what is wrong with the stream."""
    url = urllib.parse.urlsplit(base)
    kind = http.client.HTTPSConnection if url.scheme == "https" else http.client.HTTPConnection
    connection = kind(url.netloc, timeout=10)
    try:
        connection.request("GET", "/v1/events", headers={"Authorization": f"Bearer {token}"}
                           if token else {})
        answer = connection.getresponse()
        if answer.status != 200:
            return f"GET /v1/events: {answer.status}"
        if answer.getheader("Content-Type", "").split(";")[0] != "text/event-stream":
            return f"GET /v1/events: {answer.getheader('Content-Type')}"
        return None
    except OSError as error:
        return f"GET /v1/events: {error}"
    finally:
        connection.close()


def run(tool, base, token, examples):
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "schemathesis.toml").write_text(CONFIGURATION)
        (folder / "hooks.py").write_text(HOOKS)
        # All checks are on by default; naming them here would undo what the configuration leaves out.
        command = [tool, "--config-file", folder / "schemathesis.toml", "--no-color", "run",
                   f"{base}/openapi.json", "--exclude-operation-id",
                   "streamEvents", "--exclude-operation-id", "streamTrace",
                   "--max-examples", str(examples), "--request-timeout", "30",
                   "--continue-on-failure", "--generation-database", "none"]
        if token:
            command += ["--header", f"Authorization: Bearer {token}"]
        else:
            print("without a token nobody is asked who they are: ignored_auth is left out")
            command += ["--exclude-checks", "ignored_auth"]
        path = os.pathsep.join(filter(None, [str(folder), os.environ.get("PYTHONPATH")]))
        return subprocess.run(command, cwd=folder, check=False, env=dict(
            os.environ, PYTHONPATH=path, SCHEMATHESIS_HOOKS="hooks")).returncode


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("base", help="http://127.0.0.1:8443")
    parser.add_argument("--token", help="of a caller with the role admin")
    parser.add_argument("--examples", type=int, default=50, help="requests an operation")
    parser.add_argument("--venv", type=pathlib.Path, default=ROOT / "build" / "schemathesis")
    options = parser.parse_args()
    base = options.base.rstrip("/")
    with urllib.request.urlopen(f"{base}/openapi.json", timeout=10) as answer:
        operations = sum(len(item.keys() - {"parameters"})
                         for item in json.load(answer)["paths"].values())
    print(f"{operations} operations at {base}")
    tool = find_tool(options.venv)
    if isinstance(tool, str):
        print(f"skipped: schemathesis cannot be had: {tool}")
        return 0
    wrong = check_events(base, options.token)
    print(wrong or "GET /v1/events: streams")
    status = run(tool, base, options.token, options.examples)
    print("failed" if wrong or status else "passed")
    return 1 if wrong or status else 0


if __name__ == "__main__":
    sys.exit(main())
