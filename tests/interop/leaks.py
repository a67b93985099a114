"""Finds secrets in octets, however they were written: as they are, in hexadecimal, in base64."""

import base64
import re


def base64_forms(secret):
    """What base64 of any text has in it wherever the secret stands there: one form for each of the
    three places that its first octet can have, without the digits that its neighbours share."""
    forms = set()
    for before in range(3):
        encoded = base64.b64encode(bytes(before) + secret).rstrip(b"=")
        first = -(-before * 8 // 6)
        last = (before + len(secret)) * 8 // 6
        form = encoded[first:last]
        forms |= {form, form.translate(bytes.maketrans(b"+/", b"-_"))}
    return forms


class Finder:
    def __init__(self):
        self._forms = []  # (what it is, how it is written, octets, whether letters' case counts)
        self._pattern = None

    def add(self, name, secret):
        """A secret: at least eight octets, or it would be found by chance."""
        assert len(secret) >= 8, f"{name} is too short to be looked for"
        self._forms.append((name, "as it is", secret, True))
        self._forms.append((name, "in hexadecimal", secret.hex().encode(), False))
        self._forms += [(name, "in base64", form, True) for form in base64_forms(secret)]
        self._pattern = None

    def __len__(self):
        return len({name for name, _, _, _ in self._forms})

    def find(self, octets):
        """(what, how written, what stands around it) for all that is there."""
        if self._pattern is None:
            parts = [re.escape(form) if exact else b"(?i:" + re.escape(form) + b")"
                     for _, _, form, exact in self._forms]
            self._pattern = re.compile(b"|".join(sorted(set(parts), key=len, reverse=True)))
        return [(*self._whose(match.group()), octets[max(0, match.start() - 60):match.end() + 20])
                for match in self._pattern.finditer(octets)]

    def _whose(self, found):
        for name, how, form, exact in self._forms:
            if found == form or (not exact and found.lower() == form):
                return name, how
        return "?", "?"


def check_finder():
    """That it finds what it is for: a test of the test."""
    finder = Finder()
    secret = bytes(range(200, 216))
    finder.add("marked", secret)
    carriers = [secret, secret.hex().encode(), secret.hex().upper().encode()]
    for before in range(6):
        text = bytes(before) + secret + b"\x01\x02"
        carriers += [base64.b64encode(text), base64.urlsafe_b64encode(text)]
    for carrier in carriers:
        assert finder.find(b'{"key":"' + carrier + b'"}'), f"{carrier} is not found"
    assert not finder.find(b"nothing of that kind " * 100)
