"""What follows from a manifest alone, without anything recorded: tried against a pretend vendor made from it."""

from __future__ import annotations
