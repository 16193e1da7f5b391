import json

import pytest
from archives_to_read import zipped

from ingest.readers.reading import read
from knowledge.errors import UnreadableFile

FAQ = "id,question,answer\nF1,返品できますか？,14日以内なら可能です。\n"
TERMS = "# Terms\n\n## Warranty\n\nTwo years.\n"
LOG = json.dumps(
    {
        "conversation_id": "c1",
        "turns": [
            {"role": "customer", "text": "My mill does not start, what can I do?"},
            {"role": "agent", "text": "Press the red button. Write to eve@example.com if not."},
        ],
    }
)


def test_members_are_read_by_their_own_readers_and_keep_their_name_and_kind():
    result = read(zipped({"ja/faq.csv": FAQ, "terms.md": TERMS, "log.jsonl": LOG}), "all.zip")
    assert result.title == "all"
    assert [(each.kind or result.kind, each.anchor, each.row, each.headings) for each in result.sections] == [
        ("faq", "ja/faq.csv#F1", 2, ()),
        ("document", "terms.md#warranty", None, ("Terms", "Warranty")),
        ("log", "log.jsonl#c1", 1, ()),
    ]
    assert "[EMAIL]" in result.sections[2].text
    assert result.redacted == {"EMAIL": 1}


def test_a_member_without_a_place_of_its_own_is_named():
    section = read(zipped({"notes.txt": "Open from nine."}), "a.zip").sections[0]
    assert (section.anchor, section.headings) == ("notes.txt", ("notes",))


def test_a_pdf_that_lies_unpacked_at_the_beginning_does_not_make_it_a_pdf():
    result = read(zipped({"a.pdf": b"%PDF-1.4\nbroken", "b.txt": "Text."}, compression=0), "a.zip")
    assert [each.text for each in result.sections] == ["Text."]


def test_what_cannot_be_read_is_told_and_the_rest_is_read():
    members = {"a.txt": "Text.", "log.jsonl.gz": b"\x1f\x8b", "x.exe": b"MZ", ".DS_Store": b"1"}
    result = read(zipped(members), "a.zip")
    assert [each.anchor for each in result.sections] == ["a.txt"]
    assert [warning.split(":")[0] for warning in result.warnings] == [
        "log.jsonl.gz was left out",
        "x.exe was left out",
    ]
    assert "only ZIP" in result.warnings[0]


def test_archives_within_archives_are_read_to_a_depth_and_no_deeper():
    packed = zipped({"deepest.txt": "Too deep."})
    for name in ("third", "second", "first"):
        packed = zipped({f"{name}.txt": f"The {name}.", f"{name}.zip": packed})
    result = read(packed, "a.zip")
    assert [(each.anchor, each.text) for each in result.sections] == [
        ("first.txt", "The first."),
        ("first.zip#second.txt", "The second."),
        ("first.zip#second.zip#third.txt", "The third."),
    ]
    assert "within more than 3 files" in " ".join(result.warnings)


def test_archives_within_an_archive_share_its_limits(monkeypatch):
    monkeypatch.setattr("ingest.readers.nesting.MOST_BYTES", 4_000)
    inner = zipped({f"{number}.txt": f"Number {number}. " * 100 for number in range(3)})
    result = read(zipped({"a.zip": inner, "b.zip": inner}), "c.zip")
    assert len(result.sections) == 3
    assert "hold more than" in " ".join(result.warnings)


def test_the_operators_word_does_not_turn_a_log_into_a_document():
    result = read(zipped({"faq.csv": FAQ, "log.jsonl": LOG}), "a.zip", "document")
    assert [(each.kind or result.kind, each.question is None) for each in result.sections] == [
        ("document", True),
        ("log", False),
    ]


@pytest.mark.parametrize(
    ("members", "reason"),
    [
        ({}, "no-text"),
        ({"a.txt": "0" * 3_000_000}, "too-large"),
        ({"../a.txt": "text"}, "damaged"),
        ({"a.xyz": "text"}, "unsupported"),
    ],
)
def test_archives_that_cannot_be_read_say_why(members, reason):
    with pytest.raises(UnreadableFile) as told:
        read(zipped(members), "a.zip")
    assert told.value.reason == reason


def test_a_damaged_archive_says_so():
    with pytest.raises(UnreadableFile) as told:
        read(zipped({"a.txt": "text" * 100})[:-30], "a.zip")
    assert told.value.reason == "damaged"
