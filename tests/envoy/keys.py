"""Make the keys of the walkthroughs over signatures: python tests/envoy/keys.py

Lives here: a small RSA key pair and a signature, written to keys.json beside this file. Needs the extra `sign`. The keys guard
nothing; 1024 bits keep the guest's configuration short.
"""

from __future__ import annotations

import json
from pathlib import Path

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa


def main() -> None:
    key = rsa.generate_private_key(65537, 1024)
    der, pem = serialization.Encoding.DER, serialization.Encoding.PEM
    public_format, private_format = serialization.PublicFormat.SubjectPublicKeyInfo, serialization.PrivateFormat.PKCS8
    plain = serialization.NoEncryption()
    public = key.public_key()
    told = {
        "public_der": public.public_bytes(der, public_format).hex(),
        "public_pem": public.public_bytes(pem, public_format).decode(),
        "private_der": key.private_bytes(der, private_format, plain).hex(),
        "private_pem": key.private_bytes(pem, private_format, plain).decode(),
        "signature": key.sign(b"hello", padding.PKCS1v15(), hashes.SHA256()).hex(),
    }
    Path(__file__).with_name("keys.json").write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
