import json

from ingest.readers.reading import read


def question(name, answer):
    return {"@type": "Question", "name": name, "acceptedAnswer": {"@type": "Answer", "text": answer}}


def page(body, *items, wrap=lambda faq: faq):
    faq = wrap({"@context": "https://schema.org", "@type": "FAQPage", "mainEntity": list(items)})
    script = json.dumps(faq, ensure_ascii=False)
    html = (
        f'<html lang="en"><head><title>Shop</title><script type="application/ld+json">{script}</script></head>'
        f"<body>{body}</body></html>"
    )
    return read(html.encode(), "shop.html")


RETURNS = question(
    "Can I return a mill?", "<p>Yes, within <b>14 days</b>.</p><ul><li>Unused</li><li>In its box</li></ul>"
)


def test_stated_pairs_are_read_as_text_when_the_page_does_not_show_them():
    result = page(
        "<h1>Shop</h1><p>Loading…</p>", RETURNS, question("Is shipping free?", "Above 5,000 yen &amp; in Japan.")
    )
    assert result.kind == "faq"
    assert [(each.question, each.text) for each in result.sections if each.question] == [
        ("Can I return a mill?", "Yes, within 14 days.\n\n- Unused\n- In its box"),
        ("Is shipping free?", "Above 5,000 yen & in Japan."),
    ]
    assert [each.text for each in result.sections if not each.question] == ["Loading…"]


def test_a_pair_that_is_shown_too_keeps_its_place_and_is_read_once():
    body = (
        "<h1>FAQ</h1><h2>Orders</h2><h3 id='ret'>Q. Can I return a mill?</h3>"
        "<p>Yes, within <b>14 days</b>.</p><ul><li>Unused</li><li>In its box</li></ul><p>See the terms.</p>"
        "<h3 id='ship'>Is shipping free?</h3><p>Yes.</p>"
    )
    result = page(body, RETURNS)
    assert [(each.question, each.headings, each.anchor) for each in result.sections] == [
        ("Can I return a mill?", ("FAQ", "Orders"), "ret"),
        ("Is shipping free?", ("FAQ", "Orders"), "ship"),
    ]
    assert result.sections[0].text.endswith("- In its box\n\nSee the terms.")


def test_a_hidden_answer_stands_under_the_heading_that_is_shown():
    body = "<h2 id='r'>Can I return a mill?</h2><p>Open</p><div style='display:none'><p>Yes, within 14 days.</p></div>"
    sections = page(body, RETURNS).sections
    assert [(each.question, each.anchor) for each in sections] == [("Can I return a mill?", "r")]
    assert sections[0].text.startswith("Yes, within 14 days.")


def test_pairs_shown_as_plain_blocks_are_not_said_twice():
    body = (
        "<h1>Help</h1><p>We are here for you.</p><div>Can I return a mill?</div><div>Yes, within 14 days.</div>"
        "<ul><li>Unused</li><li>In its box</li></ul>"
    )
    result = page(body, RETURNS)
    texts = "\n".join(each.text for each in result.sections)
    assert texts.count("14 days") == 1
    assert "We are here for you." in texts


def test_pairs_within_a_graph_are_found_and_broken_markup_is_passed_over():
    result = page("<p>Hello.</p>", RETURNS, wrap=lambda faq: {"@graph": [{"@type": "WebPage"}, faq]})
    assert [each.question for each in result.sections if each.question] == ["Can I return a mill?"]
    broken = b'<html><script type="application/ld+json">{"@type": "FAQPage",</script><body><p>Hello.</p></body></html>'
    assert [each.text for each in read(broken, "a.html").sections] == ["Hello."]
