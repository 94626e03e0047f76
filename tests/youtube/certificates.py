"""A certificate authority that lives as long as one loopback YouTube, and its one leaf."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

HOSTS = (
    "youtube.com",
    "*.youtube.com",
    "youtu.be",
    "*.googlevideo.com",
    "*.ytimg.com",
    "*.googleusercontent.com",
)


def answers_for(host: str) -> bool:
    """Whether the leaf names this host (a wildcard stands for any depth here)."""
    return any(
        host == name.removeprefix("*.") if not name.startswith("*.") else host.endswith(name[1:])
        for name in HOSTS
    )


def server_context(folder: Path) -> tuple[ssl.SSLContext, Path]:
    """A TLS server context, and the file of the authority that vouches for it."""
    # Elliptic curves: a handshake costs a tenth of what 2,048-bit RSA costs.
    ca_key = ec.generate_private_key(ec.SECP256R1())
    ca = _signed(ca_key, "Loopback YouTube CA", ca_key, "Loopback YouTube CA", authority=True)
    leaf_key = ec.generate_private_key(ec.SECP256R1())
    leaf = _signed(leaf_key, "www.youtube.com", ca_key, "Loopback YouTube CA", authority=False)
    ca_file, leaf_file = folder / "ca.pem", folder / "leaf.pem"
    ca_file.write_bytes(ca.public_bytes(serialization.Encoding.PEM))
    leaf_file.touch(mode=0o600)
    leaf_file.write_bytes(_key_pem(leaf_key) + leaf.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(leaf_file)
    return context, ca_file


def _key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def _named(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _signed(
    key: ec.EllipticCurvePrivateKey,
    name: str,
    issuer_key: ec.EllipticCurvePrivateKey,
    issuer: str,
    *,
    authority: bool,
) -> x509.Certificate:
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(_named(name))
        .issuer_name(_named(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=30))
    )
    extended = _authority_extensions if authority else _leaf_extensions
    return extended(builder, key, issuer_key).sign(issuer_key, hashes.SHA256())


def _authority_extensions(
    builder: x509.CertificateBuilder,
    key: ec.EllipticCurvePrivateKey,
    issuer_key: ec.EllipticCurvePrivateKey,
) -> x509.CertificateBuilder:
    # Python 3.13 verifies strictly: without key usage and key identifiers it refuses the chain.
    return (
        builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _leaf_extensions(
    builder: x509.CertificateBuilder,
    key: ec.EllipticCurvePrivateKey,
    issuer_key: ec.EllipticCurvePrivateKey,
) -> x509.CertificateBuilder:
    names = x509.SubjectAlternativeName([x509.DNSName(host) for host in HOSTS])
    issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key())
    return (
        builder.add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(issuer, critical=False)
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )
