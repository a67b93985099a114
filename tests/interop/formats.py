"""Reads the payloads of Writes and Bootstrap-Packs: decoders of their own, written from the
formats' definitions, so that what the daemon encodes is read by somebody else.

Each returns {path: value}: numbers, booleans and texts as such, octets as bytes, an Object Link as
("link", "11:0").
"""

import base64
import json
import struct

TEXT, OPAQUE, CBOR = 0, 42, 60
SENML_JSON, SENML_CBOR, TLV, JSON_1_0, LWM2M_CBOR = 110, 112, 11542, 11543, 11544


def cbor(octets):
    """RFC 8949; the whole of the octets is one item."""
    value, rest = _item(memoryview(octets))
    assert not rest, f"{len(rest)} octets follow the CBOR item"
    return value


def _argument(octets, info):
    if info < 24:
        return info, octets
    size = {24: 1, 25: 2, 26: 4, 27: 8}[info]
    return int.from_bytes(octets[:size], "big"), octets[size:]


def _item(octets):
    major, info = octets[0] >> 5, octets[0] & 31
    octets = octets[1:]
    if major == 7:
        if info in (20, 21):
            return info == 21, octets
        shape, size = {25: (">e", 2), 26: (">f", 4), 27: (">d", 8)}[info]
        return struct.unpack(shape, octets[:size])[0], octets[size:]
    if info == 31:
        items = []
        while octets[0] != 0xff:
            item, octets = _item(octets)
            items.append(item)
        octets = octets[1:]
        if major == 5:
            return dict(zip(items[::2], items[1::2])), octets
        return items if major == 4 else type(items[0])().join(items), octets
    number, octets = _argument(octets, info)
    if major == 0:
        return number, octets
    if major == 1:
        return -1 - number, octets
    if major in (2, 3):
        assert len(octets) >= number, "a CBOR string is cut off"
        text = bytes(octets[:number])
        return (text if major == 2 else text.decode("utf-8")), octets[number:]
    if major == 6:
        return _item(octets)
    items = []
    for _ in range(number * (2 if major == 5 else 1)):
        item, octets = _item(octets)
        items.append(tuple(item) if isinstance(item, list) else item)
    return (dict(zip(items[::2], items[1::2])) if major == 5 else items), octets


def _records(records, octets_of):
    """RFC 8428 section 4.1: a base name stands before each name until there is another."""
    base, found = "", {}
    for record in records:
        base = record.get("bn", base)
        name = base + record.get("n", "")
        if "vd" in record:
            value = octets_of(record["vd"])
        elif "vlo" in record:
            value = ("link", record["vlo"])
        else:
            value = next(record[key] for key in ("v", "vs", "vb") if key in record)
        assert name not in found, f"{name} twice"
        found[name] = value
    return found


def senml_json(octets):
    def unpadded(text):
        assert "=" not in text, "vd is not padded"
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    return _records(json.loads(octets), unpadded)


def senml_cbor(octets):
    labels = {-2: "bn", 0: "n", 2: "v", 3: "vs", 4: "vb", 8: "vd"}  # RFC 8428 table 4
    records = [{labels.get(key, key): value for key, value in record.items()}
               for record in cbor(octets)]
    return _records(records, bytes)


def lwm2m_cbor(octets):
    found = {}

    def walk(value, path):
        if not isinstance(value, dict):
            found["/" + "/".join(str(number) for number in path)] = value
            return
        for key, below in value.items():
            walk(below, path + (key if isinstance(key, tuple) else (key,)))
    walk(cbor(octets), ())
    return found


def json_1_0(octets):
    """LwM2M 1.0 section 6.4.4; octets stand as base64 in sv, so a text may be meant."""
    whole, found = json.loads(octets), {}
    for entry in whole["e"]:
        value = next(entry[key] for key in ("v", "sv", "bv", "ov") if key in entry)
        found[whole["bn"] + entry.get("n", "")] = ("link", value) if "ov" in entry else value
    return found


READERS = {SENML_JSON: senml_json, SENML_CBOR: senml_cbor, LWM2M_CBOR: lwm2m_cbor,
           JSON_1_0: json_1_0}
