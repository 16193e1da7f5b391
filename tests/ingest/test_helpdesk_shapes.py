"""Older and other shapes of help desks' exports, written by hand in the field names that each of them publishes."""

import json

import pytest

from ingest.logs.turns import Turn
from ingest.readers.reading import read
from knowledge.errors import UnreadableFile

PROBLEM = "The grinder stops after a few seconds, what can I do?"
REMEDY = "Clean the burrs with the brush and let the motor cool down for 20 minutes."


def told(content, name="export.json"):
    data = content if isinstance(content, str) else json.dumps(content)
    return [(each.question, each.text) for each in read(data.encode(), name).sections]


def zendesk(**more):
    comments = [
        {"author_id": 1, "body": PROBLEM, "public": True},
        {"author_id": 2, "body": REMEDY, "public": True},
    ]
    return {"id": 5, "subject": "Grinder", "status": "solved", "requester_id": 1, "comments": comments, **more}


def test_zendesk_names_its_lines_json():
    assert told("\n".join(json.dumps(zendesk(id=number)) for number in (5, 6))) == [(PROBLEM, REMEDY)] * 2


def test_zendesk_audits_hold_comments_among_events():
    def audit(author, text, public=True):
        events = [{"type": "Comment", "author_id": author, "body": text, "public": public}, {"type": "Notification"}]
        return {"created_at": "2025-01-02T09:00:00Z", "events": events}

    audits = [audit(1, PROBLEM), audit(2, "Offer nothing.", public=False), audit(2, REMEDY)]
    ticket = {key: value for key, value in zendesk().items() if key != "comments"}
    assert told([{"ticket": ticket, "audits": audits}]) == [(PROBLEM, REMEDY)]
    assert told(json.dumps({"ticket": ticket, "audits": audits}), "export.jsonl") == [(PROBLEM, REMEDY)]


def test_a_ticket_that_was_merged_into_another_says_nothing():
    merged = zendesk(id=6)
    merged["comments"][1] |= {"body": "Merged into #5.", "via": {"channel": "web", "source": {"rel": "merge"}}}
    assert told([zendesk(), merged]) == [(PROBLEM, REMEDY)]


def test_the_users_beside_a_page_tell_bots_and_names():
    page = {
        "tickets": [zendesk()],
        "users": [{"id": 2, "name": "Ada Byrne", "role": "agent"}, {"id": 3, "name": "Answer Bot"}],
    }
    page["tickets"][0]["comments"].insert(1, {"author_id": 3, "body": "Have you read our articles?", "public": True})
    page["tickets"][0]["comments"][2]["body"] += " Ask for Ada Byrne in the shop."
    assert told(page) == [(PROBLEM, f"{REMEDY} Ask for [NAME] in the shop.")]


def test_the_subject_is_the_problem_of_who_sent_a_picture_alone():
    ticket = zendesk(subject="Re: Grinder stops")
    ticket["comments"][0]["body"] = None
    assert told([ticket]) == [("Grinder stops", REMEDY)]


def test_intercom_before_states():
    conversation = {
        "id": "7", "open": False,
        "conversation_message": {"body": f"<p>{PROBLEM}</p>", "author": {"type": "user"}},
        "conversation_parts": {
            "conversation_parts": 2 * [{"part_type": "comment", "body": REMEDY, "author": {"type": "admin"}}]
        },
    }  # fmt: skip
    assert told([conversation, {**conversation, "open": True}]) == [(PROBLEM, REMEDY)]


def test_freshdesk_account_exports_wrap_tickets_and_notes():
    def note(text, incoming=False, private=False, deleted=False):
        return {"helpdesk_note": {"body": text, "incoming": incoming, "private": private, "deleted": deleted}}

    notes = [note(REMEDY), note("Offer nothing.", private=True), note("Wrong one.", deleted=True), note("Thanks", True)]
    ticket = {"display_id": 8, "description": PROBLEM, "status": 5, "requester_name": "Eve Hall", "notes": notes}
    assert told([{"helpdesk_ticket": ticket}, {"helpdesk_ticket": {**ticket, "spam": True}}]) == [(PROBLEM, REMEDY)]


def test_chatwoot_forms_and_deleted_messages_are_nobodys_words():
    def message(way, text, **more):
        return {"message_type": way, "content": text, "private": False, **more}

    messages = [
        message(0, "Buy now", content_attributes={"deleted": True}),
        message(0, PROBLEM),
        message(1, "Give us a way to reach you.", content_type="input_email"),
        message(1, REMEDY, content_type="text"),
    ]
    assert told([{"id": 9, "status": "resolved", "messages": messages}]) == [(PROBLEM, REMEDY)]


def test_comments_in_a_table_with_japanese_headers():
    table = (
        "チケットID,件名,ステータス,投稿者,投稿者の種類,公開,コメント,投稿日時\n"
        "4,刃の掃除,解決済み,高木 真由,エンドユーザー,はい,刃はどうやって掃除しますか,2025/01/02 09:00\n"
        "4,刃の掃除,解決済み,サポート 中野,エージェント,いいえ,難しい方です,2025/01/02 09:05\n"
        "4,刃の掃除,解決済み,サポート 中野,エージェント,はい,粉を払ってください。高木 真由 様宛にブラシを送ります。"
        ",2025/01/02 09:10\n"
        "5,返品,オープン,高木 真由,エンドユーザー,はい,返品できますか,2025/01/02 09:00\n"
    )
    [(question, text)] = told(table, "comments.csv")
    assert question == "刃はどうやって掃除しますか"
    assert text == "粉を払ってください。[NAME] 様宛にブラシを送ります。"


