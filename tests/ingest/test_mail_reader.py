from email.message import EmailMessage

import pytest

from ingest.privacy.names import people
from ingest.readers.reading import read
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


def test_attached_files_are_read_and_redacted_and_those_that_cannot_be_are_named():
    made = mail("See what is attached.", sender="Hanako Yamada <hanako@example.com>")
    made.add_attachment("# Terms\n\nTwo years, says Hanako Yamada (090-1234-5678).\n", filename="日本/terms.md")
    made.add_attachment(b"question,answer\nWhen?,Today.\n", maintype="text", subtype="csv", filename="faq.csv")
    made.add_attachment(b"MZ", maintype="application", subtype="octet-stream", filename="mill.exe")
    made.add_attachment(b"\x89PNG", maintype="image", subtype="png", filename="logo.png", disposition="inline")
    result = read(made.as_bytes(), "a.eml")
    assert result.title == "Broken mill"
    assert [(each.anchor, each.question, each.headings) for each in result.sections] == [
        (None, None, ()),
        ("terms.md#terms", None, ("Terms",)),
        ("faq.csv", "When?", ()),
    ]
    assert result.sections[1].text == "Two years, says [NAME] ([PHONE])."
    assert result.redacted == {"NAME": 1, "PHONE": 1}
    assert [warning.split(":")[0] for warning in result.warnings] == ["mill.exe, which is attached, was left out"]


def test_mails_forwarded_within_mails_are_read_to_a_depth_and_no_deeper():
    made = mail("The first.", "First")
    for name in ("Second", "Third", "Fourth", "Fifth"):
        outer = mail(f"The {name.lower()}.", name)
        outer.add_attachment(made)
        made = outer
    result = read(made.as_bytes(), "a.eml")
    assert [section.text for section in result.sections] == ["The fifth.", "The fourth.", "The third.", "The second."]
    assert "within more than 3 files" in result.warnings[0]


def test_a_charset_that_nobody_knows_is_guessed():
    data = mail("電源が入りません。").as_bytes().replace(b'charset="utf-8"', b'charset="x-unknown"')
    assert read(data, "a.eml").sections[0].text == "電源が入りません。"


def test_what_is_no_mail_says_so():
    for data, reason in ((b"Just a note.\n", "not-this-format"), (mail("").as_bytes(), "no-text")):
        with pytest.raises(UnreadableFile) as told:
            read(data, "a.eml")
        assert told.value.reason == reason


def test_an_answer_above_a_mail_that_outlook_quotes_is_one():
    text = (
        "The cartridge is covered for five years.\n\nSent from my iPhone\n\nFrom: Ann <a@b.example>\n"
        "Sent: 4 March 2026\nTo: care@tapco.example\nSubject: Broken tap\n\nMy tap drips. Who pays?\n"
    )
    (section,) = read(mail(text).as_bytes(), "tap.eml").sections
    assert (section.question, section.text) == ("My tap drips. Who pays?", "The cartridge is covered for five years.")


def test_a_signature_below_what_is_quoted_does_not_hide_the_question():
    text = "Yes, for a year after you bought it.\n\n> Is the tap covered?\n\n-- \nTapco Care\nOpen 9 to 17\n"
    (section,) = read(mail(text).as_bytes(), "tap.eml").sections
    assert (section.question, section.text) == ("Is the tap covered?", "Yes, for a year after you bought it.")


def test_what_mail_programs_write_is_no_text():
    text = (
        "FYI\n\n---------- Forwarded message ---------\nFrom: Desk <d@heat.example>\nDate: Mon, 2 Mar 2026\n"
        "Subject: Plan\n\nOn Mon, 2 Mar 2026 at 08:00, Desk <d@heat.example> wrote:\n"
        "The plan covers one visit.\n\n-- \nDesk, Heat Ltd\n"
    )
    assert [each.text for each in read(mail(text).as_bytes(), "plan.eml").sections] == [
        "FYI\n\nThe plan covers one visit."
    ]


