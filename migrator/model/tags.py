"""How an id of Airflow's stands in a tag of Dagster's: one spelling for those that write it and those that look for it."""

from __future__ import annotations

import functools
import re
import unicodedata


def plain(text: str) -> str:
    """The text without accents and other marks on its letters.

    >>> plain("über")
    'uber'
    """
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode() if not text.isascii() else text


@functools.lru_cache(maxsize=20_000)
def tag_text(text: str) -> str:
    """A tag's key or value: at most 63 of letters, digits, `_`, `.`, `-`.

    >>> tag_text("owned by: sales/eu")
    'owned_by_sales_eu'
    """
    return re.sub(r"[^0-9a-zA-Z_.-]+", "_", plain(text)).strip("_")[:63]
