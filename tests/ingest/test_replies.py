"""A mail that answers another is read as the question and the answer."""

from email.message import EmailMessage

import pytest

from ingest.logs.replies import answered, subject_of
from ingest.readers.reading import read

QUOTED = "> Hello,\n> may we bring our dog? It is small.\n> Emma Clarke, +44 7700 900123\n"
ANSWER = "Dear Ms. Clarke,\n\nThank you. Dogs may not stay in the rooms.\n\nBest regards,\nHaruka\nThe inn\n"


def mail(text):
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = "The inn <i@inn.example>", "Emma Clarke <e@mail.example>", "Re: Our dog"
    made.set_content(text)
    return read(made.as_bytes(), "a.eml")


@pytest.mark.parametrize(
    "introduced", ["", "On Wed, Sep 9, 2026 at 8:41 PM Emma Clarke <e@mail.example> wrote:\n", "2026年9月9日 Emma:\n"]
)
def test_the_answer_is_told_without_greeting_and_signature_and_found_by_the_question(introduced):
    result = mail(f"{ANSWER}\n{introduced}{QUOTED}")
    (section,) = result.sections
    assert result.title == "Our dog"
    assert (section.kind, section.text) == ("log", "Dogs may not stay in the rooms.")
    assert section.question is not None
    assert "may we bring our dog?" in section.question
    assert not any(name in f"{section.question}{section.text}" for name in ("Emma", "Clarke", "Haruka", "7700"))


@pytest.mark.parametrize(
    "text",
    [
        ANSWER,  # nothing is quoted
        "Thanks, that helped.\n\n> Please restart the lamp.\n",  # the quoted part asks nothing
        "Is that for all of us?\n\n> May we bring our dog?\n",  # nor does the upper one answer
        "> May we bring our dog?\nNo.\n> And the cat?\nNo.\n",  # remarks between the lines
    ],
)
def test_a_mail_that_is_no_answer_is_left_as_it_is(text):
    assert answered(text) is None
    assert mail(text).sections[0].question is None


def test_a_signature_below_its_delimiter_is_none_of_the_answer():
    assert answered("No dogs.\n\n-- \nThe inn\nTEL 0260-55-0123\n\n> May we bring our dog?\n") == (
        "May we bring our dog?",
        "No dogs.",
    )


def test_what_mail_programs_put_before_a_subject_goes():
    assert [subject_of(line) for line in ("Re: Re: Dogs", "FW: Dogs", "返信：犬", "Report: dogs")] == [
        "Dogs",
        "Dogs",
        "犬",
        "Report: dogs",
    ]
