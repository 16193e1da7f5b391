"""The sample shop at /demo on the real service: real sessions, real Redis, the strictest policy there is."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import uvicorn
from axe_playwright_python.sync_playwright import Axe
from doing import answers, ask, open_counter
from fakes import FakeFinder, FakeModel
from playwright.sync_api import expect
from pydantic import SecretStr

from knowledge.private_redis import running_redis
from service.access.keys import KeyFile
from service.app import create_app
from service.memory import storage
from service.parts import open_parts
from service.settings import ServiceSettings


@pytest.fixture
def model() -> FakeModel:
    # Long enough for its first words to be shown while it is still being written.
    return FakeModel("返品は商品の到着から", "**30日以内**に", "お申し込み", "ください[1]。", pause_s=0.4)


@pytest.fixture
def service(tmp_path: Path, model: FakeModel, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The real service with its own Redis; its address."""
    monkeypatch.setattr(storage, "WAIT_S", 3.0)  # on a busy machine a turn would else be answered without being kept
    settings = ServiceSettings(data=tmp_path, _env_file=None)
    with running_redis(settings) as redis:
        settings = settings.model_copy(update={"redis_url": SecretStr(redis.url)})
        with open_parts(settings, FakeFinder(), model) as parts:
            config = uvicorn.Config(create_app(settings, parts), port=0, log_config=None, timeout_graceful_shutdown=1)
            server = uvicorn.Server(config)
            thread = threading.Thread(target=server.run, daemon=True)
            thread.start()
            while not server.started:
                time.sleep(0.02)
            yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
            server.should_exit = True
            thread.join(10)


@pytest.mark.parametrize(("lang", "locale"), [("ja", "ja-JP"), ("en", "en-US")])
def test_the_shop_answers_in_both_languages(service, open_page, lang, locale):
    view = open_page(f"{service}/demo", locale)
    assert view.evaluate("document.documentElement.lang") == lang
    assert Axe().run(view).response["violations"] == []
    open_counter(view)
    expect(view.locator(".hello h3")).to_have_text({"ja": "こんにちは。", "en": "Hello!"}[lang])
    ask(view, "返品の期限は?")
    expect(answers(view)).to_have_count(1)
    expect(view.locator(".words strong")).to_have_text("30日以内")
    view.locator(".source").first.click()
    expect(view.locator("blockquote")).to_contain_text("返品は商品の到着から30日以内に")
    other = {"ja": "English", "en": "日本語"}[lang]
    view.locator(".languages").get_by_text(other).click()
    view.wait_for_url("**/demo?lang=*")
    expect(answers(view)).to_have_count(1)  # the conversation comes along


def test_an_opinion_and_a_wish_for_a_person_reach_the_helpdesk(service, open_page):
    view = open_page(f"{service}/demo")
    open_counter(view)
    ask(view, "返品の期限は?")
    view.get_by_role("button", name="役に立った", exact=True).click()
    view.locator(".comment textarea").fill("早い")
    view.locator(".comment button").click()
    expect(view.locator(".told")).to_have_text("ありがとうございます。")
    view.locator(".foot .quiet").click()
    view.locator("#name").fill("花子")
    view.locator("#email").fill("hanako@example.jp")
    view.locator("#message").fill("箱が壊れていました。")
    view.locator(".person .main").click()
    expect(view.locator(".sent h3")).to_have_text("担当者にお伝えしました")
    (handed,) = httpx.get(f"{service}/api/handoffs").json()["handoffs"]
    assert handed["contact"]["email"] == "hanako@example.jp"
    assert handed["message"] == "箱が壊れていました。"
    assert handed["transcript"][0]["text"] == "返品の期限は?"


