"""The documents that operators copy: samples, examples, what the packages install, the README's."""

import json
import re

from schemas import FILES, ROOT, Schema

# By folder and pattern, so that a new sample is looked at without being named here.
PLACES = {
    "settings": ["config/sample*.json", "docker/*.json", "docker/example/*.json", "systemd/*.json"],
    "profile": ["provisioning/profiles/*.json", "docker/**/profiles.d/*.json"],
    "device": ["provisioning/devices/*.json", "docker/**/devices.d/*.json"],
}
# Where the package puts the schemas, as editors take it: an absolute URI.
INSTALLED = "file:///usr/share/lwm2m-bootstrapd/schema/"


def files():
    for kind, patterns in PLACES.items():
        for pattern in patterns:
            for file in sorted(ROOT.glob(pattern)):
                yield kind, file


def validator(kind):
    import jsonschema
    schema = Schema(kind).text
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def wrong_by_schema():
    """Each sample against its schema; and what the schema must not take."""
    from jsonschema.exceptions import best_match
    wrong = []
    validators = {kind: validator(kind) for kind in FILES}
    for kind, file in files():
        document = json.loads(file.read_text(encoding="utf-8"))
        error = best_match(validators[kind].iter_errors(document))
        if error is not None:
            where = "/" + "/".join(str(each) for each in error.absolute_path)
            wrong.append(f"{file.relative_to(ROOT)}: {where}: {error.message[:300]}")
    for file, block in readme_blocks():
        document, kinds = block
        if not any(validators[kind].is_valid(document) for kind in kinds):
            wrong.append(f"{file}: a block of JSON is none of {', '.join(kinds)}: "
                         f"{json.dumps(document)[:200]}")
    return wrong


def wrong_references():
    """A sample that is one object names its schema, by the place where the package puts that."""
    wrong = []
    for kind, file in files():
        document = json.loads(file.read_text(encoding="utf-8"))
        if isinstance(document, list):
            continue  # has no place for it
        wanted = INSTALLED + FILES[kind].name
        if document.get("$schema") != wanted:
            wrong.append(f'{file.relative_to(ROOT)}: write "$schema": "{wanted}"')
    return wrong


def readme_blocks():
    """The README's blocks of JSON: whole documents, or members of one, with "…" for what is left out."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for block in re.findall(r"```json\n(.*?)```", text, re.S):
        try:
            document = json.loads(block)
        except json.JSONDecodeError:
            document = json.loads("{" + block.rstrip().rstrip(",") + "}")
        if "…" in block:
            continue  # its keys are looked at, see keys_in_readme()
        yield "README.md", (document, list(FILES))


def keys_in_readme():
    """The keys of the README's blocks of JSON, and the settings that its text names by their path."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    keys = set()
    for block in re.findall(r"```json\n(.*?)```", text, re.S):
        keys |= set(re.findall(r'"([A-Za-z][A-Za-z0-9]*)"\s*:', block))
    sections = set(Schema("settings").text["properties"])
    paths = {path for path in re.findall(r"`([a-z][A-Za-z0-9]*(?:\.[A-Za-z0-9]+)+)`", text)
             if path.split(".")[0] in sections}
    return keys, paths


def every_key(kind):
    """All paths of a schema without the list's and map's own, and the last names of them."""
    paths = set()
    Schema(kind).walk(lambda path, _: paths.add(".".join(p for p in path if p not in ("[]", "*"))))
    return paths, {path.rpartition(".")[2] for path in paths}