def test_a_mail_that_is_a_page_keeps_its_headings_without_personal_data():
    text = "<table><tr><td><h2>Piano</h2><p>It costs 120 more. Ask ann@b.example.</p></td></tr></table>"
    (section,) = read(mail(text, "Moving", subtype="html").as_bytes(), "news.eml").sections
    assert (section.headings, section.text) == (("Piano",), "It costs 120 more. Ask [EMAIL].")


def test_a_mailbox_holds_mails_with_what_is_attached():
    first = mail("A new key costs 25 dollars.\n\n>From the desk we can lend one.\n", "Lost key").as_bytes()
    message = EmailMessage()
    message["Subject"], message["From"] = "Lockers", "desk@flats.example"
    message.set_content("Lockers take a coin.")
    message.add_attachment(b"size,fee\nlarge,300\n", maintype="text", subtype="csv", filename="lockers.csv")
    begin = b"From MAILER-DAEMON Mon Mar  2 09:00:00 2026\n"
    result = read(
        begin + first + b"\n" + begin + message.as_bytes() + b"\n" + begin + b"Nothing: of a mail\n\n", "desk.mbox"
    )
    assert [(each.headings, each.text) for each in result.sections] == [
        (("Lost key",), "A new key costs 25 dollars.\n\nFrom the desk we can lend one."),
        (("Lockers",), "Lockers take a coin."),
        (("Lockers", "lockers"), "size: large; fee: 300"),
    ]
    assert result.warnings == ["mail 3 was left out: It has none of the headers of a mail, such as From or Subject."]
    with pytest.raises(UnreadableFile, match="no mailbox"):
        read(b"Dear all,\n", "letter.mbox")


def test_a_department_that_writes_is_nobodys_name():
    made = mail("Look under Account > Billing.", sender="Billing <b@x.example>")
    assert [each.text for each in read(made.as_bytes(), "a.eml").sections] == ["Look under Account > Billing."]


@pytest.mark.parametrize(
    ("subject", "headings"),
    [
        ("Re: Moving an annual plan", ("Moving an annual plan",)),
        ("RE: [Ticket #4411] Your question", ()),
        ("Re: キャンセル料について", ("キャンセル料について",)),
        ("Re: お問い合わせの件", ()),
    ],
)
def test_an_answer_stands_under_its_subject_where_that_says_what_it_is_about(subject, headings):
    answer = "Until noon, at no cost.\n\n> Up to when can this be done?"
    (section,) = read(mail(answer, subject).as_bytes(), "a.eml").sections
    assert (section.question, section.headings) == ("Up to when can this be done?", headings)


def test_departments_and_groups_in_the_headers_are_nobodys_names():
    said = "The night shift begins at 22:00, and all staff come to the board's table.\n\n人事部の窓口で中村が承ります。"
    made = mail(said, sender="人事部 中村 徹 <nakamura@example.com>")
    made["Cc"] = "Night Shift <night@example.com>, all <all@example.com>, 全職員 <s@example.com>, Board <b@example.com>"
    (section,) = read(made.as_bytes(), "mail.eml").sections
    assert section.text == (
        "The night shift begins at 22:00, and all staff come to the board's table.\n\n人事部の窓口で[NAME]が承ります。"
    )
    assert {"中村 徹", "中村"} <= people(["人事部 中村 徹"])
    assert not any("人事" in name for name in people(["人事部 中村 徹"]))
    beside = mail(
        "各務が伺います。社員の佐々と阿部が伺います。", sender="各務 太郎 <k@example.com>, 阿部 誠 <a@example.com>"
    )
    beside["Cc"] = "みのり社 社員 佐々 恵 <s@example.com>"
    assert read(beside.as_bytes(), "mail.eml").sections[0].text == "[NAME]が伺います。社員の[NAME]と[NAME]が伺います。"
