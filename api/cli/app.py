"""All command groups in one application."""

from __future__ import annotations

import typer

from api.cli import audit, find, issue, revoke, run, verify


def build() -> typer.Typer:
    """Return the whole command line."""
    app = typer.Typer(
        name="sahih",
        help="Menerbitkan, menandatangani, menyimpan, menemukan, dan membuktikan izin.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )
    for group in (run, issue, find, revoke, verify, audit):
        group.add_to(app)
    return app
