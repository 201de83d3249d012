"""Makes `vectors.json`: signatures that openssl gives, for the tests of our own.

Run in this folder: `python3 make_vectors.py`. Needs `openssl`.
"""

import base64
import hashlib
import json
import subprocess


def sign(text):
    """The signature of a text, RSA with PKCS #1 v1.5 and SHA-256."""
    command = ["openssl", "dgst", "-sha256", "-sign", "rsa_pkcs8.pem"]
    return subprocess.run(command, input=text.encode(), capture_output=True, check=True).stdout


def url_safe(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def jwt(header, claims):
    parts = [json.dumps(part, separators=(",", ":")).encode() for part in (header, claims)]
    signed = ".".join(url_safe(part) for part in parts)
    return signed + "." + url_safe(sign(signed))


def oci(lines, key_id):
    names = " ".join(name for name, _ in lines)
    signed = "\n".join(f"{name}: {value}" for name, value in lines)
    signature = base64.b64encode(sign(signed)).decode()
    return (
        f'Signature version="1",keyId="{key_id}",algorithm="rsa-sha256",'
        f'headers="{names}",signature="{signature}"'
    )


DATE = "Fri, 13 Feb 2009 23:31:30 GMT"  # 1234567890 seconds after 1970
BODY = '{"chatRequest":{}}'
DIGEST = base64.b64encode(hashlib.sha256(BODY.encode()).digest()).decode()

vectors = {
    "jwt": jwt(
        {"alg": "RS256", "typ": "JWT", "kid": "k1"},
        {
            "iss": "a@p.iam.gserviceaccount.com",
            "scope": "https://www.googleapis.com/auth/cloud-platform",
            "aud": "https://oauth2.googleapis.com/token",
            "iat": 1234567890,
            "exp": 1234571490,
        },
    ),
    "oci_get": oci(
        [("date", DATE), ("(request-target)", "get /20231130/models?limit=1"), ("host", "h.example")],
        "t/u/f",
    ),
    "oci_post": oci(
        [
            ("date", DATE),
            ("(request-target)", "post /20231130/actions/chat"),
            ("host", "h.example:8443"),
            ("content-length", str(len(BODY))),
            ("content-type", "application/json"),
            ("x-content-sha256", DIGEST),
        ],
        "ST$token",
    ),
}

with open("vectors.json", "w", encoding="utf-8") as file:
    json.dump(vectors, file, indent=2)
    file.write("\n")
