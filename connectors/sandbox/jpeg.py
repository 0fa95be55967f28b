"""A grey JPEG that readers open, for the pictures a pretend vendor hands out."""

from __future__ import annotations

from math import ceil

EVEN_GREY = b"\x00"  # one code of one bit in either table: "no difference", "nothing more in this block"


def grey(width: int, height: int) -> bytes:
    """A picture of this size, in pixels, each from 1 to 65500."""
    blocks = ceil(width / 8) * ceil(height / 8)
    spare = -2 * blocks % 8  # a block is two bits, and the last byte is filled up with ones
    scan = bytes(-(-2 * blocks // 8) - 1) + bytes([2**spare - 1])
    one_code = b"\x01" + bytes(15) + EVEN_GREY
    return (
        b"\xff\xd8"
        + _segment(0xE0, b"JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00")
        + _segment(0xDB, b"\x00" + b"\x01" * 64)
        + _segment(0xC0, b"\x08" + height.to_bytes(2) + width.to_bytes(2) + b"\x01\x01\x11\x00")
        + _segment(0xC4, b"\x00" + one_code)
        + _segment(0xC4, b"\x10" + one_code)
        + _segment(0xDA, b"\x01\x01\x00\x00\x3f\x00")
        + scan
        + b"\xff\xd9"
    )


def _segment(kind: int, content: bytes) -> bytes:
    return b"\xff" + bytes([kind]) + (len(content) + 2).to_bytes(2) + content
