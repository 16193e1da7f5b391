"""Aliases: who answers, who steps in, shares of sessions, and a file that a running service follows."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
from pydantic import SecretStr

from knowledge.errors import CannotWrite, ConfigError
from service.answers import Usage
from service.models import registry, specs
from service.models.registry import Models, UnknownModel
from service.models.specs import Catalogue, Spec
from service.settings import ServiceSettings

LOCAL = "http://127.0.0.1:9/v1"


def entry(name: str = "m", **fields: object) -> dict[str, object]:
    return {"name": name, "base_url": LOCAL, **fields}


def save(folder: Path, models: dict[str, dict[str, object]], default: str | None = None) -> None:
    (folder / "models.json").write_text(json.dumps({"default": default, "models": models}), "utf-8")


@pytest.fixture
def opened(tmp_path, monkeypatch):
    monkeypatch.setattr(registry, "LOOK_S", 0.0)

    def opened(
        models: dict[str, dict[str, object]] | None = None, default: str | None = None, **fields: object
    ) -> Models:
        if models is not None:
            save(tmp_path, models, default)
        return Models.open(ServiceSettings(_env_file=None, data=tmp_path, **fields))

    return opened


def names(models: Models, alias: str | None = None, session: str | None = None) -> list[str]:
    return [served.alias for served in models.chain(alias, session)]


def test_without_any_model_passages_are_quoted(opened):
    models = opened()
    assert (models.aliases, names(models), models.described()) == (
        ["default", "extractive"], [], "none: passages are quoted"
    )  # fmt: skip


def test_the_environments_model_is_the_default_until_the_file_names_another(opened):
    environment = {"model": "env", "openai_base_url": LOCAL}
    assert names(opened(**environment)) == ["default"]
    models = opened({"big": entry(fallback="small"), "small": entry("s")}, "big", **environment)
    assert names(models) == names(models, "default") == ["big", "small"]
    assert names(models, "s") == ["small"]  # the provider's own name does as well
    assert names(models, "extractive") == []
    assert models.aliases == ["default", "big", "small", "extractive"]
    with pytest.raises(UnknownModel, match="big"):
        models.chain("huge")


def test_a_share_of_the_sessions_meets_another_model_and_always_the_same(opened):
    models = opened({"main": entry(), "trial": entry(share=0.2), "other": entry(share=0.1)}, "main")
    met = {f"session-{n}": names(models, None, f"session-{n}")[0] for n in range(3000)}
    counts = Counter(met.values())
    assert 0.16 < counts["trial"] / 3000 < 0.24
    assert 0.07 < counts["other"] / 3000 < 0.13
    assert all(names(models, "default", session)[0] == alias for session, alias in met.items())
    assert names(models) == ["main"]
    assert names(models, "main", "session-1") == ["main"]


def test_a_changed_file_is_followed_and_a_wrong_one_told_and_left(opened, tmp_path):
    models = opened({"a": entry()}, "a")
    kept = models.chain("a")[0].model
    save(tmp_path, {"a": entry(), "b": entry()}, "b")
    assert names(models) == ["b"]
    assert models.chain("a")[0].model is kept
    (tmp_path / "models.json").write_text("{", "utf-8")
    assert names(models) == ["b"]
    assert "line 1" in models.trouble
    save(tmp_path, {"a": entry()}, "a")
    assert (names(models), models.trouble) == (["a"], None)


@pytest.mark.parametrize(
    ("models", "default", "told"),
    [
        ({"a": entry(share=2)}, None, r"models\.a\.share"),
        ({"a": entry(prise=2)}, None, r"models\.a\.prise"),
        ({"a": {"name": "m", "base_url": "ftp://x"}}, None, "must begin with http"),
        ({"a": entry(fallback="b")}, None, "fallback of a is b"),
        ({"a": entry(fallback="b"), "b": entry(fallback="a")}, None, "circle"),
        ({"a": entry(share=0.6), "b": entry(share=0.6)}, None, "more than 1"),
        ({"a": entry()}, "b", "default is b"),
        ({"extractive": entry()}, None, "cannot be an alias"),
        ({"a b": entry()}, None, "cannot be an alias"),
        ({"a": entry(parent="p")}, None, "fine_tuned"),
        ({"a": entry(timeouts={"total_s": -1})}, None, r"timeouts\.total_s"),
    ],
)
def test_a_mistake_in_the_file_is_named(opened, models, default, told):
    with pytest.raises(ConfigError, match=told):
        opened(models, default)


def test_a_key_comes_from_the_environment_and_stands_in_no_file_or_error(opened, monkeypatch, tmp_path):
    monkeypatch.delenv("MY_KEY", raising=False)
    with pytest.raises(ConfigError, match="MY_KEY"):
        opened({"a": entry(api_key_env="MY_KEY")})
    monkeypatch.setenv("MY_KEY", "sk-very-secret")
    served = opened({"a": entry(api_key_env="MY_KEY")}).chain("a")[0]
    assert "secret" not in repr(served)
    assert "secret" not in (tmp_path / "models.json").read_text("utf-8")


def test_openais_key_is_sent_to_no_other_server(opened):
    models = opened({"a": entry(), "b": {"name": "gpt"}}, openai_api_key=SecretStr("sk-openai"))
    assert "Authorization" not in models.chain("a")[0].model._headers()
    assert models.chain("b")[0].model._headers()["Authorization"] == "Bearer sk-openai"


def test_what_an_answer_costs(opened):
    models = opened({"a": entry(price_per_million_prompt_tokens=2, price_per_million_completion_tokens=10)})
    assert models.chain("a")[0].priced(Usage(1000, 100)).cost == 0.003


def test_the_file_is_replaced_whole_or_not_at_all(tmp_path):
    file = tmp_path / "models.json"
    specs.write(file, Catalogue(models={"a": Spec(name="m", base_url=LOCAL)}))
    assert specs.read(file).models["a"].base_url == LOCAL
    assert [one.name for one in tmp_path.iterdir()] == ["models.json"]
    with pytest.raises(CannotWrite):
        specs.write(file / "below", Catalogue())
    assert specs.read(file).models
