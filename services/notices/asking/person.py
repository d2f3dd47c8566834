"""What the notices service keeps about a pupil or a parent, in words."""

from collections.abc import Iterable, Iterator

from services.notices.asking.person_words import (
    by_day,
    happened,
    name_of_pupil,
    notice_page,
    record_of_parent,
    record_of_pupil,
    session,
    session_history,
)
from services.notices.casefile.entries import Entry
from services.notices.casefile.file import CaseFile
from services.notices.casefile.notice import Notice
from services.notices.casefile.words import name_of
from services.notices.deciding.safeguarding import as_others_see, as_parents_see
from services.notices.store import records
from shared.people.person import Person, Unclear, address_like, initials
from shared.store.documents import Document, Store
from shared.writing.paper import Section


async def known_as(store: Store, person: Person) -> Person:
    """A pupil's cases; or a parent's ids, addresses, numbers and matters. Raises Unclear where it may be two people."""
    if person.upn is not None:
        cases = await store[records.CASES].find({"upn": person.upn})
        return person.also(matters=_references(_file(each) for each in cases))
    named = await _named(store, person)
    schools = {pupil["details"]["urn"] for pupil, _ in named}
    if person.parents and not person.schools and len(schools) > 1:
        at = " or ".join(sorted(schools))
        raise Unclear(f"schools' systems may use one id for two people, and {at} use this one: say --school")
    ids = {parent["parent_id"] for _, parent in named}
    if not person.parents and len(ids) > 1:
        raise Unclear(f"the schools' records name {len(ids)} parents with this address: give one's id")
    person = person.also(
        parents=ids,
        emails=(parent.get("email") for _, parent in named),
        phones=(parent.get("phone") for _, parent in named),
    )
    files = await _files(store, person)
    same = {each for file in files for each in _same(file, person.parents)}
    person = person.also(parents=same)
    to = [notice.content["recipient"] for file in files for notice in _theirs(file, person)]
    return person.also(
        emails=(each.get("email") for each in to),
        phones=(each.get("phone") for each in to),
        matters=[*(file.reference for file in files), *(n.reference for file in files for n in _theirs(file, person))],
    )


async def kept(store: Store, person: Person) -> list[Section]:
    """A pupil's school record, marks and cases; or the records that name a parent, and the notices to them."""
    if person.upn is not None:
        return await _of_pupil(store, person.upn)
    named, files = await _named(store, person), await _files(store, person)
    sections = [record_of_parent(pupil, parent) for pupil, parent in named]
    for file in files:
        children = [notice.content["child"]["name"] for notice in file.notices.values()]
        children += [name_of_pupil(pupil) for pupil, _ in named if pupil["_id"] == file.upn]
        own = [notice.content["recipient"]["name"] for notice in _theirs(file, person)]
        sections += [notice_page(notice) for notice in _theirs(file, person)]
        concern = [entry for entry in file.history if _concerns(entry, file, person)]
        lines = as_parents_see(concern, person.parents)
        sections.append(happened(f"Case {file.reference}, about one child", lines, children, own))
    return [section for section in sections if section.rows or section.lines]


async def _of_pupil(store: Store, upn: str) -> list[Section]:
    pupil = await store[records.PUPILS].get(upn) or {"_id": upn}
    files = [_file(each) for each in await store[records.CASES].find({"upn": upn})]
    parents = [parent["name"] for parent in pupil.get("details", {}).get("parents", ())]
    parents += [notice.content["recipient"]["name"] for file in files for notice in file.notices.values()]
    own = [name_of_pupil(pupil)]
    sections = [record_of_pupil(pupil), await _sessions(store, pupil)]
    for file in files:
        sections.append(
            happened(f"Case {file.reference}: {name_of(file.state)}", as_others_see(file.history), parents, own)
        )
        sections += [
            notice_page(notice, to=initials(notice.content["recipient"]["name"])) for notice in file.notices.values()
        ]
    return [section for section in sections if section.rows or section.lines]


async def _sessions(store: Store, pupil: Document) -> Section:
    """Every session that was ever unauthorised, with everything that registers and corrections said about it."""
    marks: dict[str, Document] = pupil.get("marks", {})
    statements: dict[str, list[Document]] = {slot: [] for slot in marks}
    for statement in await store[records.REGISTERS].find({"slot": {"$in": sorted(marks)}}, sort=[("revision", 1)]):
        statements[statement["slot"]].append(statement)
    rows = tuple(
        (session(slot), session_history(pupil["_id"], marks[slot], statements[slot]))
        for slot in sorted(marks, key=by_day)
    )
    lines = (
        "Of every other session it is kept only that a register named the pupil: the codes of presence and of "
        "authorised absence are not kept.",
    )
    return Section("Sessions of absence without authority", lines if marks else (), rows)


def _concerns(entry: Entry, file: CaseFile, person: Person) -> bool:
    """Whether an entry of a child's case is about this parent."""
    about = entry.get("notice") or entry.get("about")
    if about is not None:
        return about in file.notices and file.notices[about].parent_id in person.parents
    named = {*entry.get("parents", ()), entry.get("parent_id"), entry.get("earlier_id")}
    return bool(named & person.parents)


def _theirs(file: CaseFile, person: Person) -> Iterator[Notice]:
    return (notice for notice in file.notices.values() if notice.parent_id in person.parents)


def _same(file: CaseFile, ids: frozenset[str]) -> set[str]:
    """Every id under which the case knows the same parent."""
    return {same for each in ids for same in file.links.ids(each)}


async def _named(store: Store, person: Person) -> list[tuple[Document, Document]]:
    """The pupils whose record names this parent, each with what it says of them."""
    fields: list[Document] = [{"details.parents.parent_id": {"$in": sorted(person.parents)}}]
    fields += [{"details.parents.email": address_like(email)} for email in sorted(person.emails)]
    found = await store[records.PUPILS].find({"$or": fields}, sort=[("_id", 1)])
    return [
        (pupil, parent)
        for pupil in found
        for parent in pupil["details"]["parents"]
        if (not person.schools or pupil["details"]["urn"] in person.schools)
        and (parent["parent_id"] in person.parents if person.parents else person.is_at(parent.get("email")))
    ]


async def _files(store: Store, person: Person) -> list[CaseFile]:
    """The cases that name this parent, at the schools that are meant."""
    ids = sorted(person.parents)
    if not ids:
        return []
    names = ("parents", "parent_id", "earlier_id", "content.parent_id")
    query: Document = {"$or": [{f"history.{name}": {"$in": ids}} for name in names]}
    if person.schools:
        query["urn"] = {"$in": sorted(person.schools)}
    return [_file(each) for each in await store[records.CASES].find(query, sort=[("history.0.at", 1)])]


def _file(document: Document) -> CaseFile:
    return records.read_case(document, {})


def _references(files: Iterable[CaseFile]) -> list[str]:
    return [reference for file in files for reference in (file.reference, *file.notices)]
