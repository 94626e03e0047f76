"""What a child process needs in its environment to take the loopback YouTube for the real one."""

from __future__ import annotations

import os
from pathlib import Path

# yt-dlp does not look at SSL_CERT_FILE where certifi is installed: it asks certifi.
SITECUSTOMIZE = '''\
"""Makes certifi name the certificate authority of the loopback YouTube."""
try:
    import certifi
except ImportError:
    pass
else:
    certifi.where = certifi.core.where = lambda: {ca_file!r}
    certifi.contents = certifi.core.contents = lambda: open({ca_file!r}, encoding="ascii").read()
'''

LOCAL = "127.0.0.1,localhost"


def write_sitecustomize(folder: Path, ca_file: Path) -> None:
    text = SITECUSTOMIZE.format(ca_file=str(ca_file))
    (folder / "sitecustomize.py").write_text(text, encoding="utf-8")


def environment(proxy_url: str, ca_file: Path, shim: Path) -> dict[str, str]:
    """The variables to add; an existing PYTHONPATH is kept behind ours."""
    inherited = os.environ.get("PYTHONPATH")
    return {
        "HTTPS_PROXY": proxy_url,
        "https_proxy": proxy_url,
        "SSL_CERT_FILE": str(ca_file),
        # Where these are set already, curl_cffi (captions) and requests prefer them.
        "CURL_CA_BUNDLE": str(ca_file),
        "REQUESTS_CA_BUNDLE": str(ca_file),
        "NO_PROXY": LOCAL,
        "no_proxy": LOCAL,
        "PYTHONPATH": os.pathsep.join(filter(None, (str(shim), inherited))),
    }
