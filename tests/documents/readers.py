"""What the daemon's readers know, as `lwm2m-bootstrapd --check` tells it of documents that are wrong
everywhere at once: the keys of every object, the range of every number, the words of every choice."""

import json
import pathlib
import re
import subprocess
import tempfile

from schemas import NONSENSE, Schema, plain

# One that listens somewhere: without any other problem the daemon reads what else the file names.
SMALLEST = {"listen": {"coap": ["127.0.0.1:0"]}}

# Keys of which only one has a meaning at a time: documents that have each of them once. A key that
# is DROPped is not there.
DROP = object()
EXPIRES = {"/bootstrapAccount/keys": "expire", "/bootstrapAccount/uri": DROP}
WRITES = {f"/{of}/0/{verb}": DROP for of in ("operations", "onFinishRefused")
          for verb in ("discover", "delete", "read", "finish")}
VARIANTS = {
    "settings": [{}, {"/lwm2mServers/x/preset": None}],
    "device": [{}],
    "profile": [{}, {"/bootstrapAccount/keys": "replace", "/servers/0/security/mode": "x509",
                     "/enabler": "1.2"},
                {**EXPIRES, **WRITES, "/operations/0/write": "everything",
                 "/onFinishRefused/0/write": "everything"}],
}


def without(document, variant):
    for pointer, value in variant.items():
        if value is DROP:
            place = document
            *above, last = pointer.split("/")[1:]
            for token in above:
                place = place[int(token) if isinstance(place, list) else token]
            place.pop(last)
    return document


class Problem:
    """A line of --check: file: pointer: message; remedy."""

    def __init__(self, line, file):
        rest = line.split(f"{file}: ", 1)[1]
        self.pointer, _, said = rest.partition(": ") if rest.startswith("/") else ("", "", rest)
        self.message, _, self.remedy = said.partition("; ")

    def quoted(self):
        return re.findall(r'"([^"]*)"', self.remedy)


class Reader:
    """Reads one kind of document: the settings file itself, or a file of a folder that it names."""

    def __init__(self, daemon, kind):
        self.daemon = daemon
        self.schema = Schema(kind)
        self.kind = kind

    def problems(self, document):
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            for below in ("profiles.d", "devices.d"):
                (folder / below).mkdir()
            file = folder / "settings.json"
            if self.kind == "settings":
                file.write_text(json.dumps(document))
            else:
                file.write_text(json.dumps(SMALLEST))
                file = folder / f"{self.kind}s.d" / "x.json"
                file.write_text(json.dumps(document))
            run = subprocess.run([self.daemon, "--check", "--config", folder / "settings.json"],
                                 capture_output=True, text=True, timeout=60, check=False)
            return [Problem(line, file) for line in run.stderr.splitlines() if f"{file}: " in line]

    def keys(self):
        """The keys that it takes, and those that the schema has, of each object by its pointer."""
        described = {}
        example = self.schema.example(plain, nonsense=True, objects=described)
        known = self._known(self.problems(example))
        if self.kind == "settings":
            # Mappings are read once all else is fine.
            mappings = example["attach"]["mappings"]
            known |= self._known(self.problems({**SMALLEST, "attach": {"mappings": mappings}}))
        return known, described

    def _known(self, problems):
        return {each.pointer.removesuffix("/" + NONSENSE): set(each.quoted())
                for each in problems
                if each.pointer.endswith("/" + NONSENSE) and each.message == "is not a key known here"}

    def required(self):
        """The keys that it misses in each object that is empty, and those that the schema has."""
        described = {}
        objects = {}
        example = self.schema.example(plain, objects=objects)

        def gather(pointer, node):
            if pointer in objects:
                described[pointer] = set(node.get("required", []))

        self.schema.visit(gather)
        known = {}
        for pointer in objects:
            emptied = json.loads(json.dumps(example))
            place = emptied
            for token in pointer.split("/")[1:]:
                token = token.replace("~1", "/").replace("~0", "~")
                place = place[int(token) if isinstance(place, list) else token]
            place.clear()
            known[pointer] = {each.pointer.rpartition("/")[2] for each in self.problems(emptied)
                              if each.message in ("is missing", "there is nothing to listen on")
                              and each.pointer.rpartition("/")[0] == pointer}
        return known, described

    def ranges(self):
        """The numbers of the schema whose least and greatest values are not those that it takes."""
        bounds = {}
        wrong = {}
        for variant in VARIANTS[self.kind]:
            def at(which, off):
                def scalar(pointer, node):
                    if node.get("type") in ("integer", "number") and pointer not in variant:
                        if "minimum" in node and "maximum" in node:
                            bounds.setdefault(pointer, (node["minimum"], node["maximum"]))
                            step = 1 if node["type"] == "integer" else 0.0005
                            return node[which] + off * step
                    return variant.get(pointer, plain(pointer, node))
                return {each.pointer for each in
                        self.problems(without(self.schema.example(scalar), variant))}

            refused = at("minimum", -1) & at("maximum", 1)
            taken = bounds.keys() - at("minimum", 0) - at("maximum", 0)
            for pointer in refused & taken:
                bounds[pointer] = None
        for pointer, pair in bounds.items():
            if pair is not None:
                wrong[pointer] = pair
        return wrong

    def choices(self):
        """The words of each choice by its pointer: those that it takes, those that the schema has."""
        described = {}
        known = {}
        for variant in VARIANTS[self.kind]:
            def no_word(pointer, node):
                if "enum" in node and pointer not in variant:
                    described[pointer] = {word for word in node["enum"] if isinstance(word, str)}
                    return "nonsense"
                return variant.get(pointer, plain(pointer, node))

            for each in self.problems(without(self.schema.example(no_word), variant)):
                if each.message == "is none of the words known here":
                    known[each.pointer] = set(each.quoted())
        return known, described
