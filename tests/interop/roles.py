#!/usr/bin/env python3
"""Who may do what: every operation of the daemon's own OpenAPI text, with no token, with an unknown
one, and with a token and a client certificate of every role, over TLS. Prints a line an operation
and closes with `N passed, N failed, N skipped`.
"""

import argparse
import hashlib
import http.client
import json
import pathlib
import random
import re
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
from fleet import PROFILES, device
from harness import Daemon, Report, find_program

# Whom a role lets in: the operator's guide, not the text that is tested.
SUFFICIENT = {
    "attach": {"attach", "admin"},
    "read": {"read", "provision", "admin"},
    "provision": {"provision", "admin"},
    "admin": {"admin"},
}
ROLES = sorted(SUFFICIENT)
OPEN = {("GET", "/healthz"), ("GET", "/readyz"), ("GET", "/openapi.json")}


def openssl(*arguments):
    program = shutil.which("openssl")
    assert program, "the openssl command is not installed"
    done = subprocess.run([program, *map(str, arguments)], stdin=subprocess.DEVNULL,
                          capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode(errors="replace")


class Certificates:
    """A CA, a server's certificate for 127.0.0.1, a client's for each role, a stranger's."""

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="certificates-"))
        self.authority("ca")
        self.authority("other-ca")
        self.leaf("server", "ca", "subjectAltName=IP:127.0.0.1")
        for role in ROLES:
            self.leaf(f"client-{role}", "ca", "extendedKeyUsage=clientAuth")
        self.leaf("client-nobody", "ca", "extendedKeyUsage=clientAuth")
        self.leaf("client-forged", "other-ca", "extendedKeyUsage=clientAuth", "client-admin")

    def path(self, name):
        return self.folder / name

    def authority(self, name):
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                "-keyout", self.path(f"{name}.key"), "-out", self.path(f"{name}.pem"),
                "-days", 2, "-subj", f"/CN={name}")

    def leaf(self, name, issuer, extension, subject=None):
        openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                "-keyout", self.path(f"{name}.key"), "-out", self.path(f"{name}.csr"),
                "-subj", f"/CN={subject or name}")
        self.path(f"{name}.ext").write_text(extension + "\n", encoding="ascii")
        openssl("x509", "-req", "-in", self.path(f"{name}.csr"), "-days", 2,
                "-CA", self.path(f"{issuer}.pem"), "-CAkey", self.path(f"{issuer}.key"),
                "-CAcreateserial", "-extfile", self.path(f"{name}.ext"),
                "-out", self.path(f"{name}.pem"))

    def client(self, name=None):
        context = ssl.create_default_context(cafile=self.path("ca.pem"))
        if name:
            context.load_cert_chain(self.path(f"{name}.pem"), self.path(f"{name}.key"))
        return context

    def remove(self):
        shutil.rmtree(self.folder, ignore_errors=True)


class OverSocket(http.client.HTTPConnection):
    """To the daemon's Unix socket."""

    def __init__(self, path):
        super().__init__("localhost", timeout=10)
        self._path = str(path)

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(10)
        self.sock.connect(self._path)


