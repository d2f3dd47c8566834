"""Documents at a real store: nobody's change is lost or doubled, and nothing that was deleted comes back by a save."""

import random
from typing import Any

import pytest

from shared.store.documents import Change, Store
from tests.making import school


async def test_a_save_of_what_somebody_has_deleted_meanwhile_is_lost_and_brings_nothing_back(store: Store) -> None:
    things = store["things"]
    await things.insert("kept", {"n": 1})
    await things.insert("gone", {"n": 1})
    await things.remove({"_id": "gone"})
    lost = await things.save(
        *(Change(each, 1, {"n": 2}) for each in ("kept", "gone")),
        Change("new", 0, {"n": 2}),
        Change("kept", 7, {"n": 9}),
    )
    assert lost == {"gone", "kept"}
    left = {each["_id"]: (each["version"], each["n"]) for each in await things.find({})}
    assert left == {"kept": (2, 2), "new": (1, 2)}


async def test_nothing_is_said_of_what_somebody_has_deleted_meanwhile(store: Store) -> None:
    """Whoever was erased between a reading and its save: neither their document nor a message about them is left."""
    things = store["things"]
    await things.insert("erased", {"name": "Pia Quillfeather"})
    read = await things.get("erased")
    await things.remove({"_id": "erased"})
    assert read is not None
    assert await things.save(Change("erased", read["version"], {"name": read["name"]}, (school(),))) == {"erased"}
    assert await things.find({}) == []
    assert await things.pending(10) == []


async def test_an_update_decides_anew_where_its_document_was_deleted_under_it(store: Store) -> None:
    things = store["things"]
    await things.insert("one", {"n": 1})
    seen: list[Any] = []

    def decide(document: Any) -> Change | None:
        seen.append(document and document["n"])
        return Change("one", document["version"], {"n": 2}) if document else None

    read = things.get

    async def read_and_deleted(key: str) -> Any:
        document = await read(key)
        await things.remove({"_id": key})
        return document

    things.get = read_and_deleted  # type: ignore[method-assign]
    assert await things.update("one", decide) is None
    assert seen == [1, None]
    assert await things.find({}) == []


@pytest.mark.parametrize("seed", range(8))
async def test_any_mixture_of_readers_writers_and_deleters_ends_as_if_each_came_alone(store: Store, seed: int) -> None:
    """The rule: a save takes effect exactly where its document is still as its writer had read it."""
    chance = random.Random(seed)
    things, model = store["things"], dict[str, tuple[int, int]]()
    read: list[tuple[str, int]] = []
    for step in range(60):
        key = chance.choice("abc")
        match chance.choice(("read", "read", "write", "delete", "make")):
            case "read":
                document = await things.get(key)
                read.append((key, document["version"] if document else 0))
            case "delete":
                await things.remove({"_id": key})
                model.pop(key, None)
            case "make":
                assert await things.insert(key, {"n": step}) == (key not in model)
                model.setdefault(key, (1, step))
            case _ if read:
                batch = dict(chance.sample(read, min(2, len(read))))
                lost = await things.save(*(Change(which, version, {"n": step}) for which, version in batch.items()))
                for which, version in batch.items():
                    taken = model.get(which, (0, 0))[0] == version
                    assert (which in lost) == (not taken)
                    if taken:
                        model[which] = (version + 1, step)
    assert {each["_id"]: (each["version"], each["n"]) for each in await things.find({})} == model
