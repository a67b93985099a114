#!/usr/bin/env python3
"""Everything that is documented exists, and everything that exists is documented: settings, keys of
profiles and devices, messages, routes, commands.

    run.py --build build/release

Where something is missing the last lines say what to write and where.
"""

import argparse
import json
import pathlib
import re
import subprocess
import sys
import tempfile

import defaults
import samples
import source_text
from readers import Reader
from schemas import FILES, ROOT, Schema

KINDS = list(FILES)


class Skip(Exception):
    pass


def program(build, name):
    found = pathlib.Path(build) / "server" / name
    if not found.is_file():
        raise SystemExit(f"{found} is not there: build it first")
    return found.resolve()


def output(*command):
    run = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    return run.stdout + run.stderr


def schema_of(kind):
    return FILES[kind].relative_to(ROOT)


def differences(known, described, kind, what):
    """Of two tables of words by pointer."""
    for pointer in sorted(known.keys() | described.keys()):
        for word in sorted(known.get(pointer, set()) - described.get(pointer, set())):
            yield f"{pointer}/{word} is read and not in {schema_of(kind)}: add the {what} there"
        for word in sorted(described.get(pointer, set()) - known.get(pointer, set())):
            yield f"{pointer}/{word} is in {schema_of(kind)} and no {what}: read it, or remove it"


