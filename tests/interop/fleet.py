"""The profiles and devices of the cases, and what has to arrive on the wire.

The octets are written by hand from the TLV definition (LwM2M Core 7.4.3), not by an encoder:
a Resource is  11 i ll nnn  (i: id of two octets; ll: octets of the length field, or 0 and the
length in nnn), then id, length, value. So c1: one octet; c3, c4: three, four; c8: a length octet
follows.
"""

KEY = "000102030405060708090a0b0c0d0e0f"
SERVER_KEY = "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff"

PROFILES = [
    {
        "name": "meter",
        "enabler": "1.1",
        "servers": [
            {
                "shortServerId": 101,
                "uri": "coaps://dm.example.com:5684",
                "security": {"mode": "psk", "identity": "${endpoint}", "key": SERVER_KEY},
                "lifetime": 86400,
                "binding": "U",
                "notificationStoring": True,
            }
        ],
        "objects": {"/11/0": {"0": "iot", "1": "iot.example", "4": 0}},
    },
    {
        "name": "large",
        "enabler": "1.1",
        "servers": [
            {
                "shortServerId": 101,
                "uri": "coap://dm.example.com:5683",
                "security": {"mode": "nosec"},
                "lifetime": 86400,
                "binding": "U",
                "notificationStoring": True,
            }
        ],
        "objects": {"/3442/0": {"110": "x" * 3000}},
    },
]

# The device is called "ask" or "nosec": five octets at the most, so that the identity's length is
# in the type octet.
SECURITY = (
    "c8 00 1b 636f6170733a2f2f646d2e6578616d706c652e636f6d3a35363834"  # coaps://dm.example.com:5684
    "c1 01 00"  # Bootstrap-Server: false
    "c1 02 00"  # Security Mode: 0, pre-shared key
    "c{length} 03 {identity}"
    "c0 04"  # Server Public Key: empty, since 1.0 has it as mandatory
    "c8 05 10 f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff"  # Secret Key
    "c1 0a 65"  # Short Server ID 101
)
SERVER = (
    "c1 00 65"  # Short Server ID 101
    "c4 01 00015180"  # Lifetime 86400: three octets do not hold it signed and shortest is four
    "c1 06 01"  # Notification Storing: true
    "c1 07 55"  # Binding "U"
)
APN_CONNECTION = (
    "c3 00 696f74"  # "iot"
    "c8 01 0b 696f742e6578616d706c65"  # "iot.example"
    "c1 04 00"  # 0
)
# 110 (6e), a length of two octets: 3000 (0bb8).
LARGE = "d0 6e 0bb8" + "78" * 3000


def octets(text, **values):
    return bytes.fromhex(text.format(**values)).hex()


def security_of(endpoint):
    return octets(SECURITY, length=len(endpoint), identity=endpoint.encode().hex())


def meter_holds(endpoint, account="/0/0", security="/0/1"):
    """What a device of the profile "meter" holds when it was bootstrapped, and nothing else."""
    return {
        account: "",
        security: security_of(endpoint),
        "/1/0": octets(SERVER),
        "/11/0": octets(APN_CONNECTION),
        "/3/0": "",
    }


def meter_operations(endpoint, security="/0/1"):
    """Every operation in its order: method, path, content format, payload, answer."""
    return [
        ("GET", "/", None, "", "2.05"),
        ("DELETE", "/", None, "", "2.02"),
        ("PUT", security, 11542, security_of(endpoint), "2.04"),
        ("PUT", "/1/0", 11542, octets(SERVER), "2.04"),
        ("PUT", "/11/0", 11542, octets(APN_CONNECTION), "2.04"),
        ("POST", "/bs", None, "", "2.04"),
    ]


def device(endpoint, profile="meter", nosec=False, psk=True, **more):
    credentials = {}
    if psk:
        credentials["psk"] = {"identity": endpoint, "key": KEY}
    if nosec:
        credentials["nosec"] = True
    return {"endpoint": endpoint, "profile": profile, "credentials": credentials, **more}
