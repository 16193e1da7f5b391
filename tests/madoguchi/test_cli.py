"""The command line as an operator meets it: exit codes, one JSON object, sentences instead of tracebacks."""

import json
import subprocess
import sys
from functools import partial

import pytest
from programs import ROOT, madoguchi

FAQ = (
    "質問,回答\n返品できますか,未使用の商品は30日以内なら返品できます。\n送料はいくらですか,送料は全国一律550円です。\n"
)


@pytest.fixture
def run(tmp_path):
    """Runs `madoguchi …` in a folder of its own, as a new process."""
    (tmp_path / "faq.csv").write_text(FAQ, "utf-8")
    return partial(madoguchi, tmp_path)


def test_from_a_file_to_an_answer_with_its_source(run):
    ingested = run("ingest", "faq.csv", "--json")
    assert ingested.returncode == 0, ingested.stderr
    assert json.loads(ingested.stdout)["added"] == ["faq.csv"]
    found = json.loads(run("search", "返品したいのですが", "-k", "1", "--json").stdout)
    assert found["hits"][0]["passage"]["text"].startswith("未使用の商品")
    asked = run("ask", "返品したいのですが", "--json")
    answer = json.loads(asked.stdout)
    assert answer["outcome"] == "answered", asked.stdout
    assert "30日以内" in answer["answer"]
    assert answer["citations"][0]["source"] == "faq.csv"
    listed = json.loads(run("documents", "list", "--json").stdout)
    assert [document["source"] for document in listed["documents"]] == ["faq.csv"]
    assert "返品できますか" in run("documents", "show", "faq.csv").stdout
    assert run("documents", "remove", "faq.csv").returncode == 0
    assert json.loads(run("search", "返品", "--json").stdout)["hits"] == []


def test_an_address_that_must_not_be_asked_is_told_in_words(run):
    report = run("ingest", "faq.csv", "http://127.0.0.1:6379/", "https://10.0.0.1/", "--json")
    assert report.returncode == 2, report.stderr
    told = json.loads(report.stdout)
    assert told["added"] == ["faq.csv"]
    assert [(item["source"], item["reason"]) for item in told["quarantined"]] == [
        ("http://127.0.0.1:6379/", "refused-address"),
        ("https://10.0.0.1/", "refused-address"),
    ]


def test_json_is_one_object_on_stdout_and_nothing_else(run):
    report = run("ingest", "faq.csv", "nowhere.csv", "--json")
    assert report.returncode == 2
    assert json.loads(report.stdout)["quarantined"][0]["reason"] == "missing"


def test_asking_before_ingesting_says_what_to_run(run):
    asked = run("ask", "返品できますか")
    assert asked.returncode == 1
    assert "madoguchi ingest" in asked.stderr
    assert "Traceback" not in asked.stderr
    assert json.loads(run("ask", "返品できますか", "--json").stdout)["error"]["type"] == "NoKnowledge"


def test_a_wrong_setting_is_refused_with_exit_code_78(run):
    for command in (["ingest", "faq.csv"], ["ask", "x"], ["serve"], ["documents", "list"]):
        refused = run(*command, MADOGUCHI_EMBEDDING="word2vec")
        assert refused.returncode == 78, refused.stderr
        assert "MADOGUCHI_EMBEDDING is wrong" in refused.stderr
        assert "Example: MADOGUCHI_EMBEDDING=" in refused.stderr


@pytest.mark.parametrize(
    ("name", "value"),
    [("DATA", "a" * 5000), ("MODELS", "a" * 5000), ("FILE_SECONDS", "9" * 12), ("FILE_MEMORY_MB", "9" * 20)],
)
def test_a_setting_of_no_sensible_size_is_refused_with_exit_code_78(name, value, run):
    refused = run("ingest", "faq.csv", **{f"MADOGUCHI_{name}": value})
    assert refused.returncode == 78, refused.stderr[-500:]
    assert f"MADOGUCHI_{name} is wrong" in refused.stderr


@pytest.mark.parametrize("option", ["ssl_ca=/etc/ca.pem", "ssl_ca_certs=/no/such.pem", "socket_timeout=soon"])
def test_an_option_of_the_redis_address_that_cannot_be_is_refused_with_exit_code_78(option, run):
    refused = run("jobs", "list", REDIS_URL=f"rediss://127.0.0.1:1/0?{option}")
    assert (refused.returncode, "REDIS_URL is wrong" in refused.stderr) == (78, True), refused.stderr


