#!/usr/bin/env python3
"""A network's own words lead to a bootstrap that the daemon begins: RADIUS accounting by radclient,
the JSON of 3GPP, CAMARA, emnify, 1NCE, KORE and of a written mapping, with the bodies that these
networks send; a LwM2M Server that is asked to trigger the device; and a webhook's receiver that is
told. Prints a line a case and closes with `N passed, N failed, N skipped`.
"""

import argparse
import datetime
import json
import shutil
import subprocess
import sys
import urllib.parse

sys.dont_write_bytecode = True
from fleet import KEY, PROFILES, device, meter_holds
from harness import Daemon, Peer, Report, Skip, find_program, free_port, until
from receiver import Receiver, check_signature, message_of

RADIUS_SECRET = b"of the gateway in tests/interop/sources.py"
HOOK_SECRET = b"of the receiver in tests/interop/sources.py"
THROUGH = {**PROFILES[0], "name": "through",
           "reach": {"lwm2mServer": "dm", "serverInstance": 0}}
MAPPING = {  # of a platform of one's own
    "events": "/reports",
    "when": {"/what": ["online", 1]},
    "detachWhen": {"/what": ["offline"]},
    "id": "/number",
    "time": "/at",
    "iccid": "/card/number",
    "address": "/card/ip",
}
SOURCES = ["gpp", "reach", "camara", "emnify", "once", "kore", "mapped"]


def identifiers_of(number):
    return {"imsi": f"00101000000{number:04}", "imei": f"35800000000{number:04}",
            "iccid": f"898821000000000{number:04}", "msisdn": f"88221234{number:04}",
            "externalId": f"dev{number}@iot.example"}


def now():
    return datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


# The bodies, as spec'd by those who send them; the identifiers are the test devices'.

def body_3gpp(who):
    """TS 29.122 5.3.2.3.2, a report of PDN_CONNECTIVITY_STATUS."""
    return {"subscription": "https://scef.example/3gpp-monitoring-event/v1/as1/subscriptions/1",
            "monitoringEventReports": [
                {"monitoringType": "PDN_CONNECTIVITY_STATUS", "externalId": who["externalId"],
                 "msisdn": who["msisdn"], "eventTime": now(),
                 "pdnConnInfoList": [{"status": "CREATED", "apn": "iot", "pdnType": "IPV4",
                                      "ipv4Addr": "100.64.0.10"}]}]}


def body_reachability(who):
    """The same, UE_REACHABILITY: it comes without an address."""
    return {"subscription": "https://scef.example/3gpp-monitoring-event/v1/as1/subscriptions/2",
            "monitoringEventReports": [
                {"monitoringType": "UE_REACHABILITY", "externalId": who["externalId"],
                 "reachabilityType": "DATA", "eventTime": now()}]}


def body_camara(who, kind="reachability-data"):
    """CloudEvents 1.0 with the data of device-reachability-status-subscriptions."""
    return {"id": f"camara-{who['imsi']}", "source": "https://operator.example/camara",
            "type": f"org.camaraproject.device-reachability-status-subscriptions.v0.{kind}",
            "specversion": "1.0", "datacontenttype": "application/json", "time": now(),
            "data": {"subscriptionId": "987654321",
                     "device": {"phoneNumber": f"+{who['msisdn']}",
                                "networkAccessIdentifier": who["externalId"],
                                "ipv4Address": {"publicAddress": "100.64.0.10",
                                                "publicPort": 59765}}}}


def body_emnify(who, kind=3, number=8204721):
    """emnify, and 1NCE: "Create PDP Context"."""
    return {"id": number + int(who["imsi"][-4:]), "timestamp": now(),
            "event_type": {"id": kind, "description": "Create PDP Context"},
            "event_severity": {"id": 0, "description": "Info"},
            "imsi": {"id": 1, "imsi": who["imsi"]},
            "sim": {"id": 2, "iccid": who["iccid"], "msisdn": who["msisdn"]},
            "endpoint": {"id": 3, "name": "in a cellar", "imei": who["imei"],
                         "ip_address": "100.64.0.10"},
            "detail": {"pdp_context": {"apn": "iot", "ue_ip_address": "100.64.0.10",
                                       "imeisv": who["imei"][:14] + "07"}}}


