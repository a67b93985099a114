"""A throw-away public key infrastructure, made by the `openssl` command: authorities, what they
issued, expired and revoked certificates, lists of revocations.
"""

import dataclasses
import hashlib
import pathlib
import subprocess

SETTINGS = """
[ca]
default_ca = own
[own]
database = {folder}/index.txt
new_certs_dir = {folder}
serial = {folder}/serial
crlnumber = {folder}/crlnumber
certificate = {folder}/ca.pem
private_key = {folder}/ca.key
default_md = sha256
default_days = 30
default_crl_days = 30
policy = any
unique_subject = no
copy_extensions = none
[any]
commonName = supplied
"""


def openssl(*arguments, octets=None):
    """Runs the command; returns what it wrote to standard output."""
    done = subprocess.run(["openssl", *[str(a) for a in arguments]], input=octets or b"",
                          capture_output=True, timeout=60, check=False)
    assert done.returncode == 0, f"openssl {arguments}: {done.stderr.decode(errors='replace')}"
    return done.stdout


def make_key(path, kind="P-256"):
    """A private key as PKCS #8 PEM: P-256, P-384, ED25519 or RSA:bits."""
    if kind.startswith("RSA"):
        options = ["-algorithm", "RSA", "-pkeyopt", f"rsa_keygen_bits:{kind[4:]}"]
    elif kind == "ED25519":
        options = ["-algorithm", kind]
    else:
        options = ["-algorithm", "EC", "-pkeyopt", f"ec_paramgen_curve:{kind}"]
    path.touch(mode=0o600)
    openssl("genpkey", *options, "-out", path)
    return path


@dataclasses.dataclass
class Identity:
    """A private key, and a certificate of it; a raw public key has none."""
    key: pathlib.Path
    certificate: pathlib.Path = None

    @property
    def certificate_der(self):
        return openssl("x509", "-in", self.certificate, "-outform", "DER")

    @property
    def certificate_sha256(self):
        return hashlib.sha256(self.certificate_der).hexdigest()

    @property
    def public_der(self):
        """The SubjectPublicKeyInfo."""
        return openssl("pkey", "-in", self.key, "-pubout", "-outform", "DER")

    @property
    def public_sha256(self):
        return hashlib.sha256(self.public_der).hexdigest()

    @property
    def key_der(self):
        """The private key as PKCS #8, RFC 5958."""
        return openssl("pkcs8", "-topk8", "-nocrypt", "-in", self.key, "-outform", "DER")

    def shown(self):
        """As options of the test peers, in files of DER beside the key."""
        shown = self.key.with_suffix(".shown.der")
        shown.write_bytes(self.certificate_der if self.certificate else self.public_der)
        key = self.key.with_suffix(".key.der")
        key.touch(mode=0o600)
        key.write_bytes(self.key_der)
        options = ["--certificate", shown, "--private-key", key]
        return options if self.certificate else [*options, "--raw"]


def raw_key(folder, name, kind="P-256"):
    return Identity(make_key(pathlib.Path(folder) / f"{name}.key", kind))


class Authority:
    """An authority in a folder of its own; what it issues lies there too."""

    def __init__(self, folder, name, kind="P-256"):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True)
        self.settings = self.folder / "openssl.cnf"
        self.settings.write_text(SETTINGS.format(folder=self.folder), encoding="utf-8")
        (self.folder / "index.txt").touch()
        (self.folder / "serial").write_text("1000\n", encoding="utf-8")
        (self.folder / "crlnumber").write_text("01\n", encoding="utf-8")
        make_key(self.folder / "ca.key", kind)
        self.certificate = self.folder / "ca.pem"
        openssl("req", "-x509", "-new", "-key", self.folder / "ca.key", "-sha256", "-days", "30",
                "-subj", f"/CN={name}", "-out", self.certificate,
                "-addext", "keyUsage=critical,keyCertSign,cRLSign")

    @property
    def der(self):
        """Its certificate as a file of DER."""
        path = self.folder / "ca.der"
        if not path.exists():
            openssl("x509", "-in", self.certificate, "-outform", "DER", "-out", path)
        return path

    def issue(self, name, common_name, alternatives=(), kind="P-256", usage="clientAuth",
              dates=None, digest="sha256", key=None):
        """A certificate and its key as NAME.pem and NAME.key; `alternatives` as OpenSSL writes
        them, "DNS:bs.example.com"; `dates`: (from, to) as YYYYMMDDHHMMSSZ."""
        key = key or make_key(self.folder / f"{name}.key", kind)
        request = self.folder / f"{name}.csr"
        openssl("req", "-new", "-key", key, "-subj", f"/CN={common_name}", "-out", request)
        extensions = ["basicConstraints=critical,CA:FALSE", "keyUsage=critical,digitalSignature",
                      f"extendedKeyUsage={usage}", "subjectKeyIdentifier=hash",
                      "authorityKeyIdentifier=keyid"]
        if alternatives:
            extensions.append("subjectAltName=" + ",".join(alternatives))
        wanted = self.folder / f"{name}.ext"
        wanted.write_text("\n".join(extensions) + "\n", encoding="utf-8")
        validity = ["-startdate", dates[0], "-enddate", dates[1]] if dates else []
        certificate = self.folder / f"{name}.pem"
        openssl("ca", "-batch", "-notext", "-config", self.settings, "-extfile", wanted, "-md",
                digest, *validity, "-in", request, "-out", certificate)
        return Identity(key, certificate)

    def revoke(self, identity):
        openssl("ca", "-batch", "-config", self.settings, "-revoke", identity.certificate)

    def revocations(self, name="revoked.crl"):
        """Its list of revocations as of now."""
        path = self.folder / name
        openssl("ca", "-batch", "-config", self.settings, "-gencrl", "-out", path)
        return path


EXPIRED = ("20200101000000Z", "20210101000000Z")
