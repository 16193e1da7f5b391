"""Which files of a folder are read, what is told of the rest, and what becomes of documents whose files are gone."""

from __future__ import annotations

import os
from pathlib import Path

import desks
import pytest
from embedders import FakeEmbedder

from ingest.files import sources
from ingest.files.sources import SourceFile, Unlisted
from ingest.settings import IngestSettings


class Desk(desks.Desk):
    """A folder of files with a knowledge base within it, as for who keeps both in one place."""

    def __init__(self, folder: Path) -> None:
        self.embedder = FakeEmbedder()
        self.files = folder / "よくある 質問 & more"
        self.files.mkdir()
        self.settings = IngestSettings(data=self.files / "data", readers=1, lock_wait_s=0)

    def write(self, name: str | bytes) -> Path:
        path = self.files / os.fsdecode(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"# Page\n\nThis is what {sources.shown(name if isinstance(name, str) else path)} says.\n")
        return path

    def listed(self, *paths: Path) -> dict[str, str | None]:
        """What each is called, and the reason where it cannot be read."""
        found = sources.files(paths or [self.files], self.settings.data)
        return {each.source: each.error.reason if isinstance(each, Unlisted) else None for each in found}


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


@pytest.fixture
def locked(monkeypatch: pytest.MonkeyPatch) -> set[Path]:
    """Folders that may not be listed; permissions would not hinder root."""
    names: set[Path] = set()
    scandir = os.scandir

    def refusing(path: str) -> object:
        if Path(path) in names:
            raise PermissionError(13, "Permission denied", path)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refusing)
    return names


def test_the_knowledge_base_and_what_programs_leave_behind_are_no_documents(desk):
    names = ("a.md", ".hidden/b.md", "~$a.docx", "Thumbs.db", "sub/desktop.ini", "sub/返品　の 手順.md")
    for name in names:
        desk.write(name)
    assert desk.ingest().added == ["a.md", "sub/返品　の 手順.md"]
    again = desk.ingest()
    assert (again.unchanged, again.exit_code, again.warnings) == (2, 0, [])
    desk.write("data/uploads/c.md")
    assert desk.listed(desk.files / "data/uploads") == {"c.md": None}, "what is named itself is read"


def test_links_are_told_where_something_would_be_missed(desk, tmp_path):
    outside = tmp_path / "elsewhere"
    outside.mkdir()
    (outside / "far.md").write_text("# Far\n\nFar away.\n")
    desk.write("sub/a.md")
    targets = {"file.md": outside / "far.md", "folder": outside, "up": "..", "sub/self": "self", "nowhere": "gone.md"}
    targets |= {"inside": desk.files / "sub", "round": desk.files, ".hidden": outside}
    for name, target in targets.items():
        (desk.files / name).symlink_to(target)
    told = {"folder": "link", "up": "link", "sub/self": "link", "nowhere": "link"}
    assert desk.listed() == {"sub/a.md": None, "file.md": None, **told}
    report = desk.ingest()
    assert report.exit_code == 2
    (message,) = (item.message for item in report.quarantined if item.source == "folder")
    assert str(outside) in message


def test_a_broken_link_or_a_locked_folder_takes_no_document_with_it(desk, locked):
    target = desk.write(".kept/real.md")
    (desk.files / "linked.md").symlink_to(target)
    desk.write("locked/a.md")
    desk.write("gone.md")
    assert len(desk.ingest().added) == 3
    target.unlink()
    (desk.files / "gone.md").unlink()
    locked.add(desk.files / "locked")
    report = desk.ingest(prune=True)
    assert report.removed == ["gone.md"]
    assert {item.source: item.reason for item in report.quarantined} == {"linked.md": "link", "locked": "unreadable"}
    locked.add(desk.files)
    assert desk.ingest(prune=True).removed == []


def test_a_folder_with_nothing_in_it_takes_no_document_with_it(desk, tmp_path):
    share = tmp_path / "share"
    share.mkdir()
    assert desk.ingest(share).warnings == [(str(share), "There is no file in it.")]
    (share / "a.md").write_text("# A\n\nAlpha.\n")
    desk.ingest(share)
    (share / "a.md").unlink()
    report = desk.ingest(share, prune=True)
    assert (report.removed, report.total_documents, report.exit_code) == ([], 1, 0)
    assert any("not mounted" in message for _, message in report.warnings)
    (share / "b.md").write_text("# B\n\nBeta.\n")
    assert desk.ingest(share, prune=True).removed == ["a.md"]