def body_kore(who):
    """KORE Super SIM, an array of CloudEvents."""
    return [{"specversion": "1.0", "id": f"EZ{who['imsi']}", "source": "/v1/Streams",
             "type": "com.twilio.iot.supersim.connection.data-session.started",
             "datacontenttype": "application/json", "time": now(),
             "data": {"imsi": who["imsi"], "imei": who["imei"], "sim_iccid": who["iccid"],
                      "ip_address": "100.64.0.10", "apn": "super"}}]


def body_mapped(who):
    return {"reports": [{"number": 4711, "what": "online", "at": now(),
                         "card": {"number": who["iccid"], "ip": "100.64.0.10"}}]}


class Leshan:
    """As much of Leshan's REST API as the trigger takes: an Execute on a registered client."""

    def __init__(self):
        self.registered = set()
        self.receiver = Receiver(self._respond)

    def _respond(self, method, target, _headers, _body):
        path = urllib.parse.urlsplit(target).path.split("/")
        if method != "POST" or path[1:3] != ["api", "clients"] or len(path) != 7:
            return 404, b""
        endpoint, resource = urllib.parse.unquote(path[3]), "/".join(path[4:])
        if endpoint not in self.registered:
            return 400, f"no registered client with id '{endpoint}'".encode()
        if resource != "1/0/9":
            return 200, b'{"status":"NOT_FOUND(404)","valid":true,"success":false,"failure":true}'
        return 200, b'{"status":"CHANGED(204)","valid":true,"success":true,"failure":false}'


class Hook:
    """Refuses what it is told first, and takes it later."""

    def __init__(self):
        self.refusals = 3
        self.receiver = Receiver(self._respond)

    def _respond(self, *_):
        if self.refusals:
            self.refusals -= 1
            return 503
        return 200

    def delivered(self, endpoint):
        """(delivery, session) of what it has taken, as it came."""
        return self.of(self.receiver.snapshot(), endpoint)

    @staticmethod
    def of(requests, endpoint):
        taken = [(int(headers["Lwm2m-Bootstrap-Delivery"]), message_of(body)["data"])
                 for _, _, headers, body, status in requests if status == 200]
        return [(number, session) for number, session in taken if session["endpoint"] == endpoint]


