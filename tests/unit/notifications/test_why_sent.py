"""`everyday messages show` says why a message was sent: event, notification rule, correlation id, and the facts."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import UTC, date, datetime
from typing import Any

import pytest

from services.notifications.asking.why_sent import sections, why_sent
from services.notifications.rules import RULES
from services.notifications.rules.rule import Rule, about, facts_of
from shared.store.documents import Document
from tests.unit.notifications.test_every_rule import WHO, MakeNotice, made

BY_NAME = {each.name: each for each in RULES}


def kept(rule: Rule, make_notice: MakeNotice) -> tuple[Document, Document]:
    """An intent and one of its deliveries, as far as why is concerned."""
    event, to = made(rule, make_notice), WHO[rule.audience]
    intent = {"event": event.key(), "cause": event.model_dump(mode="json")}
    delivery = {
        "telling": rule.name,
        "category": rule.category,
        "channel": rule.ladder[0],
        "about": about(event),
        "story": str(event.correlation_id),
        "cause": str(event.id),
        "event_at": event.time.astimezone(UTC),
        "recipient": json.loads(json.dumps(asdict(to))),
    }
    return intent, delivery


def leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, Mapping):
        for each in value.values():
            yield from leaves(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from leaves(each)
    elif value not in (None, "", ()):
        yield value


@pytest.mark.parametrize("rule", RULES, ids=lambda each: each.name)
def test_it_names_event_rule_and_correlation_id_and_shows_every_fact(rule: Rule, make_notice: MakeNotice) -> None:
    intent, delivery = kept(rule, make_notice)
    reason, facts = sections(why_sent(delivery, intent, BY_NAME))
    said = dict(reason.rows)
    assert said["event"].startswith(f"{rule.event.key()}, ")
    assert said["event id"] == delivery["cause"]
    assert said["notification rule"] == rule.name
    assert delivery["story"] in said["correlation id"]
    assert all(channel in said["who is told by it"] for channel in rule.ladder)
    shown = " ".join(text for _, text in facts.rows)
    for fact in leaves(facts_of(rule, made(rule, make_notice), WHO[rule.audience])):
        if isinstance(fact, bool):
            assert ("yes" if fact else "no") in shown
        elif isinstance(fact, date | datetime):
            assert str(fact.year) in shown
        else:
            assert " ".join(str(fact).split()) in shown
    assert set(rule.links) <= {label.replace(" ", "_") for label, _ in facts.rows}


@pytest.mark.parametrize("rule", RULES, ids=lambda each: each.name)
def test_when_the_event_is_forgotten_it_still_says_why(rule: Rule, make_notice: MakeNotice) -> None:
    intent, delivery = kept(rule, make_notice)
    reason, facts = sections(why_sent(delivery, {**intent, "cause": None}, BY_NAME))
    assert reason == sections(why_sent(delivery, intent, BY_NAME))[0]
    assert "forgotten" in " ".join(facts.lines)
    assert facts.rows == ()


def test_a_rule_that_the_code_has_no_more_is_still_named(make_notice: MakeNotice) -> None:
    intent, delivery = kept(RULES[0], make_notice)
    reason, _ = sections(why_sent({**delivery, "telling": "no_longer"}, intent, BY_NAME))
    assert dict(reason.rows)["notification rule"] == "no_longer"


def test_a_message_of_several_names_each_and_where_their_facts_are(make_notice: MakeNotice) -> None:
    intent, delivery = kept(RULES[0], make_notice)
    reason, facts = sections(why_sent({**delivery, "telling": "digest", "parts": ["a", "b"]}, intent, BY_NAME))
    assert [text for label, text in reason.rows if label == "merges"] == ["a", "b"]
    assert "everyday messages show" in facts.lines[0]
