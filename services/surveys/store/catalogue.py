"""Surveys and their published versions at the store. A version never changes, so it is read once."""

from collections.abc import Iterable

from services.surveys.answers.running import Running
from services.surveys.answers.submitting import Asked
from services.surveys.questionnaire.authoring import read_survey
from services.surveys.questionnaire.document import Survey, canonical
from services.surveys.store import records
from shared.links import Links
from shared.store.documents import Document, NotFound, Store

_REMEMBERED = 500  # versions; a memo of what is stored, cleared when full


class Catalogue:
    """Finds surveys, and the document of a version."""

    def __init__(self, store: Store, links: Links) -> None:
        self.surveys = store[records.SURVEYS]
        self._editions = store[records.EDITIONS]
        self._links = links
        self._read: dict[str, Survey] = {}

    async def keep(self, key: str, reference: str, survey: Survey) -> None:
        """Keep the document of a version; the same key twice makes one."""
        await self._editions.insert(key, {"survey": reference, "document": canonical(survey)})

    async def running(self, references: Iterable[str]) -> dict[str, Running]:
        found: dict[str, Document] = await self.surveys.get_many(set(references))
        return {reference: records.read_running(document) for reference, document in found.items()}

    async def one(self, reference: str) -> Running:
        """A survey; raises NotFound."""
        found = await self.running([reference])
        if reference not in found:
            raise NotFound(f"there is no survey {reference}")
        return found[reference]

    async def survey(self, key: str) -> Survey:
        """The document of a version, by the key that the survey names."""
        if key not in self._read:
            document = await self._editions.get(key)
            if document is None:
                raise NotFound("this version of the survey is not kept")
            if len(self._read) >= _REMEMBERED:
                self._read.clear()
            self._read[key] = read_survey(document["document"])
        return self._read[key]

    async def asked(self, running: Running, number: int | None = None) -> Asked | None:
        """A survey with the document of one version (without a number, the newest); None if there is none."""
        edition = running.edition(number)
        if edition is None:
            return None
        return Asked(running, await self.survey(edition.key), edition.number, self._links.make)
