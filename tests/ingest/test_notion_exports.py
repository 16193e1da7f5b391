"""Pages and tables as Notion exports them: what they say of themselves is no text, what stands in a box is."""

from ingest.readers.reading import read

POLICY = """# Refund policy

Status: {status}
Owner: Lena
Tags: billing, policy
Last edited time: October 9, 2025 4:40 PM
Hotline: 03-5550-0100
Hours: 9 to 17

Annual plans are refunded within 14 days.

<aside>
💡 Refunds go to the card that was charged.

</aside>
"""


def test_what_a_page_says_of_itself_is_not_read_and_its_boxes_are():
    result = read(POLICY.format(status="Done").encode(), "Refund policy a1b2c3d4e5f60718293a4b5c6d7e8f90.md")
    assert [section.text for section in result.sections] == [
        "Hotline: 03-5550-0100\nHours: 9 to 17\n\nAnnual plans are refunded within 14 days.\n\n"
        "💡 Refunds go to the card that was charged."
    ]
    assert (result.updated, result.attributes.tags) == ("2025-10-09", ("billing", "policy"))
    assert (result.attributes.audience, result.warnings) == ((), [])


def test_a_draft_answers_no_customer_and_that_is_told():
    result = read(POLICY.format(status="Draft").encode(), "page.md")
    assert result.attributes.audience == ("staff",)
    assert result.warnings == ["Its status is Draft: customers are not answered from it, as if it were for staff."]


def test_japanese_properties_are_known_too():
    page = "# 返金\n\nステータス: 完了\n担当者: 田中 健二\n作成日時: 2025年10月3日 9:12\n\n14日以内です。\n"
    assert [section.text for section in read(page.encode(), "page.md").sections] == ["14日以内です。"]


def test_lines_with_labels_of_a_writers_own_stay_and_stay_apart():
    page = "# Mill\n\nStatus: no longer sold\nSuccessor: Mill 2\nOwner: the customer\n\nIt grinds.\n"
    assert [section.text for section in read(page.encode(), "page.md").sections] == [
        "Status: no longer sold\nSuccessor: Mill 2\nOwner: the customer\n\nIt grinds."
    ]


def test_a_database_of_questions_is_a_faq_whose_drafts_answer_nobody():
    rows = "How do I get a refund?,Published,Write to us.\nIs there a student plan?,Draft,50% off.\n"
    result = read(f"\ufeffName,Status,Answer\n{rows}".encode(), "FAQ a1b2c3d4e5f60718293a4b5c6d7e8f90.csv")
    assert (result.title, result.kind) == ("FAQ", "faq")
    assert [(section.question, section.attributes.audience) for section in result.sections] == [
        ("How do I get a refund?", ()),
        ("Is there a student plan?", ("staff",)),
    ]
    assert "1 of its 2 rows are marked as internal" in " ".join(result.warnings)
