"""Certificates for tests, signed by themselves."""

import subprocess

from tools import tool


def make(folder, name, stem="", days=2):
    """Writes a certificate for a host name and its key; returns both paths."""
    certificate, key = folder / f"{stem}certificate.pem", folder / f"{stem}key.pem"
    subprocess.run(
        [tool("openssl", "openssl"), "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", str(days),
         "-keyout", key, "-out", certificate, "-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}"],
        check=True, capture_output=True)
    key.chmod(0o600)
    return certificate, key
