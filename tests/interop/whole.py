"""The whole Bootstrap interface against the libcoap device: every content format, the explicit
operations, Bootstrap-Pack, what devices refuse.
"""

import base64

import formats
from fleet import KEY, SERVER_KEY, device, meter_holds, octets

ACCOUNT = {
    "shortServerId": 101, "uri": "coaps://dm.example.com:5684",
    "security": {"mode": "psk", "identity": "${endpoint}", "key": SERVER_KEY},
    "lifetime": 86400, "binding": "U", "notificationStoring": True,
    "securityResources": {"16": {"0": 49320}},
}
APN = {"0": "iot", "1": "iot.example", "4": 0}

PROFILES = [
    {"name": "pack", "enabler": "1.2", "servers": [ACCOUNT], "objects": {"/11/0": APN}},
    {"name": "longpack", "enabler": "1.2", "servers": [ACCOUNT],
     "objects": {"/3442/0": {"110": "x" * 20000}}},
    {"name": "senml", "enabler": "1.1", "servers": [ACCOUNT], "objects": {"/11/0": APN}},
    # The change request: some Resources may be updated after the initial bootstrap.
    {"name": "partial", "enabler": "1.1",
     "operations": [{"discover": "/"}, {"write": "/1/0/1", "value": 300}, {"finish": True}]},
    {"name": "reader", "enabler": "1.1", "servers": [ACCOUNT],
     "operations": [{"discover": "/"}, {"delete": "/0"}, {"delete": "/1"}, {"write": "everything"},
                    {"read": "/1"}, {"read": "/1/0"}, {"finish": True}]},
    {"name": "versioned", "enabler": "1.1", "servers": [ACCOUNT], "objectVersion": "query",
     "objects": {"/3442/0": {"version": "1.1", "110": "hello"}}},
    # Without an id to choose, it needs no Discover.
    {"name": "shy", "enabler": "1.1",
     "servers": [{**ACCOUNT, "securityInstance": 1, "serverInstance": 0}]},
]
DEVICES = ([device("packed", "pack"), device("longpack", "longpack"), device("nopack", "senml"),
            device("closed", "senml"), device("picky2", "versioned"),
            device("shy", "shy")] +
           [device(name, name) for name in ("senml", "partial", "reader", "versioned")])


def security_values(endpoint, enabler, instance="/0/1"):
    values = {"0": "coaps://dm.example.com:5684", "1": False, "2": 0, "3": endpoint.encode(),
              "5": bytes.fromhex(SERVER_KEY), "10": 101, "16/0": 49320}
    if enabler != "1.2":  # what 1.0 has as mandatory
        values["4"] = b""
    return {f"{instance}/{key}": value for key, value in values.items()}


SERVER_VALUES = {"/1/0/0": 101, "/1/0/1": 86400, "/1/0/6": True, "/1/0/7": "U"}
APN_VALUES = {"/11/0/0": "iot", "/11/0/1": "iot.example", "/11/0/4": 0}


def as_base64(values):
    return {path: base64.b64encode(value).decode() if isinstance(value, bytes) else value
            for path, value in values.items()}


