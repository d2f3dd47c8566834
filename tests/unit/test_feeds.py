"""For which schools each of the schools' systems speaks, as the setting says it."""

import pytest
from pydantic import ValidationError

from shared.messaging.feeds import Feeds
from shared.running.settings import Settings


def told(written: str, monkeypatch: pytest.MonkeyPatch) -> Feeds:
    monkeypatch.setenv("EVERYDAY_MIS", written)
    return Settings(amqp_url="amqp://a", mongo_url="mongodb://a").feeds()


def test_without_the_setting_one_system_speaks_for_every_school(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("EVERYDAY_MIS", raising=False)
    feeds = Settings(amqp_url="amqp://a", mongo_url="mongodb://a").feeds()
    assert feeds.speaks_for("mis", "123456")
    assert not feeds.speaks_for("casework", "123456")


def test_the_setting_names_each_system_and_its_schools(monkeypatch: pytest.MonkeyPatch) -> None:
    feeds = told('{"mis-arbor": ["123456", "123457"], "mis-wonde": "all"}', monkeypatch)
    assert feeds.speaks_for("mis-arbor", "123456")
    assert not feeds.speaks_for("mis-arbor", "123458")
    assert feeds.speaks_for("mis-wonde", "123458")
    assert not feeds.speaks_for("mis", "123456")


@pytest.mark.parametrize(
    "written",
    [
        '{"arbor": ["123456"]}',
        '{"casework": "all"}',
        '{"mis-Arbor": "all"}',
        '{"mis-arbor": ["12345"]}',
        '{"mis-arbor": "some"}',
        '{"mis-arbor": [123456]}',
        "[]",
    ],
)
def test_what_is_written_wrongly_ends_the_start_and_names_the_setting(
    written: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ValidationError, match="mis"):
        told(written, monkeypatch)
