"""Mailboxes of a support desk: threads in which the company answers are conversations, the rest are mails."""

from email.message import EmailMessage

from ingest.readers.reading import read

DESK = "Kettle Care <care@kettle.example>"
ADA, BEN = "Ada Byrne <ada@mail.example>", "Ben Okoro <ben@post.example>"
PROBLEM = "The lid of my kettle does not close any more. What can I do?"
REMEDY = "Take the seal out, rinse it and press it back into the groove."


def mail(text, sender=ADA, to=DESK, id="", answers="", subject="Lid", **more):
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, to, subject
    message["Date"] = "Mon, 02 Mar 2026 09:00:00 +0900"
    if id:
        message["Message-ID"] = f"<{id}>"
    if answers:
        message["In-Reply-To"] = f"<{answers}>"
    for name, value in more.items():
        message[name.replace("_", "-")] = value
    message.set_content(text)
    return message


def mailbox(*mails):
    return b"".join(b"From MAILER-DAEMON Mon Mar  2 09:00:00 2026\n" + each.as_bytes() + b"\n" for each in mails)


QUOTED = f"\n\nOn Mon, Mar 2, 2026 at 9:00 AM Ada Byrne <ada@mail.example> wrote:\n\n> {PROBLEM}\n"
THREAD = (
    mail(PROBLEM + "\n\n-- \nAda Byrne\nMill Lane 4", id="1"),
    mail(f"Hi Ada,\n\n{REMEDY}{QUOTED}", DESK, ADA, id="2", answers="1", subject="Re: Lid"),
    mail("That helped, thank you!\n\nSent from my iPhone", id="3", answers="2", subject="Re: Lid"),
)


def test_a_thread_that_the_desk_answers_is_one_conversation():
    result = read(mailbox(*THREAD), "desk.mbox")
    assert [(each.kind, each.question, each.text) for each in result.sections] == [(None, PROBLEM, REMEDY)]
    assert result.kind == "log"
    assert result.sections[0].updated == "2026-03-02"


def test_mails_that_nobody_answered_and_news_of_the_desk():
    news = mail("The shop is closed on Sundays.", DESK, BEN, id="8", subject="Opening hours")
    result = read(mailbox(*THREAD, mail("Where is my parcel?", BEN, id="7", subject="Parcel"), news), "desk.mbox")
    assert [each.text for each in result.sections] == [REMEDY, "The shop is closed on Sundays."]
    assert "Left out, as no agent speaks: 1 conversation (7)." in result.warnings


def test_a_colleague_who_answers_is_the_desk_and_a_thread_of_the_mail_program_holds_together():
    answer = mail(REMEDY, "Jo Park <jo@kettle.example>", BEN, id="5", X_GM_THRID="77", subject="Another subject")
    asked = mail(PROBLEM, BEN, id="4", X_GM_THRID="77")
    result = read(mailbox(*THREAD, asked, answer), "desk.mbox")
    assert [each.text for each in result.sections] == [REMEDY, REMEDY]


def test_the_archive_of_a_list_stays_mails():
    where = "Talk <talk@list.example>"
    mails = [
        mail("Does the tap fit?", ADA, where, id="1"),
        mail("It fits with a ring of 12 mm.", BEN, where, id="2", answers="1"),
        mail("The meeting is on Monday.", BEN, where, id="3"),
        mail("We meet in room 4.", ADA, where, id="4", answers="3"),
    ]
    assert read(mailbox(*mails), "talk.mbox").kind == "document"
