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
        ([{"type": "message", "user": "U1", "ts": "1700000000.1", "text": PROBLEM}], "export of Slack or Teams"),
        ([{"id": "U1", "name": "ada", "is_bot": False, "profile": {"email": "ada@example.com"}}], "Slack"),
    ],
)
def test_lists_without_words_and_exports_without_parts_say_what_to_do(content, because):
    with pytest.raises(UnreadableFile, match=because):
        told(content)


def test_what_zendesks_own_rules_and_bots_write_is_nobodys_word():
    ticket = zendesk()
    ticket["comments"].insert(
        1, {"author_id": 2, "body": "We open at nine.", "public": True, "via": {"channel": "rule"}}
    )
    assert told([ticket]) == [(PROBLEM, REMEDY)]


@pytest.mark.parametrize("field", ["email_cc_ids", "collaborator_ids"])
def test_who_was_sent_a_copy_of_a_ticket_is_no_agent(field):
    ticket = zendesk(**{field: [3, 2]}, assignee_id=2)
    ticket["comments"].insert(1, {"author_id": 3, "body": "Mine stops as well, I threw it away.", "public": True})
    assert told([ticket]) == [(PROBLEM, REMEDY)]


def test_what_is_noted_of_a_call_is_no_problem():
    call = "Call from: +1 202 555 0143\nTime of call: May 1, 2026 10:00\nLength of phone call: 3 minutes"
    ticket = zendesk(subject="Phone call from: +1 202 555 0143")
    ticket["comments"][0] |= {"type": "VoiceComment", "body": call}
    with pytest.raises(UnreadableFile, match="no problem or no solution"):
        told([ticket])
    ticket["comments"][0]["body"] += f"\n{PROBLEM}"
    assert told([ticket]) == [(PROBLEM, REMEDY)]


def part(kind, text, **more):
    return {"part_type": "comment", "body": f"<p>{text}</p>", "author": {"type": kind, "name": "Jules"}, **more}


def test_intercoms_tickets_with_states_of_ones_own():
    def ticket(state):
        told_ = {"_default_title_": "Grinder", "_default_description_": PROBLEM}
        parts = [part("bot", "Hello!"), part("admin", "Be nice.", part_type="note"), part("admin", REMEDY)]
        return {
            "type": "ticket", "id": "3", "ticket_attributes": told_, "ticket_state": state,
            "ticket_parts": {"type": "ticket_part.list", "ticket_parts": parts},
        }  # fmt: skip

    own = {"type": "ticket_state", "category": "resolved", "internal_label": "Fertig"}
    page = {"type": "ticket.list", "tickets": [ticket("resolved"), ticket(own), ticket("in_progress")]}
    assert told(page) == [(PROBLEM, REMEDY)] * 2


def test_what_was_deleted_in_intercom_and_who_signs_below_is_not_said():
    conversation = {
        "id": "7", "state": "closed", "source": part("user", "This message was deleted", redacted=True),
        "conversation_parts": {
            "conversation_parts": [part("user", PROBLEM), part("admin", f"{REMEDY}</p><p>Jules<br>Tandem Support")]
        },
    }  # fmt: skip
    assert told([conversation]) == [(PROBLEM, REMEDY)]


def test_freshdesk_says_in_words_for_what_it_waits():
    ticket = {"description_text": PROBLEM, "conversations": [{"body_text": REMEDY, "incoming": False}]}
    result = read(json.dumps([{**ticket, "id": 1, "status": 5}, {**ticket, "id": 2, "status": 6}]).encode(), "x.json")
    assert result.warnings == ["Left out as not resolved: 1 conversation (1 waiting on customer)."]


@pytest.mark.parametrize(
    "apart",
    [
        {"comments": zendesk()["comments"], "users": [], "count": 2, "next_page": None},
        [{"id": 1, "ticket_id": 31, "body_text": REMEDY, "incoming": False, "private": False}],
        {"meta": {}, "payload": [{"id": 1, "content": REMEDY, "message_type": 1, "conversation_id": 81}]},
    ],
)
def test_messages_apart_from_their_tickets_are_refused_with_what_to_do(apart):
    with pytest.raises(UnreadableFile, match="without the tickets or conversations that they are of"):
        told(apart)


