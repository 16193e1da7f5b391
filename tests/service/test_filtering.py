"""Filters over HTTP: understood, handed to the search, and refused in words."""

from dataclasses import replace
from datetime import date

import pytest
from fakes import FakeFinder

from knowledge.filters import Filters

ASKED = {"/api/search": "query", "/api/chat": "message"}
WANTED = {"product": "kettle", "audience": ["business", None], "on": "2026-04-01"}


@pytest.mark.parametrize("route", ASKED)
def test_filters_reach_the_search(counter, route):
    finder = FakeFinder()
    body = {ASKED[route]: "How?", "collection": "shop", "filters": WANTED}
    assert counter(finder).post(route, json=body).status_code == 200
    wanted = Filters(collection=("shop",), product=("kettle",), audience=("business", None), on=date(2026, 4, 1))
    assert set(finder.filters) == {replace(wanted, for_customers=route == "/api/chat")}


@pytest.mark.parametrize("route", ASKED)
@pytest.mark.parametrize("filters", [{"colour": "red"}, {"product": 5}, {"collection": "other"}, {"on": "soon"}, []])
def test_a_filter_that_is_not_understood_is_refused(counter, route, filters):
    finder = FakeFinder()
    answer = counter(finder).post(route, json={ASKED[route]: "How?", "collection": "shop", "filters": filters})
    assert answer.status_code == 422
    assert answer.json()["type"] == "urn:madoguchi:problem:invalid-request"
    assert finder.questions == []


@pytest.mark.parametrize("route", ASKED)
@pytest.mark.parametrize("filters", [r'{"on": "\ud800"}', r'{"\ud800": "red"}', r'{"on": "\u0000"}'])
def test_a_filter_with_half_a_character_is_refused_too(counter, route, filters):
    body = f'{{"{ASKED[route]}": "How?", "filters": {filters}}}'
    answer = counter(FakeFinder()).post(route, content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 422
    assert answer.json()["type"] == "urn:madoguchi:problem:invalid-request"
