import io
import zipfile

import pytest
from archives_to_read import old_office, zipped

from ingest.files import archives
from ingest.files.archives import office, opened
from knowledge.errors import UnreadableFile


def refusal(function, *arguments):
    with pytest.raises(UnreadableFile) as told:
        function(*arguments)
    return told.value.reason


def test_members_are_read_by_name():
    archive = opened(zipped({"faq/a.txt": "Yes.", "b.txt": "No."}))
    assert archive.names == ["faq/a.txt", "b.txt"]
    assert archive.read("faq/a.txt") == b"Yes."


def test_names_packed_on_a_japanese_machine_are_read():
    data = zipped({"XXXXXXXX.txt": "はい"}).replace(b"XXXXXXXX", "返品規定".encode("cp932"))
    assert opened(data).names == ["返品規定.txt"]


def test_what_unpacks_to_too_much_is_refused_before_it_is_unpacked(monkeypatch):
    assert refusal(opened, zipped({"a.txt": b"\0" * 2_000_000})) == "too-large"
    monkeypatch.setattr(archives, "LARGEST", 1_000)
    assert refusal(opened, zipped({"a.txt": b"a" * 600, "b.txt": b"b" * 600})) == "too-large"


def test_too_many_members_are_refused():
    assert refusal(opened, zipped({f"{number}.txt": "" for number in range(archives.MOST_MEMBERS + 1)})) == "too-large"


def test_a_member_that_lies_about_its_size_is_damaged():
    data = bytearray(zipped({"a.txt": b"a" * 5_000}, zipfile.ZIP_STORED))
    directory = data.rindex(b"PK\x01\x02")
    data[directory + 20 : directory + 28] = (10).to_bytes(4, "little") * 2
    assert refusal(opened(bytes(data)).read, "a.txt") == "damaged"


@pytest.mark.parametrize("name", ["../a.txt", "a/../../b.txt", "/etc/a.txt", "C:/a.txt", "..\\a.txt"])
def test_names_that_point_outside_are_refused(name):
    assert refusal(opened, zipped({name: "text"})) == "damaged"


def test_a_member_without_a_name_is_damaged():
    assert refusal(opened, zipped({"a.txt": "text"}).replace(b"a.txt", b"\0.txt")) == "damaged"


def test_what_is_cut_off_is_damaged():
    assert refusal(opened, zipped({"a.txt": "text" * 100})[:-30]) == "damaged"


def test_a_member_with_a_password_is_told():
    data = bytearray(zipped({"a.txt": "text"}))
    for header, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(header) + flags] |= 1
    assert refusal(opened(bytes(data)).read, "a.txt") == "encrypted"


def test_a_member_packed_otherwise_is_told():
    assert refusal(opened(zipped({"a.txt": "text"}, zipfile.ZIP_BZIP2)).read, "a.txt") == "unsupported"


def test_old_office_documents_are_told_from_encrypted_ones():
    assert refusal(office, old_office(with_password=True), ".docx") == "encrypted"
    assert refusal(office, old_office(with_password=False), ".docx") == "not-this-format"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be"])
def test_xml_with_entities_is_refused_in_every_encoding(encoding):
    bomb = '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "bbbb">]><a>&b;</a>'
    members = {"[Content_Types].xml": "<Types/>", "word/document.xml": bomb.encode(encoding)}
    assert refusal(office, zipped(members), ".docx") == "damaged"
    members["word/document.xml"] = (
        bomb.replace("<!DOCTYPE a [<!ENTITY b", "<!-- [ b").replace("]>", "-->").encode(encoding)
    )
    assert office(zipped(members), ".docx").names[1] == "word/document.xml"


@pytest.mark.parametrize("encoding", ["utf-7", "cp037"])
def test_xml_whose_encoding_hides_its_marks_is_refused(encoding):
    hidden = f'<?xml version="1.0" encoding="{encoding}"?><a/>'.encode("cp037" if encoding == "cp037" else "ascii")
    assert refusal(office, zipped({"[Content_Types].xml": "<Types/>", "word/a.xml": hidden}), ".docx") == "damaged"


def test_another_archive_is_no_office_document():
    assert refusal(office, zipped({"a.txt": "text"}), ".xlsx") == "not-this-format"


def test_a_directory_of_members_that_is_forged_is_damaged():
    data = io.BytesIO(b"PK\x05\x06" + b"\xff" * 18)
    assert refusal(opened, data.getvalue()) == "damaged"
