#!/usr/bin/env python3
"""Writes the manual page of a schema's keys, in scdoc's form: the schema is the one source.

    settings_page.py SCHEMA NAME TITLE INTRODUCTION > PAGE.5.scd
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
            return ", ".join(json.dumps(value) for value in node["enum"])
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
            self.member(path + [name], member, lines)

    def member(self, path, node, lines):
        node = self.resolved(node)
        lines.append("*" + escaped(".".join(path)) + "*: " + escaped(self.kind(node)))
        if "description" in node:
            lines.append("\t" + escaped(node["description"]))
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
    file, name, title, introduction = sys.argv[1:]
    schema = json.loads(pathlib.Path(file).read_text(encoding="utf-8"))
    page = Page(schema)
    lines = []
    root = page.resolved(schema)
    if "oneOf" in root:
        root = page.resolved(root["oneOf"][0])
    page.members(root, [], lines)
    print(f"{name}(5)\n\n# NAME\n\n{name} - {title}\n\n# DESCRIPTION\n")
    print(escaped(schema["description"]) + "\n")
    print(escaped(introduction) + "\n")
    print("# KEYS\n")
    print("\n".join(lines).rstrip() + "\n")
    print("# SEE ALSO\n\n*lwm2m-bootstrapd*(8), *lwm2m-bootstrapctl*(1)")


main()