def test_a_folder_that_cannot_be_made_is_told_with_the_setting_that_names_it(run):
    refused = run("keys", "create", "--name", "desk", "--scope", "chat", MADOGUCHI_DATA="/proc/no-such/data")
    assert (refused.returncode, "MADOGUCHI_DATA" in refused.stderr) == (74, True), refused.stderr


def test_wrong_use_is_exit_code_2_and_help_is_quick_and_whole(run):
    assert run("ingest").returncode == 2
    unset = run("ingest", "faq.csv", "")  # madoguchi ingest faq.csv "$FOLDER"
    assert unset.returncode == 2
    assert "unset" in unset.stderr
    assert run("documents", "show", "no-such", "--json").returncode == 1
    assert run("models", "default", "no-such").returncode == 1
    missing = run("search", "--json")
    assert (missing.returncode, json.loads(missing.stdout)["error"]["type"]) == (2, "WrongUse")
    assert "Traceback" not in missing.stderr
    stated = run("serve", "--help", COLUMNS="120").stdout
    assert all(default in stated for default in ("127.0.0.1", "8000"))
    helped = run("--help")
    assert helped.returncode == 0
    for command in ("ingest", "documents", "serve", "worker", "ask", "search", "evaluate", "doctor"):
        assert command in helped.stdout


@pytest.mark.parametrize("option", ["--collection", "--audience", "--product", "--tag"])
def test_a_word_that_is_empty_changes_nothing_in_silence(option, run):
    told = run("ingest", "faq.csv", option, "")  # --audience "$WHOM": else customers would be told it
    assert (told.returncode, "unset" in told.stderr) == (2, True)


@pytest.mark.parametrize(("room", "command"), [("ingest", "ingest"), ("service", "serve")])
def test_rooms_run_as_modules_too(room, command):
    helped = subprocess.run([sys.executable, "-m", room, "--help"], capture_output=True, text=True, timeout=60)
    assert (helped.returncode, f" madoguchi {command} [OPTIONS]" in helped.stdout) == (0, True), helped.stderr


def test_the_queue_says_that_it_cannot_be_in_a_cluster(run):
    refused = run("ingest", "faq.csv", "--queue", REDIS_URL="redis+cluster://127.0.0.1:1")
    assert refused.returncode == 78
    assert "a Cluster is for conversations only" in refused.stderr
    assert "Example: REDIS_URL=" in refused.stderr
    assert "Traceback" not in refused.stderr


@pytest.mark.parametrize(
    "command", [("ingest", "faq.csv", "--queue"), ("jobs", "list"), ("sessions", "export", "--all")]
)
def test_a_redis_that_is_not_there_is_told_with_its_address_and_without_its_password(command, run):
    told = run(*command, REDIS_URL="redis://:hush@127.0.0.1:1/0")
    assert told.returncode == 1
    shown = " ".join(told.stderr.split())
    assert "REDIS_URL (now redis://127.0.0.1:1/0)" in shown
    assert "hush" not in told.stdout + told.stderr


def test_a_job_that_nobody_is_there_to_do_is_kept_and_that_is_said(run):
    queued = run("ingest", "faq.csv", "--queue")
    assert queued.returncode == 0, queued.stderr
    said = " ".join(queued.stdout.split())
    assert "No worker is alive" in said
    assert "madoguchi worker" in said
    (job,) = json.loads(run("jobs", "list", "--json").stdout)["jobs"]
    assert (job["id"] in said, job["state"]) == (True, "queued")


def test_the_doctor_finds_a_damaged_index(run, tmp_path):
    assert run("ingest", "faq.csv").returncode == 0
    well = json.loads(run("doctor", "--json").stdout)
    assert well["ok"], well
    (keys,) = tmp_path.glob("data/generations/*/keys.npy")
    keys.write_bytes(keys.read_bytes()[:-1] + b"\x00\x01")
    ill = run("doctor", "--json")
    assert ill.returncode == 1
    (finding,) = [finding for finding in json.loads(ill.stdout)["findings"] if finding["state"] == "wrong"]
    assert "keys.npy has changed" in finding["detail"]


