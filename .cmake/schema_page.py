#!/usr/bin/env python3
"""Writes the manual page of a schema's keys, in scdoc's form: the schema is the one source.

    schema_page.py SCHEMA NAME TITLE PAGE.5.scd
"""

import json
import pathlib
import sys


def escaped(text):
    for sign in "\\_*`~<>#[]":
        text = text.replace(sign, "\\" + sign)
    return text


class Page:
    def __init__(self, schema):
        self.schema = schema

    def resolved(self, node):
        seen = dict(node)
        while "$ref" in seen:
            target = self.schema
            for part in seen.pop("$ref").removeprefix("#/").split("/"):
                target = target[part]
            seen = {**target, **seen}
        return seen

    def kind(self, node):
        node = self.resolved(node)
        if "const" in node:
            return json.dumps(node["const"])
        if "enum" in node:
            return " or ".join(json.dumps(value) for value in node["enum"])
        for key in ("oneOf", "anyOf"):
            if key in node and all("required" != next(iter(n)) for n in node[key]):
                return " or ".join(self.kind(each) for each in node[key])
        kinds = node.get("type", "anything")
        kinds = [kinds] if isinstance(kinds, str) else kinds
        words = []
        for kind in kinds:
            if kind == "array":
                words.append("a list" + (": " + self.kind(node["items"]) + ", …"
                                         if "items" in node else ""))
            elif kind in ("integer", "number"):
                low, high = node.get("minimum"), node.get("maximum")
                word = "a whole number" if kind == "integer" else "a number"
                if low is not None and high is not None:
                    word += f" from {low} to {high}"
                words.append(word)
            else:
                words.append({"string": "a text", "boolean": "true or false", "object": "an object",
                              "null": "null"}.get(kind, kind))
        return " or ".join(words)

    def members(self, node, path, lines):
        for name, member in node.get("properties", {}).items():
            if name == "$schema":
                continue
            self.member(path + [name], member, name in node.get("required", []), lines)

    def member(self, path, node, is_required, lines):
        node = self.resolved(node)
        lines.append("*" + escaped(".".join(path)) + "*")
        said = self.kind(node)
        if "default" in node:
            said += "; without it " + json.dumps(node["default"])
        if is_required:
            said += "; has to be there"
        lines.append("\t" + escaped(said[0].upper() + said[1:]) + ".")
        if "description" in node:
            lines[-1] += "++"
            lines.append(escaped(node["description"]))
        lines.append("")
        self.inside(path, node, lines)

    def inside(self, path, node, lines):
        node = self.resolved(node)
        for key in ("oneOf", "anyOf"):
            for each in node.get(key, []):
                each = self.resolved(each)
                if each.get("properties") or each.get("items"):
                    self.inside(path, each, lines)
                    break
        self.members(node, path, lines)
        items = node.get("items")
        if isinstance(items, dict):
            self.inside(path[:-1] + [path[-1] + "[]"], items, lines)
        more = node.get("additionalProperties")
        if isinstance(more, dict):
            self.inside(path + ["NAME"], more, lines)


def main():
    file, name, title, out = sys.argv[1:]
    schema = json.loads(pathlib.Path(file).read_text(encoding="utf-8"))
    page = Page(schema)
    members = []
    root = page.resolved(schema)
    if "oneOf" in root:
        root = page.resolved(root["oneOf"][0])
    page.members(root, [], members)
    if not members:
        raise SystemExit(f"{file} has no keys")
    every = ["lwm2m-bootstrapd.json", "lwm2m-bootstrapd-profile", "lwm2m-bootstrapd-device"]
    others = ", ".join(f"*{each}*(5)" for each in every if each != name)
    pathlib.Path(out).write_text(
        f"{name}(5) \"lwm2m-bootstrapd\"\n\n# NAME\n\n{name} - {title}\n\n# DESCRIPTION\n\n"
        + escaped(schema["description"]) + "\n\n"
        + escaped("lwm2m-bootstrapd --check finds what is wrong, with the place and what to write "
                  "instead; a key that nobody knows is wrong. An editor that is told of the schema "
                  f"by \"$schema\": \"file:///usr/share/lwm2m-bootstrapd/schema/{pathlib.Path(file).name}\" "
                  "completes and checks while one writes.") + "\n\n"
        + escaped("A dot leads to a key within another; [] stands for an entry of a list, NAME for "
                  "a name of one's own.") + "\n\n# KEYS\n\n"
        + "\n".join(members).rstrip()
        + f"\n\n# SEE ALSO\n\n*lwm2m-bootstrapd*(8), *lwm2m-bootstrapctl*(1), {others}\n",
        encoding="utf-8")


main()
