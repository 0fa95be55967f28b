"""Icons for a light and a dark background."""

from __future__ import annotations

from html import escape

_SVG = """\
<svg xmlns="http://www.w3.org/2000/svg" width="60" height="60" viewBox="0 0 60 60">
  <rect width="60" height="60" rx="12" fill="{back}"/>
  <text x="30" y="42" font-family="sans-serif" font-size="34" font-weight="700" text-anchor="middle" fill="{front}">\
{letter}</text>
</svg>
"""


def icons(name: str, title: str, own: str | None = None) -> dict[str, str]:
    """Two files by name: the connector's own icon, as SVG, or else the first letter of its title."""
    letter = escape(title[:1].upper())
    return {
        f"{name}.svg": own or _SVG.format(back="#1f4e79", front="#ffffff", letter=letter),
        f"{name}.dark.svg": own or _SVG.format(back="#a8cdf0", front="#12304d", letter=letter),
    }
