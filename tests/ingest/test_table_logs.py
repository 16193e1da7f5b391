"""Support logs in tables, under the names of columns that chats, help desks and spreadsheets export."""

import csv
import io
import json

import pytest

from ingest.readers.reading import read
from knowledge.errors import UnreadableFile

PROBLEM = "The lid of my kettle does not close any more."
REMEDY = "Take the seal out, rinse it and press it back into the groove."
ASKED = "ふたが閉まらなくなりました。どうすればいいですか。"
ANSWERED = "パッキンを外して水洗いし、溝に沿ってはめ直してください。"


def table(*rows, name="export.csv"):
    file = io.StringIO()
    csv.writer(file, delimiter="\t" if name.endswith(".tsv") else ",").writerows(rows)
    return read(file.getvalue().encode(), name)


def told(result):
    return [(section.question, section.text) for section in result.sections]


LINE = (
    ("アカウント名", "湯屋"),
    ("タイムゾーン", "+09:00"),
    ("ダウンロード日時", "2026/05/01 12:00"),
    ("送信者タイプ", "送信者名", "送信日", "送信時刻", "内容"),
    ("Account", "あいさつメッセージ", "2026/03/01", "08:00:00", "友だち追加ありがとうございます。ご質問をどうぞ。"),
    ("User", "はな", "2026/03/01", "09:00:00", ASKED),
    ("User", "はな", "2026/03/01", "09:00:30", "写真が送信されました"),
    ("Account", "応答メッセージ", "2026/03/01", "09:01:00", "営業時間は平日10時から17時までです。"),
    ("Account", "Unknown", "2026/03/01", "10:00:00", ANSWERED),
    ("User", "はな", "2026/03/09", "9:05:00", "フィルターの交換はいつですか。"),
    ("Account", "Unknown", "2026/03/09", "10:05:00", "3か月に1回、交換してください。"),
)


def test_a_chat_of_line_falls_into_what_was_asked_after_a_silence():
    result = table(*LINE)
    assert result.kind == "log"
    assert told(result) == [
        (ASKED, ANSWERED),
        ("フィルターの交換はいつですか。", "3か月に1回、交換してください。"),
    ]
    assert [section.updated for section in result.sections] == ["2026-03-01", "2026-03-09"]


def test_a_table_of_posts_with_their_authors_is_no_chat():
    result = table(("date", "author", "content"), ("2026-03-01", "Ada", "We moved."), ("2026-03-02", "Ben", "Sale!"))
    assert result.kind == "document"


def test_the_direction_of_a_message_tells_who_speaks_before_the_type_of_its_sender():
    result = table(
        ("conversation_id", "sender_type", "message_type", "private", "content", "status"),
        ("7", "Contact", "incoming", "false", PROBLEM, "resolved"),
        ("7", "", "template", "false", "We reply within a day.", "resolved"),
        ("7", "User", "outgoing", "true", "He called twice already.", "resolved"),
        ("7", "User", "outgoing", "false", REMEDY, "resolved"),
    )
    assert told(result) == [(PROBLEM, REMEDY)]


def test_a_note_is_not_said_to_the_customer():
    result = table(
        ("Conversation ID", "Message type", "Sender type", "Message body", "Conversation state"),
        ("7", "comment", "user", PROBLEM, "closed"),
        ("7", "note", "admin", "Verified by date of birth.", "closed"),
        ("7", "comment", "admin", REMEDY, "closed"),
    )
    assert told(result) == [(PROBLEM, REMEDY)]


def test_who_wrote_a_comment_is_the_customer_where_the_case_is_theirs():
    result = table(
        ("Case Number", "Subject", "Status", "Description", "Case Comments", "Comment: Created By", "Contact Name"),
        ("0001", "Lid", "Closed", PROBLEM, REMEDY, "Daniela Rossi", "Anil Kapoor"),
        ("0001", "Lid", "Closed", PROBLEM, "That helped, says Daniela Rossi.", "Anil Kapoor", "Anil Kapoor"),
        (),
        ("Copyright (c) 2026 All rights reserved.",),
    )
    assert told(result) == [(PROBLEM, REMEDY)]
    assert not result.warnings


