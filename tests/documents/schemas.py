"""Walks over the JSON Schemas of settings, profiles and devices, and makes documents of them."""

import json
import pathlib

ROOT = pathlib.Path(__file__).resolve().parents[2]
FILES = {"settings": ROOT / "config/settings.schema.json",
         "profile": ROOT / "provisioning/profile.schema.json",
         "device": ROOT / "provisioning/device.schema.json"}
# Too long to be near any key: a reader tells all that it knows instead.
NONSENSE = "nonsense" * 10


class Schema:
    def __init__(self, kind):
        self.kind = kind
        self.text = json.loads(FILES[kind].read_text(encoding="utf-8"))

    def resolved(self, node):
        """With what its $ref points to; what stands beside it is nearer."""
        while "$ref" in node:
            target = self.text
            for part in node["$ref"].removeprefix("#/").split("/"):
                target = target[part]
            node = {**target, **{key: value for key, value in node.items() if key != "$ref"}}
        return node

    def alternatives(self, node):
        """What the node can be: itself, or each of its oneOf and anyOf that says a type."""
        node = self.resolved(node)
        rest = {key: value for key, value in node.items() if key not in ("oneOf", "anyOf")}
        all_of_them = []
        for key in ("oneOf", "anyOf"):
            for each in node.get(key, []):
                if set(each) != {"required"}:
                    all_of_them += self.alternatives({**rest, **self.resolved(each)})
        return all_of_them or [node]

    def structured(self, node):
        """The alternative that holds objects, else the first one."""
        every = self.alternatives(node)
        for each in every:
            if "properties" in each or "additionalProperties" in each and isinstance(
                    each["additionalProperties"], dict):
                return each
        for each in every:
            if "items" in each:
                return each
        return every[0]

    def top(self):
        return self.structured(self.text)

    def walk(self, visit, node=None, path=()):
        """Calls visit(path, node) for every key: "[]" stands for a list's entries, "*" for any name."""
        node = self.structured(node if node is not None else self.text)
        for name, member in node.get("properties", {}).items():
            visit(path + (name,), self.resolved(member))
            self.walk(visit, member, path + (name,))
        if isinstance(node.get("items"), dict):
            self.walk(visit, node["items"], path + ("[]",))
        if isinstance(node.get("additionalProperties"), dict):
            self.walk(visit, node["additionalProperties"], path + ("*",))

    def visit(self, visit):
        """Calls visit(pointer, node) for every object of the example, and every value."""

        def go(node, pointer):
            node = self.structured(node)
            visit(pointer, node)
            for name, member in node.get("properties", {}).items():
                go(member, f"{pointer}/{name}")
            if isinstance(node.get("items"), dict):
                go(node["items"], pointer + "/0")
            if isinstance(node.get("additionalProperties"), dict):
                go(node["additionalProperties"], pointer + "/" + self.name_in(node))

        go(self.top(), "")

    @staticmethod
    def name_in(node):
        """The name that the example has where any will do, as a pointer's token."""
        return node.get("examples", ["x"])[0].replace("~", "~0").replace("/", "~1")

    def example(self, scalar, nonsense=False, node=None, pointer="", objects=None):
        """A document in which every object that the schema knows is there once, with every key.
        `scalar` makes a value of a node; `objects` gathers the keys of each object by its pointer."""
        node = self.structured(node if node is not None else self.top())
        if "properties" in node:
            made = {}
            for name, member in node["properties"].items():
                made[name] = self.example(scalar, nonsense, member, f"{pointer}/{name}", objects)
            if objects is not None and node.get("additionalProperties") is False:
                objects[pointer] = set(node["properties"])
            if nonsense and node.get("additionalProperties") is False:
                made[NONSENSE] = 0
            return made
        if isinstance(node.get("additionalProperties"), dict):
            below = pointer + "/" + self.name_in(node)
            return {node.get("examples", ["x"])[0]: self.example(
                scalar, nonsense, node["additionalProperties"], below, objects)}
        if isinstance(node.get("items"), dict):
            return [self.example(scalar, nonsense, node["items"], pointer + "/0", objects)]
        return scalar(pointer, node)


def plain(_, node):
    """A value of the right type."""
    if "examples" in node:
        return node["examples"][0]
    if "const" in node:
        return node["const"]
    if "enum" in node:
        return node["enum"][0]
    kinds = node.get("type", "string")
    kind = kinds if isinstance(kinds, str) else kinds[0]
    return {"string": "x", "boolean": True, "null": None, "object": {}, "array": [],
            "integer": node.get("minimum", 1), "number": node.get("minimum", 1)}[kind]
