#!/usr/bin/env python3
"""Rejects includes that go upward, third-party headers outside the one folder that wraps them, and
clocks in the folders that are told the time.

    .ci/check_layers.py [TREE]        checks the tree (default: the one that this file is in)
    .ci/check_layers.py --self-test   only shows that each rule can fail

The self-test runs before every check: a rule that cannot fail protects nothing.
"""

import os
import re
import sys

# A layer and the layers it may include besides itself. What is not listed is not allowed.
EVERYTHING_BELOW = {
    "document", "config", "model", "provisioning", "store", "wire", "journal", "crypto", "coap",
    "lwm2m", "dtls", "bootstrap", "explain", "trace", "net", "attach", "outbound", "http", "metrics",
    "secrets", "service", "asio",
}
LAYERS = {
    "document": set(),
    "wire": set(),
    "journal": set(),
    "asio": set(),
    "service": {"wire"},
    "metrics": {"bootstrap", "provisioning", "model", "coap", "crypto", "lwm2m", "document", "wire"},
    "config": {"document", "wire"},
    "crypto": {"model", "wire"},
    "model": {"wire"},
    "secrets": {"config", "crypto", "model", "wire"},
    "store": {"provisioning", "model", "document", "crypto", "wire"},
    "provisioning": {"model", "document", "crypto", "wire"},
    "coap": {"wire"},
    "lwm2m": {"model", "wire"},
    "dtls": {"model", "crypto", "wire"},
    "bootstrap": {"coap", "lwm2m", "provisioning", "model", "crypto", "wire"},
    "explain": {"bootstrap", "coap", "crypto", "lwm2m", "provisioning", "model", "document", "wire"},
    "trace": {"explain", "bootstrap", "coap", "lwm2m", "provisioning", "model", "document", "crypto",
              "wire"},
    "net": {"trace", "dtls", "coap", "bootstrap", "provisioning", "model", "crypto", "journal", "wire",
            "asio"},
    "attach": {"provisioning", "model", "document", "wire", "bootstrap", "crypto", "journal", "asio"},
    "outbound": {"store", "provisioning", "model", "document", "crypto", "journal", "wire", "asio"},
    "http": {"attach", "explain", "trace", "bootstrap", "store", "provisioning", "model", "document",
             "crypto", "journal", "wire", "asio"},
    "cli": {"config", "document", "explain", "secrets", "store", "provisioning", "model", "lwm2m", "coap",
            "crypto", "wire", "asio"},
    "daemon": EVERYTHING_BELOW,
    "main": EVERYTHING_BELOW | {"daemon"},
}

# Third-party headers by prefix, and the layers that may include them.
THIRD_PARTY = [
    ("boost/beast", {"http", "cli", "outbound"}),
    ("boost/asio", {"asio"}),
    ("openssl/", {"dtls", "crypto", "http", "outbound"}),
    ("sqlite3", {"store"}),
    ("SQLiteCpp/", {"store"}),
    ("spdlog/", {"journal"}),
    ("systemd/", {"journal", "service"}),
    ("prometheus/", {"metrics"}),
    ("fmt/", {"journal"}),
    ("nlohmann/", {"document", "config", "provisioning", "lwm2m", "explain", "attach", "http", "cli",
                   "store", "outbound", "daemon"}),
    ("pugixml", {"provisioning"}),
    ("CLI/", {"main", "cli"}),
    ("gtest/", set()),
    ("gmock/", set()),
    ("coap3/", set()),
]

# Bytes or events and the time go in, values come out.
PURE = {"document", "config", "wire", "model", "provisioning", "coap", "lwm2m", "bootstrap", "explain",
        "trace"}
IMPURE = [
    (re.compile(r"\w*[Cc]lock\s*::\s*now\b"), "asks a clock; the time is an argument"),
    (re.compile(r"\b(?:gettimeofday|clock_gettime)\s*\(|\bstd\s*::\s*time\s*\("),
     "asks a clock; the time is an argument"),
    (re.compile(r"\bstd\s*::\s*(?:random_device|rand|mt19937(?:_64)?)\b"),
     "has its own randomness; it comes through wire::Random"),
    (re.compile(r"\bco_(?:await|return|yield)\b"), "is a coroutine; these live in the shell"),
]

