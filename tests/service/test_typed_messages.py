"""What customers say is known however their keyboard writes an apostrophe, and the ids that their sessions get."""

import secrets

import pytest

from service.answering.messages.asking_again import asks_again
from service.answering.messages.courtesies import courtesy
from service.answering.messages.followups import corrected
from service.answering.messages.handover import is_stuck, is_upset, wants_person
from service.answering.messages.own_affairs import asks_about_own
from service.answering.messages.vague import is_vague
from service.memory.sessions import new_session_id


@pytest.mark.parametrize("apostrophe", ["'", "’"])
@pytest.mark.parametrize(
    ("known", "message"),
    [
        (wants_person, "I'd like a human"),
        (wants_person, "I'd like to complain."),
        (wants_person, "I'd like to make a formal complaint"),
        (is_upset, "I'm furious"),
        (is_stuck, "It still doesn't work"),
        (is_vague, "It's broken"),
        (is_vague, "It doesn't work"),
        (asks_about_own, "I'd like you to cancel my order"),
        (asks_again, "That doesn't answer my question"),
        (courtesy, "Thanks, that's all"),
        (corrected, "No, I'm asking about the fee"),
    ],
)
def test_either_apostrophe_is_read(known, message, apostrophe):
    assert known(message.replace("'", apostrophe))


@pytest.mark.parametrize("message", ["How would I like it?", "I'd like to know your opening hours", "It's red"])
def test_others_say_no_such_thing(message):
    assert not wants_person(message)
    assert not is_vague(message)


def test_no_session_begins_as_an_option_of_a_command_does(monkeypatch):
    made = iter(("-a", "-b", "c-"))
    monkeypatch.setattr(secrets, "token_urlsafe", lambda size: next(made))
    assert new_session_id() == "c-"
