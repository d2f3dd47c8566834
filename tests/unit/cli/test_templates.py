import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from services.cli import app
from services.notifications.cli import templates as command

run = CliRunner().invoke


def test_the_list_names_every_template_and_what_one_needs() -> None:
    listed = run(app, ["templates", "list"]).output
    assert all(name in listed for name in command.templates())
    needs = run(app, ["templates", "list", "withdrawal_letter"]).output
    assert "needs     recipient.address.postcode" in needs
    assert "may have  large_print" in needs


def test_an_email_is_written_as_page_text_and_message(tmp_path: Path) -> None:
    done = run(app, ["templates", "preview", "mi_sheet", "--sample", "worst", "--into", str(tmp_path)])
    assert done.exit_code == 0
    assert sorted(each.name for each in tmp_path.iterdir()) == [
        "mi_sheet-worst.eml", "mi_sheet-worst.html", "mi_sheet-worst.txt",
    ]  # fmt: skip
    assert b"multipart/alternative" in (tmp_path / "mi_sheet-worst.eml").read_bytes()


def test_a_text_is_written_with_its_parts_its_price_and_what_raised_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EVERYDAY_SMS_PENCE_PER_PART", "3.1")
    plain = run(app, ["templates", "preview", "penalty_notice_alert", "--channel", "sms", "--into", str(tmp_path)])
    assert "GSM-7, 133 characters, 1 part, 3.1 pence for each recipient" in plain.output
    worst = run(
        app, ["templates", "preview", "notice", "--channel", "sms", "--sample", "worst", "--into", str(tmp_path)]
    )
    assert "UCS-2" in worst.output
    assert "ó (LATIN SMALL LETTER O WITH ACUTE), at character 160, 338" in worst.output
    assert 'write "o" instead' in worst.output


def test_a_letter_is_written_as_pdf(tmp_path: Path) -> None:
    assert run(app, ["templates", "preview", "penalty_notice", "--into", str(tmp_path)]).exit_code == 0
    assert (tmp_path / "penalty_notice-sample.pdf").read_bytes().startswith(b"%PDF")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["preview", "nonsense"], "there is no such template"),
        (["preview", "digest", "--channel", "sms"], "digest has words for email"),
        (["list", "nonsense"], "there is no such template"),
    ],
)
def test_bad_input_is_said(arguments: list[str], said: str) -> None:
    done = run(app, ["templates", *arguments])
    assert done.exit_code == 2
    assert said in done.output


def test_the_check_passes_and_says_what_is_wrong_when_something_is(monkeypatch: pytest.MonkeyPatch) -> None:
    some = {name: command.templates()[name] for name in ("digest", "notice")}
    monkeypatch.setattr(command, "templates", lambda: some)
    done = run(app, ["templates", "check"])
    assert (done.exit_code, done.output.strip()) == (0, "2 templates can be written, and read well")
    monkeypatch.setattr(command, "faults", lambda text, limits: ["“utilise”: write “use”"])
    done = run(app, ["templates", "check"])
    assert done.exit_code == 1
    assert "digest (email): “utilise”: write “use”" in done.output


def test_a_contact_book_that_cannot_be_used_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise command.ContactsInvalid("ours.toml: team: Field required")

    monkeypatch.setattr(command, "templates", broken)
    done = run(app, ["templates", "check"])
    assert (done.exit_code, done.output.strip()) == (2, "ours.toml: team: Field required")


def test_a_translation_is_written_with_its_label_and_its_price(tmp_path: Path) -> None:
    done = run(app, ["templates", "preview", "penalty_notice_alert", "--language", "pl", "--into", str(tmp_path)])
    assert done.exit_code == 0
    assert "pl, sms: not sent to anybody: nobody has checked it yet" in done.output
    assert "GSM-7, 171 characters, 2 parts" in done.output
    text = (tmp_path / "penalty_notice_alert-sample-pl.sms.txt").read_text("utf-8")
    assert text.startswith("[not to be sent: nobody has checked it yet] ")
    letter = run(app, ["templates", "preview", "penalty_notice", "--language", "pl", "--into", str(tmp_path)])
    assert letter.exit_code == 0
    assert (tmp_path / "penalty_notice-sample-pl.pdf").exists()
    unknown = run(app, ["templates", "preview", "penalty_notice_alert", "--language", "uk", "--into", str(tmp_path)])
    assert (unknown.exit_code, "has no translation for uk" in unknown.output) == (2, True)


def test_the_list_names_every_translation_that_is_not_sent_and_why() -> None:
    assert "penalty_notice_alert ro sms: nobody has checked it yet" in run(app, ["templates", "list"]).output
    one = run(app, ["templates", "list", "penalty_notice_alert"]).output
    assert "pl email: nobody has checked it yet" in one
    assert re.search(r"English   email: [0-9a-f]{16}", one)
