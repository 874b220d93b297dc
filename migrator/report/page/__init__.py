"""The report as one HTML file: no network, no build step. `data` is what it knows; the script beside draws it in the browser."""

from __future__ import annotations

import base64
import hashlib
import json
from importlib import resources
from typing import Any

import jinja2

from migrator import __version__
from migrator.effort import PlanSettings
from migrator.report import Analysis
from migrator.report.page.data import page_data, page_sources
from migrator.roadmap.model import Roadmap

SCRIPTS = ("dom.js", "layout.js", "graph.js", "source.js", "parts.js", "views.js", "dag.js", "app.js")
"""In the order in which they need each other; together they are one script."""


def render(analysis: Analysis, roadmap: Roadmap, settings: PlanSettings, title: str) -> str:
    """The page as text. `title` is what the folder is called."""
    script = "\n".join(["(() => {", '"use strict";', *map(_part, SCRIPTS), "})();"])
    style = _part("style.css")
    template = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined).from_string(_part("page.html"))
    return template.render(
        title=title.encode("utf-8", "backslashreplace").decode("utf-8"),
        version=__version__,
        style=style,
        script=script,
        policy=f"default-src 'none'; script-src {_digest(script)}; style-src {_digest(style)}; base-uri 'none'; form-action 'none'",
        data=embedded(page_data(analysis, roadmap, settings)),
        sources=embedded(page_sources(analysis)),
    )


def embedded(value: Any) -> str:
    """JSON that can stand in a `script` element: nothing in it ends the element or begins a comment."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for sign in ("<", ">", "&", "\u2028", "\u2029"):
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _part(name: str) -> str:
    return resources.files(__package__).joinpath(name).read_text(encoding="utf-8").strip()


def _digest(text: str) -> str:
    """How a content security policy names an inline script or style."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
