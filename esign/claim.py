"""What a file says it is: the ``permit.json`` that our renderer embeds (ISO 32000-2, 14.13; PDF/A-3)."""

from __future__ import annotations

import json
from typing import Any

from esign.document import View
from esign.values import Damaged, Ref
from esign.verdict import PermitClaim

SCHEMA = "sahih.permit/"
_FILE_NAMES = {b"permit.json", b"\xfe\xff" + "permit.json".encode("utf-16-be")}
_LARGEST = 256 * 1024
_MOST_NODES = 2000


def read_claim(view: View) -> PermitClaim | None:
    """The claim in that revision, None where there is none.

    Raises:
        Damaged: ``claim-damaged``: two of them, or one that cannot be read.
    """
    found = [spec for spec in _file_specs(view) if _is_claim(view, spec)]
    if not found:
        return None
    data = view.stream(view.entries(found[0].get("EF")).get("F"), _LARGEST) if len(found) == 1 else None
    if data is None:
        raise Damaged("claim-damaged")
    try:
        document = json.loads(data.decode("utf-8"), object_pairs_hook=_no_twins)
    except (ValueError, RecursionError) as error:
        raise Damaged("claim-damaged") from error
    if not isinstance(document, dict) or not str(document.get("schema", "")).startswith(SCHEMA):
        return None
    return _claim(document)


def _claim(document: dict[str, Any]) -> PermitClaim:
    wanted = ("permit_id", "type", "number", "token", "office")
    values = [document.get(key) for key in wanted]
    if not all(isinstance(value, str) for value in values):
        raise Damaged("claim-damaged")
    permit_id, type_code, number, token, office = (str(value) for value in values)
    return PermitClaim(permit_id, type_code, number, token, office, document)


def _is_claim(view: View, spec: dict[str, Any]) -> bool:
    names = {
        view.resolve(spec.get(key)) for key in ("F", "UF") if isinstance(view.resolve(spec.get(key)), bytes)
    }
    return bool(names & _FILE_NAMES) and view.resolve(spec.get("AFRelationship")) == "Source"


def _file_specs(view: View) -> list[dict[str, Any]]:
    """The embedded files: by the catalog's /AF and by its name tree, each once."""
    listed = list(view.items(view.root.get("AF")))
    waiting, count = [view.entries(view.root.get("Names")).get("EmbeddedFiles")], 0
    while waiting:
        node, count = view.entries(waiting.pop()), count + 1
        if count > _MOST_NODES:
            raise Damaged("claim-damaged")
        waiting += view.items(node.get("Kids"))
        listed += view.items(node.get("Names"))[1::2]
    unique = dict.fromkeys(item for item in listed if isinstance(item, Ref))
    direct = [item for item in listed if isinstance(item, dict)]
    return [view.entries(ref) for ref in unique] + direct


def _no_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    document = dict(pairs)
    if len(document) != len(pairs):
        raise ValueError("a key stands twice")
    return document
