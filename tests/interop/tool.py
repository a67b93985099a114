#!/usr/bin/env python3
"""Plays each command of lwm2m-bootstrapctl against a real daemon, with a device on libcoap where one
is needed. Prints a line a case and closes with `N passed, N failed, N skipped`.
"""

import json
import re
import subprocess
import sys

sys.dont_write_bytecode = True
from fleet import KEY, PROFILES, device
from harness import Peer, free_port, until
from tool_cases import ToolCases, play

DEVICES = [device("ears"), device("ask"), device("away", nosec=True, psk=False)]
SETTINGS = {
    "http": {"socket": "control.sock"},
    "session": {"settle": 0.5, "attachWindow": 600, "attachRetry": 1},
}
NEW = [{"endpoint": f"new-{i}", "profile": "meter", "credentials": {"nosec": True}}
       for i in range(3)]


class Cases(ToolCases):
    def run(self, *arguments, code=0, text=None):
        done = subprocess.run([self.tool, *arguments], env=self.environment, input=text,
                              stdin=None if text is not None else subprocess.DEVNULL,
                              capture_output=True, encoding="utf-8", timeout=60, check=False)
        assert done.returncode == code, \
            f"{arguments} ended with {done.returncode}: {done.stdout}{done.stderr}"
        return done

    def out(self, *arguments, **named):
        return self.run(*arguments, **named).stdout

    def json(self, *arguments, **named):
        return json.loads(self.out(*arguments, "--json", **named))

    def follow(self, *arguments):
        """A command that goes on; its lines come as `lines` of what is returned."""
        process = subprocess.Popen([self.tool, *arguments], env=self.environment,
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.DEVNULL, encoding="utf-8")
        self.running.append(process)
        return process

    def peer(self, mode, *arguments):
        peer = Peer([self.program, mode, *arguments], name=f"device ({mode})")
        self.running.append(peer)
        return peer

    def path(self, name, content):
        text = content if isinstance(content, str) else json.dumps(content)
        (self.daemon.folder / name).write_text(text, encoding="utf-8")
        return str(self.daemon.folder / name)

    def status(self):
        text = self.out("status")
        assert re.search(r"^state +running, for 00:0", text, re.M), text
        assert re.search(r"^devices +3, of them disabled: 0$", text, re.M), text
        assert self.json("status")["devices"] == 3

    def health(self):
        assert self.out("health") == "ready\n"

    def attach_and_wait(self):
        port = free_port()
        peer = self.peer("listen", "--port", str(port), "--identity", "ears", "--key", KEY)
        peer.wait_for("ready")
        told = self.out("attach", "ears", "--address", "127.0.0.1", "--port", str(port), "--wait",
                        "--timeout", "30")
        identifier, outcome = told.splitlines()
        assert outcome.startswith("finished"), told
        assert self.daemon.session(identifier)["outcome"] == "finished"
        assert peer.finish() == 0, peer.events

    def attach_in_vain(self):
        first = self.out("attach", "away").strip()
        assert self.json("session", "show", first)["state"] == "waiting"
        late = self.run("attach", "away", "--wait", "--timeout", "1", code=1)
        assert "the time is over" in late.stderr, late.stderr
        unknown = self.run("attach", "nobody", code=1)
        assert "no device is known" in unknown.stderr, unknown.stderr

    def cancel(self):
        waiting = self.json("sessions", "--endpoint", "away")["sessions"][0]
        waiter = self.follow("attach", "away", "--wait")
        waiter_id = waiter.stdout.readline().strip()
        assert waiter_id == waiting["id"], (waiter_id, waiting)
        self.out("session", "cancel", waiter_id)
        rest = waiter.communicate(timeout=30)[0]
        assert waiter.returncode == 1 and rest.startswith("cancelled"), (waiter.returncode, rest)
        again = self.run("session", "cancel", waiter_id, code=1)
        assert "ended already" in again.stderr, again.stderr

    def sessions(self):
        table = self.out("sessions").splitlines()
        assert table[0].split()[:3] == ["ID", "ENDPOINT", "MODE"], table
        assert len(table) == 3, table
        finished = self.json("sessions", "--outcome", "finished")["sessions"]
        assert [s["endpoint"] for s in finished] == ["ears"], finished
        shown = self.out("session", "show", finished[0]["id"])
        assert re.search(r"^  FINISH .* 2\.04 ", shown, re.M), shown
        self.run("sessions", "--outcome", "marvellous", code=1)
        self.run("session", "show", "nothing", code=1)

    def bootstrap(self):
        peer = self.peer("ask", "--server", f"coaps://127.0.0.1:{self.daemon.coaps}", "--identity",
                         "ask", "--key", KEY, "--ep", "ask")
        assert peer.finish() == 0, peer.events

    def follow_over_restart(self):
        kinds = ["session.started", "session.ended"]
        follower = self.follow("events", "--kept", "--endpoint", "ask", "--kinds", ",".join(kinds),
                               "--count", "4", "--json")
        self.bootstrap()
        lines = [json.loads(follower.stdout.readline()) for _ in range(2)]
        self.daemon.stop()
        self.daemon.start()
        self.bootstrap()
        rest = follower.communicate(timeout=60)[0]
        lines += [json.loads(line) for line in rest.splitlines()]
        assert [line["event"] for line in lines] == kinds + ["reset"] + kinds, lines
        assert lines[1]["data"]["outcome"] == "finished", lines

    def events(self):
        lines = self.out("events", "--kept", "--count", "2", "--endpoint", "ask").splitlines()
        assert [line.split()[0] for line in lines] == ["session.started", "session.ended"], lines
        follower = self.follow("sessions", "--follow", "--outcome", "cancelled", "--count", "1")

        def ended():
            self.out("session", "cancel", self.out("attach", "away").strip())
            return follower.poll() is not None
        until(ended, "a line of the follower")
        assert re.match(r"session\.ended +away .*outcome cancelled", follower.stdout.read())

    def devices(self):
        added = self.out("device", "add", self.path("new.json", NEW))
        assert added == "added new-0\nadded new-1\nadded new-2\n", added
        again = self.run("device", "add", "-", text=json.dumps(NEW[0]), code=1)
        assert "--replace" in again.stderr, again.stderr
        assert self.out("device", "add", "--replace", "-", text=json.dumps(NEW[0])) == \
            "replaced new-0\n"
        assert re.search(r"^profile +meter$", self.out("device", "show", "new-0"), re.M)
        listed = self.json("device", "list", "--prefix", "new-", "--limit", "2")
        assert [d["endpoint"] for d in listed["devices"]] == ["new-0", "new-1"], listed
        assert self.out("device", "remove", "new-2") == "removed new-2\n"
        assert "no such device" in self.run("device", "show", "new-2", code=1).stderr
        file = self.run("device", "remove", "ask", code=1)
        assert "all.json" in file.stderr, file.stderr
        bad = self.run("device", "add", "-", code=1,
                       text='{"endpoint": "bad", "profile": "none", "credentials": {"nosec": true}}')
        assert "/profile" in bad.stderr, bad.stderr

    def imports(self):
        lines = [json.dumps({**NEW[0], "endpoint": f"many-{i}"}) for i in range(20000)]
        lines[6] = "{"
        lines[7] = json.dumps({**NEW[0], "endpoint": "many-7", "profile": "none"})
        done = self.run("device", "import", self.path("many.json", "\n".join(lines)), code=1)
        assert done.stdout == "20000 lines: 19998 created, 0 updated, 2 refused\n", done.stdout
        assert "line 7: -: the line is no JSON" in done.stderr, done.stderr
        assert "line 8: many-7: " in done.stderr and "/profile" in done.stderr, done.stderr
        rows = "endpoint,profile,nosec\n" + "".join(f"many-{i},meter,true\n" for i in range(7))
        told = self.out("device", "import", self.path("few.csv", rows))
        assert told == "7 lines: 1 created, 6 updated, 0 refused\n", told
        header = self.run("device", "import", "--format", "csv", "-", text="nothing\n", code=1)
        assert "header" in header.stderr or "column" in header.stderr, header.stderr
        assert len(self.json("device", "list", "--prefix", "many-", "--limit", "0")["devices"]) \
            == 19999

    def profiles(self):
        mine = {**PROFILES[0], "name": "mine"}
        assert self.out("profile", "put", self.path("mine.json", mine)) == "added mine\n"
        assert self.out("profile", "put", "-", text=json.dumps(mine)) == "replaced mine\n"
        shown = json.loads(self.out("profile", "show", "mine"))
        assert shown["name"] == "mine"
        assert KEY not in json.dumps(shown)
        assert "mine" in self.out("profile", "list")
        assert "DELETE /" in self.out("profile", "plan", "mine", "-e", "ask")
        assert self.out("profile", "remove", "mine") == "removed mine\n"
        self.run("profile", "show", "mine", code=1)
        wrong = self.run("profile", "put", "-", text='{"name": "wrong", "servers": 7}', code=1)
        assert "/servers" in wrong.stderr, wrong.stderr

    def lists(self):
        actions = {entry["action"] for entry in self.json("audit", "--limit", "0")["audit"]}
        assert {"device.put", "profile.put", "session.cancel", "attachment.post"} <= actions, actions
        assert "ENDPOINT" in self.out("deliveries")
        strangers = self.json("strangers")["strangers"]
        assert [s["identifiers"] for s in strangers] == [{"endpoint": "nobody"}], strangers

    def reload(self):
        file = self.daemon.folder / "settings.json"
        good = json.loads(file.read_text())
        told = self.json("reload")
        assert (told["reloaded"], told["changed"]) == (True, []), told
        file.write_text(json.dumps({**good, "log": {"level": "info", "format": "json"}}))
        assert "changed: /log/level" in self.out("reload")
        # Each is answered by a reading that began after it was asked for.
        at_once = [self.follow("reload", "--json") for _ in range(5)]
        told = [json.loads(each.communicate(timeout=60)[0]) for each in at_once]
        assert [each["changed"] for each in told] == [[]] * 5, told
        file.write_text(json.dumps({**good, "shards": 1, "drain": {"timeout": "long"}}))
        bad = self.run("reload", code=1)
        assert f"{file}: /drain/timeout: " in bad.stderr, bad.stderr
        file.write_text(json.dumps({**good, "shards": 1}))
        assert "/shards: the change needs a restart" in self.run("reload", code=1).stderr
        file.write_text(json.dumps(good))
        assert "changed: /log/level" in self.out("reload")
        assert [e["action"] for e in self.json("audit", "--limit", "1")["audit"]] == ["reload"]

    def offline(self):
        assert "GET /temperature" in self.out("decode", "40017d34bb74656d7065726174757265")
        assert "profile" in self.out("profile", "check", str(self.daemon.folder / "profiles"))
        assert "sha256" in self.out("token", "ops", "--role", "read")
        assert "lwm2m-bootstrapctl" in self.out("completion", "bash")
        self.run("store", "backup", "--config", str(self.daemon.folder / "settings.json"),
                 str(self.daemon.folder / "copy.db"))

    def without_daemon(self):
        code = self.daemon.stop()
        assert code == 0, f"the daemon ended with {code}"
        for command in (["status"], ["health"], ["attach", "ask"], ["events"], ["reload"],
                        ["device", "import", "/dev/null"]):
            told = self.run(*command, code=3)
            assert "control.sock" in told.stderr, told.stderr


CASES = [
    ("status tells what the daemon is doing", Cases.status),
    ("health is well", Cases.health),
    ("attach waits for a device that is dialled", Cases.attach_and_wait),
    ("attach waits no longer than it is told", Cases.attach_in_vain),
    ("a session is cancelled while somebody waits for it", Cases.cancel),
    ("sessions are listed and shown", Cases.sessions),
    ("events are followed over a restart of the daemon", Cases.follow_over_restart),
    ("events that are kept are told, and sessions followed", Cases.events),
    ("devices are added, shown, listed, removed", Cases.devices),
    ("devices are imported, and those refused are told", Cases.imports),
    ("profiles are put, shown, listed, removed", Cases.profiles),
    ("audit, strangers and deliveries are lists", Cases.lists),
    ("a reload tells what changed and what was refused", Cases.reload),
    ("what needs no daemon works beside one", Cases.offline),
    ("without a daemon the exit code is 3", Cases.without_daemon),
]

if __name__ == "__main__":
    sys.exit(play(__doc__, Cases, DEVICES, SETTINGS, CASES))
