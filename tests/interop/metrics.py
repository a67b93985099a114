#!/usr/bin/env python3
"""The metrics page: promtool finds nothing to complain of, and every metric that the dashboard and
the alerts ask for is on it. Prints a line a case and closes with `N passed, N failed, N skipped`.
"""

import argparse
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
from fleet import PROFILES, device
from harness import Daemon, Report, Skip, find_program

ROOT = pathlib.Path(__file__).resolve().parents[2]
MONITORING = ROOT / "docker/monitoring"


def promtool(*arguments, text=None):
    program = shutil.which("promtool")
    if not program:
        raise Skip("promtool (package prometheus) is not installed")
    done = subprocess.run([program, *map(str, arguments)], input=text, capture_output=True,
                          text=True, timeout=60, check=False)
    return done.returncode, done.stdout + done.stderr


def families(page):
    """Of a page: name → type."""
    return dict(re.findall(r"^# TYPE (\S+) (\S+)$", page, re.MULTILINE))


def asked_for(text):
    """The metrics that queries name, without what a histogram's series end with."""
    names = set(re.findall(r"\b((?:lwm2m_bootstrap|process)_[a-z_]+)\b", text))
    return {re.sub(r"_(bucket|sum|count)$", "", name) if name.endswith(
        ("_seconds_bucket", "_seconds_sum", "_seconds_count")) else name for name in names}


class Certificate:
    """A throw-away one, so that its expiry is on the page."""

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="certificate-"))
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
             "-nodes", "-keyout", self.folder / "key", "-out", self.folder / "pem", "-days", "30",
             "-subj", "/CN=bs.example.com"], check=True, capture_output=True)

    def files(self):
        return {"server.pem": (self.folder / "pem").read_bytes(),
                "server.key": (self.folder / "key").read_bytes()}


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--build", default="build/release")
    options = arguments.parse_args()
    report = Report()
    certificate = Certificate()
    daemon = Daemon(find_program(options.build, "lwm2m-bootstrapd"), PROFILES, [device("m-1", "meter")],
                    settings={"dtls": {"certificates": [{"certificate": "server.pem",
                                                         "key": "server.key"}]}},
                    files=certificate.files())
    try:
        program = find_program(options.build, "libcoap_device")
        subprocess.run([program, "ask", "--server", f"coap://127.0.0.1:{daemon.coap}", "--ep",
                        "nobody"], capture_output=True, timeout=60, check=False)
        daemon.call("POST", "/v1/attachments", {"endpoint": "nobody"})
        status, headers, page = daemon.exchange("GET", "/metrics")
        page = page.decode()

        def answered():
            assert status == 200, status
            assert headers["Content-Type"].startswith("text/plain; version=0.0.4"), headers
            assert "lwm2m_bootstrap_build_info{" in page

        def lint():
            code, told = promtool("check", "metrics", text=page)
            assert code == 0 and not told.strip(), told

        def no_device():
            assert "m-1" not in page and "nobody" not in page, "a label is about one device"

        def rules():
            code, told = promtool("check", "rules", MONITORING / "alerts.yml")
            assert code == 0, told
            code, told = promtool("check", "config", MONITORING / "prometheus.yml")
            assert code == 0, told

        def names(file):
            known = families(page)
            missing = sorted(asked_for((MONITORING / file).read_text()) - set(known))
            assert not missing, missing

        def dashboard():
            json.loads((MONITORING / "dashboard.json").read_text())
            names("dashboard.json")

        report.play("metrics: the page is there", answered)
        report.play("metrics: promtool check metrics is silent", lint)
        report.play("metrics: no label names a device", no_device)
        report.play("metrics: promtool check rules", rules)
        report.play("metrics: the alerts name metrics that exist", lambda: names("alerts.yml"))
        report.play("metrics: the dashboard names metrics that exist", dashboard)
    finally:
        daemon.stop()
        daemon.remove()
    sys.exit(report.close())


main()
