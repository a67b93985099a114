"""Starts the daemon with the sample settings and bootstraps libcoap devices in both modes, telling
in plain words what goes over the wire. The daemon is left running."""

import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

sys.dont_write_bytecode = True
ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "interop"))
from harness import Peer, find_program

BUILD = ROOT / "build" / "release"
STATE = ROOT / "build" / "demo"
SETTINGS = ROOT / "config" / "sample.json"

OBJECTS = {"0": "Security", "1": "Server", "2": "Access Control", "3": "Device",
           "11": "APN Connection Profile"}


def loopback(address):
    """Where a local client reaches an address that is listened on."""
    host, port = address.rsplit(":", 1)
    return ("127.0.0.1" if host == "0.0.0.0" else host) + ":" + port


class Api:
    def __init__(self, address):
        self.base = f"http://{address}"

    def call(self, path, body=None):
        request = urllib.request.Request(self.base + path)
        if body is not None:
            request.data = json.dumps(body).encode()
            request.add_header("Content-Type", "application/json")
        # Only the daemon on this machine is spoken to, whatever proxy the environment names.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=10) as answer:
            text = answer.read().decode()
        return json.loads(text) if text.startswith("{") else text

    def is_ready(self):
        try:
            self.call("/readyz")
            return True
        except OSError:
            return False


def running_daemon():
    try:
        pid = int((STATE / "pid").read_text())
        os.kill(pid, 0)
        name = pathlib.Path(f"/proc/{pid}/comm").read_text().strip()
    except (OSError, ValueError):
        return None
    return pid if name == "lwm2m-bootstrapd"[:15] else None


def start_daemon(api):
    pid = running_daemon()
    if pid is not None:
        print(f"The daemon of an earlier demonstration makes room (pid {pid}).")
        os.kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + 70
        while running_daemon() is not None and time.monotonic() < deadline:
            time.sleep(0.1)
    if api.is_ready():
        sys.exit(f"Something else answers at {api.base} already; stop it first.")
    log = open(STATE / "log", "wb")
    process = subprocess.Popen([find_program(BUILD, "lwm2m-bootstrapd"), "--config", SETTINGS],
                               stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                               start_new_session=True)
    deadline = time.monotonic() + 20
    while not api.is_ready():
        if process.poll() is not None or time.monotonic() > deadline:
            process.kill()
            sys.exit("The daemon did not start:\n" + (STATE / "log").read_text())
        time.sleep(0.05)
    (STATE / "pid").write_text(str(process.pid))
    return process.pid


def devices_of(folder):
    for file in sorted(folder.glob("*.json")):
        content = json.loads(file.read_text())
        yield from content if isinstance(content, list) else [content]


def free_udp_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def words(operation):
    path = operation["path"]
    kind = OBJECTS.get(path.split("/")[1], "")
    size = len(operation["payload"]) // 2
    said = {
        "GET": f"Discover {path}: what do you hold?",
        "DELETE": f"Delete {path}: forget everything but the account that leads to me",
        "PUT": f"Write {path} ({kind or 'object ' + path.split('/')[1]}), {size} octets of TLV",
        "POST": "Finish: that was all",
    }[operation["method"]]
    return f"    daemon -> device   {said}\n    device -> daemon   {operation['code']}"


def show(api, endpoint, peer):
    code = peer.finish(timeout=30)
    for event in peer.events:
        if event["event"] == "answer":
            print(f"    daemon -> device   {event['code']}: you are known, here it comes")
        if event["event"] == "operation":
            print(words(event))
    session = api.call(f"/v1/sessions?endpoint={endpoint}")["sessions"][0]
    print(f"    the device now holds {', '.join(peer.state()['holds'])}")
    print(f"    GET /v1/sessions/{session['id']}: {session['mode']}, {session['outcome']}")
    print(flush=True)
    if code != 0 or session["outcome"] != "finished":
        sys.exit(f"{endpoint} was not bootstrapped: {peer.events}\n{session}")


def main():
    settings = json.loads(SETTINGS.read_text())
    coap = loopback(settings["listen"]["coap"][0])
    coaps = loopback(settings["listen"]["coaps"][0])
    http = loopback(settings["http"]["listen"][0])
    folder = SETTINGS.parent / settings.get("provisioning", {}).get("devices", "devices.d")
    devices = list(devices_of(folder))
    # hexadecimal keys only: the device program takes no others
    keyed = [d for d in devices if "psk" in d["credentials"] and
             all(c in "0123456789abcdef" for c in d["credentials"]["psk"]["key"].lower())]
    bare = [d for d in devices if d["credentials"].get("nosec")]
    program = find_program(BUILD, "libcoap_device")

    api = Api(http)
    pid = start_daemon(api)
    print(f"lwm2m-bootstrapd runs: devices at coap://{coap} and coaps://{coaps}, "
          f"operators at http://{http}\n", flush=True)

    psk = keyed[0]["credentials"]["psk"]
    endpoint = keyed[0]["endpoint"]
    association = ["--server", f"coaps://{coaps}", "--identity", psk["identity"], "--key",
                   psk["key"].lower(), "--timeout", "20"]
    print("Client-initiated: a device (libcoap with GnuTLS) opens DTLS with its pre-shared key "
          "and asks.")
    print(f"    device -> daemon   POST /bs?ep={endpoint}")
    show(api, endpoint, Peer([program, "ask", "--ep", endpoint, *association]))

    print("Server-initiated: the same device opens DTLS and says nothing; then the network tells "
          "that it\nattached:")
    peer = Peer([program, "hold", *association])
    peer.wait_for("associated")
    event = {"endpoint": endpoint}
    print(f"    network -> daemon  POST /v1/attachments {json.dumps(event)}")
    api.call("/v1/attachments", event)
    show(api, endpoint, peer)

    if bare:
        endpoint = bare[0]["endpoint"]
        port = free_udp_port()
        print("Server-initiated, to an address: a device without keys waits on a port and has "
              "sent nothing.")
        peer = Peer([program, "silent", "--server", f"coap://{coap}", "--port", str(port),
                     "--timeout", "20"])
        peer.wait_for("ready")
        event = {"endpoint": endpoint, "address": "127.0.0.1", "port": port}
        print(f"    network -> daemon  POST /v1/attachments {json.dumps(event)}")
        api.call("/v1/attachments", event)
        show(api, endpoint, peer)

    shown = os.path.relpath
    print(f"""The daemon goes on running. Talk to it:
    curl http://{http}/v1/sessions
    curl http://{http}/v1/status
    {shown(program)} ask --server coaps://{coaps} --ep {keyed[0]['endpoint']} \\
        --identity {psk['identity']} --key {psk['key']}
Its settings are {shown(SETTINGS)}, its log is {shown(STATE / 'log')}.
Stop it:
    kill {pid}""")


if __name__ == "__main__":
    main()
