from email.message import EmailMessage

import pytest

from ingest.reading import read
from knowledge.errors import UnreadableFile


def mail(text, subject="Broken mill", sender="Hanako Yamada <hanako@example.com>", **more):
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = sender, "support@shop.example", subject
    made.set_content(text, **more)
    return made


def test_a_mail_is_its_subject_and_its_text_without_personal_data():
    result = read(
        mail("Dear team,\n\nthe mill is broken. Call Yamada at 090-1234-5678.\n\nHanako\n").as_bytes(), "a.eml"
    )
    assert (result.title, result.kind) == ("Broken mill", "document")
    text = result.sections[0].text
    assert "the mill is broken" in text
    assert "[PHONE]" in text
    assert not any(personal in text for personal in ("Yamada", "Hanako", "090"))


def test_a_japanese_mail_in_its_old_encoding_is_read():
    made = mail("電源が入りません。\n", "コーヒーミルの故障", "山田 花子 <h@example.com>", charset="iso-2022-jp")
    result = read(made.as_bytes(), "a.eml")
    assert (result.title, result.sections[0].text) == ("コーヒーミルの故障", "電源が入りません。")


def test_the_subject_is_redacted_too():
    assert read(mail("Text.", "Order of Hanako Yamada").as_bytes(), "a.eml").title == "Order of [NAME]"


def test_of_two_forms_the_plain_one_is_read_and_html_where_there_is_no_other():
    both = mail("Plain words.")
    both.add_alternative("<p>Marked <b>words</b>.</p>", subtype="html")
    assert [each.text for each in read(both.as_bytes(), "a.eml").sections] == ["Plain words."]
    marked = mail("<html><body><p>Marked <b>words</b>.</p><p>More.</p></body></html>", subtype="html")
    assert [each.text for each in read(marked.as_bytes(), "a.eml").sections] == ["Marked words.\n\nMore."]


def test_attachments_are_named():
    made = mail("See the picture.")
    made.add_attachment(b"\x89PNG", maintype="image", subtype="png", filename="mill.png")
    result = read(made.as_bytes(), "a.eml")
    assert result.warnings == ["1 attachments were not read: mill.png. Save what matters beside the mail."]


def test_a_charset_that_nobody_knows_is_guessed():
    data = mail("電源が入りません。").as_bytes().replace(b'charset="utf-8"', b'charset="x-unknown"')
    assert read(data, "a.eml").sections[0].text == "電源が入りません。"


def test_what_is_no_mail_says_so():
    for data, reason in ((b"Just a note.\n", "not-this-format"), (mail("").as_bytes(), "no-text")):
        with pytest.raises(UnreadableFile) as told:
            read(data, "a.eml")
        assert told.value.reason == reason
