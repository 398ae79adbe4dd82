from __future__ import annotations

import json
import socket
from contextlib import closing

import pytest

from api.embedded.errors import PortTaken
from api.embedded.ports import GRPC, assign, is_free, wished


@pytest.fixture
def taken():
    with closing(socket.socket()) as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        yield holder.getsockname()[1]


def test_a_port_stays_the_same_over_restarts(tmp_path):
    memory = tmp_path / "ports.json"
    assert assign(["a", "b"], memory) == assign(["b", "a"], memory)


def test_names_never_share_a_port_nor_its_twin(tmp_path):
    ports = assign([f"n{i}" for i in range(30)], tmp_path / "ports.json")
    used = [p for port in ports.values() for p in (port, port + GRPC)]
    assert len(set(used)) == len(used)


def test_a_remembered_port_that_another_took_is_given_up(tmp_path, taken):
    memory = tmp_path / "ports.json"
    memory.write_text(json.dumps({"a": taken}))
    chosen = assign(["a"], memory)["a"]
    assert chosen != taken
    assert json.loads(memory.read_text())["a"] == chosen


@pytest.mark.parametrize("text", ["", "[]", '{"a": "x"}', "{"])
def test_a_damaged_memory_is_as_none(tmp_path, text):
    memory = tmp_path / "ports.json"
    memory.write_text(text)
    assert is_free(assign(["a"], memory)["a"])


def test_a_wished_port_that_is_taken_gives_a_neighbour(taken):
    assert not is_free(taken)
    assert taken < wished(taken) < taken + 100


def test_a_free_wish_is_granted_and_none_gives_any():
    port = wished(0)
    assert wished(port) == port


def test_an_address_that_is_not_ours_is_refused_in_words():
    with pytest.raises(PortTaken, match="--port"):
        wished(9000, "192.0.2.1")
