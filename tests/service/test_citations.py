"""What a source tells: to customers when it was updated, and of a support log nothing that another customer wrote."""

from __future__ import annotations

from dataclasses import replace

from fakes import FakeFinder, passage

ASKED = "My grinder arrived broken on my wedding day, what now?"
LOG = passage("Send it back and we repair it for free.", ASKED, source="logs.jsonl", kind="log", anchor="c1")
ASKED_JA = "結婚式の日に届いたミルが壊れていました。"
LOG_JA = passage("無料で修理いたします。", ASKED_JA, source="logs.jsonl", kind="log", anchor="c2")


def test_customers_see_what_the_agent_answered_under_a_neutral_title(counter):
    client = counter(FakeFinder(LOG))
    chat = client.post("/api/chat", json={"message": "What do I do with a broken grinder?"})
    (source,) = chat.json()["citations"]
    assert (source["title"], source["quote"]) == ("Our answer to an earlier enquiry", LOG.text)
    assert (source["source"], source["anchor"]) == ("logs.jsonl", "c1")
    assert ASKED not in chat.text
    told = {"model": "default", "messages": [{"role": "user", "content": "What do I do with a broken grinder?"}]}
    assert ASKED not in client.post("/v1/chat/completions", json=told).text
    with client.stream("POST", "/api/chat", json={"message": "What about a broken grinder?", "stream": True}) as stream:
        assert ASKED not in stream.read().decode()
    japanese = counter(FakeFinder(LOG_JA)).post("/api/chat", json={"message": "壊れたミルはどうすればよいですか"})
    assert japanese.json()["citations"][0]["title"] == "以前のお問い合わせへの回答"
    assert ASKED_JA not in japanese.text


def test_a_helpdesk_sees_what_was_asked(counter):
    client = counter(FakeFinder(LOG))
    (hit,) = client.post("/api/search", json={"query": "broken grinder"}).json()["hits"]
    assert (hit["title"], hit["question"]) == (ASKED, ASKED)
    ticket = {"messages": [{"role": "customer", "text": "What do I do with a broken grinder?"}]}
    assert client.post("/api/suggest", json=ticket).json()["citations"][0]["title"] == ASKED


def test_sources_and_hits_tell_when_they_were_updated_where_that_is_known(counter):
    dated = replace(passage("Within 30 days.", "How long can I return it?"), updated="2024-05-01")
    for found, day in ((dated, "2024-05-01"), (replace(dated, updated=None), None)):
        client = counter(FakeFinder(found))
        session = client.post("/api/chat", json={"message": "How long can I return it?"}).json()
        assert [source["updated"] for source in session["citations"]] == [day]
        kept = client.get(f"/api/sessions/{session['session_id']}").json()
        assert [source["updated"] for source in kept["turns"][0]["citations"]] == [day]
        hits = client.post("/api/search", json={"query": "How long can I return it?"}).json()["hits"]
        assert [hit["updated"] for hit in hits] == [day]
