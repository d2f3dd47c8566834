"""What a service is told: by its environment, or by secrets laid down as files."""

from pathlib import Path

import pytest

from shared.settings import Settings, told


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
    assert told("EVERYDAY_AMQP_URL", secrets) == "amqp://file/"
    assert told("EVERYDAY_MONGO_URL", secrets) == "mongodb://environment/"
    assert told("EVERYDAY_NO_SUCH", secrets) == ""
