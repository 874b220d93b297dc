"""The bars that show how far a migration is, as SVG that Dagster's UI draws from a `data:` address."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from urllib.parse import quote

from migrator.dashboard.facts import LABELS, percent

COLORS = {
    "blocked": "#d24545",
    "observed": "#b7bfc9",
    "proxied": "#e0a63a",
    "migrated": "#4f7bf0",
    "decommissioned": "#2f9e6a",
}
_TEXT = "#8a8f98"
"""A grey that can be read in the light theme and in the dark one."""
_FONT = "Geist,Inter,Helvetica,Arial,sans-serif"
_ORDER = tuple(reversed(LABELS))
"""What is done stands at the left, as in any progress bar."""


def bar(labels: Mapping[str, int], width: int = 820) -> str:
    """The address of a bar with headline and legend: how many DAGs have which label."""
    total = sum(labels.values())
    off = labels.get("migrated", 0) + labels.get("decommissioned", 0)
    parts = [
        f'<text x="0" y="22" font-size="20" font-weight="600" fill="{COLORS["migrated"]}">'
        f"{percent(off, total):g}% of {total:,} DAGs off Airflow</text>",
        f'<clipPath id="r"><rect y="34" width="{width}" height="26" rx="4"/></clipPath><g clip-path="url(#r)">',
        f'<rect y="34" width="{width}" height="26" fill="{_TEXT}" opacity=".25"/>',
    ]
    left = 0.0
    for name, share in _shares(labels, width):
        parts.append(f'<rect x="{left:.1f}" y="34" width="{share:.1f}" height="26" fill="{COLORS[name]}"/>')
        left += share
    parts.append("</g>")
    for index, name in enumerate(_ORDER):
        x = index * 162
        parts.append(
            f'<rect x="{x}" y="72" width="11" height="11" rx="2" fill="{COLORS[name]}"/>'
            f'<text x="{x + 17}" y="82" font-size="13" fill="{_TEXT}">{name} {labels.get(name, 0):,}</text>'
        )
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="92" viewBox="0 0 {width} 92" '
        f'font-family="{_FONT}" role="img">{"".join(parts)}</svg>'
    )
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode()


def thin_bar(labels: Mapping[str, int], width: int = 420) -> str:
    """The address of the bar alone, short enough (< 1,000 characters) for metadata that the UI shows without a click."""
    rows, left = "", 0.0
    for name, share in _shares(labels, width):
        rows += f"<rect x='{left:.0f}' width='{share:.0f}' height='16' fill='{COLORS[name]}'/>"
        left += share
    svg = f"<svg xmlns='http://www.w3.org/2000/svg' width='{width}' height='16'>{rows}</svg>"
    return "data:image/svg+xml," + quote(svg, safe="/:='")


def _shares(labels: Mapping[str, int], width: int) -> list[tuple[str, float]]:
    """Each label that there is with its part of the width; none is too thin to be seen."""
    total = sum(labels.values()) or 1
    present = [name for name in _ORDER if labels.get(name)]
    least = 4.0
    free = width - least * len(present)
    return [(name, least + free * labels[name] / total) for name in present]
