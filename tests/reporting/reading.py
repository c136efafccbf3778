"""Read a page as plain text."""

from __future__ import annotations

import html
import re
from pathlib import Path


def read_text(page: Path) -> str:
    """Text of ``page / "index.html"``: headings after ``#``, list items after ``-``, table rows between ``|``."""
    text = page.joinpath("index.html").read_text().partition("<main>")[2]
    text = re.sub("<(script|nav|noscript)[^>]*>.*?</\\1>", "", text, flags=re.DOTALL)
    text = re.sub(r"\s+", " ", text)
    text = re.sub(r"<h(\d)[^>]*>", lambda head: f"\n\n{int(head[1]) * '#'} ", text)
    for tag, mark in {
        "</h.>|</p>|</?ul>|</table>": "\n\n",
        "<li>": "\n- ",
        "<tr[^>]*>": "\n| ",
        "</t[hd]>": " | ",
        "<small": " <",
    }.items():
        text = re.sub(tag, mark, text)
    text = html.unescape(re.sub("<[^>]*>", "", text)).replace("\xa0", " ")
    return "\n".join(re.sub(" +", " ", line).strip() for line in text.splitlines())