class Cases:
    def __init__(self, arguments):
        self.program = find_program(arguments.build, "libcoap_device")
        self.peers = []
        self.ids = {}
        self.radius = free_port()
        self.ports = {name: free_port() for name in ("radius", "moved", "stopped", "gateway")}
        self.leshan = Leshan()
        self.hook = Hook()
        devices = []
        for number, (endpoint, port) in enumerate(self.ports.items(), 1):
            self.ids[endpoint] = identifiers_of(number)
            devices.append(device(endpoint, nosec=True, psk=False, identifiers=self.ids[endpoint],
                                  reach={"port": port}))
        for number, endpoint in enumerate(SOURCES, 101):
            self.ids[endpoint] = identifiers_of(number)
            devices.append(device(endpoint, identifiers=self.ids[endpoint]))
        devices += [device("through", profile="through", reach={"mode": "server"}),
                    device("asleep", profile="through", reach={"mode": "server"}),
                    device("hooked"), device("left")]
        self.daemon = Daemon(
            find_program(arguments.build, "lwm2m-bootstrapd"), [*PROFILES, THROUGH], devices,
            {"session": {"settle": 0.5, "attachWindow": 20, "attachRetry": 1},
             "transmission": {"ackTimeout": 1.0},
             "attach": {"radius": {"listen": [f"127.0.0.1:{self.radius}"],
                                   "clients": [{"name": "core-1", "address": "127.0.0.0/8",
                                                "secretFile": "radius.secret"}]},
                        "mappings": {"own": MAPPING}},
             "webhooks": [{"name": "ops", "url": f"{self.hook.receiver.url}/lwm2m",
                           "secretFile": "hook.secret"}],
             "lwm2mServers": {"dm": {"preset": "leshan", "url": self.leshan.receiver.url}}},
            arguments.keep, files={"radius.secret": RADIUS_SECRET, "hook.secret": HOOK_SECRET})
        self.secured = f"coaps://127.0.0.1:{self.daemon.coaps}"

    def start(self, mode, *arguments):
        peer = Peer([self.program, mode, *arguments], name=f"device ({mode})")
        self.peers.append(peer)
        return peer

    def stop(self):
        for peer in self.peers:
            peer.stop()
        self.daemon.stop()
        self.leshan.receiver.stop()
        self.hook.receiver.stop()

    def hold(self, endpoint):
        peer = self.start("hold", "--server", self.secured, "--identity", endpoint, "--key", KEY)
        peer.wait_for("associated")
        return peer

    def listen_plain(self, endpoint):
        peer = self.start("silent", "--server", f"coap://127.0.0.1:{self.daemon.coap}", "--port",
                          str(self.ports[endpoint]))
        peer.wait_for("ready")
        return peer

    def check_bootstrapped(self, peer, endpoint):
        session = self.daemon.wait_outcome(endpoint)
        assert session["outcome"] == "finished", session
        assert session["mode"] == "server-initiated" and session["triggered"], session
        code = peer.finish()
        assert code == 0, f"the device ended with {code}: {peer.events}"
        assert peer.state()["holds"] == meter_holds(endpoint), peer.state()
        return session

    # ---- RADIUS ----

    def account(self, status, endpoint, address="127.0.0.1", secret=RADIUS_SECRET, retries=3,
                **more):
        """True when radclient was answered, and verified that."""
        program = shutil.which("radclient")
        if not program:
            raise Skip("radclient is not installed (package freeradius-utils)")
        who = self.ids.get(endpoint, {"imsi": "001019999999999", "imei": "350000000000006",
                                      "msisdn": "882299999999"})
        attributes = {"Acct-Status-Type": status, "Acct-Session-Id": f'"{endpoint}-1"',
                      "NAS-IP-Address": "192.0.2.7", "Calling-Station-Id": f'"{who["msisdn"]}"',
                      "Called-Station-Id": '"iot"', "Framed-IP-Address": address,
                      "3GPP-IMSI": f'"{who["imsi"]}"', "3GPP-IMEISV": f'"{who["imei"][:14]}07"',
                      **{name.replace("_", "-"): value for name, value in more.items()}}
        attributes = {name: value for name, value in attributes.items() if value is not None}
        text = "\n".join(f"{name} = {value}" for name, value in attributes.items()) + "\n"
        done = subprocess.run(
            [program, "-r", str(retries), "-t", "1", f"127.0.0.1:{self.radius}", "acct",
             secret.decode()], input=text, text=True, timeout=60, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, check=False)
        return done.returncode == 0

    def radius_start(self):
        peer = self.listen_plain("radius")
        assert self.account("Start", "radius", Event_Timestamp='"1777629600"'), "no answer"
        session = self.check_bootstrapped(peer, "radius")
        assert session["secured"] is False, session

    def radius_repeated(self):
        """The same event in another packet, as a gateway sends it that has heard no answer."""
        before = [session["id"] for session in self.daemon.sessions("radius")]
        if len(before) != 1:
            raise Skip("there was no first one")
        for more in ({}, {"Acct_Delay_Time": "5"}):
            assert self.account("Start", "radius", Event_Timestamp='"1777629600"', **more)
        after = [session["id"] for session in self.daemon.sessions("radius")]
        assert after == before, f"a retransmission made a session: {after}"

    def radius_moved(self):
        """Its first address is nobody's; the trigger waits, and follows it to the next one."""
        assert self.account("Start", "moved", address="127.0.0.77"), "no answer"
        first = self.daemon.sessions("moved")[0]
        assert first["outcome"] is None, first
        peer = self.listen_plain("moved")
        assert self.account("Interim-Update", "moved", address="127.0.0.1"), "no answer"
        session = self.check_bootstrapped(peer, "moved")
        assert session["id"] == first["id"], f"{session['id']} is not {first['id']}"

    def radius_stop(self):
        assert self.account("Start", "stopped", address="127.0.0.77"), "no answer"
        first = self.daemon.sessions("stopped")[0]
        assert first["outcome"] is None, first
        assert self.account("Stop", "stopped", address="127.0.0.77"), "no answer"
        session = self.daemon.wait_session(first["id"], timeout=10)
        assert session["outcome"] == "cancelled", session
        assert not [o for o in session["operations"] if o["code"]], session

    def radius_restart(self):
        """A gateway that has restarted knows no device any more."""
        assert self.account("Start", "gateway", address="127.0.0.77"), "no answer"
        first = self.daemon.sessions("gateway")[0]
        assert first["outcome"] is None, first
        assert self.account("Accounting-On", "gateway", address=None, Acct_Session_Id='"0"',
                            **{"3GPP-IMSI": None, "3GPP-IMEISV": None, "Calling-Station-Id": None,
                               "Called-Station-Id": None}), "no answer"
        session = self.daemon.wait_session(first["id"], timeout=10)
        assert session["outcome"] == "cancelled", session

    def radius_wrong_secret(self):
        before = len(self.daemon.sessions("radius"))
        assert not self.account("Start", "radius", secret=b"another", retries=1,
                                Acct_Session_Id='"wrong"'), "it was answered"
        assert len(self.daemon.sessions("radius")) == before
        refused = self.daemon.call("GET", "/v1/status")[2]["attach"]["radius"]["refused"]
        assert refused["wrong_authenticator"] >= 1, refused

    def radius_stranger(self):
        assert self.account("Start", "nobody", address="100.64.0.99"), "no answer"
        found = self.strangers("001019999999999")
        assert found["source"].startswith("radius") and found["address"] == "100.64.0.99", found
        first = found["count"]
        assert self.account("Start", "nobody", address="100.64.0.98", Acct_Session_Id='"two"')
        again = self.strangers("001019999999999")
        assert again["count"] == first + 1, (first, again)

    def strangers(self, imsi):
        entries = list(self.daemon.pages("/v1/strangers", "strangers"))
        found = [entry for entry in entries if entry["identifiers"].get("imsi") == imsi]
        assert len(found) == 1, f"{imsi} is not among the strangers once: {entries}"
        return found[0]

    # ---- JSON ----

    def post(self, source, body, kind="application/json"):
        status, _, octets = self.daemon.exchange(
            "POST", f"/v1/attachments/{source}", json.dumps(body).encode(), {"Content-Type": kind})
        return status, json.loads(octets) if octets else None

    def source(self, source, endpoint, body, success, kind="application/json", has_id=True):
        peer = self.hold(endpoint)
        status, told = self.post(source, body, kind)
        assert status == success, f"it is answered {status}: {told}"
        session = self.check_bootstrapped(peer, endpoint)
        if told is not None:
            assert [result["session"] for result in told["results"]] == [session["id"]], told
        if not has_id:
            return
        status, told = self.post(source, body, kind)
        assert status == success, f"a replay is answered {status}: {told}"
        if told is not None:
            assert [result["session"] for result in told["results"]] == [session["id"]], told
        seen = [each["id"] for each in self.daemon.sessions(endpoint)]
        assert seen == [session["id"]], f"a replay made a session: {seen}"

    def camara(self):
        self.source("camara", "camara", body_camara(self.ids["camara"]), 204,
                    "application/cloudevents+json")

    def camara_subscription(self):
        """The life of the subscription is acknowledged, and leads to nothing."""
        body = body_camara(self.ids["camara"], "subscription-ended")
        body["id"] = 17  # as some send it
        before = len(self.daemon.sessions("camara"))
        status, told = self.post("camara", body, "application/cloudevents+json")
        assert status == 204, f"{status}: {told}"
        assert len(self.daemon.sessions("camara")) == before

    def nothing_to_do(self):
        """Another kind of event of a platform: a session's end, an SMS."""
        before = len(self.daemon.sessions("emnify"))
        status, told = self.post("emnify", body_emnify(self.ids["emnify"], 1, 99000))
        assert status in (200, 202, 204), f"{status}: {told}"
        assert len(self.daemon.sessions("emnify")) == before

    def stranger_by_json(self):
        who = {**identifiers_of(7777), "imsi": "001018888888888"}
        status, told = self.post("emnify", body_emnify(who))
        assert status == 202, f"{status}: {told}"
        assert [result["state"] for result in told["results"]] == ["unknown"], told
        found = self.strangers("001018888888888")
        assert found["source"] == "emnify" and found["count"] == 1, found

    def forget_strangers(self):
        status, _, body = self.daemon.call("DELETE", "/v1/strangers")
        assert status == 200 and body["forgotten"] >= 1, f"{status}: {body}"
        assert not list(self.daemon.pages("/v1/strangers", "strangers"))

    def wrong_bodies(self):
        for source, body in (("3gpp", []), ("3gpp", {"monitoringEventReports": 1}),
                             ("camara", "text"), ("emnify", 4), ("kore", [[]]), ("own", {})):
            status, told = self.post(source, body)
            assert status == 400, f"{source}: {body} is answered {status}: {told}"
        status, told = self.post("nowhere", {})
        assert status == 404, f"{status}: {told}"

    # ---- through the LwM2M Server ----

    def through_server(self):
        self.leshan.registered.add("through")
        identifier = self.daemon.trigger(endpoint="through")
        requests = self.leshan.receiver.wait_until(
            lambda requests: [r for r in requests if r[4] == 200], "the Execute")
        method, target = requests[0][:2]
        assert method == "POST", method
        assert urllib.parse.urlsplit(target).path == "/api/clients/through/1/0/9", target
        assert self.daemon.session(identifier)["state"] != "ended"
        # What a device does that was told so.
        peer = self.start("ask", "--server", self.secured, "--identity", "through", "--key", KEY,
                          "--ep", "through")
        session = self.daemon.wait_session(identifier)
        assert session["outcome"] == "finished", session
        assert session["triggered"] is True, session
        assert peer.finish() == 0, peer.events
        assert peer.state()["holds"] == meter_holds("through"), peer.state()
        seen = [each["id"] for each in self.daemon.sessions("through")]
        assert seen == [identifier], f"the request made a session of its own: {seen}"

    def through_server_asleep(self):
        """Not registered at first: it is asked for again."""
        identifier = self.daemon.trigger(endpoint="asleep")
        self.leshan.receiver.wait_until(
            lambda requests: [r for r in requests if "/asleep/" in r[1] and r[4] == 400],
            "a first Execute")
        self.leshan.registered.add("asleep")
        self.leshan.receiver.wait_until(
            lambda requests: [r for r in requests if "/asleep/" in r[1] and r[4] == 200],
            "a second Execute")
        peer = self.start("ask", "--server", self.secured, "--identity", "asleep", "--key", KEY,
                          "--ep", "asleep")
        session = self.daemon.wait_session(identifier)
        assert session["outcome"] == "finished", session
        assert peer.finish() == 0, peer.events

    # ---- webhooks ----

    def webhooks(self):
        """Three sessions of one device; what was refused comes again, and in order."""
        wanted = []
        for _ in range(3):
            peer = self.start("ask", "--server", self.secured, "--identity", "hooked", "--key",
                              KEY, "--ep", "hooked")
            assert peer.finish() == 0, peer.events
            wanted.append(self.daemon.wait_outcome("hooked")["id"])
        self.hook.receiver.wait_until(lambda requests: len(Hook.of(requests, "hooked")) >= 3,
                                      "the third message", 60)
        taken = self.hook.delivered("hooked")
        numbers = [number for number, _ in taken]
        assert numbers == sorted(numbers), f"not in order: {numbers}"
        told = list(dict.fromkeys(session["id"] for _, session in taken))
        assert told == wanted, f"{told} were told, {wanted} happened"

    def webhooks_signed(self):
        requests = self.hook.receiver.snapshot()
        refused = [request for request in requests if request[4] == 503]
        assert refused, "none was refused"
        for method, target, headers, body, _ in requests:
            assert (method, target) == ("POST", "/lwm2m"), (method, target)
            assert headers["Content-Type"].startswith("application/json"), headers["Content-Type"]
            check_signature(headers, body, HOOK_SECRET)
            message = message_of(body)
            assert message["type"] == headers["Lwm2m-Bootstrap-Event"] == "session.ended", message
        # An attempt that is repeated is the same message.
        for again in refused:
            number, body = again[2]["Lwm2m-Bootstrap-Delivery"], again[3]
            same = [r for r in requests if r[2]["Lwm2m-Bootstrap-Delivery"] == number]
            assert len(same) > 1 and all(r[3] == body for r in same), number

    def webhooks_seen(self):
        """A message that cannot be delivered is seen in the API, and comes when it can be."""
        self.hook.refusals = 1 << 30
        self.daemon.trigger(endpoint="left")
        peer = self.hold("left")
        self.check_bootstrapped(peer, "left")
        self.hook.receiver.wait_until(
            lambda requests: [r for r in requests if r[4] == 503 and b'"left"' in r[3]],
            "an attempt")
        waiting = until(lambda: [entry for entry in self.daemon.pages(
            "/v1/deliveries?endpoint=left", "deliveries") if entry["attempts"]], "a failed attempt")
        assert len(waiting) == 1 and waiting[0]["lastError"], waiting
        assert waiting[0]["hook"] == "ops" and waiting[0]["kind"] == "session.ended", waiting
        self.hook.refusals = 0
        self.hook.receiver.wait_until(lambda requests: Hook.of(requests, "left"), "the message", 60)


