"""A sample school district on loopback that speaks real protocols: for `make demo` and for tests, never for records."""

from __future__ import annotations
