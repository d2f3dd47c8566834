"""The surveys service, put together."""

from functools import partial

from services.surveys.handlers import handlers
from services.surveys.settings import SurveysSettings, terms
from services.surveys.store import erasing, records, retention
from services.surveys.store.audience import Audience
from services.surveys.store.box import Box
from services.surveys.store.catalogue import Catalogue
from services.surveys.store.considering import Considering
from services.surveys.store.due import Due
from services.surveys.store.loop import Loop
from services.surveys.store.mixer import Mixer
from services.surveys.store.publishing import Publishing
from services.surveys.store.responses import Responses
from services.surveys.store.surveys import Surveys
from services.surveys.store.upstream import Upstream
from services.surveys.web.answering import AnsweringPages
from services.surveys.web.api import routes
from services.surveys.web.listed import PAGES
from services.surveys.web.opening import Opening
from services.surveys.web.published import PublishedPage
from shared.contracts import surveys
from shared.contracts.erasure import ForgottenInSurveys
from shared.hearing.bulk import Bulk
from shared.links import Links
from shared.people.erasing import ERASURES, forgets
from shared.people.returning import Erased
from shared.running.service import Compose, Parts, handled, run
from shared.store.documents import Store
from shared.store.references import REFERENCES
from shared.store.timers import Timer
from shared.time.clock import Clock
from shared.web.look import Look
from shared.web.site import Site


def composer(settings: SurveysSettings) -> Compose:
    """How the service is put together under these settings."""

    def compose(store: Store, clock: Clock) -> Parts:
        links = Links(settings.link_key, settings.public_url)
        dates = terms(settings.terms)
        catalogue = Catalogue(store, links)
        audience = Audience(store, catalogue, dates, settings.link_key)
        publishing = Publishing(store, catalogue)
        box = Box(settings.address_key)
        erased = Erased(store, settings.address_key, clock)
        mixer = Mixer(store, catalogue, box, clock, settings.mix_at_least, settings.mix_every)
        running = Surveys(store, catalogue, audience, publishing, erased, dates, clock)
        responses = Responses(store, catalogue, audience, box, erased, clock)
        considering = Considering(store, catalogue, publishing, clock)
        loop = Loop(store, clock)
        data, more = routes(links, catalogue, responses, publishing, considering, loop, clock)
        look = Look(settings.page_authority(), settings.public_url, "services.surveys.web")
        opening = Opening(links, catalogue, responses, clock, look.base)
        pages = {
            **AnsweringPages(opening, responses, clock).pages(),
            "/results/{token}": PublishedPage(links, catalogue, publishing, considering, loop).page,
        }
        outboxes = [records.SURVEYS, records.INVITATIONS, records.DISPOSITIONS, records.THEMES, ERASURES]
        erase = partial(erasing.erase, store)
        forget = forgets(store, erasing.holds, erase, ForgottenInSurveys, clock, erased, outboxes)
        return Parts(
            routers=[
                handled(
                    "surveys", handlers(Upstream(store, clock), loop, running, responses, considering, forget, erased)
                )
            ],
            bulk=[Bulk(surveys.SubmitResponse, responses.take)],
            timers=[
                Timer(store, records.SURVEYS, Due(store, audience, mixer, clock).take_on, clock),
                mixer.timer,
                retention.sweep(store, settings.invitations_kept_days, clock),
            ],
            outboxes=outboxes,
            indexes=[
                (records.INVITATIONS, ("survey", "_id")),
                (records.INVITATIONS, ("survey", "state", "_id")),
                (records.INVITATIONS, ("survey", "response")),
                (records.ANSWERS, ("survey", "_id")),
                (records.ANSWERS, ("survey", "response")),
                (records.DISPOSITIONS, ("survey",)),
                (records.THEMES, ("survey",)),
                (records.MEETINGS, ("survey",)),
                (records.PLACES, ("meeting",)),
            ],
            unordered=[records.ANSWERS, records.ENTERED, REFERENCES],
            refuse=running.refuse_unproven,
            routes=[*Site(look, settings.link_key, settings.visits).routes(PAGES, pages, data), *more],
            look=look,
        )

    return compose


if __name__ == "__main__":
    ours = SurveysSettings()
    run("surveys", composer(ours), ours)