ROOTS = ("config", "provisioning", "server")
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"\n]+)[>"]', re.MULTILINE)
# Comments and literals, which may say what code must not. What they are is kept apart from
# includes: a path in quotes is a literal too.
NO_CODE = re.compile(
    r'//[^\n]*|/\*.*?\*/|R"(?P<end>[^(\s]*)\(.*?\)(?P=end)"|"(?:\\.|[^"\\\n])*"|'
    r"(?<![0-9A-Fa-f])'(?:\\.|[^'\\\n])+'", re.DOTALL)
COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)


def layer_of(path):
    """The layer of a file or of an included path; None: not one of ours."""
    parts = path.split("/")
    if parts[:2] == ["config", "document"]:
        return "document"
    if parts[:2] == ["provisioning", "model"]:
        return "model"
    if parts[:2] == ["provisioning", "store"]:
        return "store"
    if parts[0] in ("config", "provisioning"):
        return parts[0]
    if parts[0] != "server" or len(parts) < 2:
        return None
    # A file in server/ itself: asio.h, main.cpp, daemon.cpp and daemon_….cpp.
    name = parts[1] if len(parts) > 2 else re.split(r"[_.]", parts[1])[0]
    return name if name in LAYERS else None


def same_length(match):
    """Blanks that keep the line numbers."""
    return re.sub(r"[^\n]", " ", match.group())


def line_of(text, position):
    return text.count("\n", 0, position) + 1


def check_file(path, text, exists):
    """Yields the problems of one file; exists() tells whether an included path is in the tree."""
    layer = layer_of(path)
    if layer is None:
        yield f"{path}: is in no known layer; add its folder to LAYERS"
        return
    includes = COMMENT.sub(same_length, text)
    for match in INCLUDE.finditer(includes):
        bracket, target = match.groups()
        place = f"{path}:{line_of(includes, match.start())}"
        if bracket == '"':
            of = layer_of(target)
            if target.startswith("tests/"):
                yield f"{place}: includes {target}: what is delivered knows no tests"
            elif of is None or not exists(target):
                yield f"{place}: includes \"{target}\": ours are included from the root of the tree"
            elif of != layer and of not in LAYERS[layer]:
                yield f"{place}: includes {target}: {layer} may not include {of}"
            continue
        for prefix, allowed in THIRD_PARTY:
            if target.startswith(prefix) and layer not in allowed:
                where = ", ".join(sorted(allowed)) or "tests"
                yield f"{place}: includes <{target}>: that is for {where} only"
    if layer in PURE:
        code = NO_CODE.sub(same_length, text)
        for pattern, why in IMPURE:
            for match in pattern.finditer(code):
                yield f"{path}:{line_of(code, match.start())}: {why}"