def test_files_that_are_gone_are_told_until_they_are_pruned(desk):
    for number in range(5):
        desk.write(f"{number}.md").rename(desk.files / f"{number}.txt")
        desk.write(f"{number}.md")
    desk.ingest()
    for number in range(4):
        (desk.files / f"{number}.md").unlink()
    report = desk.ingest()
    ((place, message),) = report.warnings
    assert (place, report.exit_code) == (str(desk.files), 0)
    assert "0.md, 1.md, 2.md and 1 more" in message
    assert "--prune" in message
    desk.ingest(prune=True)
    assert desk.ingest().warnings == []


@pytest.mark.parametrize("name", ["返品.md".encode("cp932"), "返品.md".encode(), b"\xff\xfe.md", b"a\nb.md"])
def test_no_name_of_a_file_stops_the_run(desk, name):
    path = desk.write(name)
    report = desk.ingest()
    (source,) = report.added
    assert source.encode()
    assert source == "返品.md" or b"\xff" in name or b"\n" in name
    again = desk.ingest()
    assert (again.unchanged, again.warnings) == (1, [])
    desk.write("other.md")
    path.unlink()
    assert desk.ingest(prune=True).removed == [source]


def test_a_file_that_is_given_twice_is_read_once(desk):
    path = desk.write("a.md")
    report = desk.ingest(desk.files, desk.files / ".", path)
    assert (report.added, report.quarantined) == (["a.md"], [])


def test_what_cannot_be_looked_at_is_told(desk, monkeypatch):
    os.mkfifo(desk.files / "pipe")
    assert desk.listed() == {}
    (desk.files / "loop").symlink_to("loop")
    paths = [desk.files / "pipe", desk.files / "loop", desk.files / ("x" * 300), desk.files / "none"]
    told = list(desk.listed(*paths).values())
    assert told == ["unsupported", "link", "unreadable", "missing"]
    report = desk.ingest(*paths, prune=True)
    assert report.exit_code == 1


def test_a_file_that_vanishes_while_it_is_looked_at_is_told(desk, monkeypatch):
    desk.write("a.md")
    path = desk.write("b.md")
    real = sources.files

    def vanishing(*given: object) -> list[SourceFile | Unlisted]:
        listed = list(real(*given))
        path.unlink(missing_ok=True)
        return listed

    monkeypatch.setattr(sources, "files", vanishing)
    report = desk.ingest()
    assert (report.added, [item.reason for item in report.quarantined]) == (["a.md"], ["unreadable"])


def test_a_folder_within_one_that_was_read_is_the_same_files(desk):
    (desk.files / "shop").mkdir()
    (desk.files / "shop" / "a.md").write_text("# Returns\n\nThirty days.\n", encoding="utf-8")
    desk.ingest()
    report = desk.ingest(desk.files / "shop")
    assert (report.added, report.changed, report.unchanged) == ([], [], 1)
    (desk.files / "shop" / "a.md").write_text("# Returns\n\nForty days.\n", encoding="utf-8")
    report = desk.ingest(desk.files / "shop" / "a.md")
    assert report.changed == ["shop/a.md"]


def test_the_folder_above_one_that_was_read_keeps_its_names_unless_another_file_is_called_so(desk):
    (desk.files / "shop").mkdir()
    for name in ("a.md", "b.md"):
        (desk.files / "shop" / name).write_text(f"# Returns {name}\n\nThirty days.\n", encoding="utf-8")
    desk.ingest(desk.files / "shop")
    (desk.files / "a.md").write_text("# Repairs\n\nTwo weeks.\n", encoding="utf-8")
    report = desk.ingest(desk.files / "shop", desk.files)
    assert (report.added, report.changed, report.unchanged) == (["shop/a.md"], ["a.md"], 1)
    assert not report.quarantined
    assert report.total_documents == 3
