"""Several questions in one message: each gets its passage, and a single one no more than it asks."""

from fakes import hit, passage

from service.answering.passages.several import asked_apart
from service.answering.quotations.extractive import quote

WRAPPING = passage("1点330円で承ります。", "ラッピングはできますか")
ABROAD = passage("海外への発送は行っておりません。", "海外に送れますか", id="b")
ARRIVAL = passage("発送の翌日から3日後に届きます。", "いつ届きますか", id="c")


def test_each_question_of_a_message_is_answered():
    hits = [hit(WRAPPING, 5.0), hit(ARRIVAL, 3.2), hit(ABROAD, 3.0)]
    message = "ラッピングは有料？あと海外発送できる？"
    text, numbers = quote(message, hits, "ja", message)
    assert text == "1点330円で承ります[1]。\n\n【海外に送れますか】\n海外への発送は行っておりません[3]。"
    assert numbers == [1, 3]


def test_a_question_of_one_short_word_is_answered_by_the_faq_that_asks_for_it():
    bread = passage("「パン」の献立で焼けます。", "パンは焼けますか", id="d")
    beside = passage("パンは棚にあります。", "売店には何がありますか", id="e")
    message = "ラッピングは有料？あとパンは？"
    assert quote(message, [hit(WRAPPING, 5.0), hit(beside, 3.2), hit(bread, 3.0)], "ja", message)[1] == [1, 3]


def test_who_asks_once_is_told_once():
    hits = [hit(WRAPPING, 5.0), hit(ABROAD, 3.0)]
    message = "海外発送の荷物のラッピングはできますか"
    assert quote(message, hits, "ja", message)[1] == [1]


def test_what_was_asked_before_is_not_answered_again():
    hits = [hit(WRAPPING, 5.0), hit(ABROAD, 3.0)]
    assert quote("海外発送できる？ラッピングは有料？", hits, "ja", "ラッピングは有料？")[1] == [1]


def test_a_question_that_the_first_quotation_answers_too_is_not_answered_twice():
    fees = passage(
        "Wrapping costs 3 euros. We ship abroad for 20 euros.", "What do wrapping and shipping cost?", lang="en"
    )
    other = passage("We ship abroad within a week.", "How long does shipping abroad take?", id="b", lang="en")
    message = "What does wrapping cost? And can you ship abroad?"
    text, numbers = quote(message, [hit(fees, 5.0), hit(other, 3.0)], "en", message)
    assert numbers == [1]
    assert "20 euros" in text


def test_the_questions_of_a_message():
    assert asked_apart("Where is it? I ordered on Monday. Can you help?") == ["Where is it?", "Can you help?"]
    assert asked_apart("送料は？") == []
    assert asked_apart("How do I pay and how can I track it?") == ["How do I pay", "how can I track it?"]
    assert asked_apart("ミルクに使えますか、あと硬度は？") == ["ミルクに使えますか", "硬度は？"]
    assert asked_apart("How much are bread and butter?") == asked_apart("いつか、また買えますか") == []


def test_two_questions_in_one_sentence_are_both_answered():
    hits = [hit(WRAPPING, 5.0), hit(ARRIVAL, 3.2), hit(ABROAD, 3.0)]
    message = "ラッピングはできますか、それと海外に送れますか"
    assert quote(message, hits, "ja", message)[1] == [1, 3]


def test_and_how_much_is_answered_by_what_the_thing_costs():
    instalments = hit(passage("カードの場合のみ分割できます。", "更新料は分割できますか？"), 5.0)
    costs = hit(passage("賃料の1か月分、手数料11,000円です。", "更新料はいくらですか？"), 3.0)
    other = hit(passage("3,300円です。", "合鍵はいくらですか？"), 4.0)
    message = "更新料って分割できる？あといくら？"
    text, numbers = quote(message, [instalments, other, costs], "ja", message)
    assert "11,000円" in text
    assert numbers == [1, 3]
