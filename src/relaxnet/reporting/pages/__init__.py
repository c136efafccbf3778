"""Self-contained pages: one style, one frame, and the rendering of the templates that fill it."""

import base64
from collections.abc import Callable, Mapping
from importlib.resources import files
from typing import Any

import jinja2

OWN = ("base.html.jinja", "items.html.jinja")
"""Templates of this package: the frame, and tables and figures with their captions."""


def render(
    package: str, template: str, context: Mapping[str, Any], filters: Mapping[str, Callable[..., Any]] | None = None
) -> str:
    """Render an HTML template, a resource of ``package``; it may use those of this package, `OWN`.

    Text is escaped; a name that the context lacks is an error.
    """

    def source(name: str) -> str:
        return (files(__package__ if name in OWN else package) / name).read_text(encoding="utf-8")

    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(source),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= filters or {}
    own = {
        name: (files(__package__) / file).read_text(encoding="utf-8")
        for name, file in (("style", "style.css"), ("scroll", "scroll.js"))
    }
    return environment.get_template(template).render({**own, **context})


def inline(png: bytes) -> str:
    """Address of a picture that holds the picture itself."""
    return f"data:image/png;base64,{base64.b64encode(png).decode('ascii')}"