def test_japanese_rows_of_messages_and_of_tickets():
    messages = table(
        ("チケットID", "発言日時", "発言者区分", "発言者", "本文", "公開/非公開", "ステータス"),
        ("7", "2026/03/01 09:00", "お客様", "お客様", ASKED, "公開", "解決済"),
        ("7", "2026/03/01 09:30", "オペレーター", "三浦", "以前もお問い合わせあり。", "非公開", "解決済"),
        ("7", "2026/03/01 10:00", "オペレーター", "三浦", ANSWERED, "公開", "解決済"),
        name="rireki.tsv",
    )
    tickets = table(
        ("受付No", "お客様名", "電話", "問合せ内容", "対応結果", "対応状況"),
        ("1", "中村 優子", "090-2222-3333", ASKED, ANSWERED, "対応済"),
        ("2", "吉田", "", "焦げ臭いです。", "確認中", "対応中"),
    )
    assert told(messages) == told(tickets) == [(ASKED, ANSWERED)]


def test_notes_of_calls_and_tickets_of_customers_are_told_by_whom_they_name():
    calls = table(
        ("受電日", "応対者", "お名前", "お電話番号", "ご用件", "ご案内内容"),
        ("4/2", "松本", "岡本", "", ASKED, ANSWERED),
    )
    sheet = table(
        ("Ticket #", "Customer", "Email", "Issue", "Resolution"), ("#9", "Pat Doe", "p@b.example", PROBLEM, REMEDY)
    )
    assert calls.kind == sheet.kind == "log"
    assert (told(calls), told(sheet)) == ([(ASKED, ANSWERED)], [(PROBLEM, REMEDY)])


def test_a_directory_of_staff_and_a_faq_with_telephones_are_no_tickets():
    staff = table(("Name", "Phone", "Room"), ("Ada Byrne", "555-0100", "4"))
    faq = table(("質問", "回答", "担当課", "電話番号"), (ASKED, ANSWERED, "商品課", "03-0000-0000"))
    assert (staff.kind, faq.kind) == ("document", "faq")


def test_messages_that_lie_flat_in_json_are_conversations():
    rows = [
        {"conversation_id": 1, "sender": role, "message": text, "status": "resolved"}
        for role, text in (("customer", PROBLEM), ("note", "He called twice."), ("agent", REMEDY))
    ]
    for data, name in ((json.dumps(rows), "a.json"), ("\n".join(map(json.dumps, rows)), "a.jsonl")):
        assert told(read(data.encode(), name)) == [(PROBLEM, REMEDY)]


def test_tickets_of_people_are_a_log_without_numbers_and_states_too():
    result = table(("お客様名", "質問", "回答"), ("中村 優子", "中村です。" + ASKED, ANSWERED))
    assert result.kind == "log"
    assert told(result) == [(ASKED, ANSWERED)]


@pytest.mark.parametrize(
    ("rows", "because"),
    [
        ([("Id", "Requester", "Subject", "Status"), ("1", "Ada", "Lid", "Closed")], "without what was said"),
        (
            [("CaseNumber", "Subject", "Description", "Status"), ("1", "Lid", PROBLEM, "Closed")],
            "without what was said",
        ),
        ([("顧客名", "電話番号", "住所"), ("中村 優子", "090-2222-3333", "東京都")], "names customers"),
        ([("ParentId", "IsPublished", "CommentBody"), ("1", "1", REMEDY)], "who speaks"),
    ],
)
def test_what_lacks_the_words_or_the_speakers_is_refused_with_what_to_export(rows, because):
    with pytest.raises(UnreadableFile, match=because):
        table(*rows)


SHEET = (
    ("お問い合わせ管理表（2026年度）",),
    ("No.", "受付日", "受付方法", "受付者", "お客様名", "内容", "対応内容", "対応状況", "完了日"),
)


