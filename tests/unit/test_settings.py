"""What a service is told: by its environment, or by secrets laid down as files."""

from pathlib import Path

import pytest

from services.bookings.settings import BookingsSettings
from services.notifications.settings import NotificationsSettings
from services.surveys.settings import SurveysSettings
from shared.running.service import run
from shared.running.settings import Settings, setting


@pytest.fixture
def secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("EVERYDAY_AMQP_URL", raising=False)
    monkeypatch.setenv("EVERYDAY_MONGO_URL", "mongodb://environment/")
    (tmp_path / "EVERYDAY_AMQP_URL").write_text("amqp://file/\n")
    (tmp_path / "EVERYDAY_MONGO_URL").write_text("mongodb://file/\n")
    return tmp_path


def test_a_secrets_file_is_a_setting_and_the_environment_comes_first(secrets: Path) -> None:
    settings = Settings(_secrets_dir=secrets)  # type: ignore[call-arg]
    assert (settings.amqp_url, settings.mongo_url) == ("amqp://file/", "mongodb://environment/")


def test_the_command_line_reads_them_alike(secrets: Path) -> None:
    assert setting("EVERYDAY_AMQP_URL", secrets) == "amqp://file/"
    assert setting("EVERYDAY_MONGO_URL", secrets) == "mongodb://environment/"
    assert setting("EVERYDAY_NO_SUCH", secrets) == ""


KEYS = {
    BookingsSettings: {"link_key", "address_key"},
    SurveysSettings: {"link_key", "address_key"},
    NotificationsSettings: {"link_key", "address_key", "receipts_token"},
}
GOOD = {
    "amqp_url": "",
    "mongo_url": "",
    "public_url": "",
    "notify_key": "k",
    "link_key": "0" * 32,
    "address_key": "1" * 32,
}


@pytest.mark.parametrize("kind", KEYS)
def test_a_service_does_not_start_with_a_key_that_could_be_guessed_and_names_it(kind: type[Settings]) -> None:
    assert [*kind.model_validate(GOOD).weak_keys()] == []
    for key in KEYS[kind]:
        with pytest.raises(SystemExit, match=f"EVERYDAY_{key.upper()}: at least 32 characters") as ended:
            run("test", lambda *_: pytest.fail("was made"), kind.model_validate({**GOOD, key: "0123456789-secret"}))
        assert "0123456789-secret" not in str(ended.value)


def test_every_secret_that_we_make_ourselves_has_a_least_length() -> None:
    """What others make (a provider's key, a password in an address) has their length."""
    for kind, keys in KEYS.items():
        named = {name for name in kind.model_fields if name.endswith(("_key", "_token"))}
        assert named - {"notify_key", "sinch_token"} == keys


OWN = {
    BookingsSettings: ("authority", "organiser_email", "help_line", "uid_domain"),
    NotificationsSettings: ("mail_from", "team_mailbox"),
}


@pytest.mark.parametrize("kind", OWN)
def test_what_an_authority_does_not_say_of_itself_is_the_reference_authoritys(
    kind: type[Settings], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in GOOD.items():
        monkeypatch.setenv(f"EVERYDAY_{name.upper()}", value)
    for name in OWN[kind]:
        monkeypatch.delenv(f"EVERYDAY_{name.upper()}", raising=False)
        assert kind.model_fields[name].is_required(), "the code holds no authority's own"
        assert getattr(kind(), name), "and yet the command line works where nobody has set it"  # type: ignore[call-arg]
        monkeypatch.setenv(f"EVERYDAY_{name.upper()}", "ours@rutland.example")
        assert getattr(kind(), name) == "ours@rutland.example"  # type: ignore[call-arg]
