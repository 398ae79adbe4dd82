"""Permit in, sealed PDF out; PDF in, verdict out."""
