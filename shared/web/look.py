"""How pages look: the one layout, GOV.UK's components, the authority's name, colour and contact block."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any
from urllib.parse import urlsplit

from jinja2 import ChainableUndefined, ChoiceLoader, Environment, PackageLoader, PrefixLoader
from markupsafe import Markup

from shared.web.assets import assets
from shared.web.authority import Authority
from shared.writing.characters import without


class Look:
    """Writes the pages of one service.

    Args:
        authority: whose pages they are.
        public_url: the address at which people reach the service; pages and their files lie below its path.
        room: the package whose `templates` the service's own pages lie in.
    """

    def __init__(self, authority: Authority | None = None, public_url: str = "", room: str | None = None) -> None:
        self.authority = authority or Authority()
        self.base = urlsplit(public_url).path.rstrip("/")
        self.is_secure = urlsplit(public_url).scheme == "https"
        self.assets = assets(self.authority)
        own = [PackageLoader(room)] if room else []
        components = PrefixLoader({"govuk_frontend_jinja": PackageLoader("govuk_frontend_jinja")})
        self._templates = Environment(
            loader=ChoiceLoader([*own, PackageLoader("shared.web"), components]),
            undefined=ChainableUndefined,  # the components ask for what was not given
            autoescape=True,
            trim_blocks=True,
            lstrip_blocks=True,
            finalize=_harmless,
        )
        self._templates.globals |= {
            "authority": self.authority,
            "base": self.base,
            "files": {name: f"{self.base}/assets/{asset['name']}" for name, asset in asdict(self.assets).items()},
        }

    def html(self, template: str, facts: Mapping[str, Any]) -> str:
        """A page. Its facts are text, whatever they look like."""
        return self._templates.get_template(template).render(facts)


def _harmless(said: Any) -> Any:
    """A text without the characters that let it be read as another one; what a component has escaped already too."""
    if isinstance(said, Markup):
        return Markup(without(said))  # noqa: S704  it was markup before, and nothing is added
    return without(said) if isinstance(said, str) else said
