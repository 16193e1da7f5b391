"""`madoguchi sessions gaps` on a served counter: real service, real Redis, real encoders, real files."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import programs
import pytest
from redis import Redis
from waiting import soon

from knowledge.private_redis import running_redis
from knowledge.settings import KnowledgeSettings

FAQ = """question,answer
返品できますか,未使用の商品は30日以内なら返品できます。
送料はいくらですか,送料は全国一律550円です。北海道と沖縄県は990円です。
How much is shipping?,Shipping is 550 yen to any address in Japan.
Can I return a product?,Unused products can be returned within 30 days.
店舗は何時まで開いていますか,店舗は毎日19時まで開いています。
"""
ASKED = ("ギフトカードは使えますか", "ギフトカードで払えますか", "Can I use a gift card?")


class Desk:
    """A counter that is asked over HTTP, and its operator."""

    def __init__(self, folder: Path, redis_url: str) -> None:
        self.folder, self.redis_url = folder, redis_url
        self.variables = {"REDIS_URL": redis_url, "MADOGUCHI_DATA": "data", "MADOGUCHI_OWN_WORKER": "false"}
        self.http = httpx.Client(timeout=60)

    def run(self, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
        return programs.madoguchi(self.folder, *words, **self.variables | variables)

    def ask(self, question: str, session: str) -> dict[str, Any]:
        told = self.http.post("/api/chat", json={"message": question, "session_id": session})
        assert told.status_code == 200, told.text
        answer: dict[str, Any] = told.json()
        return answer

    def thumb_down(self, answer: dict[str, Any], **more: str) -> None:
        body = {"session_id": answer["session_id"], "message_id": answer["message_id"], "rating": "down"}
        assert self.http.post("/api/feedback", json=body | more).status_code == 204

    def gaps(self, *words: str) -> dict[str, Any]:
        told = self.run("sessions", "gaps", "--json", *words)
        assert told.returncode == 0, told.stderr
        listing: dict[str, Any] = json.loads(told.stdout)
        return listing


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("desk")
    (folder / "faq.csv").write_text(FAQ, "utf-8")
    with running_redis(KnowledgeSettings(data=tmp_path_factory.mktemp("redis"), _env_file=None)) as server:
        desk = Desk(folder, server.url)
        read = desk.run("ingest", "faq.csv")
        assert read.returncode == 0, read.stderr
        port = programs.free_port()
        command = [sys.executable, "-m", "madoguchi", "serve", "--port", str(port)]
        variables = programs.environment(**desk.variables)
        service = subprocess.Popen(command, cwd=folder, env=variables, stderr=subprocess.DEVNULL)
        desk.http.base_url = httpx.URL(f"http://127.0.0.1:{port}")
        assert soon(lambda: service.poll() is not None or programs.answers(desk.http, "/readyz"), programs.LONGEST_S)
        assert service.poll() is None
        yield desk
        service.terminate()
        service.wait(60)
        desk.http.close()


@pytest.fixture
def desk(served: Desk) -> Desk:
    """Nobody has asked anything yet."""
    with Redis.from_url(served.redis_url) as client:
        client.flushdb()
    return served


def filled(path: Path, answers: dict[str, str]) -> list[dict[str, str]]:
    """A draft with an operator's answers by language; what it was before."""
    with path.open(encoding="utf-8-sig", newline="") as rows:
        draft = list(csv.DictReader(rows))
    with path.open("w", encoding="utf-8-sig", newline="") as out:
        table = csv.DictWriter(out, draft[0])
        table.writeheader()
        table.writerows(row | {"answer": answers.get(row["lang"], "")} for row in draft)
    return draft


