"""/api/documents and /api/jobs: what is sent is kept, becomes a job, and is found when that is done."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import httpx
import pytest
from embedders import FakeEmbedder
from pydantic import SecretStr

from ingest.pipeline import Order, Pipeline
from ingest.settings import IngestSettings
from knowledge.errors import ConfigError
from knowledge.jobs import QUEUE, Jobs
from knowledge.language.analysis import Analyzer
from knowledge.passages import document_id
from knowledge.searching.live import LiveKnowledge
from service.access.keys import KeyFile
from service.uploads import LONGEST, safe_name

FAQ = "質問,回答\n返品できますか,30日以内なら返品できます。\n"


@pytest.fixture
def live(settings):
    """A real knowledge base in the service's folder."""
    return LiveKnowledge(settings.data, FakeEmbedder(), Analyzer())


@pytest.fixture
def desk(counter, live) -> httpx.Client:
    return counter(live)


@pytest.fixture
def work(settings, redis_server):
    """Does a queued job as a worker would, without the queue."""

    def work(job: str) -> dict[str, object]:
        (fields,) = (fields for name, fields in sent(redis_server.url) if name == job)
        paths = [Path(path) for path in fields["paths"]]
        order = Order(paths, fields["kind"], fields["collection"], addresses=fields["addresses"])
        pipeline = Pipeline(IngestSettings(data=settings.data, readers=1, _env_file=None), FakeEmbedder(), Analyzer())
        report = pipeline.run(order)
        return report.as_dict()

    return work


def sent(url: str) -> list[tuple[str, dict[str, object]]]:
    """Every job that lies in the queue: its id and what it is to do."""
    jobs = Jobs.connect(url)
    messages = [json.loads(message) for message in jobs.redis.lrange(QUEUE, 0, -1)]
    jobs.close()
    return [(each["headers"]["id"], json.loads(base64.b64decode(each["body"]))[1]) for each in messages]


def problem(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].rpartition(":")[2]


def test_uploaded_files_are_kept_ingested_listed_read_and_removed(desk, settings, work, live):
    files = [("files", ("faq.csv", FAQ)), ("files", ("../../手引き.md", "# 手引き\n\n営業時間は9時から18時です。\n"))]
    answer = desk.post("/api/documents", files=files, data={"collection": "partners"})
    assert answer.status_code == 202, answer.text
    job = answer.json()["job"]
    assert answer.headers["Location"] == f"/api/jobs/{job}"
    assert [each["source"] for each in answer.json()["documents"]] == ["faq.csv", "手引き.md"]
    assert (settings.data / "uploads/partners/faq.csv").read_text("utf-8") == FAQ
    told = desk.get(f"/api/jobs/{job}").json()
    assert (told["state"], told["note"]) == ("queued", "No worker is running. Start one: madoguchi worker")

    assert work(job)["quarantined"] == []
    live._look()
    listed = desk.get("/api/documents", params={"limit": 1}).json()
    assert (listed["total"], listed["next"], listed["documents"][0]["source"]) == (2, 1, "faq.csv")
    assert desk.get("/api/documents", params={"offset": 1}).json()["documents"][0]["source"] == "手引き.md"
    assert desk.get("/api/documents", params={"collection": "other"}).json()["total"] == 0
    name = document_id("faq.csv", "partners")
    whole = desk.get(f"/api/documents/{name}").json()
    assert whole["content"][0]["question"] == "返品できますか"
    assert "origin" not in whole

    assert desk.post("/api/search", json={"query": "返品できますか"}).json()["hits"][0]["document_id"] == name
    removed = desk.delete(f"/api/documents/{name}")
    assert removed.json() == {"removed": name, "source": "faq.csv"}
    hits = desk.post("/api/search", json={"query": "返品できますか"}).json()["hits"]
    assert name not in [hit["document_id"] for hit in hits]
    assert not (settings.data / "uploads/partners/faq.csv").exists(), "or a rebuild would bring it back"
    assert problem(desk.delete(f"/api/documents/{name}")) == (404, "unknown-document")
    assert problem(desk.get(f"/api/documents/{name}")) == (404, "unknown-document")