class Cases:
    def __init__(self, arguments):
        self.certificates = Certificates()
        chance = random.Random(arguments.seed)
        self.tokens = {role: f"{role}-{chance.getrandbits(128):032x}" for role in ROLES}
        self.context = self.certificates.client()
        path = self.certificates.path
        self.daemon = Daemon(
            find_program(arguments.build, "lwm2m-bootstrapd"), PROFILES, [device("ask")],
            {"http": {
                "authentication": "required",
                "socket": "control.sock",
                "socketRoles": ["read"],
                "tls": {"certificate": str(path("server.pem")), "key": str(path("server.key")),
                        "clientCa": str(path("ca.pem"))},
                "tokens": [{"name": f"token-{role}", "roles": [role],
                            "sha256": hashlib.sha256(token.encode()).hexdigest()}
                           for role, token in self.tokens.items()],
                "certificates": [{"name": f"certificate-{role}", "roles": [role],
                                  "subject": f"client-{role}"} for role in ROLES]}},
            arguments.keep, tls=self.context)

    def send(self, method, path, token=None, context=None, headers=None, connection=None):
        """Status, headers, and the body of an error: a stream of events has no end."""
        if connection is None:
            connection = http.client.HTTPSConnection(
                "127.0.0.1", self.daemon.http, timeout=10, context=context or self.context)
        try:
            fields = {"Authorization": f"Bearer {token}"} if token else {}
            fields.update(headers or {})
            connection.request(method, path, headers=fields)
            answer = connection.getresponse()
            body = answer.read().decode() if answer.status >= 400 else ""
            return answer.status, answer.headers, body
        finally:
            connection.close()

    def table(self):
        """(method, path to call, role; None where it is open to all) of every operation."""
        status, headers, text = self.daemon.exchange("GET", "/openapi.json")
        assert status == 200, f"GET /openapi.json answered {status}"
        assert headers["Content-Type"].startswith("application/"), headers["Content-Type"]
        description = json.loads(text)
        found = []
        for path, operations in description["paths"].items():
            for method, operation in operations.items():
                if method in ("parameters", "summary", "description", "servers"):
                    continue
                role = operation.get("x-role")
                assert role, f'{method} {path} has no "x-role"'
                security = operation.get("security", description.get("security"))
                assert bool(security) == (role != "none"), f"{method} {path}: {security}, {role}"
                found.append((method.upper(), re.sub(r"\{[^}]*\}", "nothing", path),
                              None if role == "none" else role))
        return found

    @staticmethod
    def check_problem(status, headers, body, wanted, who):
        assert status == wanted, f"{who} is answered {status}, not {wanted}: {body}"
        kind = headers["Content-Type"]
        assert kind.startswith("application/problem+json"), f"{who}: {kind}"
        assert json.loads(body)["status"] == wanted, body

    def operation(self, method, path, role):
        if role is None:
            assert (method, path) in OPEN, f"{method} {path} is open to all"
            status, _, body = self.send(method, path)
            assert status == 200, f"without a token it is answered {status}: {body}"
            return
        for who, token, headers in (
                ("nobody", None, {}), ("an unknown token", "f" * 48, {}),
                ("an empty token", None, {"Authorization": "Bearer "}),
                ("a password", None, {"Authorization": "Basic YWRtaW46YWRtaW4="})):
            status, fields, body = self.send(method, path, token, headers=headers)
            self.check_problem(status, fields, body, 401, who)
            assert fields["WWW-Authenticate"].startswith("Bearer"), fields["WWW-Authenticate"]
        for who in ROLES:
            for way, told in (("a token", {"token": self.tokens[who]}),
                              ("a certificate",
                               {"context": self.certificates.client(f"client-{who}")})):
                status, fields, body = self.send(method, path, **told)
                if who in SUFFICIENT[role]:
                    assert status not in (401, 403), f"{way} of {who} is answered {status}: {body}"
                else:
                    self.check_problem(status, fields, body, 403, f"{way} of {who}")

    def all_is_told(self, table):
        """The open ones are those three, and nothing is missing of what the surface promises."""
        assert {(method, path) for method, path, role in table if role is None} == OPEN, table
        assert len(table) >= 20, f"only {len(table)} operations"
        assert {role for _, _, role in table if role} == set(ROLES), table

    def elsewhere(self):
        for method, path in (("GET", "/v1"), ("GET", "/v1/devices/x/y"), ("TRACE", "/v1/devices"),
                             ("PATCH", "/v1/devices/ask"), ("GET", "/"), ("GET", "/v1/../etc"),
                             ("POST", "/healthz")):
            status, _, body = self.send(method, path)
            assert status in (400, 401, 405, 501), f"{method} {path} answered {status}: {body}"
            status, _, body = self.send(method, path, self.tokens["admin"])
            assert status in (400, 404, 405, 501), f"{method} {path} answered {status}: {body}"

    def head(self):
        """HEAD is as GET."""
        status, _, _ = self.send("HEAD", "/v1/devices/ask")
        assert status == 401, status
        status, _, _ = self.send("HEAD", "/v1/devices/ask", self.tokens["attach"])
        assert status == 403, status
        status, _, _ = self.send("HEAD", "/v1/devices/ask", self.tokens["read"])
        assert status == 200, status

    def unknown_certificate(self):
        context = self.certificates.client("client-nobody")
        status, fields, body = self.send("GET", "/v1/devices", context=context)
        self.check_problem(status, fields, body, 401, "a certificate that nobody named")

    def forged_certificate(self):
        """Of another CA, under the name of one that may everything."""
        context = self.certificates.client("client-forged")
        try:
            status, _, body = self.send("GET", "/v1/devices", context=context)
        except OSError:  # TLS has refused it
            return
        assert status == 401, f"a forged certificate is answered {status}: {body}"

    def without_tls(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.daemon.http, timeout=10)
        try:
            status, _, body = self.send("GET", "/v1/devices", self.tokens["admin"],
                                        connection=connection)
        except (OSError, http.client.HTTPException):
            return
        raise AssertionError(f"without TLS it is answered {status}: {body}")

    def over_socket(self):
        path = self.daemon.folder / "control.sock"
        status, _, body = self.send("GET", "/v1/devices", connection=OverSocket(path))
        assert status == 200, f"{status}: {body}"
        status, fields, body = self.send("DELETE", "/v1/devices/ask", connection=OverSocket(path))
        self.check_problem(status, fields, body, 403, 'the socket of the role "read"')

    def audited(self):
        """Who was let in is named in the audit log, and whoever was not has left no trace there."""
        self.send("DELETE", "/v1/strangers", self.tokens["provision"])
        connection = self.daemon.connect()
        connection.request("GET", "/v1/audit?limit=1000",
                           headers={"Authorization": f"Bearer {self.tokens['admin']}"})
        entries = json.loads(connection.getresponse().read())["audit"]
        connection.close()
        actors = {entry["actor"] for entry in entries}
        assert "token token-provision" in actors, actors
        for role in ("read", "attach"):
            changes = [entry for entry in entries if f"-{role}" in entry["actor"]
                       and not entry["action"].startswith("attachment.")]
            assert not changes, changes


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", required=True, help="the build folder")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--keep", action="store_true", help="keep the daemon's folder and log")
    arguments = parser.parse_args()

    report = Report()
    cases = Cases(arguments)
    try:
        table = []
        report.play("the API describes its operations",
                    lambda: table.extend(cases.table()))
        report.play("three of them are open to all", lambda: cases.all_is_told(table))
        for method, path, role in table:
            report.play(f"{method} {path} takes the role {role or '(none)'}",
                        lambda row=(method, path, role): cases.operation(*row))
        report.play("what is not there tells nobody that it is not", cases.elsewhere)
        report.play("HEAD is as GET", cases.head)
        report.play("a certificate that the settings do not name is answered 401",
                    cases.unknown_certificate)
        report.play("a certificate of another CA gets nowhere", cases.forged_certificate)
        report.play("without TLS there is no answer", cases.without_tls)
        report.play("the Unix socket has the roles that it was given", cases.over_socket)
        report.play("the audit log names who was let in", cases.audited)

        def stops():
            code = cases.daemon.stop()
            assert code == 0, f"the daemon ended with {code}"
        report.play("SIGTERM ends the daemon with 0", stops)
    finally:
        cases.daemon.stop()
        cases.certificates.remove()
        if report.failed:
            print("The daemon's log:\n" + cases.daemon.log()[-20000:])
        if arguments.keep:
            print(f"kept: {cases.daemon.folder}")
        cases.daemon.remove()
    return report.close()


if __name__ == "__main__":
    sys.exit(main())
