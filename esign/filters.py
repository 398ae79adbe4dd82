"""Undoing the filters that a judge of a PDF needs, with a bound on what may come out (ISO 32000-2, 7.4)."""

from __future__ import annotations

import zlib
from typing import Any

from esign.values import Damaged

LARGEST = 32 * 1024 * 1024


def decode(entries: dict[str, Any], raw: bytes, limit: int = LARGEST) -> bytes:
    """A stream's data; ``entries`` is its dictionary with direct values.

    Raises:
        Damaged: another filter than FlateDecode, damaged data, or more than ``limit`` bytes.
    """
    filters, parameters = entries.get("Filter", []), entries.get("DecodeParms", [])
    filters = filters if isinstance(filters, list) else [filters]
    parameters = parameters if isinstance(parameters, list) else [parameters]
    if not filters:
        return raw
    if filters != ["FlateDecode"] or len(parameters) > 1:
        raise Damaged("filter-unknown")
    unpacker = zlib.decompressobj()
    try:
        data = unpacker.decompress(raw, limit)
    except zlib.error as error:
        raise Damaged("stream-damaged") from error
    if unpacker.unconsumed_tail:
        raise Damaged("expansion-bomb")
    if not unpacker.eof:
        raise Damaged("stream-damaged")
    return _unpredict(data, parameters[0]) if parameters and parameters[0] else data


def _unpredict(data: bytes, parameters: Any) -> bytes:
    """Undo PNG's row filters None, Sub and Up (cross-reference streams use Up)."""
    if not isinstance(parameters, dict) or parameters.get("Colors", 1) != 1:
        raise Damaged("filter-unknown")
    predictor, width = parameters.get("Predictor", 1), parameters.get("Columns", 1)
    if predictor == 1:
        return data
    if not (isinstance(width, int) and 0 < width < 4096 and predictor in range(10, 16)):
        raise Damaged("filter-unknown")
    if parameters.get("BitsPerComponent", 8) != 8 or len(data) % (width + 1):
        raise Damaged("stream-damaged")
    above, rows = bytes(width), []
    for start in range(0, len(data), width + 1):
        kind, row = data[start], data[start + 1 : start + 1 + width]
        if kind == 2:
            row = bytes((a + b) & 0xFF for a, b in zip(row, above, strict=True))
        elif kind == 1:
            row = _running_sum(row)
        elif kind:
            raise Damaged("filter-unknown")
        rows.append(row)
        above = row
    return b"".join(rows)


def _running_sum(row: bytes) -> bytes:
    total, summed = 0, bytearray()
    for value in row:
        total = (total + value) & 0xFF
        summed.append(total)
    return bytes(summed)