def test_tickets_in_a_table_are_a_log():
    table = (
        "チケットID,件名,説明,ステータス,対応者,回答内容\n"
        "4,掃除,刃はどうやって掃除しますか,クローズ,村井,村井です。ブラシで粉を払ってください。\n"
        "5,返品,返品できますか,オープン,村井,\n"
    )
    [section] = read(table.encode(), "tickets.csv").sections
    assert (section.question, section.text) == (
        "刃はどうやって掃除しますか",
        "ブラシで粉を払ってください。",
    )


def test_comments_in_a_table_whose_columns_say_of_what_they_are():
    table = (
        "Ticket ID,Ticket Status,Comment Author,Comment Author Role,Comment Public,Comment Body\n"
        f'4,Solved,Eve Hall,end-user,true,"{PROBLEM}"\n4,Solved,Tom,agent,false,Offer nothing.\n'
        f"4,Solved,Tom,agent,true,{REMEDY}\n"
    )
    assert told(table, "comments.csv") == [(PROBLEM, REMEDY)]


def test_a_list_of_tickets_without_their_comments_is_refused():
    with pytest.raises(UnreadableFile, match="without what was said"):
        read(b"Id,Requester,Requester email,Subject,Status\n4,Eve Hall,eve@example.com,Grinder,Closed\n", "tickets.csv")


def test_messages_as_programs_write_them():
    messages = [{"role": "system", "content": "Be kind."}, {"role": "user", "content": PROBLEM}]
    messages.append({"role": "assistant", "content": REMEDY})
    assert told(json.dumps({"id": "a", "messages": messages}), "log.jsonl") == [(PROBLEM, REMEDY)]
    turns = [
        {"speaker": "お客様", "message": "電球は交換できますか"},
        {"speaker": "担当", "message": "できません。一体型です。"},
    ]
    assert told([{"conversation_id": "a", "turns": turns}]) == [("電球は交換できますか", "できません。一体型です。")]


def test_who_writes_is_no_part_of_the_problem():
    turns = [
        {"role": "customer", "text": "高木です。刃はどうやって掃除しますか"},
        {"role": "agent", "text": "ブラシで払います。"},
    ]
    assert told([{"conversation_id": "a", "turns": turns}]) == [("刃はどうやって掃除しますか", "ブラシで払います。")]
    turns[1]["text"] = "高木様、山田です。ブラシで払います。"
    assert told([{"conversation_id": "a", "turns": turns}]) == [("刃はどうやって掃除しますか", "ブラシで払います。")]


@pytest.mark.parametrize(
    "quoted",
    [
        "On Tue, Feb 27, 2024 at 9:12 AM Acme <a@example.com> wrote:\n> Our newsletter\n>\n> has more.",
        "-----Original Message-----\nFrom: Acme\nOur newsletter",
        "From: Acme\nSent: Tuesday\nTo: Eve\nSubject: News\n\nOur newsletter",
        "2024年2月27日(火) 9:12 Acme <a@example.com>:\n> 新着のお知らせ",
    ],
)
def test_the_mail_that_is_answered_is_not_said_again(quoted):
    said = Turn.of("customer", f"{PROBLEM}\n\n{quoted}")
    assert said is not None
    assert said.text == PROBLEM


def test_a_remark_below_a_quotation_is_kept():
    said = Turn.of("agent", "> which brush?\nThe small one.")
    assert said is not None
    assert said.text == "> which brush?\nThe small one."


def test_acknowledgements_and_surveys_solve_nothing():
    ticket = zendesk()
    for place, text in (
        (1, "We have received your request and will reply within 24 hours."),
        (3, "Please rate our service."),
    ):
        ticket["comments"].insert(place, {"author_id": 2, "body": text, "public": True})
    assert told([ticket]) == [(PROBLEM, REMEDY)]


def test_a_block_below_a_rule_that_names_a_company_signs():
    turns = [
        {
            "role": "customer",
            "text": "宮内と申します。\n水が漏れます。どうすれば止まりますか。\n\n宮内 薫\n090-1111-2222",
        },
        {"role": "agent", "text": "キャップを締め直してください。\n\n--------\n株式会社例示 お客様サポート\n柏木\n"},
    ]
    assert told([{"conversation_id": "a", "turns": turns}]) == [
        ("水が漏れます。どうすれば止まりますか。", "キャップを締め直してください。")
    ]


def test_an_address_below_a_rule_that_was_promised_is_part_of_the_answer():
    answer = "返送先は下記です。\n--------\n株式会社例示 返品窓口\n水戸市例示1-2-3"
    turns = [{"role": "customer", "text": "返送先を教えてください。お願いします。"}, {"role": "agent", "text": answer}]
    assert "返品窓口" in told([{"conversation_id": "a", "turns": turns}])[0][1]


@pytest.mark.parametrize(
    ("content", "because"),
    [
        (
            {"results": [{"id": 1, "subject": "Lid", "description": PROBLEM, "status": "closed", "requester_id": 7}]},
            "without what was said",
        ),
        ([{"type": "message", "user": "U1", "ts": "1700000000.1", "text": PROBLEM}], "part of a Slack export"),
        ([{"id": "U1", "name": "ada", "is_bot": False, "profile": {"email": "ada@example.com"}}], "Slack"),
    ],
)
def test_lists_without_words_and_exports_without_parts_say_what_to_do(content, because):
    with pytest.raises(UnreadableFile, match=because):
        told(content)