class WholeCases:
    def __init__(self, cases):
        self.cases = cases
        self.daemon = cases.daemon

    def finished(self, peer, endpoint):
        code = peer.finish()
        session = self.daemon.wait_outcome(endpoint)
        assert code == 0, f"the device ended with {code}: {peer.events} {session}"
        assert session["outcome"] == "finished", session
        self.cases.check_told(session, peer)
        return session

    def asks_for(self, number):
        peer = self.cases.secure("ask", "senml", "--query", f"pct={number}", "--strict")
        self.finished(peer, "senml")
        written = [o for o in peer.operations() if o["method"] == "PUT"]
        assert [o["path"] for o in written] == ["/0/1", "/1/0", "/11/0"], written
        assert {o["contentFormat"] for o in written} == {number}, written
        found = {}
        for operation in written:
            values = formats.READERS[number](bytes.fromhex(operation["payload"]))
            outside = [path for path in values if not path.startswith(operation["path"] + "/")]
            assert not outside, f"{outside} are outside {operation['path']}"
            found.update(values)
        expected = {**security_values("senml", "1.1"), **SERVER_VALUES, **APN_VALUES}
        if number == formats.JSON_1_0:
            expected = as_base64(expected)
        assert found == expected, f"{found}\n      expected {expected}"

    def falls_back(self):
        peer = self.cases.secure("ask", "senml", "--query", "pct=112", "--format", "11542")
        session = self.finished(peer, "senml")
        codes = [(o["contentFormat"], o["code"]) for o in peer.operations() if o["method"] == "PUT"]
        assert codes == [(112, "4.15")] + [(11542, "2.04")] * 3, codes
        assert any("TLV" in note for note in session["notes"]), session

    def unsupported_format(self):
        peer = self.cases.secure("ask", "senml", "--query", "pct=50")
        code = peer.finish()
        answer = peer.wait_for("answer")
        assert (code, answer["code"]) == (4, "4.15"), peer.events
        assert not peer.operations(), peer.events

    def without_endpoint(self):
        peer = self.cases.start("ask", "--server", self.cases.secured, "--identity", "senml",
                                "--key", KEY)
        self.finished(peer, "senml")

    def pack(self, number):
        peer = self.cases.secure("pack", "packed", "--ep", "packed", "--accept", str(number),
                                 "--query", "acc=</0/3>")
        code = peer.finish()
        assert code == 0, f"{code}: {peer.events}"
        pack = peer.wait_for("pack")
        assert pack["contentFormat"] == number, pack
        found = formats.READERS[number](bytes.fromhex(pack["payload"]))
        expected = {**security_values("packed", "1.2", "/0/0"), **SERVER_VALUES, **APN_VALUES}
        assert found == expected, f"{found}\n      expected {expected}"
        session = self.daemon.wait_outcome("packed")
        assert session["outcome"] == "pack_delivered", session
        assert not peer.operations(), "operations were sent besides the pack"

    def long_pack(self):
        peer = self.cases.secure("pack", "longpack", "--ep", "longpack", "--query", "acc=</0/0>")
        code = peer.finish()
        assert code == 0, f"{code}: {peer.events}"
        found = formats.senml_cbor(bytes.fromhex(peer.wait_for("pack")["payload"]))
        assert found["/3442/0/110"] == "x" * 20000, "the pack came out changed"
        assert self.daemon.wait_outcome("longpack")["outcome"] == "pack_delivered"

    def pack_forbidden(self):
        peer = self.cases.secure("pack", "nopack", "--ep", "nopack", "--query", "pct=112")
        self.finished(peer, "nopack")
        assert peer.wait_for("answer")["code"] == "5.01", peer.events

    def partial(self):
        peer = self.cases.secure("ask", "partial", "--has", "/0/1;ssid=101", "--has", "/1/0;ssid=101")
        self.finished(peer, "partial")
        assert [(o["method"], o["path"]) for o in peer.operations()] == [
            ("GET", "/"), ("PUT", "/1/0/1"), ("POST", "/bs")], peer.operations()
        assert peer.state()["holds"] == {"/0/0": "", "/0/1": "", "/1/0": "", "/3/0": "",
                                         "/1/0/1": octets("c2 01 012c")}, peer.state()

    def read(self):
        peer = self.cases.secure("ask", "reader", "--has", "/1/7;ssid=7")
        session = self.finished(peer, "reader")
        reads = [o for o in session["operations"] if o["method"] == "READ"]
        assert [o["path"] for o in reads] == ["/1", "/1/0"], session["operations"]
        for operation in reads:
            values = {value["path"]: value["value"] for value in operation["values"]}
            assert values == {"/1/0/0": "101", "/1/0/1": "86400", "/1/0/6": "true",
                              "/1/0/7": "U"}, values

    def version_in_query(self):
        peer = self.cases.secure("ask", "versioned")
        self.finished(peer, "versioned")
        queries = {o["path"]: o.get("query") for o in peer.operations() if o["method"] == "PUT"}
        assert queries == {"/0/1": None, "/1/0": None, "/3442/0": ["ver=1.1"]}, queries

    def version_refused(self):
        peer = self.cases.secure("ask", "picky2", "--strict")
        session = self.daemon.wait_outcome("picky2")
        peer.stop()
        assert session["outcome"] == "operation_refused", session
        assert session["operations"][-1]["code"] == "4.02", session

    def discover_refused(self):
        peer = self.cases.secure("ask", "senml", "--refuse", "GET:/=4.00")
        self.finished(peer, "senml")
        assert [(o["method"], o["path"]) for o in peer.operations()][:3] == [
            ("GET", "/"), ("GET", "/0"), ("DELETE", "/")], peer.operations()

    def every_discover_refused(self):
        peer = self.cases.secure("ask", "shy", "--refuse", "GET:/=4.00", "--refuse", "GET:/0=4.00")
        self.finished(peer, "shy")

    def every_discover_refused_with_open_ids(self):
        peer = self.cases.secure("ask", "closed", "--refuse", "GET:/=4.00", "--refuse",
                                 "GET:/0=4.00")
        session = self.daemon.wait_outcome("closed")
        assert session["outcome"] == "plan_impossible", session
        assert [o["method"] for o in session["operations"]] == ["DISCOVER"] * 2, session
        peer.wait_until(lambda event: event.get("path") == "/0", "Discover /0")
        peer.stop()
        assert {o["method"] for o in peer.operations()} == {"GET"}, peer.operations()


def play(report, cases):
    whole = WholeCases(cases)
    for name, number in (("SenML JSON", formats.SENML_JSON), ("SenML CBOR", formats.SENML_CBOR),
                         ("LwM2M CBOR", formats.LWM2M_CBOR), ("the JSON of 1.0", formats.JSON_1_0)):
        report.play(f"libcoap asks for {name} and is written in it",
                    lambda number=number: whole.asks_for(number))
    report.play("a Write answered 4.15 is tried again in TLV", whole.falls_back)
    report.play("a pct that nobody writes is answered 4.15", whole.unsupported_format)
    report.play("a request without ep is the identity's", whole.without_endpoint)
    for name, number in (("SenML JSON", formats.SENML_JSON), ("SenML CBOR", formats.SENML_CBOR),
                         ("LwM2M CBOR", formats.LWM2M_CBOR)):
        report.play(f"1.2-int-12: a Bootstrap-Pack in {name}",
                    lambda number=number: whole.pack(number))
    report.play("a Bootstrap-Pack of 20000 octets goes block-wise", whole.long_pack)
    report.play("a pack that the profile forbids: 5.01, then the Bootstrap-Request",
                whole.pack_forbidden)
    report.play("one Resource is updated and nothing else touched", whole.partial)
    report.play("1.1-int-4, 1.1-int-8: what Reads of /1 told is in the record", whole.read)
    report.play("the Object's version as a query, where the profile says so", whole.version_in_query)
    report.play("a device that knows no query refuses it with 4.02", whole.version_refused)
    report.play("Discover of / refused: /0 is tried", whole.discover_refused)
    report.play("every Discover refused: on with the ids written down", whole.every_discover_refused)
    report.play("every Discover refused and ids open: nothing is written",
                whole.every_discover_refused_with_open_ids)
