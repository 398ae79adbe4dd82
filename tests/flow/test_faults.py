"""Every part is killed amid a batch; afterwards each permit is whole or absent, and no number is lost."""

from __future__ import annotations

import os
import signal
import subprocess
import time

import pytest

MANY, FEWER = 200, 60
PARTS = {
    "s3": ("weed", "mini"),
    "database": ("postgres", "-D"),
    "authority": ("api.cli", "authority"),
    "worker": ("api.cli", "worker"),
    "signer": ("api.cli", "signer"),
}


def begin(office, name, many):
    words, env = office.command(
        "issue", "--type", "sktu", office.batch(name, many), "--json", user="kepala_dinas"
    )
    with reasons(office).open("w") as said:
        return subprocess.Popen(words, env=env, stdout=subprocess.PIPE, stderr=said, text=True)


def reasons(office):
    """What the batch says on stderr."""
    return office.data.parent / "batch.err"


def some_are_done(office, running, many):
    for _ in range(many):
        assert running.stdout.readline(), f"ended before the fault: {reasons(office).read_text()[-2000:]}"


@pytest.mark.parametrize("part", PARTS)
def test_a_part_killed_in_a_batch_costs_nothing(office_up, part):
    before = len(office_up.serials())
    name = f"mati-{part}"
    running = begin(office_up, name, FEWER)
    some_are_done(office_up, running, 10)
    victims = office_up.part(*PARTS[part])
    assert victims, f"no process of {part} found"
    os.kill(victims[0], signal.SIGKILL)
    running.communicate(timeout=120)
    said = reasons(office_up).read_text()
    assert running.returncode in {0, 1}, "the command ends by itself, and its exit status says how"
    assert "Traceback" not in said
    office_up.wait_ready()
    again = office_up.batch(name, FEWER)
    deadline = time.monotonic() + 120
    while (done := office_up.cli("issue", "--type", "sktu", again, "--json", user="kepala_dinas")).returncode:
        assert time.monotonic() < deadline, done.stderr[-2000:]
        time.sleep(1)
    after = office_up.serials()
    assert len(after) == before + FEWER
    assert after == list(range(after[0], after[0] + len(after)))


def test_kill_of_everything_and_a_second_start_recover(office_up):
    before = len(office_up.serials())
    running = begin(office_up, "mati-semua", MANY)
    some_are_done(office_up, running, 20)
    running.kill()
    office_up.kill()
    running.communicate()
    office_up.start()
    rows = office_up.json("issue", "--type", "sktu", office_up.batch("mati-semua", MANY), user="kepala_dinas")
    assert len({r["number"] for r in rows}) == MANY
    after = office_up.serials()
    assert len(after) == before + MANY
    assert after == list(range(after[0], after[0] + len(after)))


def test_the_stores_agree_afterwards(office_up):
    office_up.settle(180)
