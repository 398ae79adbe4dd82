"""Finding permits by words, and the register book."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path
from fastapi import Query as Param

from api.auth import OfficeDep, Reader
from api.openapi import staff
from api.replies import HitReply, HitsReply, RegisterReply, RegisterRowReply
from api.schemas import Code, SearchParams
from office import find
from search.ports import Query

router = APIRouter(tags=["find"])


@router.get("/search", responses=staff())
def search(office: OfficeDep, who: Reader, asked: Annotated[SearchParams, Param()]) -> HitsReply:
    """Find permits by any word in them, number, applicant or address; typing errors are forgiven."""
    wanted = Query(
        today=office.today(),
        words=asked.q,
        type_code=asked.type,
        year=asked.year,
        status=asked.status.value if asked.status else None,
        since=asked.since,
        until=asked.until,
        sort=asked.sort,
        limit=asked.limit,
        after=asked.after,
    )
    hits = find.search(office, who, wanted)
    facets = {name: dict(counts) for name, counts in hits.facets.items()}
    found = [HitReply.model_validate(hit) for hit in hits.hits]
    return HitsReply(hits=found, total=hits.total, facets=facets, next=hits.next)


@router.get("/register/{code}/{year}", responses=staff(404))
def register(
    office: OfficeDep, who: Reader, code: Code, year: Annotated[int, Path(ge=1900, le=9999)]
) -> RegisterReply:
    """Read the register book (buku register) of one permit type and year."""
    rows = find.register_rows(office, who, office.catalog.get(code).code, year)
    return RegisterReply(rows=[RegisterRowReply.model_validate(row) for row in rows])
