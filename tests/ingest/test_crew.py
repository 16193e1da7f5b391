"""Parts of a job that are lent through a real Redis server: none is lost, none counts twice."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from embedders import FakeEmbedder
from fakes import passage

from ingest.passages.drafting import unit_vectors
from ingest.settings import IngestSettings
from ingest.workers import crew
from ingest.workers.crew import Crew
from ingest.workers.helping import Helper
from knowledge.jobs import Jobs
from knowledge.private_redis import running_redis
from knowledge.settings import KnowledgeSettings

EMBEDDER = FakeEmbedder()
LOADS = [[passage(f"Part {part}, passage {number}.") for number in range(3)] for part in range(6)]


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running_redis(KnowledgeSettings(data=tmp_path_factory.mktemp("redis"), _env_file=None)) as server:
        yield server.url


@pytest.fixture
def jobs(url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Jobs]:
    monkeypatch.setattr(crew, "LOOK_EVERY_S", 0.0)
    jobs = Jobs.connect(url)
    jobs.redis.flushall()
    yield jobs
    jobs.close()


@pytest.fixture
def helper(jobs: Jobs) -> Helper:
    return Helper(jobs, "helper", IngestSettings(readers=1, _env_file=None), lambda: EMBEDDER)


def begun(jobs: Jobs) -> Crew:
    """A crew of which another worker is known."""
    jobs.beat("helper")
    crew = Crew(jobs, "job", "owner", EMBEDDER.fingerprint)
    crew.beat()
    assert crew.helpers == 1
    return crew


def test_what_a_helper_brings_counts_and_the_rest_is_taken_back(jobs, helper):
    crew = begun(jobs)
    with crew.embedding() as pile:
        for load in LOADS:
            pile.put(load)
        assert pile.collect() == []
        assert pile.take().load == LOADS[0], "the first are done here, the last are lent"
        helper._help("job")
        brought = pile.collect()
        assert [part.load for part, _ in brought] == [LOADS[5], LOADS[4]]
        for part, vectors in brought:
            assert vectors == unit_vectors(EMBEDDER, [each.views() for each in part.load]).tobytes()
        assert crew.parts == {"helper": 2}
        assert [pile.take().load for _ in range(3)] == [LOADS[1], LOADS[2], LOADS[3]], "lent again, and not yet begun"
        assert pile.take() is None
        assert pile.left == 4
    crew.end()
    assert not jobs.redis.keys("*crew*")


def test_without_others_nothing_goes_to_redis(jobs):
    crew = Crew(jobs, "job", "owner", EMBEDDER.fingerprint)
    with crew.embedding() as pile:
        for load in LOADS:
            pile.put(load)
        pile.collect()
        assert jobs.redis.keys("*") == []
        assert [pile.take().load for _ in LOADS] == LOADS


def test_parts_come_back_when_redis_loses_them(jobs, monkeypatch):
    monkeypatch.setattr(crew, "GRACE_S", -1.0)
    lending = begun(jobs)
    with lending.embedding() as pile:
        for load in LOADS[:3]:
            pile.put(load)
        pile.collect()
        assert jobs.redis.llen("madoguchi:1:crew:{job}:waiting") == 2
        jobs.redis.flushall()
        lending.helpers = 0
        pile.collect()
        assert sorted(pile.take().number for _ in range(3)) == [0, 1, 2]


def test_a_part_whose_helper_died_comes_back_and_its_late_result_counts_once(jobs, helper, monkeypatch):
    lending = begun(jobs)
    with lending.embedding() as pile:
        for load in LOADS[:2]:
            pile.put(load)
        pile.collect()
        taken = helper._take(["madoguchi:1:crew:{job}:waiting", "madoguchi:1:crew:{job}:taken"]).decode()
        assert taken == "embed-1"
        jobs.redis.zadd("madoguchi:1:crew:{job}:taken", {taken: 0})
        monkeypatch.setattr(crew, "GRACE_S", -1.0)
        lending.helpers = 0
        pile.collect()
        first, second = pile.take(), pile.take()
        assert {first.number, second.number} == {0, 1}
        helper._bring("job", taken, unit_vectors(EMBEDDER, [each.views() for each in LOADS[1]]).tobytes())
        assert [part.number for part, _ in pile.collect()] == [1]
        assert not pile.done(first if first.number == 1 else second)
        assert pile.left == 1


def test_a_helper_with_another_embedding_model_takes_nothing(jobs):
    other = Helper(jobs, "helper", IngestSettings(_env_file=None), lambda: FakeEmbedder("another-model"))
    with begun(jobs).embedding() as pile:
        for load in LOADS:
            pile.put(load)
        pile.collect()
        other._help("job")
        assert pile.collect() == []
        assert len([pile.take() for _ in LOADS]) == len(LOADS)


@pytest.mark.parametrize("older_owner", [False, True])
def test_a_helper_of_another_version_takes_nothing(jobs, helper, monkeypatch, older_owner):
    """What it reads its way would count as read ours, for as long as the file stays as it is."""
    monkeypatch.setattr(crew, "READING", crew.READING - older_owner)
    lending = begun(jobs)
    monkeypatch.setattr(crew, "READING", crew.READING + 2 * older_owner - 1)
    with lending.embedding() as pile:
        for load in LOADS:
            pile.put(load)
        pile.collect()
        helper._help("job")
        assert pile.collect() == []


def test_a_helper_from_before_versions_were_told_takes_nothing(jobs):
    """It asks for its own model's fingerprint and nothing else."""
    begun(jobs)
    assert jobs.redis.hget("madoguchi:1:crew:{job}:parts", "embedding") != EMBEDDER.fingerprint.encode()
