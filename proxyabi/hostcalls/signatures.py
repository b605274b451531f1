"""The foreign functions `verify_signature` and `sign`.

Lives here: both, by the package `cryptography` (the extra `sign`), which is imported with the first call.
Not here: other foreign functions (foreign.py).

An RSA signature is PKCS #1 v1.5, one of an elliptic curve is ECDSA in DER. What is wrong with a key or a hash is told in the
answer, as Envoy does; the status says only whether the arguments were understood.

abi: 16 Foreign functions registered by Envoy
"""

from __future__ import annotations

from types import ModuleType, SimpleNamespace
from typing import Any

from proxyabi.abi.types import Status
from proxyabi.context.ports import ContextPort
from proxyabi.errors import Fail
from proxyabi.hostcalls.foreign import foreign, message_fields, text_field
from proxyabi.wire.protobuf import encode_fields

__all__: list[str] = []

HASHES = {b"sha1": "SHA1", b"sha224": "SHA224", b"sha256": "SHA256", b"sha384": "SHA384", b"sha512": "SHA512"}
WRONG = b"Failed to verify digest. Error code: 0"
NO_PUBLIC_KEY = b"Failed to initialize digest verify."
NO_PRIVATE_KEY = b"Invalid key type: private key required for signing operation."


@foreign("verify_signature")
def verify_signature(context: ContextPort, arguments: bytes) -> bytes:
    """Whether a signature is right.

    {1 hash function, 2 public key DER, 3 signature, 4 text, 5 public key PEM} → {1 result, 2 error}

    fails: BAD_ARGUMENT when the arguments are no such message, or do not have exactly one key; NOT_FOUND without the extra.
    """
    crypto = _crypto()
    fields = message_fields(arguments)
    der, pem = _one_key(fields, 2, 5)
    name = text_field(fields, 1).lower()
    if name not in HASHES:
        return encode_fields({2: text_field(fields, 1) + b" is not supported."})
    digest = getattr(crypto.hashes, HASHES[name])()
    load = crypto.serialization
    try:
        key = load.load_pem_public_key(pem) if pem else load.load_der_public_key(der)
        check = _verifier(crypto, key, digest)
    except (ValueError, TypeError, crypto.Unsupported):
        return encode_fields({2: NO_PUBLIC_KEY})
    try:
        check(text_field(fields, 3), text_field(fields, 4))
    except crypto.InvalidSignature:
        return encode_fields({2: WRONG})
    return encode_fields({1: 1})


@foreign("sign")
def sign(context: ContextPort, arguments: bytes) -> bytes:
    """Sign a text.

    {1 hash function, 2 private key DER, 3 text, 4 private key PEM} → {1 result, 2 signature, 3 error}

    fails: BAD_ARGUMENT when the arguments are no such message, or do not have exactly one key; NOT_FOUND without the extra.
    """
    crypto = _crypto()
    fields = message_fields(arguments)
    der, pem = _one_key(fields, 2, 4)
    name = text_field(fields, 1).lower()
    if name not in HASHES:
        return encode_fields({3: text_field(fields, 1) + b" is not supported."})
    digest = getattr(crypto.hashes, HASHES[name])()
    load = crypto.serialization
    try:
        key = load.load_pem_private_key(pem, None) if pem else load.load_der_private_key(der, None)
    except (ValueError, TypeError, crypto.Unsupported):
        return encode_fields({3: NO_PRIVATE_KEY})
    text = text_field(fields, 3)
    if isinstance(key, crypto.rsa.RSAPrivateKey):
        signature = key.sign(text, crypto.padding.PKCS1v15(), digest)
    elif isinstance(key, crypto.ec.EllipticCurvePrivateKey):
        signature = key.sign(text, crypto.ec.ECDSA(digest))
    else:
        return encode_fields({3: NO_PRIVATE_KEY})
    return encode_fields({1: 1, 2: signature})


def _verifier(crypto: Any, key: Any, digest: Any) -> Any:
    """What checks (signature, text) with *key*."""
    if isinstance(key, crypto.rsa.RSAPublicKey):
        return lambda signature, text: key.verify(signature, text, crypto.padding.PKCS1v15(), digest)
    if isinstance(key, crypto.ec.EllipticCurvePublicKey):
        return lambda signature, text: key.verify(signature, text, crypto.ec.ECDSA(digest))
    raise TypeError(type(key).__name__)


def _one_key(fields: dict[int, int | bytes], der: int, pem: int) -> tuple[bytes, bytes]:
    keys = text_field(fields, der), text_field(fields, pem)
    if bool(keys[0]) == bool(keys[1]):
        raise Fail(Status.BAD_ARGUMENT, "exactly one key has to be given, as DER or as PEM")
    return keys


def _crypto() -> Any:
    try:
        from cryptography import exceptions
        from cryptography.hazmat.primitives import hashes, serialization
        from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
    except ImportError:
        raise Fail(
            Status.NOT_FOUND,
            'signatures need the extra `sign`: pip install "proxyabi[sign]"',
            leave_results=True,
        ) from None
    modules: dict[str, ModuleType] = {"hashes": hashes, "serialization": serialization, "ec": ec, "padding": padding, "rsa": rsa}
    return SimpleNamespace(**modules, InvalidSignature=exceptions.InvalidSignature, Unsupported=exceptions.UnsupportedAlgorithm)
