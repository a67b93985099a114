#!/usr/bin/env python3
"""The metrics page after sessions of both modes and failing ones: what it counts, promtool has
nothing to complain of, no label is about one device, and the page on one side, dashboard and alerts
on the other know of each other. Prints a line a case and closes with `N passed, N failed`.
"""

import argparse
import http.client
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
from fleet import KEY, PROFILES, device
from harness import Daemon, Peer, Report, Skip, find_program, free_port, until

ROOT = pathlib.Path(__file__).resolve().parents[2]
MONITORING = ROOT / "docker/monitoring"
PREFIX = "lwm2m_bootstrap_"
# All that may stand at a metric. None of them is about one device.
LABELS = {"code", "direction", "event", "kind", "le", "method", "mode", "outcome", "reason",
          "result", "setting", "source", "state", "version", "webhook", "what"}
# Metrics that are there for questions that neither the dashboard nor an alert asks.
UNASKED = {"shards", "profiles", "peers", "lookups", "radius_packets_total",
           "store_operations_total", "store_transactions_total", "store_failures_total",
           "store_wrapped_by_old_keys", "http_connections", "http_connections_total",
           "key_preparations_under_way", "rotations_under_way", "account_key_proofs_left_out_total"}
# Those that only show what happened, as far as nothing of the kind has.
ONLY_WHEN = {"webhook_messages_total"}


def promtool(*arguments, text=None):
    program = shutil.which("promtool")
    if not program:
        raise Skip("promtool (package prometheus) is not installed")
    done = subprocess.run([program, *map(str, arguments)], input=text, capture_output=True,
                          text=True, timeout=60, check=False)
    return done.returncode, done.stdout + done.stderr


class Page:
    """Of the text format: families (name → type) and samples (name → [(labels, value)])."""

    def __init__(self, text):
        self.text = text
        self.families = dict(re.findall(r"^# TYPE (\S+) (\S+)$", text, re.MULTILINE))
        self.samples = {}
        for line in text.splitlines():
            if line.startswith("#") or not line:
                continue
            name, labels, value = re.fullmatch(r"(\w+)(?:\{(.*)\})? (\S+)", line).groups()
            pairs = dict(re.findall(r'(\w+)="((?:[^"\\]|\\.)*)"', labels or ""))
            self.samples.setdefault(name, []).append((pairs, float(value)))

    def value(self, name, **labels):
        found = [value for pairs, value in self.samples.get(PREFIX + name, [])
                 if labels.items() <= pairs.items()]
        assert found, f"{name}{labels} is not on the page"
        return sum(found)

    def values_of(self, name, label):
        return {pairs[label] for pairs, _ in self.samples.get(name, []) if label in pairs}


def family(name):
    """The metric that a series of a histogram belongs to."""
    return re.sub(r"_seconds_(bucket|sum|count)$", "_seconds", name)


def queries():
    """What the dashboard and the alerts ask Prometheus, with the place that asks."""
    dashboard = json.loads((MONITORING / "dashboard.json").read_text())
    for variable in dashboard["templating"]["list"]:
        yield f"variable {variable['name']}", variable["query"]
    for panel in dashboard["panels"]:
        for target in panel["targets"]:
            yield f"panel {panel['title']!r}", target["expr"]
    for name, expression in re.findall(r"- alert: (\w+)\n\s+expr: (\|(?:\n {10}.*)+|.*)",
                                       (MONITORING / "alerts.yml").read_text()):
        yield f"alert {name}", expression


def named(expression):
    """The metrics of one query, each with its label matchers."""
    for name, matchers in re.findall(r"\b((?:lwm2m_bootstrap|process)_\w+)\b(?:\{([^}]*)\})?",
                                     expression):
        yield name, re.findall(r'(\w+)(=~|!~|!=|=)"([^"]*)"', matchers)


def certificate():
    """A throw-away one, so that its expiry is on the page: name → octets, and when it ends."""
    with tempfile.TemporaryDirectory() as folder:
        place = pathlib.Path(folder)
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
             "-nodes", "-keyout", place / "server.key", "-out", place / "server.pem", "-days", "30",
             "-subj", "/CN=bs.example.com"], check=True, capture_output=True, timeout=60)
        return {name: (place / name).read_bytes() for name in ("server.pem", "server.key")}


class Cases:
    def __init__(self, build):
        self.device_program = find_program(build, "libcoap_device")
        self.probes = free_port()
        self.daemon = Daemon(
            find_program(build, "lwm2m-bootstrapd"), PROFILES,
            [device("asks"), device("holds"), device("picky"), device("mute", nosec=True, psk=False)],
            settings={"dtls": {"certificates": [{"certificate": "server.pem", "key": "server.key"}]},
                      "session": {"settle": 0.5, "attachWindow": 1},
                      "transmission": {"ackTimeout": 0.2, "maxRetransmit": 1},
                      "metrics": {"listen": [f"127.0.0.1:{self.probes}"]}},
            files=certificate())
        self.page = None

    def close(self):
        self.daemon.stop()
        self.daemon.remove()

    def peer(self, mode, *arguments, identity, key=KEY):
        return Peer([self.device_program, mode, "--server",
                     f"coaps://127.0.0.1:{self.daemon.coaps}", "--identity", identity, "--key", key,
                     *arguments])

    def played(self):
        """Client-initiated, server-initiated, refused by the device, a wrong key, an unknown one."""
        asks = self.peer("ask", "--ep", "asks", identity="asks")
        assert asks.finish() == 0, asks.events
        holds = self.peer("hold", identity="holds")
        holds.wait_for("associated")
        assert self.daemon.wait_session(self.daemon.trigger(endpoint="holds"))["outcome"] == \
            "finished"
        holds.finish()
        picky = self.peer("ask", "--ep", "picky", "--refuse", "PUT:/0/1=4.00", "--timeout", "5",
                          identity="picky")
        assert self.daemon.wait_outcome("picky")["outcome"] == "operation_refused"
        picky.stop()
        for identity, key in (("asks", "ff" * 16), ("nobody", KEY)):
            stranger = self.peer("ask", "--ep", identity, "--timeout", "3", identity=identity,
                                 key=key)
            assert stranger.finish() != 0
        assert self.daemon.call("POST", "/v1/attachments", {"endpoint": "nobody"})[0] == 404
        lost = self.daemon.trigger(endpoint="mute", address="127.0.0.1", port=free_port())
        assert self.daemon.wait_session(lost)["outcome"] == "expired"

    def answered(self):
        status, headers, text = self.daemon.exchange("GET", "/metrics")
        assert status == 200, status
        assert headers["Content-Type"].startswith("text/plain; version=0.0.4"), headers
        self.page = Page(text.decode())

    def counted(self):
        page = self.page
        for mode in ("client-initiated", "server-initiated"):
            assert page.value("sessions_total", mode=mode, outcome="finished") == 1, mode
            assert page.value("session_duration_seconds_count", mode=mode) >= 1, mode
        assert page.value("sessions_total", outcome="operation_refused") == 1
        assert page.value("sessions_total", mode="server-initiated", outcome="expired") == 1
        assert page.value("handshakes_total", result="finished") == 3
        assert page.value("handshakes_total", result="unknown_identity") >= 1
        assert page.value("handshakes_total", result="wrong_key") >= 1
        writes = {pairs["code"]: value for pairs, value in page.samples[PREFIX + "operations_total"]
                  if pairs["method"] == "WRITE"}
        assert writes["4.00"] == 1 and writes["2.04"] >= 4, writes
        answers = sum(value for pairs, value in page.samples[PREFIX + "operations_total"]
                      if pairs["code"] != "none")
        assert page.value("operation_duration_seconds_count") == answers
        assert page.value("attach_events_total", result="accepted") == 2
        assert page.value("attach_events_total", result="unknown") == 1
        assert page.value("retransmissions_total") >= 1
        assert page.value("store_latency_seconds_count") >= 4
        assert page.value("ready") == 1 and page.value("store_healthy") == 1
        assert page.value("devices", state="enabled") == 4

    def expiry(self):
        left = self.page.value("certificate_expiry_timestamp_seconds", kind="certificate",
                               setting="/dtls/certificates/0/certificate") - time.time()
        assert 29 * 86400 < left <= 30 * 86400, left

    def lint(self):
        code, told = promtool("check", "metrics", text=self.page.text)
        assert code == 0 and not told.strip(), told

    def no_device(self):
        for word in ("asks", "holds", "picky", "mute", "nobody", "127.0.0.1"):
            assert word not in self.page.text, f"{word} is on the page"
        labels = {label for samples in self.page.samples.values() for pairs, _ in samples
                  for label in pairs}
        assert labels <= LABELS, labels - LABELS

    def probed(self):
        """Over the address of "metrics": no token, by whatever name, and nothing but the three."""
        def ask(method, path, host="bootstrapd:9684"):
            connection = http.client.HTTPConnection("127.0.0.1", self.probes, timeout=10)
            try:
                connection.request(method, path, headers={"Host": host})
                answer = connection.getresponse()
                return answer.status, answer.read().decode()
            finally:
                connection.close()
        status, text = ask("GET", "/metrics")
        assert status == 200 and Page(text).families == self.page.families, status
        assert ask("GET", "/readyz")[0] == 200 and ask("GET", "/healthz")[0] == 200
        for path in ("/v1/devices", "/v1/status", "/openapi.json", "/"):
            assert ask("GET", path)[0] == 404, path
        assert ask("POST", "/metrics")[0] == 405

    def rules(self):
        for what, file in (("rules", "alerts.yml"), ("config", "prometheus.yml")):
            code, told = promtool("check", what, MONITORING / file)
            assert code == 0, told

    def rules_played(self):
        code, told = promtool("test", "rules", MONITORING / "alerts_test.yml")
        assert code == 0, told

    def asked_for(self):
        """Every metric that is asked for is there, and so are the labels and their values."""
        wrong, count = [], 0
        for place, expression in queries():
            for name, matchers in named(expression):
                count += 1
                if family(name) not in self.page.families:
                    wrong.append(f"{place}: {name}")
                    continue
                for label, operator, value in matchers:
                    if label in ("instance", "job"):  # Prometheus' own
                        continue
                    there = self.page.values_of(name, label)
                    words = value.split("|") if "~" in operator else [value]
                    wrong += [f'{place}: {name}{{{label}="{word}"}}' for word in words
                              if word not in there]
        wrong = [each for each in wrong
                 if each.split(": ")[-1].split("{")[0].removeprefix(PREFIX) not in ONLY_WHEN]
        assert count > 50 and not wrong, wrong

    def all_asked_for(self):
        """The other way round: what nobody looks at is left out on purpose."""
        asked = {family(name) for _, expression in queries() for name, _ in named(expression)}
        unasked = {name.removeprefix(PREFIX) for name in self.page.families
                   if name not in asked and not name.startswith("process_")}
        assert unasked <= UNASKED, unasked - UNASKED


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--build", default="build/release")
    options = arguments.parse_args()
    report = Report()
    cases = Cases(options.build)
    try:
        report.play("metrics: sessions of both modes, and failing ones", cases.played)
        report.play("metrics: the page is there", cases.answered)
        if cases.page:
            for sentence, case in [
                    ("it counts what was played", cases.counted),
                    ("it tells when the certificate ends", cases.expiry),
                    ("promtool check metrics is silent", cases.lint),
                    ("no label is about a device", cases.no_device),
                    ("a port of its own for Prometheus and probes", cases.probed),
                    ("promtool check rules and check config", cases.rules),
                    ("promtool test rules", cases.rules_played),
                    ("dashboard and alerts ask for what is on the page", cases.asked_for),
                    ("what is on the page is asked for", cases.all_asked_for)]:
                report.play("metrics: " + sentence, case)
    finally:
        cases.close()
    sys.exit(report.close())


main()