def test_what_was_refused_is_one_gap_in_both_languages_until_it_is_written(desk: Desk) -> None:
    for number, question in enumerate(ASKED):
        desk.ask("こんにちは", f"s{number}")
        assert desk.ask(question, f"s{number}")["outcome"] == "refused"
    assert desk.ask(ASKED[0], "s0")["outcome"] == "refused"
    assert desk.ask("送料はいくらですか", "s0")["outcome"] == "answered"
    assert desk.ask("人と話したい", "s0")["reason"] == "customer_request"
    assert desk.ask("明日の天気は？", "s3")["outcome"] == "refused"
    listing = desk.gaps("--faq", "draft.csv", "--report", "gaps.html")
    assert (listing["conversations"], listing["questions"], listing["missed"]) == (4, 10, 5)
    gap, weather = listing["gaps"]
    assert (gap["sessions"], gap["times"], gap["langs"]) == (3, 4, {"ja": 3, "en": 1})
    assert gap["outcomes"] == {"refused": 4}
    assert {one["question"] for one in gap["wordings"]} == set(ASKED)
    assert (gap["question"], gap["answered_by_now"]) == (ASKED[0], False)
    assert gap["confidence"] < 0.5
    assert gap["nearest"]["source"] == "faq.csv"
    assert (weather["question"], weather["sessions"]) == ("明日の天気は？", 1)
    assert "Can I use a gift card?" in (desk.folder / "gaps.html").read_text("utf-8")

    again = desk.run("sessions", "gaps", "--faq", "draft.csv")
    assert (again.returncode, "--force" in again.stderr) == (2, True)
    draft = filled(
        desk.folder / "draft.csv",
        {"ja": "ギフトカードはレジでお使いいただけます。", "en": "Gift cards are taken at the till."},
    )
    assert [(row["lang"], row["times_asked"], row["answer"]) for row in draft] == [
        ("ja", "3", ""), ("en", "1", ""), ("ja", "1", ""),
    ]  # fmt: skip
    lines = (desk.folder / "draft.csv").read_text("utf-8-sig").splitlines()
    (desk.folder / "draft.csv").write_text("\n".join((*lines[:-1], "明日の天気は？,,ja")), "utf-8")
    read = desk.run("ingest", "draft.csv")
    assert read.returncode == 0, read.stderr
    assert "1 rows without a question or an answer were left out: rows 4." in " ".join(read.stdout.split())
    after = desk.gaps()
    assert (after["answered_by_now"], [one["question"] for one in after["gaps"]]) == (1, ["明日の天気は？"])
    told = desk.run("sessions", "gaps", "--all")
    assert "answered by now" in told.stdout
    assert "1 of 2 are answered by now" in told.stderr
    assert desk.run("documents", "remove", "draft.csv").returncode == 0


def test_a_thumb_down_stays_until_something_else_is_found_and_brings_the_agents_answer(desk: Desk) -> None:
    answer = desk.ask("店舗は何時まで開いていますか", "t1")
    assert answer["outcome"] == "answered"
    better = "日曜日は17時まで、ほかの日は19時までです。"
    desk.thumb_down(answer, comment="日曜日のことがわからない", corrected_answer=better)
    assert desk.ask("返品できますか", "t1")["outcome"] == "answered"
    (gap,) = desk.gaps("--faq", "opening.csv")["gaps"]
    assert (gap["outcomes"], gap["comments"]) == ({"down": 1}, ["日曜日のことがわからない"])
    assert gap["confidence"] > 0.9, "the search is sure of what a customer did not find good"
    shown = desk.run("sessions", "gaps").stdout
    assert "日曜日は17時まで" in shown
    assert "日曜日のことがわからない" in shown
    (row,) = csv.DictReader((desk.folder / "opening.csv").read_text("utf-8-sig").splitlines())
    assert row["answer"] == better
    (desk.folder / "faq.csv").write_text(FAQ.replace("店舗は毎日19時まで開いています。", better), "utf-8")
    assert desk.run("ingest", "faq.csv").returncode == 0
    assert desk.gaps()["gaps"] == []


def test_what_a_model_refused_is_answered_once_the_document_was_read_anew(desk: Desk) -> None:
    desk.ask("返品できますか", "m1")
    with Redis.from_url(desk.redis_url) as client:
        turn = json.loads(client.rpop("madoguchi:1:{m1}:turns"))
        turn["answer"] |= {"outcome": "refused", "reason": "missing_knowledge", "citations": [], "model": "default"}
        client.rpush("madoguchi:1:{m1}:turns", json.dumps(turn))
    (gap,) = desk.gaps()["gaps"]
    assert (gap["question"], gap["answered_by_now"]) == ("返品できますか", False), "the search was as sure then"
    time.sleep(1)  # documents know the second in which they were read
    (desk.folder / "faq.csv").write_text(f"{FAQ}返品の送料は誰が払いますか,お客様のご負担です。\n", "utf-8")
    assert desk.run("ingest", "faq.csv").returncode == 0
    assert (desk.gaps()["gaps"], desk.gaps()["answered_by_now"]) == ([], 1)


