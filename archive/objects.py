"""The way to the object store: S3 with versions and object lock. The only home of its client library."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError

from archive.errors import (
    ObjectConflict,
    ObjectDamaged,
    ObjectMissing,
    ObjectsError,
    ObjectsUnavailable,
)
from archive.ports import Objects, Stored, manifest_key, object_key

__all__ = ["Objects", "S3Objects", "Stored", "manifest_key", "object_key"]

_MISSING = {"404", "NoSuchKey", "NoSuchVersion", "NoSuchBucket", "NotFound"}
_TAKEN = {"412", "PreconditionFailed"}
_PASSING = {408, 409, 429}
_MINE_ALREADY = {"BucketAlreadyOwnedByYou", "BucketAlreadyExists"}


class S3Objects:
    """Objects in one bucket of any S3 with versioning, object lock and conditional writes.

    Making one is costly (some 0.1 s): one a process. It connects within ``connect_timeout`` and waits
    ``read_timeout`` seconds for an answer; only reading is tried again by itself.
    """

    def __init__(
        self,
        endpoint: str,
        access_key: str,
        secret_key: str,
        bucket: str,
        *,
        region: str = "us-east-1",
        connect_timeout: float = 2.0,
        read_timeout: float = 10.0,
    ) -> None:
        self.bucket = bucket
        self._s3 = boto3.client(
            "s3",
            endpoint_url=endpoint,
            aws_access_key_id=access_key,
            aws_secret_access_key=secret_key,
            region_name=region,
            config=Config(
                connect_timeout=connect_timeout,
                read_timeout=read_timeout,
                retries={"total_max_attempts": 1},
                max_pool_connections=32,
                s3={"addressing_style": "path"},
                signature_version="s3v4",
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
            ),
        )

    def close(self) -> None:
        """Close the pooled connections."""
        self._s3.close()

    def ensure_bucket(self) -> None:
        """See ``Objects``."""
        try:
            self._call("head_bucket", "", tries=2)
        except ObjectMissing:
            try:
                self._call("create_bucket", "", ObjectLockEnabledForBucket=True)
            except _Refused as error:
                if error.code not in _MINE_ALREADY:
                    raise
            enabled = {"Status": "Enabled"}
            self._call("put_bucket_versioning", "", VersioningConfiguration=enabled)
        if self._call("get_bucket_versioning", "", tries=2).get("Status") != "Enabled":
            raise ObjectsError(self.bucket, "the bucket keeps no versions")
        try:
            lock = self._call("get_object_lock_configuration", "", tries=2)
        except (_Refused, ObjectMissing) as error:
            raise ObjectsError(self.bucket, "the bucket has no object lock") from error
        if lock.get("ObjectLockConfiguration", {}).get("ObjectLockEnabled") != "Enabled":
            raise ObjectsError(self.bucket, "the bucket has no object lock")

    def ping(self) -> None:
        """See ``Objects``."""
        try:
            self._call("head_bucket", "")
        except ObjectMissing as error:
            raise ObjectsUnavailable(self.bucket, "no such bucket") from error

    def put_first(self, key: str, data: bytes, sha256: str, retain_until: datetime) -> str:
        """See ``Objects``."""
        try:
            return self._put(key, data, sha256, retain_until, IfNoneMatch="*")
        except _Taken:
            first = self._versions(key)[-1]
            if hashlib.sha256(self.get(key, first.version)).hexdigest() != sha256:
                raise ObjectConflict(key, "the key is taken by other bytes") from None
            return first.version

    def put_next(self, key: str, data: bytes, sha256: str, retain_until: datetime) -> str:
        """See ``Objects``."""
        etag = self._call("head_object", key, tries=2, Key=key)["ETag"]
        found = self._adopt(key, sha256)
        if found is not None:
            return found
        try:
            return self._put(key, data, sha256, retain_until, IfMatch=etag)
        except _Taken:
            found = self._adopt(key, sha256)
            if found is None:
                raise ObjectConflict(key, "someone else stored another version") from None
            return found

    def put_manifest(self, key: str, data: bytes, retain_until: datetime) -> str:
        """See ``Objects``."""
        name, digest = manifest_key(key), hashlib.sha256(data).hexdigest()
        try:
            newest = self.head(name)
        except ObjectMissing:
            newest = None
        if newest is not None and newest.sha256 == digest:
            return newest.version
        return self._put(name, data, digest, retain_until, ContentType="application/json")

    def get(self, key: str, version: str | None = None, sha256: str | None = None) -> bytes:
        """See ``Objects``."""
        for left in (1, 0):
            reply = self._call("get_object", key, tries=2, Key=key, **_version(version))
            try:
                data: bytes = reply["Body"].read()
                break
            except (BotoCoreError, HTTPClientError, OSError) as error:
                if not left:
                    raise ObjectsUnavailable(key, type(error).__name__) from error
        wanted = sha256 or reply.get("Metadata", {}).get("sha256")
        if wanted and hashlib.sha256(data).hexdigest() != wanted:
            raise ObjectDamaged(key, f"version {reply.get('VersionId')} does not have its hash")
        return data

    def head(self, key: str, version: str | None = None) -> Stored:
        """See ``Objects``."""
        reply = self._call("head_object", key, tries=2, Key=key, **_version(version))
        return Stored(
            key=key,
            version=reply.get("VersionId", ""),
            size=reply["ContentLength"],
            modified=reply["LastModified"],
            latest=version is None,
            sha256=reply.get("Metadata", {}).get("sha256"),
            retain_until=reply.get("ObjectLockRetainUntilDate"),
        )

    def list(self, prefix: str = "") -> Iterator[Stored]:
        """See ``Objects``."""
        marks: dict[str, Any] = {}
        while True:
            page = self._call("list_object_versions", prefix, tries=2, Prefix=prefix, **marks)
            for item in page.get("Versions", []):
                yield Stored(
                    key=item["Key"],
                    version=item["VersionId"],
                    size=item["Size"],
                    modified=item["LastModified"],
                    latest=item["IsLatest"],
                )
            if not page.get("IsTruncated"):
                return
            marks = {"KeyMarker": page["NextKeyMarker"]}
            if page.get("NextVersionIdMarker"):
                marks["VersionIdMarker"] = page["NextVersionIdMarker"]

    def _versions(self, key: str) -> tuple[Stored, ...]:
        """Return an object's versions, newest first, as S3 lists them."""
        return tuple(found for found in self.list(key) if found.key == key)

    def _adopt(self, key: str, sha256: str) -> str | None:
        """Return the version whose declared and real hash is ``sha256``, if there is one."""
        for found in self._versions(key):
            if self.head(key, found.version).sha256 == sha256:
                self.get(key, found.version, sha256)
                return found.version
        return None

    def _put(self, key: str, data: bytes, sha256: str, retain_until: datetime, **how: str) -> str:
        arguments: dict[str, Any] = {"ContentType": "application/pdf"} | how
        reply = self._call(
            "put_object",
            key,
            Key=key,
            Body=data,
            ChecksumSHA256=base64.b64encode(bytes.fromhex(sha256)).decode(),
            Metadata={"sha256": sha256},
            ObjectLockMode="COMPLIANCE",
            ObjectLockRetainUntilDate=retain_until,
            **arguments,
        )
        return str(reply["VersionId"])

    def _call(self, operation: str, key: str, *, tries: int = 1, **arguments: Any) -> Mapping[str, Any]:
        while True:
            tries -= 1
            try:
                reply: Mapping[str, Any] = getattr(self._s3, operation)(Bucket=self.bucket, **arguments)
            except ClientError as error:
                code = str(error.response.get("Error", {}).get("Code", ""))
                if code in _MISSING:
                    raise ObjectMissing(key or self.bucket, "not there") from error
                if code in _TAKEN:
                    raise _Taken(key, "taken") from error
                status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 500)
                if not tries or (status < 500 and status not in _PASSING):
                    raise _Refused(key or self.bucket, code) from error
            except (BotoCoreError, HTTPClientError) as error:
                if not tries:
                    raise ObjectsUnavailable(key or self.bucket, type(error).__name__) from error
            else:
                return reply


class _Taken(ObjectConflict):
    """A condition on a put did not hold."""


class _Refused(ObjectsUnavailable):
    """The store answered, and would not do it."""

    def __init__(self, key: str, code: str) -> None:
        super().__init__(key, code)
        self.code = code


def _version(version: str | None) -> dict[str, Any]:
    return {} if version is None else {"VersionId": version}


_: type[Objects] = S3Objects