def test_documents_as_words_keep_their_address_and_title_and_replace_what_had_their_id(desk, work, live):
    documents = [
        {"id": "returns", "title": "Returns", "text": "Send it back within 30 days.", "url": "https://shop.example/r"},
        {"id": "hours", "title": "Hours", "markdown": "## Weekdays\n\nOpen from 9 to 18."},
        {"html": "<h1>Shipping</h1><p>It costs 5 euros.</p>", "url": "https://shop.example/s"},
    ]
    answer = desk.post("/api/documents", json={"documents": documents})
    assert answer.status_code == 202, answer.text
    assert work(answer.json()["job"])["quarantined"] == []
    live._look()
    ids = [each["id"] for each in answer.json()["documents"]]
    returns, hours, shipping = (desk.get(f"/api/documents/{name}").json() for name in ids)
    assert (returns["content"][0]["text"], returns["url"]) == ("Send it back within 30 days.", "https://shop.example/r")
    assert (hours["title"], hours["content"][0]["headings"]) == ("Hours", ["Weekdays"])
    assert shipping["content"][0]["url"] == "https://shop.example/s"

    documents[0] |= {"text": "Send it back within 60 days.", "url": None}
    again = desk.post("/api/documents", json={"documents": documents})
    assert [each["id"] for each in again.json()["documents"]] == ids
    report = work(again.json()["job"])
    assert (report["changed"], report["unchanged"]) == (["returns.json"], 2)


def test_addresses_are_handed_on(desk, redis_server):
    answer = desk.post("/api/documents", json={"urls": ["https://shop.example/sitemap.xml"], "kind": "faq"})
    (fields,) = (fields for job, fields in sent(redis_server.url) if job == answer.json()["job"])
    assert (fields["addresses"], fields["kind"], fields["paths"]) == (["https://shop.example/sitemap.xml"], "faq", [])


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"documents": [{"id": "a"}]},
        {"documents": [{"text": "a", "html": "b"}]},
        {"documents": [{"id": "a", "text": "b"}, {"id": "a", "text": "c"}]},
        {"documents": [{"id": "", "text": "b"}]},
        {"documents": [{"id": " .. ", "html": "<p>b</p>"}]},
        {"urls": ["ftp://a.example/"]},
        {"urls": ["http://a.example/"], "kind": "poem"},
        {"urls": ["http://a.example/"], "collection": ""},
    ],
)
def test_what_cannot_be_done_is_told_and_nothing_is_kept(desk, settings, body):
    assert problem(desk.post("/api/documents", json=body)) == (422, "invalid-request")
    assert not (settings.data / "uploads").exists()


def test_a_form_without_files_with_two_of_a_name_or_of_a_wrong_kind_is_refused(desk, settings):
    form = {"content-type": "multipart/form-data; boundary=x"}
    assert problem(desk.post("/api/documents", content=b"--x--\r\n", headers=form)) == (422, "invalid-request")
    two = [("files", ("a.md", "one")), ("files", ("b/a.md", "two"))]
    assert problem(desk.post("/api/documents", files=two)) == (422, "invalid-request")
    assert problem(desk.post("/api/documents", files=two[:1], data={"kind": "poem"})) == (422, "invalid-request")
    broken = desk.post("/api/documents", content=b"nonsense", headers={"content-type": "multipart/form-data"})
    assert broken.status_code == 400
    assert not (settings.data / "uploads").exists()


def test_uploads_are_larger_than_other_bodies_and_have_their_own_limit(counter, live):
    desk = counter(live, max_body_bytes=1_000, max_upload_bytes=10_000)
    assert desk.post("/api/documents", files=[("files", ("a.txt", "a" * 5_000))]).status_code == 202
    assert problem(desk.post("/api/documents", files=[("files", ("a.txt", "a" * 11_000))])) == (413, "body-too-large")

    def drip():
        yield b'--x\r\ncontent-disposition: form-data; name="files"; filename="a.txt"\r\n\r\n'
        for _ in range(20):
            yield b"a" * 1_000

    form = {"content-type": "multipart/form-data; boundary=x"}
    assert problem(desk.post("/api/documents", content=drip(), headers=form)) == (413, "body-too-large")
    assert problem(desk.post("/api/chat", json={"message": "a" * 5_000})) == (413, "body-too-large")