def test_an_answer_that_a_reload_cut_is_taken_up_without_asking_the_model_again(service, model, open_page):
    view = open_page(f"{service}/demo")
    open_counter(view)
    ask(view, "返品の期限は?")
    expect(view.locator(".writing .words")).to_contain_text("返品は")
    view.reload()
    expect(answers(view)).to_have_count(1)
    expect(view.locator(".words")).to_have_text("返品は商品の到着から30日以内にお申し込みください1。")
    assert len(model.asked) == 1


def test_a_question_asked_again_is_taken_up_like_any_other(service, model, open_page):
    view = open_page(f"{service}/demo")
    open_counter(view)
    ask(view, "返品の期限は?")
    expect(answers(view)).to_have_count(1)
    ask(view, "返品の期限は?")
    expect(view.locator(".writing .words")).to_contain_text("返品は")
    view.reload()
    expect(answers(view)).to_have_count(2)
    assert len(model.asked) == 2


def test_a_shop_elsewhere_embeds_it_after_the_operator_has_named_it(service, shop, open_page, tmp_path):
    site = KeyFile(tmp_path).create_site("Shop", (shop.url,))
    tag = f'<script async src="{service}/widget.js" data-site-key="{site.id}"></script>'
    html = f'<!doctype html><html lang="ja"><title>Shop</title>{tag}<h1>Shop</h1></html>'
    time.sleep(1.2)  # a running service looks once a second
    view = open_page(shop.put("/", html))
    open_counter(view)
    ask(view, "返品の期限は?")
    expect(answers(view)).to_have_count(1)
    view.reload()
    expect(answers(view)).to_have_count(1)
    rogue = view.evaluate("location.port")
    assert (
        httpx.options(
            f"{service}/api/chat",
            headers={"Origin": f"http://127.0.0.1:{rogue}1", "Access-Control-Request-Method": "POST"},
        ).status_code
        == 403
    )


@pytest.mark.parametrize("site_key", ["pk_demo", None])
def test_a_page_that_no_site_names_says_so_and_its_console_what_to_do(service, shop, open_page, tmp_path, site_key):
    if site_key is None:  # the site's other name is not its own
        site_key = KeyFile(tmp_path).create_site("Shop", (shop.url.replace("127.0.0.1", "localhost"),)).id
        time.sleep(1.2)
    tag = f'<script async src="{service}/widget.js" data-site-key="{site_key}"></script>'
    view = open_page(shop.put("/", f'<!doctype html><html lang="en"><title>Shop</title>{tag}<h1>Shop</h1></html>'))
    warned: list[str] = []
    view.on("console", lambda line: warned.append(line.text))
    open_counter(view)
    expect(view.locator(".notice")).to_have_text("The chat is not available on this page.")
    assert any(f"{shop.url}, site key {site_key}: Pages of this origin are not served" in line for line in warned)


def test_the_files_may_be_loaded_by_any_page_and_kept(service):
    loader, app = (httpx.get(service + path) for path in ("/widget.js", "/widget-app.js?v=1"))
    for file in (loader, app):
        assert file.headers["access-control-allow-origin"] == "*"
        assert file.headers["cross-origin-resource-policy"] == "cross-origin"
        assert file.headers["content-type"].startswith("text/javascript")
    assert "immutable" in app.headers["cache-control"]
    assert "max-age=600" in loader.headers["cache-control"]


@pytest.mark.parametrize(
    ("accepts", "lang"),
    [("en-GB,en;q=0.9,ja;q=0.8", "en"), ("fr,ja;q=0.5", "ja"), ("de", "ja"), ("", "ja"), ("EN", "en")],
)
def test_the_shop_speaks_the_language_of_the_browser(service, accepts, lang):
    page = httpx.get(f"{service}/demo", headers={"Accept-Language": accepts})
    assert f'<html lang="{lang}">' in page.text
    policy = page.headers["content-security-policy"]
    assert "unsafe" not in policy
    assert "require-trusted-types-for 'script'" in policy
    assert httpx.get(f"{service}/demo").headers["content-security-policy"] != policy, "a nonce is used once"
