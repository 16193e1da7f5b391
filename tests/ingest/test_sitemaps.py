"""Web pages and sitemaps as an operator ingests them: what is found, what is not asked twice, and what is told."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from embedders import FakeEmbedder
from paper import pdf
from websites import Reply, Website

from ingest.files.sources import divided
from ingest.pipeline import Order, Pipeline
from ingest.runs.report import Report
from ingest.settings import IngestSettings
from ingest.web import sitemaps
from ingest.web.fetching import Fetcher
from knowledge.errors import UnreadableFile
from knowledge.index.store import Generation
from knowledge.language.analysis import Analyzer
from knowledge.passages import Document, Passage

ANALYZER = Analyzer()
RETURNS = "<title>Returns</title><main><h2 id='how'>How long?</h2><p>Returns within 30 days.</p></main>"
SHIPPING = "<title>Shipping</title><main><p>Shipping costs 550 yen.</p></main>"


class Desk:
    """A knowledge base that reads from one website."""

    def __init__(self, folder: Path, site: Website) -> None:
        self.site, self.embedder = site, FakeEmbedder()
        self.settings = IngestSettings(data=folder / "data", readers=1, lock_wait_s=0)

    def ingest(self, *paths: str, fetcher: Fetcher | None = None, progress: object = None, **order: object) -> Report:
        """Ingest pages of the site by their paths, or other addresses."""
        self.site.requests.clear()
        addresses = [path if "://" in path else self.site.url + path for path in paths]
        pipeline = Pipeline(self.settings, self.embedder, ANALYZER, fetcher or self.site.fetcher())
        return pipeline.run(Order([], addresses=addresses, **order), progress)

    @property
    def generation(self) -> Generation:
        return Generation.open(self.settings.data, ANALYZER)

    @property
    def documents(self) -> dict[str, Document]:
        """By the path of their address."""
        every = self.generation.documents.values()
        return {document.source.removeprefix(self.site.url): document for document in every}

    def passages(self, path: str) -> list[Passage]:
        return list(self.generation.passages(self.documents[path].id))


@pytest.fixture
def desk(tmp_path: Path, site: Website) -> Desk:
    site.page("/returns", RETURNS)
    site.page("/shipping", SHIPPING)
    return Desk(tmp_path, site)


def reasons(report: Report) -> dict[str, str]:
    assert all(len(item.message) > 20 for item in report.quarantined)
    return {item.source: item.reason for item in report.quarantined}


# --- pages


def test_a_page_that_is_larger_than_files_may_be_is_left_out_alone(desk):
    desk.settings = desk.settings.model_copy(update={"file_mb": 1})
    desk.site.page("/archive", f"<title>Archive</title><main><p>{'Old news. ' * 110_000}</p></main>")
    report = desk.ingest("/archive", "/returns")
    assert reasons(report) == {f"{desk.site.url}/archive": "too-large"}
    assert desk.documents.keys() == {"/returns"}


def test_a_page_becomes_passages_that_point_to_their_place_on_the_web(desk):
    assert desk.ingest("/returns#how").exit_code == 0
    address = f"{desk.site.url}/returns"
    document = desk.documents["/returns"]
    assert (document.source, document.origin, document.url) == (address, address, address)
    (passage,) = desk.passages("/returns")
    assert (passage.source, passage.url, passage.title) == (address, f"{address}#how", "How long?")
    assert "30 days" in passage.text


def test_a_pdf_on_the_web_is_cited_by_its_page(desk):
    desk.site.pages["/manual"] = Reply(
        pdf([["Switch it off first."], ["Then pull the plug out."]]), headers={"Content-Type": "application/pdf"}
    )
    assert desk.ingest("/manual").exit_code == 0
    address = f"{desk.site.url}/manual"
    assert {passage.url for passage in desk.passages("/manual")} == {f"{address}#page=1", f"{address}#page=2"}


def test_a_page_that_has_not_changed_is_not_sent_again(desk):
    desk.site.page("/returns", RETURNS, ETag='"v1"')
    first = desk.ingest("/returns")
    second = desk.ingest("/returns")
    assert (second.unchanged, second.changed, second.generation) == (1, [], first.generation)
    assert desk.site.requests[-1][1]["if-none-match"] == '"v1"'
    desk.site.page("/returns", RETURNS.replace("30", "60"), ETag='"v2"')
    assert desk.ingest("/returns").changed == [f"{desk.site.url}/returns"]
    assert "60 days" in desk.passages("/returns")[0].text


def test_a_page_without_marks_of_its_version_is_compared(desk):
    desk.ingest("/returns")
    assert desk.ingest("/returns").unchanged == 1
    assert "if-none-match" not in desk.site.requests[-1][1]


def test_the_memory_of_a_page_counts_only_while_the_knowledge_base_holds_it(desk):
    desk.site.page("/returns", RETURNS, ETag='"v1"')
    desk.ingest("/returns")
    desk.ingest("/returns", collection="other")
    assert "if-none-match" not in desk.site.requests[-1][1]
    assert len(desk.generation.documents) == 2
    pipeline = Pipeline(desk.settings, desk.embedder, ANALYZER)
    pipeline.remove(list(desk.generation.documents))
    assert len(desk.ingest("/returns").added) == 1


def test_a_damaged_memory_costs_fetching_again_and_nothing_else(desk):
    desk.site.page("/returns", RETURNS, ETag='"v1"')
    desk.ingest("/returns")
    memory = desk.settings.data / "fetched.json"
    assert list(json.loads(memory.read_text("utf-8"))) == [f"{desk.site.url}/returns"]
    for content in ("{", "[1]", '{"a": 1}', '{"a": {"b": 2}}'):
        memory.write_text(content, "utf-8")
        assert desk.ingest("/returns").unchanged == 1
        assert "if-none-match" not in desk.site.requests[-1][1]


def test_a_memory_that_cannot_be_written_is_told_and_the_pages_are_read(desk):
    (desk.settings.data / "fetched.json").mkdir(parents=True)
    report = desk.ingest("/returns")
    assert report.exit_code == 0
    assert "fetched once more" in report.warnings[0][1]
    assert "30 days" in desk.passages("/returns")[0].text


@pytest.mark.parametrize(
    ("content_type", "body", "path"),
    [
        ("text/html; charset=Shift_JIS", "<main><p>返品は㈱窓口へ。</p></main>".encode("cp932"), "/a"),
        ("text/html; charset=UTF-8", "<meta charset=euc-jp><main><p>返品は㈱窓口へ。</p></main>".encode(), "/a"),
        ("text/html; charset=ISO-8859-1", "<meta charset=utf-8><main><p>返品は㈱窓口へ。</p></main>".encode(), "/a"),
        ("text/html; charset=no-such", "<main><p>返品は㈱窓口へ。</p></main>".encode(), "/a"),
        ("text/plain", "返品は㈱窓口へ。".encode(), "/a"),
        ("text/plain", "# 返品\n\n返品は㈱窓口へ。".encode(), "/%E8%BF%94.md"),
        ("text/csv; charset=cp932", "質問,回答\n返品は？,返品は㈱窓口へ。\n".encode("cp932"), "/download?id=1"),
        ("application/octet-stream", "質問,回答\n返品は？,返品は㈱窓口へ。\n".encode("cp932"), "/faq.csv"),
        ("application/json", '[{"question": "返品は？", "answer": "返品は㈱窓口へ。"}]'.encode(), "/faq"),
    ],
)
def test_the_type_and_the_encoding_are_taken_from_the_server_where_it_knows_them(desk, content_type, body, path):
    desk.site.pages[path] = Reply(body, headers={"Content-Type": content_type})
    assert desk.ingest(path).exit_code == 0
    assert "返品は㈱窓口へ。" in desk.passages(path)[0].text


def test_pages_that_cannot_be_had_are_told_with_their_reasons_and_the_rest_goes_on(desk):
    pages = {"/secret": 403, "/broken": 500, "/gone": 410, "/busy": 429, "/odd": 204}
    for path, status in pages.items():
        desk.site.pages[path] = Reply(status=status)
    desk.site.pages["/picture"] = Reply(b"\x89PNG", headers={"Content-Type": "image/png"})
    desk.site.pages["/feed"] = Reply(b"<rss><channel/></rss>", headers={"Content-Type": "text/xml"})
    desk.site.pages["/robots.txt"] = Reply(b"User-agent: *\nDisallow: /private\n")
    desk.site.page("/empty", "<html></html>")
    elsewhere = ("http://10.0.0.1/", "ftp://files.example/", "http://127.0.0.1:1/")
    given = (*pages, "/picture", "/feed", "/private", "/empty", "/returns", *elsewhere)
    report = desk.ingest(*given)
    assert report.exit_code == 2
    assert report.added == [f"{desk.site.url}/returns"]
    assert {source.removeprefix(desk.site.url): reason for source, reason in reasons(report).items()} == {
        **{path: f"http-{status}" for path, status in pages.items()},
        **{"/picture": "unsupported", "/feed": "not-this-format", "/private": "robots", "/empty": "no-text"},
        **dict.fromkeys(elsewhere, "refused-address"),
    }


@pytest.mark.parametrize(
    ("leads_to", "is_read"),
    [("/users/sign_in", False), ("/auth/login?next=/returns", False), ("/new/returns", True), ("/blogin", True)],
)
def test_a_page_that_leads_to_a_login_is_not_taken_for_what_it_hides(desk, leads_to, is_read):
    desk.ingest("/returns")
    desk.site.pages["/returns"] = Reply(status=302, headers={"Location": leads_to})
    desk.site.page(leads_to, "<main><h1>Welcome back</h1><p>Please enter your name and password.</p></main>")
    report = desk.ingest("/returns")
    assert ("Welcome" in str(desk.passages("/returns"))) is is_read
    assert list(reasons(report).values()) == ([] if is_read else ["login"])


def test_a_login_page_that_is_asked_for_is_read(desk):
    desk.site.page("/help/login", "<main><h1>How do I log in?</h1><p>With your customer number.</p></main>")
    assert desk.ingest("/help/login").exit_code == 0


def test_a_password_in_an_address_is_not_repeated(desk):
    report = desk.ingest("http://clerk:hunter2@shop.example/")
    assert reasons(report) == {"http://…@shop.example/": "refused-address"}


def test_a_page_that_went_keeps_its_passages(desk):
    desk.ingest("/returns")
    del desk.site.pages["/returns"]
    assert list(reasons(desk.ingest("/returns")).values()) == ["http-404"]
    assert "30 days" in desk.passages("/returns")[0].text


def test_a_host_that_keeps_failing_is_left_alone(desk):
    paths = [f"/{number}" for number in range(8)]
    for path in paths:
        desk.site.pages[path] = Reply(status=503)
    report = desk.ingest(*paths)
    assert len(desk.site.asked) == 5
    assert list(reasons(report).values()) == ["http-503"] * 5 + ["unreachable"] * 3


def test_a_dry_run_fetches_and_remembers_nothing(desk):
    assert desk.ingest("/returns", dry_run=True).passages == 1
    assert not (desk.settings.data / "fetched.json").exists()


def test_files_and_addresses_are_told_apart():
    given = ["faq.csv", "https://shop.example/faq", "C:/manuals", "HTTP://shop.example", "./a:b/c", "ftp://a/b"]
    paths, addresses = divided(given)
    assert paths == [Path("faq.csv"), Path("C:/manuals"), Path("./a:b/c")]
    assert addresses == ["https://shop.example/faq", "HTTP://shop.example", "ftp://a/b"]


# --- sitemaps


class Told:
    """A progress that remembers its stages, and how far each came."""

    def __init__(self) -> None:
        self.stages: list[list[object]] = []

    def stage(self, name: str, total: int) -> None:
        self.stages.append([name, total, 0])

    def advance(self, steps: int, stage: str | None = None) -> None:
        told = next(each for each in reversed(self.stages) if stage in (None, each[0]))
        told[2] += steps


def test_all_pages_of_a_sitemap_are_read(desk):
    desk.site.sitemap("/sitemap.xml", "/returns", "/shipping", "/returns", "/returns#how")
    told = Told()
    report = desk.ingest("/sitemap.xml", progress=told)
    assert report.exit_code == 0
    assert sorted(desk.documents) == ["/returns", "/shipping"]
    assert desk.site.asked == ["/sitemap.xml", "/returns", "/shipping"]
    assert ["fetching", 1, 1] in told.stages
    assert ["fetching", 4, 4] in told.stages


def test_an_index_of_sitemaps_is_followed_packed_ones_too(desk):
    url = desk.site.url
    maps = f"<sitemap><loc>{url}/a.xml</loc></sitemap><sitemap><loc>{url}/b.xml.gz</loc></sitemap>"
    index = f"<sitemapindex xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>{maps}</sitemapindex>"
    desk.site.pages["/sitemap.xml"] = Reply(index.encode(), headers={"Content-Type": "text/xml"})
    desk.site.sitemap("/a.xml", "/returns")
    desk.site.sitemap("/b.xml.gz", "/shipping")
    packed = gzip.compress(desk.site.pages["/b.xml.gz"].body)
    desk.site.pages["/b.xml.gz"] = Reply(packed, headers={"Content-Type": "application/x-gzip"})
    assert desk.ingest("/sitemap.xml").exit_code == 0
    assert sorted(desk.documents) == ["/returns", "/shipping"]


def test_pages_of_other_hosts_are_left_out_and_told(desk):
    desk.site.sitemap("/sitemap.xml", "/returns", "https://other.example/a", "http://10.0.0.1/", "file:///etc/passwd")
    report = desk.ingest("/sitemap.xml")
    assert list(desk.documents) == ["/returns"]
    assert "3 of the addresses" in report.warnings[0][1]


def test_pages_that_were_not_changed_since_are_not_even_asked_for(desk):
    desk.site.sitemap("/sitemap.xml", "/returns", "/shipping", returns="2020-01-31", shipping="2020-01-31T12:00:00Z")
    desk.ingest("/sitemap.xml")
    assert desk.ingest("/sitemap.xml").unchanged == 2
    assert desk.site.asked == ["/sitemap.xml"]
    desk.site.sitemap("/sitemap.xml", "/returns", "/shipping", returns="2020-02-01", shipping="2020-01-31T12:00:00Z")
    desk.site.page("/returns", RETURNS.replace("30", "60"))
    assert desk.ingest("/sitemap.xml").changed == [f"{desk.site.url}/returns"]
    assert desk.site.asked == ["/sitemap.xml", "/returns"]


def test_a_page_whose_date_is_not_past_is_asked_for(desk):
    desk.site.sitemap("/sitemap.xml", "/returns", returns="2999-01-01")
    desk.ingest("/sitemap.xml")
    desk.ingest("/sitemap.xml")
    assert desk.site.asked == ["/sitemap.xml", "/returns"]


def test_pruning_removes_pages_that_have_left_the_sitemap_and_no_others(desk):
    desk.site.page("/alone", SHIPPING)
    desk.ingest("/alone")
    desk.site.sitemap("/sitemap.xml", "/returns", "/shipping")
    desk.ingest("/sitemap.xml")
    desk.site.sitemap("/sitemap.xml", "/returns")
    assert desk.ingest("/sitemap.xml").removed == []
    assert desk.ingest("/sitemap.xml", prune=True).removed == [f"{desk.site.url}/shipping"]
    assert sorted(desk.documents) == ["/alone", "/returns"]


def test_pruning_removes_nothing_when_a_part_of_the_sitemap_could_not_be_read(desk):
    url = desk.site.url
    maps = "".join(f"<sitemap><loc>{url}/{name}.xml</loc></sitemap>" for name in "ab")
    desk.site.pages["/sitemap.xml"] = Reply(
        f"<sitemapindex>{maps}</sitemapindex>".encode(), headers={"Content-Type": "text/xml"}
    )
    desk.site.sitemap("/a.xml", "/returns")
    desk.site.sitemap("/b.xml", "/shipping")
    desk.ingest("/sitemap.xml")
    del desk.site.pages["/b.xml"]
    report = desk.ingest("/sitemap.xml", prune=True)
    assert report.removed == []
    assert "left out" in report.warnings[0][1]


def test_no_more_pages_are_read_than_the_limit(desk, monkeypatch):
    monkeypatch.setattr("ingest.web.sitemaps.MOST_PAGES", 2)
    desk.site.sitemap("/sitemap.xml", "/returns", "/shipping", "/third")
    report = desk.ingest("/sitemap.xml")
    assert len(desk.site.asked) == 3
    assert "more than" in report.warnings[0][1]


def test_a_run_that_is_stopped_keeps_what_was_fetched(desk):
    desk.site.sitemap("/sitemap.xml", "/returns", "/shipping")

    class Stopping(Told):
        def advance(self, steps: int, stage: str | None = None) -> None:
            super().advance(steps, stage)
            if self.stages[-1] == ["fetching", 2, 1]:
                raise KeyboardInterrupt

    report = desk.ingest("/sitemap.xml", progress=Stopping())
    assert report.stopped
    assert report.added == [f"{desk.site.url}/returns"]
    again = desk.ingest("/sitemap.xml")
    assert (again.unchanged, again.added) == (1, [f"{desk.site.url}/shipping"])


BOMB = '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a "aaaa">]><urlset><url><loc>&a;</loc></url></urlset>'


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (BOMB.encode(), "damaged"),
        (BOMB.replace("?>", ' encoding="utf-16"?>', 1).encode("utf-16"), "damaged"),
        (b"<!DOCTYPE urlset SYSTEM 'http://10.0.0.1/a.dtd'><urlset/>", "damaged"),
        (b"<urlset><url>", "damaged"),
        (b"", "damaged"),
        (b"<html><body/></html>", "not-this-format"),
        (b"<feed xmlns='http://www.w3.org/2005/Atom'/>", "not-this-format"),
    ],
)
def test_what_is_no_sitemap_or_means_harm_is_refused(data, reason):
    with pytest.raises(UnreadableFile) as refusal:
        sitemaps.read(data)
    assert refusal.value.reason == reason


def test_a_sitemap_with_parts_of_other_schemes_is_understood():
    found = sitemaps.read(
        b"<?xml version='1.0'?><urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9' xmlns:image='http://i'>"
        b"<url><image:image><image:loc>http://a.example/i.png</image:loc></image:image>"
        b"<loc>\n http://a.example/?a=1&amp;b=2 </loc><lastmod> 2026-01-31 </lastmod></url><url/></urlset>"
    )
    assert [(page.address, page.changed) for page in found.listed] == [("http://a.example/?a=1&b=2", "2026-01-31")]


@pytest.mark.parametrize("encoding", ["Shift_JIS", "EUC-JP", "UTF-16", "undefined", "no-such"])
def test_a_sitemap_may_be_in_any_encoding_that_it_names(encoding):
    written = "utf-8" if encoding in ("undefined", "no-such") else encoding
    urls = "<url><loc>https://shop.example/返品</loc></url>"
    found = sitemaps.read(f'<?xml version="1.0" encoding="{encoding}"?><urlset>{urls}</urlset>'.encode(written))
    assert [page.address for page in found.listed] == ["https://shop.example/返品"]


@pytest.mark.parametrize("charset", ["undefined", "idna", "punycode", "unicode_escape", "zip"])
def test_an_encoding_that_is_none_of_texts_is_not_believed(desk, charset):
    page = "<main><p>Returns within 30 days.</p><p>Call 123-99ab</p></main>"  # punycode moves letters about, slowly
    desk.site.pages["/returns"] = Reply(page.encode(), headers={"Content-Type": f"text/html; charset={charset}"})
    report = desk.ingest("/returns")
    assert not reasons(report)
    assert "Returns within 30 days." in desk.passages("/returns")[0].text