def test_a_rating_and_what_a_program_was_to_fill_in_are_no_answer():
    ticket = zendesk()
    ticket["comments"][1]["body"] = (
        f"Hello [[first_name]],\n\n{REMEDY}\n\n{{{{agent.signature}}}}\nHow would you rate the support you received?\n"
        "Good, I'm satisfied: https://shop.example/requests/5/satisfaction/new/Zx81?intention=16"
    )
    assert told([ticket]) == [(PROBLEM, REMEDY)]


def test_a_name_in_a_greeting_signs_nothing():
    ticket = zendesk(requester={"id": 1, "name": "Hannah Brooks"})
    ticket["comments"][1]["body"] = f"Hello\nHannah\n{REMEDY}"
    ticket["comments"][0]["body"] = f"{PROBLEM}\nHannah\nSent on the way"
    [(question, text)] = told([ticket])
    assert question == PROBLEM
    assert text.endswith(REMEDY)


def test_a_block_between_two_rules_signs_and_a_house_presents_itself():
    ticket = zendesk()
    rule = "―" * 15
    ticket["comments"][0]["body"] = (
        "星空旅館 御中\n\nお世話になります。夜10時を過ぎても入れますか。\n\n藤原 大輔\n携帯 080-1212-3434"
    )
    ticket["comments"][1]["body"] = (
        "星空旅館の長谷川です。\n\n11時まで入れます。\n\n"
        f"{rule}\n星空旅館 予約係\n 長谷川 るり\n〒381-0101 長野県長野市若穂1-2\nTEL 026-000-1111\n{rule}"
    )
    assert told([ticket]) == [("夜10時を過ぎても入れますか。", "11時まで入れます。")]


def test_an_agents_address_that_only_signs_is_not_told_as_lost():
    signed = [zendesk(id=number) for number in range(6)]
    for ticket in signed:
        ticket["comments"][1]["body"] += "\n\nKind regards,\nOliver\nhelp@pine.example"
    assert read(json.dumps(signed).encode(), "export.json").warnings == []


@pytest.mark.parametrize(
    ("asked", "answered"),
    [
        ("Great. One more thing: can I wash the lid?", "Yes, in the upper rack of the dishwasher."),
        ("ありがとうございます。ちなみに、ふたは洗えますか？", "はい、上の段なら食洗機で洗えます。"),
    ],
)
def test_another_matter_in_a_short_ticket_is_a_passage_of_its_own(asked, answered):
    ticket = zendesk()
    more = [{"author_id": 1, "body": asked, "public": True}, {"author_id": 2, "body": answered, "public": True}]
    ticket["comments"] += more
    first, second = told([ticket])
    assert first == (PROBLEM, REMEDY)
    assert second[1] == answered
    ticket["comments"][2]["body"] = "And how long must it cool down then?"
    assert len(told([ticket])) == 1


@pytest.mark.parametrize("joined", ["(10:00:40 AM) *** Oliver joined the chat ***\n", ""])
def test_a_chat_that_is_kept_as_one_comment_is_parted_into_what_each_side_said(joined):
    chat = (
        "Chat started: 2026-03-01 10:00 AM UTC\n\n"
        f"(10:00:12 AM) Web User 8812: {PROBLEM}\n{joined}"
        f"(10:01:00 AM) Oliver: {REMEDY}\nMind the cable.\n"
        "(10:01:30 AM) Web User 8812: thanks!\n(10:02:00 AM) *** Web User 8812 left the chat ***"
    )
    ticket = zendesk(subject="Chat with Web User 8812")
    ticket["comments"] = [{"author_id": 1, "body": chat, "public": True, "via": {"channel": "chat"}}]
    assert told([ticket]) == [(PROBLEM, f"{REMEDY}\nMind the cable.")]


def test_times_in_brackets_are_no_chat():
    ticket = zendesk()
    ticket["comments"][1]["body"] = f"{REMEDY}\n(10:00) The motor stops: wait."
    assert told([ticket]) == [(PROBLEM, f"{REMEDY}\n(10:00) The motor stops: wait.")]
