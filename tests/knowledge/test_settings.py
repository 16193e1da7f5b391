"""Settings: read once, refused by name."""

import pytest

from ingest.settings import IngestSettings
from knowledge.errors import ConfigError
from knowledge.settings import KnowledgeSettings, load, unknown_variables


@pytest.fixture(autouse=True)
def _no_settings_of_this_machine(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "REDIS_URL"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    ("name", "value", "settings"),
    [
        ("MADOGUCHI_EMBEDDING", "word2vec", KnowledgeSettings),
        ("MADOGUCHI_EMBEDDING", "openai:", KnowledgeSettings),
        ("MADOGUCHI_REFUSE_BELOW", "much", KnowledgeSettings),
        ("MADOGUCHI_REFUSE_BELOW", "1.5", KnowledgeSettings),
        ("REDIS_URL", "localhost:6379", KnowledgeSettings),
        ("REDIS_URL", "redis://:hu#sh@127.0.0.1:6379", KnowledgeSettings),
        ("REDIS_URL", "redis://:hu/sh@127.0.0.1:6379", KnowledgeSettings),
        ("REDIS_URL", "redis://127.0.0.1:door", KnowledgeSettings),
        ("OPENAI_BASE_URL", "api.example.com/v1", KnowledgeSettings),
        ("OPENAI_BASE_URL", "http://", KnowledgeSettings),
        ("MADOGUCHI_RERANKER", "https:///rerank", KnowledgeSettings),
        ("MADOGUCHI_DATA", __file__, KnowledgeSettings),
        ("MADOGUCHI_DATA", "onnx:/nowhere", KnowledgeSettings),
        ("MADOGUCHI_DATA", "redis://127.0.0.1:6379/0", KnowledgeSettings),
        ("MADOGUCHI_MODELS", __file__, KnowledgeSettings),
        ("MADOGUCHI_PASSAGE_TOKENS", "0", IngestSettings),
    ],
)
def test_a_wrong_value_is_refused_with_its_name_and_an_example(monkeypatch, name, value, settings):
    monkeypatch.setenv(name, value)
    with pytest.raises(ConfigError, match=rf"{name} is wrong: .*Example: {name}=") as error:
        load(settings)
    assert error.value.exit_code == 78


def test_the_customary_names_are_read_and_secrets_do_not_show(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:8080/v1/")
    monkeypatch.setenv("REDIS_URL", "redis://:hidden@127.0.0.1:6379/0")
    settings = load(KnowledgeSettings)
    assert settings.openai_base_url == "http://127.0.0.1:8080/v1"
    assert "secret" not in repr(settings)
    assert "hidden" not in repr(settings)


def test_the_command_line_wins_over_the_environment(monkeypatch, tmp_path):
    monkeypatch.setenv("MADOGUCHI_DATA", "/elsewhere")
    assert load(KnowledgeSettings, data=tmp_path).data == tmp_path


def test_an_env_file_is_read(tmp_path):
    (tmp_path / ".env").write_text("MADOGUCHI_REFUSE_BELOW=0.25\n")
    assert load(KnowledgeSettings).refuse_below == 0.25


def test_a_misspelt_variable_is_noticed(monkeypatch):
    monkeypatch.setenv("MADOGUCHI_EMBEDING", "builtin")
    assert list(unknown_variables(KnowledgeSettings)) == [
        "MADOGUCHI_EMBEDING is not a setting; did you mean MADOGUCHI_EMBEDDING?"
    ]


@pytest.mark.parametrize(
    "url",
    [
        "redis://:pass%23word@127.0.0.1:6379/0",
        "rediss://user:p@redis.example/1?ssl_cert_reqs=none",
        "unix:///run/redis.sock?db=1",
        "redis+sentinel://:hush@127.0.0.1:26379,127.0.0.2:26379/main/0",
        "redis+cluster://127.0.0.1:7000",
        "redis://[::1]:6379",
    ],
)
def test_addresses_of_redis_in_all_their_forms_are_taken(monkeypatch, url):
    monkeypatch.setenv("REDIS_URL", url)
    assert load(KnowledgeSettings).redis_url.get_secret_value() == url


def test_a_file_of_settings_may_begin_with_windows_mark_and_in_other_encodings_is_refused_in_words(tmp_path):
    (tmp_path / ".env").write_text("MADOGUCHI_REFUSE_BELOW=0.7\n", "utf-8-sig")
    assert load(KnowledgeSettings).refuse_below == 0.7
    assert list(unknown_variables(KnowledgeSettings)) == []
    for encoding in ("utf-16", "cp932"):
        (tmp_path / ".env").write_text("# 設定\nMADOGUCHI_REFUSE_BELOW=0.7\n", encoding)
        with pytest.raises(ConfigError, match=r"\.env is not in UTF-8"):
            load(KnowledgeSettings)
