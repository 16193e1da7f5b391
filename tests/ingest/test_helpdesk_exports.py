"""The exports are written by hand in the field names that each help desk publishes for its API."""

import json
import time

import pytest

from ingest.readers.reading import read

PROBLEM = "The grinder stops after a few seconds, what can I do?"
REMEDY = "Clean the burrs with the brush and let the motor cool down for 20 minutes."


def zendesk(status="solved"):
    def comment(author, text, public=True, **more):
        return {"id": 1, "type": "Comment", "author_id": author, "body": text, "public": public, **more}

    return {
        "id": 35436,
        "subject": "Grinder",
        "description": PROBLEM,
        "status": status,
        "requester_id": 20978392,
        "assignee_id": 235323,
        "comments": [
            comment(20978392, PROBLEM, created_at="2025-01-02T09:00:00Z"),
            comment(235323, "Customer is difficult, offer nothing.", public=False, created_at="2025-01-02T09:05:00Z"),
            comment(-1, "This ticket was tagged.", created_at="2025-01-02T09:06:00Z"),
            comment(235323, REMEDY, html_body=f"<p>{REMEDY}</p>", created_at="2025-01-02T09:10:00Z"),
        ],
    }


def intercom(state="closed"):
    def part(kind, author, text, at):
        said = f"<p>{text}</p>" if text else None
        return {
            "type": "conversation_part",
            "id": "2",
            "part_type": kind,
            "body": said,
            "created_at": at,
            "author": {"type": author, "id": "5"},
        }

    return {
        "type": "conversation",
        "id": "163",
        "created_at": 1735808400,
        "state": state,
        "source": {"type": "conversation", "body": f"<p>{PROBLEM}</p>", "author": {"type": "user", "id": "9"}},
        "conversation_parts": {
            "type": "conversation_part.list",
            "total_count": 5,
            "conversation_parts": [
                part("comment", "bot", "I am Fin, have you tried our articles?", 1735808401),
                part("note", "admin", "Offer nothing.", 1735808402),
                part("assignment", "admin", "Take this please.", 1735808403),
                part("close", "admin", REMEDY, 1735808404),
                part("close", "admin", None, 1735808405),
            ],
        },
    }


def freshdesk(status=5):
    def said(text, at, incoming=False, private=False):
        return {
            "id": 3,
            "user_id": 7,
            "body": f"<div>{text}</div>",
            "body_text": text,
            "incoming": incoming,
            "private": private,
            "created_at": at,
        }

    return {
        "id": 20,
        "subject": "Grinder",
        "description": f"<div>{PROBLEM}</div>",
        "description_text": PROBLEM,
        "status": status,
        "requester_id": 9,
        "conversations": [
            said(REMEDY, "2025-01-02T09:10:00Z"),
            said("Offer nothing.", "2025-01-02T09:05:00Z", private=True),
            said("Thank you!", "2025-01-02T09:20:00Z", incoming=True),
        ],
    }


def chatwoot(status="resolved", ways=("incoming", "outgoing", "activity", "template")):
    incoming, outgoing, activity, template = ways

    def message(way, text, at, sender="User", private=False):
        return {
            "id": 4,
            "content": text,
            "message_type": way,
            "private": private,
            "created_at": at,
            "sender_type": sender,
        }

    return {
        "id": 12,
        "status": status,
        "messages": [
            message(incoming, PROBLEM, 1735808400, "Contact"),
            message(template, "We reply in a few hours.", 1735808401, None),
            message(outgoing, "I am a bot.", 1735808402, "AgentBot"),
            message(outgoing, "Offer nothing.", 1735808403, private=True),
            message(outgoing, REMEDY, 1735808404),
            message(activity, "Conversation was marked resolved by Eve", 1735808405, None),
        ],
    }


DESKS = {
    "zendesk": (zendesk, "35436", ("open", "pending", "hold")),
    "intercom": (intercom, "163", ("open", "snoozed")),
    "freshdesk": (freshdesk, "20", (2, 3, 7)),
    "chatwoot": (chatwoot, "12", ("open", "pending", "snoozed")),
}
each_desk = pytest.mark.parametrize(("export", "name", "unresolved"), DESKS.values(), ids=DESKS)


def log(content, name="export.json"):
    return read(json.dumps(content).encode(), name)


@each_desk
def test_a_resolved_conversation_is_read_without_notes_and_bots(export, name, unresolved):
    result = log([export()])
    assert result.kind == "log"
    assert [(each.question, each.text, each.anchor) for each in result.sections] == [(PROBLEM, REMEDY, name)]


@each_desk
def test_unresolved_conversations_are_left_out_and_counted(export, name, unresolved):
    result = log([export(), *(export(status) for status in unresolved)])
    assert len(result.sections) == 1
    assert result.warnings[0].startswith(f"Left out as not resolved: {len(unresolved)} conversations (")


@each_desk
def test_an_export_may_be_wrapped_or_one_record_a_line(export, name, unresolved):
    for wrapped in ({"tickets": [export()]}, {"data": {"meta": {}, "payload": [export()]}}, export()):
        assert [each.anchor for each in log(wrapped).sections] == [name]
    lines = "\n".join(json.dumps(export()) for _ in range(2))
    assert len(read(lines.encode(), "export.jsonl").sections) == 2


def test_a_ticket_may_come_beside_its_comments():
    ticket = zendesk()
    comments = ticket.pop("comments")
    assert log({"ticket": ticket, "comments": comments}).sections[0].text == REMEDY


def test_chatwoot_may_number_the_ways_of_messages():
    assert [each.text for each in log([chatwoot(ways=(0, 1, 2, 3))]).sections] == [REMEDY]


def test_personal_data_is_taken_out():
    ticket = zendesk()
    ticket["comments"][3]["body"] += " Or write to eve@example.com."
    assert "[EMAIL]" in log([ticket]).sections[0].text


@pytest.mark.parametrize("markup", ["<span", "<div class='", "<b>", "<blockquote><div>"])
def test_what_one_customer_sent_costs_the_export_nothing(markup):
    bomb = zendesk()
    bomb["comments"][0]["html_body"] = f"<p>{PROBLEM}</p>{markup * 20_000}"
    bomb["comments"][0]["body"] = ""
    began = time.process_time()
    found = log([bomb, zendesk()])
    assert len(found.sections) == 2
    assert time.process_time() - began < 20  # in the square of the length, minutes
