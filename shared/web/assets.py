"""Styles and scripts of the pages, named by their hash: GOV.UK Frontend's, as npm fetched it, and a little of ours.

What belongs to gov.uk only, its typeface and its crest, is taken out while they are read. Nothing comes from another
host, and a name is never given to another content, so browsers keep what they have for a year.
"""

import gzip
import hashlib
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from shared.web.authority import Authority

_FRONTEND = Path(__file__).parents[2] / "node_modules" / "govuk-frontend" / "dist" / "govuk"
_OWN = Path(__file__).parent / "static"
_FONT = "system-ui,-apple-system,Segoe UI,Roboto,Noto Sans,Liberation Sans,Arial,sans-serif"
_TYPEFACE = re.compile(r"(/\*![^*]*Margaret Calvert[^*]*\*/)?@font-face\{[^}]*\}")
_PICTURE = re.compile(r"[\w-]+:url\(/assets/[^)]*\);?")
_A_YEAR = "public, max-age=31536000, immutable"


@dataclass(frozen=True)
class Asset:
    """One file as browsers get it."""

    name: str
    body: bytes
    packed: bytes
    kind: str


@dataclass(frozen=True)
class Assets:
    """Every file that the pages load."""

    styles: Asset
    frontend: Asset
    script: Asset

    def route(self) -> Route:
        """Where browsers get them."""
        named = {each.name: each for each in (self.styles, self.frontend, self.script)}

        async def asset(request: Request) -> Response:
            found = named.get(request.path_params["name"])
            if found is None:
                raise HTTPException(404)
            headers = {"Cache-Control": _A_YEAR, "Vary": "Accept-Encoding"}
            if "gzip" in request.headers.get("accept-encoding", ""):
                return Response(found.packed, media_type=found.kind, headers=headers | {"Content-Encoding": "gzip"})
            return Response(found.body, media_type=found.kind, headers=headers)

        return Route("/assets/{name}", asset)


@cache
def assets(authority: Authority) -> Assets:
    """The files in an authority's colour; raises RuntimeError if set-up did not fetch them."""
    try:
        styles = (_FRONTEND / "govuk-frontend.min.css").read_text("utf-8")
        frontend = (_FRONTEND / "govuk-frontend.min.js").read_bytes()
    except FileNotFoundError:
        raise RuntimeError(f"{_FRONTEND} is not there: `make setup` fetches it, and the image has it") from None
    own = (_OWN / "everyday.css").read_text("utf-8").replace("AUTHORITYS_COLOUR", authority.colour)
    begin = (_OWN / "everyday.js").read_text("utf-8")
    loaded = _asset("frontend", "js", frontend)
    return Assets(
        _asset("everyday", "css", f"{ours(styles)}\n{own}".encode()),
        loaded,
        _asset("everyday", "js", begin.replace("FRONTEND", loaded.name).encode()),
    )


def ours(styles: str) -> str:
    """GOV.UK's styles without what may stand on gov.uk alone."""
    return _PICTURE.sub("", _TYPEFACE.sub("", styles)).replace("GDS Transport,arial,sans-serif", _FONT)


def _asset(name: str, suffix: str, body: bytes) -> Asset:
    kind = {"css": "text/css", "js": "text/javascript"}[suffix]
    known_by = hashlib.sha256(body).hexdigest()[:16]
    return Asset(f"{name}-{known_by}.{suffix}", body, gzip.compress(body, mtime=0), kind)
