"""Two other readers look at the same file: pyHanko at its chain of cross-references, qpdf at every object.

A file that our reader, pyHanko and qpdf see differently is one that people's readers may see differently too.
"""

from __future__ import annotations

import io
import logging
from functools import lru_cache

import pikepdf
from pyhanko.pdf_utils.generic import Reference
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.pdf_utils.xref import ObjStreamRef

from esign.document import Document, View
from esign.values import Damaged, Value, read_value

_SMALL = 512
logging.getLogger("pyhanko").setLevel(logging.CRITICAL)
logging.getLogger("pikepdf").setLevel(logging.CRITICAL)


def require_agreement(document: Document) -> None:
    """Compare the chain and the newest objects.

    Raises:
        Damaged: a reader refuses the file, or sees another one than we do.
    """
    _compare_chain(document)
    _compare_objects(document.data, document.view())


def _compare_chain(document: Document) -> None:
    try:
        xrefs = PdfFileReader(io.BytesIO(document.data)).xrefs
        if xrefs.total_revisions != document.skeleton.section_count:
            raise Damaged("parsers-disagree")
        section = 0
        for index, revision in enumerate(document.revisions):
            section += len(revision.sections)
            for number, place in document.view(index).places.items():
                if place is None:
                    continue
                theirs = xrefs.get_historical_ref(Reference(number, place.generation), section - 1)
                ours = place.offset if place.holder is None else ObjStreamRef(place.holder, place.member)
                if theirs != ours:
                    raise Damaged("parsers-disagree")
    except (PdfError, ValueError, KeyError, TypeError, IndexError, RecursionError) as error:
        raise Damaged("parsers-disagree") from error


def _compare_objects(data: bytes, view: View) -> None:
    try:
        with pikepdf.open(io.BytesIO(data), attempt_recovery=False, suppress_warnings=True) as pdf:
            seen = {thing.objgen[0] for thing in pdf.objects if _same(data, view, thing)}
            if pdf.get_warnings():
                raise Damaged("parsers-disagree")
    except (pikepdf.PdfError, ValueError, TypeError, RuntimeError) as error:
        raise Damaged("parsers-disagree") from error
    ours = {number for number, place in view.places.items() if place is not None}
    if any((found := view.object(number)) and found.value is not None for number in ours - seen):
        raise Damaged("parsers-disagree")


def _same(data: bytes, view: View, thing: pikepdf.Object) -> bool:
    """Whether qpdf's object is ours to the last value and byte; False where it is null to qpdf.

    Raises:
        Damaged: it is another.
    """
    number = thing.objgen[0]
    ours = view.object(number)
    if isinstance(thing, pikepdf.Stream):
        stored = data[ours.stream[0] : ours.stream[1]] if ours and ours.stream else None
        theirs, raw = _parse(thing.stream_dict.unparse()), thing.read_raw_bytes()
    else:
        stored = raw = None
        theirs = _parse(thing.unparse(resolved=True))
    value = ours.value if ours else None
    if theirs != value or raw != stored:
        raise Damaged("parsers-disagree")
    return value is not None


def _parse(unparsed: bytes) -> Value:
    return _parse_small(unparsed) if len(unparsed) <= _SMALL else read_value(unparsed, 0)[0]


@lru_cache(maxsize=4096)
def _parse_small(unparsed: bytes) -> Value:
    """Permits of a type share most of their small objects: the value is only ever compared, never changed."""
    return read_value(unparsed, 0)[0]
