"""What a setting is that is not written, as `lwm2m-bootstrapd --print-config` tells it."""

import json
import pathlib
import subprocess
import tempfile

from readers import SMALLEST

# Every section that is there at all only when something is named in it, with no more than it needs.
SPARSE = {
    "listen": {"coaps": ["127.0.0.1:5684"]},
    "http": {"tls": {"certificate": "c.pem", "key": "k.pem", "clientCa": "ca.pem"},
             "tokens": [{"name": "ops", "roles": ["admin"], "sha256": "0" * 64}],
             "certificates": [{"name": "ops", "roles": ["admin"], "subject": "ops"}]},
    "attach": {"radius": {"listen": ["127.0.0.1:1813"],
                          "clients": [{"name": "core", "address": "192.0.2.1",
                                       "secretFile": "radius.secret"}]}},
    "webhooks": [{"name": "ops", "url": "https://ops.example.com/hook"}],
    "lwm2mServers": {"dm": {"url": "https://dm.example.com/${endpoint}"}},
    "keyShares": {"dm": {"url": "https://dm.example.com/keys", "secretFile": "share.secret"}},
    "dtls": {"certificates": [{"certificate": "c.pem", "key": "k.pem"}],
             "rawPublicKey": {"key": "k.pem"}, "clients": {"ca": ["ca.pem"]}},
    "fleet": {"psk": [{"masterKey": "master.key", "profile": "meter"}],
              "rules": [{"endpoint": "*", "profile": "meter"}]},
}
# Where the file is decides.
BY_PLACE = {"/provisioning/profiles", "/provisioning/devices", "/store/sqlite"}


def printed(daemon, settings):
    with tempfile.TemporaryDirectory() as name:
        file = pathlib.Path(name) / "settings.json"
        file.write_text(json.dumps(settings))
        run = subprocess.run([daemon, "--print-config", "--config", file], capture_output=True,
                             text=True, timeout=60, check=False)
        if run.returncode != 0:
            raise AssertionError(f"--print-config of the sparse settings: {run.stderr}")
        return json.loads(run.stdout)


def compare(schema, daemon):
    """What differs between what is printed and what the schema has as defaults."""
    wrong = []

    def walk(node, value, written, pointer):
        told = schema.resolved(node)
        node = schema.structured(node)
        if pointer in BY_PLACE:
            return
        if isinstance(value, dict) and "properties" in node:
            for name, each in value.items():
                below = f"{pointer}/{name}"
                if name not in node["properties"]:
                    wrong.append(f"{below} is printed by --print-config and not in the schema: "
                                 "add it there")
                    continue
                walk(node["properties"][name], each,
                     written.get(name) if isinstance(written, dict) else None, below)
        elif isinstance(value, dict) and written and "additionalProperties" in node:
            for name, each in value.items():
                walk(node["additionalProperties"], each, written.get(name), f"{pointer}/{name}")
        elif isinstance(value, list) and isinstance(written, list):
            for i, each in enumerate(value):
                walk(node.get("items", node), each, written[i], f"{pointer}/{i}")
        elif written is None:
            if "default" not in told:
                wrong.append(f"{pointer} is {json.dumps(value)} where it is not written: add "
                             f'"default": {json.dumps(value)} to the schema')
            elif told["default"] != value:
                wrong.append(f"{pointer} is {json.dumps(value)} where it is not written, and the "
                             f"schema's default is {json.dumps(told['default'])}")

    for settings in (SPARSE, SMALLEST):
        walk(schema.text, printed(daemon, settings), settings, "")
    return wrong
