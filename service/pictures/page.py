"""A page around a picture."""

from __future__ import annotations

from .sheet import written


def page(title: str, picture: str) -> str:
    """Put a picture on a page of its own.

    Parameters
    ----------
    title : str
        Of the page.
    picture : str
        An `svg` element.

    Returns
    -------
    str
        HTML that needs nothing else; it is light or dark as its reader's screen is.
    """
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        '<meta name="color-scheme" content="light dark">'
        f"<title>{written(title)}</title>"
        "<style>body{margin:0}svg{display:block;width:100%;min-width:900px;margin:auto}</style>"
        "</head>"
        f"<body>{picture}</body></html>\n"
    )
