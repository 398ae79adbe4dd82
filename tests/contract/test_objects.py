"""What any object store promises (archive.ports.Objects), asked of each adapter that we have."""

from __future__ import annotations

import hashlib
import secrets
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from archive.errors import ObjectConflict, ObjectDamaged, ObjectMissing, ObjectsUnavailable
from archive.objects import S3Objects, manifest_key, object_key
from archive.ports import Objects

UNTIL = datetime.now(UTC).replace(microsecond=0) + timedelta(days=1)


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def fresh_key() -> str:
    return object_key(2026, "sktu", uuid4())


@pytest.fixture
def raw(s3):
    """The store as someone with the application's own keys could use it."""
    client = boto3.client(
        "s3",
        endpoint_url=s3.endpoint,
        aws_access_key_id=s3.access_key,
        aws_secret_access_key=s3.secret_key,
        region_name="us-east-1",
        config=Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 1}),
    )
    yield client
    client.close()


def test_the_first_version_comes_back_with_its_lock(objects: Objects) -> None:
    key, data = fresh_key(), b"%PDF-1.7 " + secrets.token_bytes(40_000)
    version = objects.put_first(key, data, sha(data), UNTIL)
    assert objects.get(key) == objects.get(key, version) == data
    found = objects.head(key)
    assert (found.version, found.sha256, found.size, found.retain_until) == (
        version,
        sha(data),
        len(data),
        UNTIL,
    )


def test_the_same_first_version_again_is_adopted(objects: Objects) -> None:
    key, data = fresh_key(), b"one"
    assert objects.put_first(key, data, sha(data), UNTIL) == objects.put_first(key, data, sha(data), UNTIL)
    assert len(list(objects.list(key))) == 1


def test_the_first_version_is_adopted_even_after_the_second(objects: Objects) -> None:
    key, data, more = fresh_key(), b"one", b"one and two"
    first = objects.put_first(key, data, sha(data), UNTIL)
    second = objects.put_next(key, more, sha(more), UNTIL)
    assert objects.put_first(key, data, sha(data), UNTIL) == first
    assert objects.put_next(key, more, sha(more), UNTIL) == second
    assert objects.get(key) == more
    assert {v.version for v in objects.list(key)} == {first, second}


def test_other_bytes_never_replace_the_first(objects: Objects) -> None:
    key = fresh_key()
    objects.put_first(key, b"one", sha(b"one"), UNTIL)
    with pytest.raises(ObjectConflict):
        objects.put_first(key, b"two", sha(b"two"), UNTIL)
    assert objects.get(key) == b"one"


def test_of_eight_first_writers_one_wins(objects: Objects) -> None:
    key = fresh_key()

    def write(i: int) -> str:
        data = b"writer %d" % i
        try:
            return objects.put_first(key, data, sha(data), UNTIL)
        except ObjectConflict:
            return "conflict"

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(write, range(8)))
    assert answers.count("conflict") == 7
    assert len(list(objects.list(key))) == 1


def test_eight_equal_first_writers_all_learn_the_same_version(objects: Objects) -> None:
    key = fresh_key()
    with ThreadPoolExecutor(8) as pool:
        answers = set(pool.map(lambda _: objects.put_first(key, b"same", sha(b"same"), UNTIL), range(8)))
    assert len(answers) == 1


def test_eight_equal_next_writers_add_one_version(objects: Objects) -> None:
    key = fresh_key()
    objects.put_first(key, b"one", sha(b"one"), UNTIL)
    with ThreadPoolExecutor(8) as pool:
        answers = set(pool.map(lambda _: objects.put_next(key, b"two", sha(b"two"), UNTIL), range(8)))
    assert len(answers) == 1
    assert len(list(objects.list(key))) == 2


def test_next_needs_a_first(objects: Objects) -> None:
    with pytest.raises(ObjectMissing):
        objects.put_next(fresh_key(), b"two", sha(b"two"), UNTIL)


def test_bytes_that_changed_on_the_way_are_refused(objects: Objects) -> None:
    key = fresh_key()
    with pytest.raises(ObjectsUnavailable):
        objects.put_first(key, b"changed", sha(b"as sent"), UNTIL)
    with pytest.raises(ObjectMissing):
        objects.head(key)


def test_a_locked_version_cannot_be_deleted_nor_its_lock_shortened(objects: S3Objects, raw) -> None:
    key = fresh_key()
    version = objects.put_first(key, b"one", sha(b"one"), UNTIL)
    with pytest.raises(ClientError):
        raw.delete_object(Bucket=objects.bucket, Key=key, VersionId=version)
    with pytest.raises(ClientError):
        raw.put_object_retention(
            Bucket=objects.bucket,
            Key=key,
            VersionId=version,
            Retention={"Mode": "COMPLIANCE", "RetainUntilDate": UNTIL - timedelta(hours=12)},
        )
    assert objects.get(key, version) == b"one"


def test_a_damaged_object_is_never_handed_out(objects: S3Objects, raw) -> None:
    key = fresh_key()
    raw.put_object(Bucket=objects.bucket, Key=key, Body=b"rotten", Metadata={"sha256": sha(b"fresh")})
    with pytest.raises(ObjectDamaged):
        objects.get(key)
    with pytest.raises(ObjectDamaged):
        objects.get(key, sha256=sha(b"other"))


def test_a_manifest_is_renewed_and_an_equal_one_adds_nothing(objects: Objects) -> None:
    key = fresh_key()
    first = objects.put_manifest(key, b'{"n":1}', UNTIL)
    assert objects.put_manifest(key, b'{"n":1}', UNTIL) == first
    assert objects.put_manifest(key, b'{"n":2}', UNTIL) != first
    assert objects.get(manifest_key(key)) == b'{"n":2}'
    assert len(list(objects.list(manifest_key(key)))) == 2


def test_the_list_holds_every_version_over_many_pages(objects: S3Objects) -> None:
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda i: objects.put_first(f"many/{i:04}", b"x", sha(b"x"), UNTIL), range(1100)))
    assert len({found.key for found in objects.list("many/")}) == 1100


def test_what_is_not_there_says_so(objects: Objects) -> None:
    key = fresh_key()
    for ask in (objects.get, objects.head):
        with pytest.raises(ObjectMissing):
            ask(key)
    objects.put_first(key, b"one", sha(b"one"), UNTIL)
    with pytest.raises((ObjectMissing, ObjectsUnavailable)):
        objects.get(key, "no-such-version")


def test_a_store_that_is_not_there_says_so(s3) -> None:
    gone = S3Objects("http://127.0.0.1:9", s3.access_key, s3.secret_key, "izin")
    for ask in (gone.ping, gone.ensure_bucket, lambda: gone.get("x"), lambda: list(gone.list())):
        with pytest.raises(ObjectsUnavailable):
            ask()
    gone.close()


def test_a_second_start_finds_its_bucket(objects: Objects) -> None:
    objects.ensure_bucket()
    objects.ping()


def test_a_bucket_without_locks_is_refused(s3, raw) -> None:
    raw.create_bucket(Bucket="tanpa-kunci")
    plain = S3Objects(s3.endpoint, s3.access_key, s3.secret_key, "tanpa-kunci")
    with pytest.raises(Exception, match="tanpa-kunci"):
        plain.ensure_bucket()
    plain.close()
