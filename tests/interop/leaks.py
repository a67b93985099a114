"""Finds secrets in octets, however they were written: as they are, in hexadecimal, in base64."""

import base64


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
        self._forms = []  # (what it is, how it is written, octets; of hexadecimal in lower case)

    def add(self, name, secret):
        """A secret: at least eight octets, or it would be found by chance."""
        assert len(secret) >= 8, f"{name} is too short to be looked for"
        self._forms.append((name, "as it is", secret))
        self._forms.append((name, "in hexadecimal", secret.hex().encode()))
        self._forms += [(name, "in base64", form) for form in base64_forms(secret)]

    def __len__(self):
        return len({name for name, _, _ in self._forms})

    def find(self, octets):
        """(what, how written, what stands around it) for all that is there, each once."""
        lower = octets.lower()
        found = []
        for name, how, form in self._forms:
            at = (lower if how == "in hexadecimal" else octets).find(form)
            if at >= 0:
                found.append((name, how, octets[max(0, at - 60):at + len(form) + 20]))
        return found


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
