"""What the code says: the messages that it writes with their fields, the keys that its readers
name, the settings whose change needs a restart."""

import re

from schemas import ROOT


def sources(*folders):
    for folder in folders:
        for file in sorted((ROOT / folder).rglob("*.cpp")):
            yield file, file.read_text(encoding="utf-8")


def call_at(text, begin):
    """The call whose "(" is at `begin`, to its closing one; strings may hold either."""
    depth = 0
    at = begin
    while at < len(text):
        if text[at] == '"':
            at = re.compile(r'"(?:[^"\\]|\\.)*"').match(text, at).end()
            continue
        depth += {"(": 1, ")": -1}.get(text[at], 0)
        at += 1
        if depth == 0:
            return text[begin:at]
    raise AssertionError("a call without an end")


def messages_written():
    """The fields that each message is written with, by its id; and writes of which nobody can tell
    the message."""
    written, unclear = {}, []
    for file, text in sources("server"):
        if "server/journal" in str(file):
            continue
        for found in re.finditer(r"\bjournal_?\.write(?=\()", text):
            call = call_at(text, found.end())
            names = re.findall(r"\bmessage::(\w+)", call.split("{")[0])
            if not names:  # of a reference a few lines before
                before = text[:found.start()][-1200:]
                last = before.rfind("auto& message")
                names = re.findall(r"\bmessage::(\w+)", before[last:].split(";")[0]) if last >= 0 else []
            if not names:
                line = text.count("\n", 0, found.start()) + 1
                unclear.append(f"{file.relative_to(ROOT)}:{line}")
            fields = set(re.findall(r'\{"(\w+)",', call))
            for name in names:
                written.setdefault(name, set()).update(fields)
    return written, unclear


def messages_declared():
    """The ids that the messages' headers declare."""
    ids = []
    for file in sorted((ROOT / "server/journal").glob("messages*.h")):
        ids += re.findall(r"inline constexpr Message (\w+)\{", file.read_text(encoding="utf-8"))
    return ids


def keys_read():
    """Every list of keys that a reader of a document has, by where it stands."""
    lists = {}
    pattern = re.compile(r'(?:object\(|Section\b[^;{]*?)\{((?:\s*"[^"]+",?)+)\s*\}\)')
    for file, text in sources("config", "provisioning"):
        for found in pattern.finditer(text):
            line = text.count("\n", 0, found.start()) + 1
            lists[f"{file.relative_to(ROOT)}:{line}"] = set(re.findall(r'"([^"]+)"', found[1]))
    return lists


def restarts():
    """JSON Pointers of the settings whose change a reload refuses."""
    pointers = set()
    for _, text in sources("config"):
        pointers |= set(re.findall(r'(?:compare\(|emplace_back\()\s*"(/[A-Za-z/]+)"', text))
    return pointers
