"""Errors of starting the embedded stack. Messages are Indonesian, for whoever typed the command.

StackError
├── AlreadyRunning   another ``sahih up`` holds the data folder
├── FolderUnusable   the data folder (or the program's own) cannot be used as it is
├── PortTaken        neither the wished port nor one near it is free
└── PartFailed       a part did not start; carries the end of its log
"""

from __future__ import annotations


class StackError(Exception):
    """Base of the package's errors."""


class AlreadyRunning(StackError):
    """Another ``sahih up`` holds the data folder."""


class FolderUnusable(StackError):
    """The data folder, or the folder of the program, cannot be used as it is."""


class PortTaken(StackError):
    """Neither the wished port nor one near it is free."""


class PartFailed(StackError):
    """A part did not start."""