# (path, its text, whether it is well)
SELF_TEST = [
    ("server/net/a.cpp", '#include "server/bootstrap/peer.h"', True),
    ("server/bootstrap/a.cpp", '#include "server/net/shards.h"', False),
    ("server/bootstrap/a.cpp", '  #  include "server/dtls/dtls.h"', False),
    ("server/bootstrap/a.cpp", '#include "server/journal/journal.h"', False),
    ("server/coap/a.h", '#include "server/wire/reader.h"', True),
    ("server/coap/a.h", '#include "provisioning/model/path.h"', False),
    ("server/lwm2m/a.h", '#include "provisioning/model/path.h"', True),
    ("server/lwm2m/a.h", '#include "provisioning/profile.h"', False),
    ("server/dtls/a.h", '#include "server/coap/types.h"', False),
    ("server/wire/a.h", '#include "server/coap/types.h"', False),
    ("server/http/a.h", '#include "server/attach/event.h"', True),
    ("server/attach/a.h", '#include "server/http/router.h"', False),
    ("server/http/a.h", '#include "server/net/shards.h"', False),
    ("server/net/a.h", '#include "server/daemon.h"', False),
    ("server/net/a.h", '#include "server/daemon_status.h"', False),
    ("server/daemon_status.cpp", '#include "server/net/shards.h"', True),
    ("server/main.cpp", '#include "server/daemon.h"', True),
    ("provisioning/a.cpp", '#include "server/lwm2m/tlv.h"', False),
    ("provisioning/model/a.h", '#include "provisioning/profile.h"', False),
    ("provisioning/a.h", '#include "config/document/document.h"', True),
    ("provisioning/a.h", '#include "config/settings.h"', False),
    ("config/document/a.h", '#include "config/settings.h"', False),
    ("config/a.cpp", '#include "provisioning/profile.h"', False),
    ("server/journal/a.cpp", '#include "config/settings.h"', False),
    ("server/net/a.cpp", '#include "tests/support/device.h"', False),
    ("server/net/a.cpp", '#include "shards.h"', False),
    ("server/net/a.cpp", '#include "server/net/not_there.h"', False),
    ("server/util/a.cpp", "", False),
    ("server/http/a.cpp", "#include <boost/beast/http.hpp>", True),
    ("server/attach/a.cpp", "#include <boost/beast/http.hpp>", False),
    ("server/asio.h", "#include <boost/asio.hpp>", True),
    ("server/http/a.cpp", "#include <boost/asio.hpp>", False),
    ("server/net/a.cpp", "#include <boost/asio/ip/udp.hpp>", False),
    ("server/net/a.cpp", '#include "server/asio.h"', True),
    ("server/bootstrap/a.cpp", '#include "server/asio.h"', False),
    ("server/dtls/a.cpp", "#include <openssl/ssl.h>", True),
    ("server/net/a.cpp", "#include <openssl/ssl.h>", False),
    ("server/journal/a.cpp", "#include <spdlog/logger.h>", True),
    ("server/net/a.cpp", "#include <spdlog/logger.h>", False),
    ("server/http/a.cpp", "#include <nlohmann/json.hpp>", True),
    ("server/bootstrap/a.cpp", "#include <nlohmann/json_fwd.hpp>", False),
    ("server/net/a.cpp", "#include <gtest/gtest.h>", False),
    ("server/net/a.cpp", "auto now = wire::Clock::now();", True),
    ("server/bootstrap/a.cpp", "auto now = wire::Clock::now();", False),
    ("server/coap/a.cpp", "auto now = std::chrono::steady_clock :: now();", False),
    ("provisioning/a.cpp", "auto now = std::chrono::system_clock::now();", False),
    ("server/lwm2m/a.cpp", "auto t = std::time(nullptr);", False),
    ("server/wire/a.cpp", "clock_gettime(CLOCK_MONOTONIC, &t);", False),
    ("config/a.cpp", "std::random_device seed;", False),
    ("server/bootstrap/a.cpp", "co_return;", False),
    ("server/bootstrap/a.cpp", "// only the shell calls Clock::now()", True),
    ("server/bootstrap/a.cpp", 'auto text = "Clock::now()";', True),
    ("server/bootstrap/a.cpp", '/* #include "server/net/shards.h" */', True),
    ("server/bootstrap/a.cpp", "int x = 1'000; // '\nauto now = Clock::now();", False),
    ("server/bootstrap/a.cpp", "char c = '\"';\nauto now = Clock::now(); // \"", False),
]


def self_test():
    missing = {"shards.h", "server/net/not_there.h"}
    failed = 0
    for path, text, well in SELF_TEST:
        problems = list(check_file(path, text, lambda target: target not in missing))
        if well != (not problems):
            failed += 1
            print(f"self-test: {path}: {text!r}: {problems or 'passed'}", file=sys.stderr)
    for layer, below in LAYERS.items():
        if not below <= LAYERS.keys():
            failed += 1
            print(f"self-test: {layer}: unknown {below - LAYERS.keys()}", file=sys.stderr)
        upward = [other for other in below if layer in LAYERS[other]]
        if upward:
            failed += 1
            print(f"self-test: {layer} and {upward} include each other", file=sys.stderr)
    return failed


def sources(tree):
    for root in ROOTS:
        for folder, _, files in os.walk(os.path.join(tree, root)):
            for name in sorted(files):
                if name.endswith((".h", ".cpp")):
                    yield os.path.relpath(os.path.join(folder, name), tree)


def main():
    if self_test():
        return 2
    if sys.argv[1:] == ["--self-test"]:
        print(f"check_layers: {len(SELF_TEST)} cases of the self-test as expected")
        return 0
    here = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    tree = sys.argv[1] if len(sys.argv) > 1 else here
    count = problems = 0
    for path in sources(tree):
        count += 1
        with open(os.path.join(tree, path), encoding="utf-8") as file:
            text = file.read()
        for problem in check_file(path, text, lambda t: os.path.isfile(os.path.join(tree, t))):
            problems += 1
            print(problem, file=sys.stderr)
    if count == 0:
        print(f"check_layers: no source below {tree}", file=sys.stderr)
        return 2
    print(f"check_layers: {count} files, {problems} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
