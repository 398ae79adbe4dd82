"""What several suites share: the embedded stores, and a whole office; each made once for a run."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from harness import OfficeUp

from api.embedded.stack import Stores


@contextmanager
def open_folder(prefix: str) -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix=prefix))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def stack() -> Iterator[Stores]:
    """The embedded PostgreSQL and object store, migrated, with a bucket; no roles."""
    from api.embedded.stack import stores
    from api.settings import Wishes

    with open_folder("sahih-stack-") as folder, stores(Wishes(data=folder / "data", port=0)) as running:
        yield running


@pytest.fixture(scope="session")
def office_up() -> Iterator[OfficeUp]:
    """`sahih up` on a folder of its own, as strangers see it."""
    with open_folder("sahih-up-") as folder:
        office = OfficeUp(folder / "data", env={"SAHIH_BASE_URL": "https://perizinan.contoh.go.id"})
        try:
            yield office.start()
        finally:
            if office.process is not None and office.process.poll() is None:
                office.stop()