def test_the_doctor_asks_the_reranker(run):
    ill = run("doctor", "--json", MADOGUCHI_RERANKER="http://127.0.0.1:9/rerank")
    (found,) = [finding for finding in json.loads(ill.stdout)["findings"] if finding["what"] == "reranker"]
    assert ill.returncode == 1
    assert found["state"] == "wrong"
    assert "http://127.0.0.1:9/rerank: ConnectError" in found["detail"]


def test_data_cannot_steer_the_terminal(run, tmp_path):
    (tmp_path / "evil.csv").write_text("question,answer\nwhat?,\x1b[31mred [bold]x[/bold] \x07\n", "utf-8")
    run("ingest", "evil.csv")
    shown = run("documents", "show", "evil.csv").stdout
    assert "\x1b" not in shown
    assert "[bold]x[/bold]" in shown


def test_what_was_redacted_is_said_and_a_mistake_in_the_rules_is_refused(run, tmp_path):
    turns = [
        {"role": "customer", "text": "荷物が届きません。090-0000-1234です"},
        {"role": "agent", "text": "明日届きます。"},
    ]
    (tmp_path / "log.jsonl").write_text(json.dumps({"conversation_id": "c1", "turns": turns}), encoding="utf-8")
    (tmp_path / "rules.toml").write_text('off = ["PHONES"]', encoding="utf-8")
    refused = run("ingest", "log.jsonl", MADOGUCHI_REDACTION="rules.toml")
    assert refused.returncode == 78
    assert "rules.toml: `off` holds 'PHONES'" in refused.stderr
    ingested = run("ingest", "log.jsonl")
    assert ingested.returncode == 0, ingested.stderr
    assert "Redacted:  1 PHONE" in ingested.stdout


def test_an_operator_goes_back_keeps_a_copy_and_cleans_up(run, tmp_path):
    assert run("documents", "rollback").returncode == 1
    assert run("ingest", "faq.csv").returncode == 0
    (tmp_path / "hours.csv").write_text("question,answer\nWhen are you open?,From 9 to 18.\n", "utf-8")
    (tmp_path / "parking.csv").write_text('question,answer\nCan I park?,"Yes, for free."\n', "utf-8")
    assert run("ingest", "hours.csv", "parking.csv").returncode == 0
    listed = json.loads(run("documents", "generations", "--json").stdout)
    assert [(state["serves"], state["sound"], state["documents"]) for state in listed["generations"]] == [
        (True, True, 3),
        (False, True, 1),
    ]
    assert "serves" in run("documents", "generations").stdout
    manifest = tmp_path / "data/generations" / listed["serving"] / "manifest.json"
    ours = manifest.read_text("utf-8")
    manifest.write_text(json.dumps(json.loads(ours) | {"format": 99, "more": 1}), "utf-8")
    refused = run("search", "open hours")
    assert refused.returncode == 1
    assert "written by a later version" in refused.stderr
    assert "documents rollback" in refused.stderr
    back = run("documents", "rollback")
    assert back.returncode == 0, back.stderr
    assert "1 documents, 2 passages" in back.stdout
    assert "other version" in run("documents", "generations").stdout
    manifest.write_text(ours, "utf-8")
    assert json.loads(run("documents", "rollback", listed["serving"], "--json").stdout)["serving"] == listed["serving"]
    assert run("documents", "rollback", "no-such").returncode == 1
    assert run("documents", "remove", "parking.csv").returncode == 0
    (waiting,) = [
        finding for finding in json.loads(run("doctor", "--json").stdout)["findings"] if finding["what"] == "knowledge"
    ]
    assert waiting["state"] == "note"
    assert "1 removed passages wait" in waiting["detail"]
    copied = run("documents", "backup", "copy")
    assert copied.returncode == 0, copied.stderr
    cleaned = json.loads(run("documents", "compact", "--forget", "--json").stdout)
    assert (cleaned["compacted"], len(cleaned["forgotten"]), cleaned["older"]) == (1, 2, 0)
    assert len(list((tmp_path / "data/generations").iterdir())) == 1
    assert json.loads(run("search", "open hours", "--json", MADOGUCHI_DATA="copy").stdout)["hits"]