def test_the_sheet_in_which_a_shop_keeps_who_called():
    rows = (
        ("1", "", "", "", "平野様", "土曜の配達は可能か", "可能。平野様（080-3333-4444）へ連絡済。", "済", "2026/4/4"),
        ("2", "2026/4/2", "電話", "青木", "大西", "在庫はいつ入るか", "仕入先に確認", "対応中", ""),
        ("3", "2026/4/2", "電話", "青木", "大西", "名入れはできるか", "10個から可能。", "○", "2026/4/3"),
    )  # fmt: skip
    result = table(*SHEET, *rows)
    assert result.kind == "log"
    assert told(result) == [
        ("土曜の配達は可能か", "可能。[NAME]様（[PHONE]）へ連絡済。"),
        ("名入れはできるか", "10個から可能。"),
    ]
    assert [section.updated for section in result.sections] == ["2026-04-04", "2026-04-03"]
    assert result.warnings == ["Left out as not resolved: 1 conversation (1 対応中)."]


@pytest.mark.parametrize(
    "noted",
    [
        "同上",
        "電話にて回答済み",
        "担当より折り返し",
        "発送済み",
        "調査中",
        "対応しました。",
        "上記と同様",
        "Answered by phone.",
        "See above",
    ],
)
def test_what_was_noted_of_an_answer_given_elsewhere_is_none(noted):
    rows = [(str(n), "", "", "", "森", f"{n}回目の質問はこれですか", noted, "完了", "") for n in (1, 2)]
    answered = ("3", "", "", "", "森", "代引きは使えるか", "使えない。振込のみ。", "完了", "")
    result = table(*SHEET, *rows, answered)
    assert told(result) == [("代引きは使えるか", "使えない。振込のみ。")]
    assert "no solution is left" in result.warnings[0]


def test_where_only_the_day_of_completion_tells_a_row_without_it_is_open():
    header = ("受付日", "お客様名", "問い合わせ内容", "回答", "完了日")
    result = table(
        header,
        ("2026/5/1", "工藤", "鍵の交換費用はいくらですか", "16500円です。", "2026/5/2"),
        ("2026/5/3", "野口", "網戸の張り替えは頼めますか", "業者に聞いています。", ""),
    )
    assert told(result) == [("鍵の交換費用はいくらですか", "16500円です。")]
    assert result.warnings == ["Left out as not resolved: 1 conversation (1 without 完了日)."]


@pytest.mark.parametrize("repeated", [True, False])
def test_further_rows_of_a_record_of_kintone_answer_it_too(repeated):
    header = ("レコードの開始行", "レコード番号", "お客様名", "お問い合わせ内容", "ステータス", "対応内容")
    first = ("*", "11", "三宅", "エラー111はどうしたら消えますか", "完了", "電源を入れ直す。")
    more = ("", *first[1:5]) if repeated else ("",) * 5
    result = table(
        header, first, (*more, "元栓を全開にする。"), ("*", "12", "土井", "掃除の頻度は？", "完了", "月に1回。")
    )
    assert told(result) == [
        ("エラー111はどうしたら消えますか", "電源を入れ直す。\n\n元栓を全開にする。"),
        ("掃除の頻度は？", "月に1回。"),
    ]


def test_customers_and_answers_without_a_question_are_refused_with_what_columns_were_taken_for():
    with pytest.raises(UnreadableFile) as refused:
        table(("お客様名", "話", "対応内容"), ("森", "鍵をなくした", "合鍵を渡した。"))
    assert "no column says what they asked" in str(refused.value)
    assert "お客様名 as asker, 対応内容 as answer" in str(refused.value)


def test_a_chat_of_colleagues_is_refused_and_no_document():
    header = ("日時", "アカウントID", "名前", "メッセージ")
    with pytest.raises(UnreadableFile, match="nothing tells who is a customer"):
        table(header, ("2026-03-01 10:00", "111", "田口 誠", "[To:222]宮下さん\nログインできません。"))
    teams = {"id": "1", "messageType": "message", "from": {"user": {"displayName": "A"}}, "body": {"content": "VPN?"}}
    with pytest.raises(UnreadableFile, match="Slack or Teams"):
        read(json.dumps({"@odata.context": "x", "value": [teams]}).encode(), "channel.json")


def test_a_list_of_events_with_their_names_is_no_chat():
    result = table(("日時", "名前", "内容"), ("3月5日 10時", "説明会", "入会の手順を説明します。"))
    assert result.kind == "document"