def test_no_personal_data_is_shown_or_written(desk: Desk) -> None:
    answer = desk.ask("山田花子です。ラッピングはできますか？電話は090-1234-5678です。", "p1")
    desk.thumb_down(
        answer, comment="hanako@example.com に返事をください", corrected_answer="山田様、03-1234-5678へお電話ください。"
    )
    told = desk.run("sessions", "gaps", "--faq", "private.csv", "--report", "private.html")
    (row,) = csv.DictReader((desk.folder / "private.csv").read_text("utf-8-sig").splitlines())
    assert row["question"] == "ラッピングはできますか？"
    written = [(desk.folder / name).read_text("utf-8") for name in ("private.csv", "private.html")]
    for text in (told.stdout + told.stderr, json.dumps(desk.gaps(), ensure_ascii=False), *written):
        assert "ラッピング" in text
        assert [word for word in ("山田", "花子", "1234", "hanako") if word in text] == []


def test_what_leans_on_the_question_before_is_shown_with_it(desk: Desk) -> None:
    desk.ask("送料はいくらですか", "f1")
    desk.thumb_down(desk.ask("ドイツは？", "f1"))
    (gap,) = desk.gaps()["gaps"]
    assert gap["question"] == "送料はいくらですか → ドイツは？"


def test_where_nobody_asked_or_nothing_went_badly_that_is_said(desk: Desk) -> None:
    nobody = desk.run("sessions", "gaps")
    assert (nobody.returncode, nobody.stdout) == (0, "")
    assert "There are no conversations." in nobody.stderr
    desk.ask("返品できますか", "n1")
    assert "Nothing went badly among 1 question in 1 conversation." in desk.run("sessions", "gaps").stderr
    assert desk.gaps()["gaps"] == []
    desk.ask("ギフトカードは使えますか", "n1")
    assert len(desk.gaps("--since", "1d")["gaps"]) == 1
    with Redis.from_url(desk.redis_url) as client:
        turn = client.rpop("madoguchi:1:{n1}:turns")
        old = json.loads(turn) | {"at": "2020-01-01T00:00:00.000+00:00"}
        client.rpush("madoguchi:1:{n1}:turns", json.dumps(old))
    assert desk.gaps("--since", "1d")["gaps"] == []
    assert desk.gaps("--since", "2019-12-31")["gaps"][0]["last_day"].startswith("20")


def test_without_an_index_that_is_said_and_all_is_listed(desk: Desk) -> None:
    desk.ask("ギフトカードは使えますか", "w1")
    told = desk.run("sessions", "gaps", MADOGUCHI_DATA="elsewhere")
    assert told.returncode == 0, told.stderr
    assert "ギフトカードは使えますか" in told.stdout
    assert "Nothing was asked again" in told.stderr


def test_what_cannot_be_read_is_named_and_wrong_use_is_told(desk: Desk) -> None:
    desk.ask("ギフトカードは使えますか", "d1")
    with Redis.from_url(desk.redis_url) as client:
        client.rpush("madoguchi:1:{d2}:turns", "{")
    told = desk.run("sessions", "gaps", "--json")
    assert (told.returncode, "d2 left out" in told.stderr) == (2, True)
    assert len(json.loads(told.stdout)["gaps"]) == 1
    for words in (("--since", "soon"), ("--since", "2999-01-01"), ("--faq", "no/such/folder.csv"), ("--limit", "0")):
        assert desk.run("sessions", "gaps", *words).returncode == 2, words
    away = desk.run("sessions", "gaps", REDIS_URL="redis://127.0.0.1:1/0")
    assert (away.returncode, "REDIS_URL" in away.stderr) == (1, True)