class Documents:
    def __init__(self, build):
        self.build = pathlib.Path(build)
        self.daemon = program(build, "lwm2m-bootstrapd")
        self.tool = program(build, "lwm2m-bootstrapctl")
        self.readers = {kind: Reader(self.daemon, kind) for kind in KINDS}

    # ---- keys ----

    def keys_of_every_object(self):
        for kind in KINDS:
            known, described = self.readers[kind].keys()
            for pointer in described.keys() - known.keys():
                yield f"{kind}: {pointer}: a key that nobody knows is taken there without a word"
            yield from differences(known, described, kind, "key")

    def lists_of_keys_in_the_source(self):
        """A reader that no schema leads to would read what nobody is told of."""
        seen = []
        for kind in KINDS:
            seen += [keys for keys in self.readers[kind].keys()[0].values()]
        lists = source_text.keys_read()
        if len(lists) < 30:
            yield f"only {len(lists)} lists of keys are found in config and provisioning"
        for place, keys in lists.items():
            if keys not in seen:
                yield (f"{place}: no object of a schema has just the keys {', '.join(sorted(keys))}:"
                       " describe it where it belongs")

    def nearest_keys(self):
        """An unknown key is an error that names the nearest known one, in every object."""
        for kind in KINDS:
            reader = self.readers[kind]
            _, described = reader.keys()
            misspelt = {}

            def scalar(pointer, node):
                return None

            document = reader.schema.example(scalar)
            for pointer, keys in described.items():
                longest = max(keys - {"$schema"}, key=len)
                place = document
                for token in pointer.split("/")[1:]:
                    token = token.replace("~1", "/").replace("~0", "~")
                    place = place[int(token) if isinstance(place, list) else token]
                place[longest + "x"] = 0
                misspelt[f"{pointer}/{longest}x"] = longest
            told = {each.pointer: each for each in reader.problems(document)}
            for pointer, key in misspelt.items():
                if pointer.startswith("/attach/mappings/"):
                    continue  # read once all else is fine
                if pointer not in told or f'did you mean "{key}"?' not in told[pointer].remedy:
                    yield f"{kind}: {pointer}: the error does not name \"{key}\""

    def required_keys(self):
        for kind in KINDS:
            known, described = self.readers[kind].required()
            yield from differences(known, described, kind, "required key")

    def ranges_of_numbers(self):
        for kind in KINDS:
            for pointer, (least, greatest) in self.readers[kind].ranges().items():
                yield (f"{schema_of(kind)}: {pointer}: not just {least} to {greatest} are taken: "
                       "correct \"minimum\" and \"maximum\"")

    def words_of_choices(self):
        for kind in KINDS:
            known, described = self.readers[kind].choices()
            told = {pointer.rpartition("/")[2] for pointer in known}
            for pointer in described.keys() - known.keys():
                if pointer.rpartition("/")[2] not in told:
                    yield f"{kind}: {pointer}: any word is taken; {schema_of(kind)} has an \"enum\""
            described = {pointer: words for pointer, words in described.items() if pointer in known}
            yield from differences(known, described, kind, "word")

    def defaults_of_settings(self):
        for each in defaults.compare(Schema("settings"), self.daemon):
            yield f"{schema_of('settings')}: {each}"

    def settings_that_need_a_restart(self):
        said = set()

        def visit(path, node):
            if "change needs a restart" in node.get("description", ""):
                said.add("/" + "/".join(path))

        Schema("settings").walk(visit)
        code = source_text.restarts()
        for pointer in sorted(code):
            if not any(pointer == each or pointer.startswith(each + "/") for each in said):
                yield (f"{schema_of('settings')}: {pointer}: write \"A change needs a restart.\" into "
                       "its description: a reload refuses one")
        for each in sorted(said):
            if each not in code and not any(pointer.startswith(each + "/") for pointer in code):
                yield (f"{schema_of('settings')}: {each} is said to need a restart, and no reload "
                       "refuses a change: remove the words, or compare it in needs_restart()")

    def descriptions(self):
        for kind in KINDS:
            missing = []

            def visit(path, node):
                if not node.get("description") and path[-1] not in ("[]", "*"):
                    missing.append(".".join(path))
                times = node.get("type") == "number" and not path[-1].endswith("Factor")
                if times and "Seconds." not in node.get("description", ""):
                    missing.append(".".join(path) + " (its unit: \"Seconds.\")")

            Schema(kind).walk(visit)
            for each in missing:
                yield f"{schema_of(kind)}: {each} has no description"

    # ---- samples ----

    def samples_by_their_schemas(self):
        try:
            import jsonschema  # noqa: F401
        except ImportError as error:
            raise Skip("python3-jsonschema is not installed") from error
        yield from samples.wrong_by_schema()

    def samples_name_their_schemas(self):
        yield from samples.wrong_references()

    def samples_by_the_daemon(self):
        checked = [ROOT / "config/sample.json", ROOT / "docker/example/lwm2m-bootstrapd.json"]
        for file in checked:
            run = subprocess.run([self.daemon, "--check", "--config", file], capture_output=True,
                                 text=True, timeout=60, check=False)
            if run.returncode != 0:
                yield run.stderr.strip()
        for kind, file in samples.files():
            if kind != "settings":
                for each in self.readers[kind].problems(json.loads(file.read_text("utf-8"))):
                    # A sample needs what stands beside it: its profile, its LwM2M Server.
                    if "there is no" not in each.message and "is not among" not in each.message:
                        yield f"{file.relative_to(ROOT)}: {each.pointer}: {each.message}"
            else:
                run = subprocess.run([self.daemon, "--print-config", "--config", file],
                                     capture_output=True, text=True, timeout=60, check=False)
                if run.returncode != 0:
                    yield run.stderr.strip()

    # ---- texts ----

    def texts(self):
        yield "README.md", (ROOT / "README.md").read_text("utf-8")
        for file in sorted(ROOT.glob("server/**/*.scd")):
            yield str(file.relative_to(ROOT)), file.read_text("utf-8").replace("\\", "")
        for file in sorted((self.build / "man").glob("*.scd")):
            yield f"man/{file.name}", file.read_text("utf-8").replace("\\", "")

    def settings_in_the_texts(self):
        every, _ = samples.every_key("settings")
        for kind in ("profile", "device"):
            every |= samples.every_key(kind)[0]
        sections = set(Schema("settings").text["properties"])
        for name, text in self.texts():
            found = re.findall(r"[`_\s(]([a-z][A-Za-z0-9]+(?:\.[a-z][A-Za-z0-9]*)+)(?=[`_\s,;:.)])",
                               text)
            for path in sorted(set(found)):
                known = path in every or any(each.startswith(path + ".") for each in every)
                if path.split(".")[0] in sections and not known and not is_event(path):
                    yield f"{name} names {path}, which is no setting: correct the text"
        names = set().union(*(samples.every_key(kind)[1] for kind in KINDS))
        for key in sorted(samples.keys_in_readme()[0] - names):
            yield f"README.md shows a key \"{key}\" that no schema has"

    def routes_in_the_texts(self):
        api = json.loads((ROOT / "server/http/openapi.json").read_text("utf-8"))
        routes = [re.compile(re.sub(r"\\?\{[^}]*\\?\}", "[^/]+", re.escape(path)
                                    .replace(r"\{", "{").replace(r"\}", "}")) + "$")
                  for path in api["paths"]]
        for name, text in self.texts():
            for route in sorted(set(re.findall(r"(/v1/[A-Za-z:/{}_-]+|/metrics|/healthz|/readyz"
                                               r"|/openapi\.json)", text))):
                plain = re.sub(r"\{[^}]*\}", "x", route).rstrip("/:")
                under = any(path.startswith(plain + "/") for path in api["paths"])
                if not any(each.match(plain) for each in routes) and not under:
                    yield f"{name} names the route {route}, which openapi.json has not"

    def commands_in_the_texts(self):
        script = output(self.tool, "completion", "bash")
        commands = set(re.findall(r'^        "([a-z ]*)"\) words=', script, re.M))
        if len(commands) < 20:
            yield "the completion has hardly a command"
        for name, text in self.texts():
            for words in sorted(set(re.findall(
                    r"lwm2m-bootstrapctl((?: [a-z]+){1,2})(?=[ `\n,.;:|)'\"])", text))):
                first, *second = words.split()
                is_group = any(each.startswith(first + " ") for each in commands)
                # Only what stands where a command would: a text goes on in words.
                if first in commands and is_group and second and f"{first} {second[0]}" not in commands:
                    yield f"{name} names lwm2m-bootstrapctl{words}, which there is not"
        shown = re.findall(r"`(?:sudo )?lwm2m-bootstrapctl ([a-z]+)",
                           "\n".join(text for _, text in self.texts()))
        for first in sorted(set(shown) - {each.split(" ")[0] for each in commands}):
            yield f"a text names lwm2m-bootstrapctl {first}, which there is not"

    def keys_of_the_api(self):
        """What the API takes for a device and for a profile has the files' keys."""
        api = json.loads((ROOT / "server/http/openapi.json").read_text("utf-8"))
        shown_alone = {"revision", "file", "disabled", "created", "updated", "account"}

        def compare(kind, here, there, path):
            keys = set(here.get("properties", {})) - (shown_alone if not path else set())
            if not keys:
                return
            wanted = set(there.get("properties", {}))
            for key in sorted(wanted - keys):
                yield f"openapi.json: a {kind} has no {'.'.join(path + (key,))}: add it there"
            for key in sorted(keys - wanted):
                yield f"openapi.json: a {kind}'s {'.'.join(path + (key,))} is no key: remove it"
            for key in sorted(keys & wanted):
                yield from compare(kind, here["properties"][key],
                                   schema.structured(there["properties"][key]), path + (key,))

        for kind, name in (("device", "DeviceChange"), ("profile", "Profile")):
            schema = Schema(kind)
            yield from compare(kind, api["components"]["schemas"][name], schema.top(), ())

    # ---- messages ----

    def listed(self):
        """Of --messages: the fields by id."""
        text = output(self.daemon, "--messages")
        entries = {}
        for entry in text.split("\nFields\n")[0].strip().split("\n\n"):
            found = re.match(r"(\w+) \((\w+)\)\n", entry)
            fields = re.search(r"\n    Fields: (.*?)(?:\n    Pace: |\Z)", entry, re.S)
            entries[found[1]] = set(fields[1].split()) if fields else set()
        return entries

    def messages(self):
        listed = self.listed()
        declared = source_text.messages_declared()
        written, unclear = source_text.messages_written()
        written.setdefault("messages_withheld", {"message", "count"})  # the journal's own
        for place in unclear:
            yield f"{place}: which message is written there? Name it as message::ID"
        for each in declared:
            if each not in listed:
                yield (f"{each} is not in journal::message::all (server/journal/messages.h): add it "
                       "there")
            if each not in written:
                yield f"{each} is declared and nobody writes it: remove it"
        for each, fields in written.items():
            for field in sorted(fields - listed.get(each, set())):
                yield (f"{each} is written with the field {field}: add it to the message's fields in "
                       "server/journal/messages_*.h, and what it means to catalogue.cpp")
            for field in sorted(listed.get(each, set()) - fields):
                yield f"{each} has a field {field} that nobody writes: remove it"

    def lines_of_a_daemon(self):
        """Its life from the start over a reload to the end, as JSON: one object a line."""
        listed = self.listed()
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            settings = {"listen": {"coap": ["127.0.0.1:0"]}, "http": {"socket": "s"},
                        "store": {"sqlite": None}, "log": {"level": "debug", "format": "json"}}
            file = folder / "settings.json"
            for below in ("profiles.d", "devices.d"):
                (folder / below).mkdir()

            def write(**more):
                file.write_text(json.dumps({**settings, **more}))

            def tool(*words):
                return output(self.tool, "--socket", folder / "s", *words)

            write()
            daemon = subprocess.Popen([self.daemon, "--config", file], stderr=subprocess.PIPE,
                                      text=True)
            try:
                lines = []
                while '"id":"ready"' not in (lines or [""])[-1]:
                    line = daemon.stderr.readline()
                    if not line:
                        yield "the daemon did not start: " + "".join(lines)
                        return
                    lines.append(line)
                write(limits={"sessions": 7})
                told = tool("reload")
                if "changed: /limits/sessions\n" not in told:
                    yield f"reload does not tell what changed: {told}"
                write(shards=2, limits={"sessions": 7})
                told = tool("reload")
                if "/shards: the change needs a restart" not in told:
                    yield f"reload does not tell what was refused: {told}"
                tool("attach", "nobody")
                daemon.terminate()
                lines += daemon.communicate(timeout=60)[1].splitlines()
            finally:
                daemon.kill()
                daemon.wait()
        ids = set()
        for line in lines:
            try:
                fields = json.loads(line)
            except json.JSONDecodeError:
                yield f"no JSON: {line}"
                continue
            ids.add(fields["id"])
            odd = fields.keys() - {"time", "level", "id", "text", "left_out_before"}
            odd -= listed.get(fields["id"], set())
            if odd or fields["id"] not in listed:
                yield f"not as --messages has it: {line}"
            if fields["id"] == "reloaded" and fields["changed"] != "/limits/sessions":
                yield f"does not tell what changed: {line}"
        for wanted in ("starting", "listening", "http_request", "reloaded", "reload_refused",
                       "configuration_problem", "draining", "stopped"):
            if wanted not in ids:
                yield f"a daemon wrote no {wanted}"

    # ---- pages ----

    def pages(self):
        folder = self.build / "man"
        if not folder.is_dir():
            raise Skip("there are no pages: scdoc or python3 was not there when it was configured")
        wanted = {"lwm2m-bootstrapd.8", "lwm2m-bootstrapctl.1", "lwm2m-bootstrapd.json.5",
                  "lwm2m-bootstrapd-profile.5", "lwm2m-bootstrapd-device.5",
                  "lwm2m-bootstrapd-messages.7"}
        for page in sorted(wanted):
            file = folder / page
            if not file.is_file():
                yield f"{file} was not made: ninja man_pages"
            elif ".TH" not in file.read_text("utf-8"):
                yield f"{file} is no page"
        for kind, name in (("settings", "lwm2m-bootstrapd.json"),
                           ("profile", "lwm2m-bootstrapd-profile"),
                           ("device", "lwm2m-bootstrapd-device")):
            source = folder / f"{name}.5.scd"
            if source.is_file():
                text = source.read_text("utf-8").replace("\\", "")
                for path in sorted(page_paths(kind)):
                    if f"\n*{path}*\n" not in text:
                        yield f"{source} has no entry of {path}"
        for page in folder.glob("*.[0-9]"):
            for name, section in re.findall(r"\\fB([a-z0-9.-]+)\\fR\((\d)\)",
                                            page.read_text("utf-8").replace("\\-", "-")):
                if name.startswith("lwm2m-") and f"{name}.{section}" not in wanted:
                    yield f"{page} leads to {name}({section}), which there is not"

    def cases(self):
        return [
            ("the readers know the keys that the schemas have, and no others", self.keys_of_every_object),
            ("every list of keys in the source is one of them", self.lists_of_keys_in_the_source),
            ("a misspelt key is an error that names the nearest", self.nearest_keys),
            ("the readers miss the keys that the schemas require", self.required_keys),
            ("numbers have the ranges that the schemas have", self.ranges_of_numbers),
            ("choices have the words that the schemas have", self.words_of_choices),
            ("settings have the defaults that the schema has", self.defaults_of_settings),
            ("the schema says which settings need a restart", self.settings_that_need_a_restart),
            ("every key is described, with its unit", self.descriptions),
            ("the schemas take every sample", self.samples_by_their_schemas),
            ("every sample names its schema", self.samples_name_their_schemas),
            ("the daemon takes every sample", self.samples_by_the_daemon),
            ("the texts name settings that there are", self.settings_in_the_texts),
            ("the texts name routes that there are", self.routes_in_the_texts),
            ("the texts name commands that there are", self.commands_in_the_texts),
            ("the API's text has the keys of devices and profiles", self.keys_of_the_api),
            ("messages are declared, listed and written with the same fields", self.messages),
            ("a daemon's lines are JSON with those fields; a reload tells what changed",
             self.lines_of_a_daemon),
            ("the manual's pages are made, whole, and lead to one another", self.pages),
        ]


def is_event(path):
    """Kinds of events, and names of messages to others, look like settings."""
    return path in {"session.started", "session.ended", "keys.share"} or path.endswith(".json")


def page_paths(kind):
    """The keys as the page names them: "servers[].uri", "lwm2mServers.NAME.url"."""
    paths = set()

    def visit(path, _):
        if "$schema" not in path:
            paths.add(".".join(path).replace(".[]", "[]").replace("*", "NAME"))

    Schema(kind).walk(visit)
    return paths


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True)
    documents = Documents(parser.parse_args().build)
    passed = failed = 0
    for name, case in documents.cases():
        try:
            wrong = list(case())
        except Skip as why:
            print(f"SKIP  {name}: {why}")
            continue
        print(f"{'ok' if not wrong else 'FAILED':7} {name}")
        for each in wrong:
            print("        " + each)
        passed += not wrong
        failed += bool(wrong)
    print(f"{passed} passed, {failed} failed")
    return failed != 0


sys.exit(main())