def test_the_report_is_a_page_too_and_a_place_that_cannot_be_written_is_told_before_the_work(run, tmp_path):
    done = run("ingest", "faq.csv", "--report", "report.html", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["added"] == ["faq.csv"]
    assert "faq.csv" in (tmp_path / "report.html").read_text("utf-8")
    refused = run("ingest", "faq.csv", "--report", "nowhere/report.html")
    assert refused.returncode == 2
    assert "nowhere" in refused.stderr


def test_models_are_added_tried_and_chosen_without_a_key_in_any_file(run, tmp_path):
    from upstream import FakeUpstream

    with FakeUpstream(["hello"]) as upstream:
        added = run("models", "add", "main", "--name", "up", "--base-url", upstream.url, "--prompt-price", "2")
        assert added.returncode == 0, added.stderr
        assert run("models", "add", "main", "--name", "up").returncode == 78
        written = json.loads((tmp_path / "data/models.json").read_text("utf-8"))["models"]["main"]
        assert (written.get("share", 0), written.get("temperature", 0)) == (0, 0)
        assert run("models", "default", "main").returncode == 0
        assert run("models", "share", "main", "50%").returncode == 0
        listed = json.loads(run("models", "list", "--json").stdout)
        assert (listed["default"], listed["models"][0]["share"]) == ("main", 0.5)
        tried = json.loads(run("models", "test", "main", "--json").stdout)["tried"]
        assert [one["ok"] for one in tried][:1] == [True]
        assert (tried[0]["text"], tried[0]["completion_tokens"], tried[0]["cost"]) == ("hello", 1, 0.00024)
    failed = run("models", "test", "main")
    assert failed.returncode == 1
    assert "✗ streaming: The connection to the model broke" in failed.stdout
    wrong = run("models", "default", "other")
    assert wrong.returncode == 1
    assert "other" in wrong.stderr
    assert run("models", "remove", "main").returncode == 78  # it is the default
    assert run("models", "default", "extractive").returncode == 0
    assert run("models", "remove", "main").returncode == 0
    assert json.loads((tmp_path / "data" / "models.json").read_text("utf-8")) == {"default": "extractive"}


def test_the_models_of_the_guide_can_be_added_in_its_order(run):
    guide = (ROOT / "docs" / "operating.md").read_text("utf-8")
    lines = [line.partition("#")[0].split() for line in guide.splitlines() if line.startswith("madoguchi models ")]
    assert len(lines) > 5
    for _, *command in lines:
        if command[1] != "test":  # which asks the model
            done = run(*command, OPENAI_API_KEY="k")
            assert done.returncode == 0, (command, done.stderr)


def test_interrupted_while_the_encoder_loads_it_is_stopped_as_ever(run, tmp_path):
    # Tests may run where SIGINT is ignored. The stand-in takes an interruption as onnxruntime's own beginning does.
    heard = "import signal\nsignal.signal(signal.SIGINT, signal.default_int_handler)\n"
    (tmp_path / "sitecustomize.py").write_text(heard, "utf-8")
    package = tmp_path / "onnxruntime" / "capi"
    package.mkdir(parents=True)
    (package.parent / "__init__.py").write_text(
        "import signal\ntry:\n    signal.raise_signal(signal.SIGINT)\nexcept KeyboardInterrupt:\n"
        "    raise ImportError('initialization failed') from None\n",
        "utf-8",
    )
    names = "Fail = InvalidArgument = InvalidGraph = InvalidProtobuf = NotImplemented = RuntimeException = OSError"
    (package / "onnxruntime_pybind11_state.py").write_text(names, "utf-8")
    ended = run("ingest", "faq.csv", PYTHONPATH=f"{tmp_path}:{ROOT}")
    assert (ended.returncode, ended.stdout) == (130, "")
    assert "Traceback" not in ended.stderr
    assert "Run the same command again" in ended.stderr


def test_interrupted_while_it_loads_it_ends_without_a_traceback(run, tmp_path):
    (tmp_path / "typer.py").write_text("raise KeyboardInterrupt", "utf-8")  # stands for the moment of Ctrl-C
    ended = run("doctor", PYTHONPATH=f"{tmp_path}:{ROOT}")
    assert (ended.returncode, ended.stdout, ended.stderr) == (130, "", "")