def play_radius(report, cases):
    report.play("RADIUS: a Start with IMSI and address leads to a bootstrap", cases.radius_start)
    report.play("RADIUS: a retransmission leads to nothing new", cases.radius_repeated)
    report.play("RADIUS: a new address redirects what waits", cases.radius_moved)
    report.play("RADIUS: a Stop withdraws what waits", cases.radius_stop)
    report.play("RADIUS: an Accounting-On withdraws all of the gateway", cases.radius_restart)
    report.play("RADIUS: a wrong secret is not answered", cases.radius_wrong_secret)
    report.play("RADIUS: an unknown device is remembered, and counted", cases.radius_stranger)


def play_json(report, cases):
    ids = cases.ids
    report.play("3GPP: a created PDN connection leads to a bootstrap",
                lambda: cases.source("3gpp", "gpp", body_3gpp(ids["gpp"]), 204, has_id=False))
    report.play("3GPP: so does reachability, without an address",
                lambda: cases.source("3gpp", "reach", body_reachability(ids["reach"]), 204,
                                     has_id=False))
    report.play("CAMARA: reachability, and its replay", cases.camara)
    report.play("CAMARA: a subscription's own events are acknowledged", cases.camara_subscription)
    report.play("emnify: a created PDP context, and its replay",
                lambda: cases.source("emnify", "emnify", body_emnify(ids["emnify"]), 202))
    report.play("1NCE: the same in an array, and its replay",
                lambda: cases.source("emnify", "once", [body_emnify(ids["once"])], 202))
    report.play("KORE: a started data session, and its replay",
                lambda: cases.source("kore", "kore", body_kore(ids["kore"]), 202))
    report.play("a written mapping, and its replay",
                lambda: cases.source("own", "mapped", body_mapped(ids["mapped"]), 202))
    report.play("an event of another kind is acknowledged", cases.nothing_to_do)
    report.play("an unknown device is remembered", cases.stranger_by_json)
    report.play("the strangers are forgotten on demand", cases.forget_strangers)
    report.play("bodies that are not a source's are answered 400", cases.wrong_bodies)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", required=True, help="the build folder")
    parser.add_argument("--keep", action="store_true", help="keep the daemon's folder and log")
    arguments = parser.parse_args()

    report = Report()
    cases = Cases(arguments)
    try:
        play_radius(report, cases)
        play_json(report, cases)
        report.play("a LwM2M Server is asked for the trigger, the device's request is its session",
                    cases.through_server)
        report.play("a device that is not registered yet is asked for again",
                    cases.through_server_asleep)
        report.play("webhooks: refused messages come again, each device's in order",
                    cases.webhooks)
        report.play("webhooks: every attempt is signed, a repeated one is the same",
                    cases.webhooks_signed)
        report.play("webhooks: what waits is seen in the API", cases.webhooks_seen)

        def stops():
            code = cases.daemon.stop()
            assert code == 0, f"the daemon ended with {code}"
        report.play("SIGTERM ends the daemon with 0", stops)
    finally:
        cases.stop()
        if report.failed:
            print("The daemon's log:\n" + cases.daemon.log()[-20000:])
        if arguments.keep:
            print(f"kept: {cases.daemon.folder}")
        cases.daemon.remove()
    return report.close()


if __name__ == "__main__":
    sys.exit(main())