def test_a_page_of_another_site_cannot_upload(desk):
    files = [("files", ("a.md", "# A\n\nText."))]
    assert problem(desk.post("/api/documents", files=files, headers={"origin": "https://evil.example"})) == (
        403,
        "origin-not-allowed",
    )
    ours = {"origin": str(desk.base_url).rstrip("/")}
    assert desk.post("/api/documents", files=files, headers=ours).status_code == 202
    assert problem(desk.post("/api/chat", files=files)) == (415, "unsupported-media-type")


def test_with_a_key_nobody_comes_without_it(counter, live):
    desk = counter(live, admin_key=SecretStr("a-long-random-word"))
    assert desk.get("/api/documents").status_code == 401
    assert desk.get("/api/jobs/abc").status_code == 401
    assert desk.get("/api/documents", headers={"authorization": "Bearer a-long-random-word"}).status_code == 200


def test_only_a_key_of_the_scope_ingest_may_change_what_is_known(counter, live, settings):
    chat, ingest = (
        {"authorization": f"Bearer {KeyFile(settings.data).create_key('x', (scope,))[1]}"}
        for scope in ("chat", "ingest")
    )
    desk, files = counter(live), [("files", ("a.md", "# A\n\nText."))]
    assert problem(desk.post("/api/documents", files=files, headers=chat)) == (403, "scope-missing")
    assert problem(desk.get("/api/jobs/never-was", headers=chat)) == (403, "scope-missing")
    assert problem(desk.delete("/api/documents/0123456789abcdef", headers=chat)) == (403, "scope-missing")
    sent = desk.post("/api/documents", files=files, headers=ingest)
    assert sent.status_code == 202
    assert desk.get(sent.headers["location"], headers=ingest).json()["state"] == "queued"


def test_what_cannot_be_queued_is_not_kept(counter, live, tmp_path):
    """No job would ever read it, no list name it and nobody remove it."""
    desk = counter(live, redis_url=SecretStr(f"unix://{tmp_path}/nobody.sock"))
    sent = {"files": [("files", ("a.md", "# A\n\nText."))]}, {"json": {"documents": [{"id": "b", "text": "Text."}]}}
    for body in sent:
        assert problem(desk.post("/api/documents", **body)) == (503, "queue-unavailable")
    assert not list(tmp_path.rglob("a.md")) + list(tmp_path.rglob("b.json"))


def test_in_a_cluster_conversations_go_on_and_jobs_are_refused_in_words(counter, live, tmp_path):
    desk = counter(live, redis_url=SecretStr("redis+cluster://127.0.0.1:1"))
    refused = desk.post("/api/documents", files=[("files", ("a.md", "# A\n\nText."))])
    assert problem(refused) == (503, "queue-unavailable")
    assert "is a Cluster" in refused.json()["detail"]
    assert problem(desk.get("/api/jobs/never-was")) == (503, "queue-unavailable")
    assert not (tmp_path / "uploads").exists()
    assert desk.get("/api/documents").status_code == 200
    with pytest.raises(ConfigError, match="a Cluster is for conversations only"):
        Jobs.connect("redis+cluster://127.0.0.1:1")


def test_an_unknown_job_is_told(desk):
    assert problem(desk.get("/api/jobs/never-was")) == (404, "unknown-job")


def test_before_anything_was_ingested_the_list_is_empty(desk):
    assert desk.get("/api/documents").json() == {"documents": [], "total": 0, "next": None, "generation": None}


@pytest.mark.parametrize(
    ("given", "safe"),
    [
        ("faq.csv", "faq.csv"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\a\\手引き.pdf", "手引き.pdf"),
        ("..", ""),
        (".hidden.md", "hidden.md"),
        ("a\x00b\n.md", "a_b_.md"),
        ("invoice\u202efdp.exe", "invoice_fdp.exe"),
        ("か\u3099.md", "が.md"),
    ],
)
def test_names_are_made_safe(given, safe):
    assert safe_name(given) == safe


def test_a_long_name_is_cut_within_its_limit_and_keeps_its_ending_and_its_difference():
    one, other = safe_name("長" * 200 + "1.pdf"), safe_name("長" * 200 + "2.pdf")
    assert one != other
    assert one.endswith(".pdf")
    assert len(one.encode()) <= LONGEST
