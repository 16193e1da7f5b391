"""A data set is made the same every time, nothing of one side is known on another, and its card tells what is in it."""

from __future__ import annotations

import hashlib
import json

import pytest

from knowledge.errors import SetupError
from knowledge.passages import Hit, Passage
from tuning.comparison import cases
from tuning.datasets import checking, dataset, examples, near_duplicates
from tuning.datasets.dataset import Grounds, Recipe
from tuning.datasets.examples import Example
from tuning.datasets.splitting import SPLITS, divide
from tuning.training import lora, probing

SHARES = {"train": 0.6, "validation": 0.2, "test": 0.2}


def example(number: int, **known) -> Example:
    words = hashlib.sha256(str(number).encode()).hexdigest()
    question, answer = f"What is {words[:24]} of {words[24:40]}?", f"It is {words[40:]} of page {number}."
    fields = {"id": f"{number:04}", "question": question, "answer": answer, "lang": "en", "origin": "faq"}
    return Example(**fields | {"source": "faq.csv"} | known)


def passage(number: int, **known) -> Passage:
    one = example(number)
    fields = {"id": f"p{number}", "document_id": "d", "kind": "faq", "collection": "default", "lang": "en"}
    fields |= {"source": "faq.csv", "title": one.question, "text": one.answer, "question": one.question, "row": number}
    return Passage(**fields | known)


def test_a_conversation_a_customer_and_near_duplicates_stay_on_one_side():
    given = [example(number, conversation=f"c{number // 3}") for number in range(0, 30)]
    given += [example(number, customer=f"k{number // 4}") for number in range(100, 140)]
    given += [
        example(200 + number, id=f"twin{number}", question=f"How do I reset my login password{'!' * number}")
        for number in range(9)
    ]
    sides = divide(given, SHARES)
    place = {one.id: split for split in SPLITS for one in sides[split]}
    assert len(place) == len(given)
    for belonging in ("conversation", "customer"):
        groups: dict[str, set[str]] = {}
        for one in given:
            if name := getattr(one, belonging):
                groups.setdefault(name, set()).add(place[one.id])
        assert all(len(splits) == 1 for splits in groups.values())
    assert len({place[one.id] for one in given if one.id.startswith("twin")}) == 1


def test_no_question_of_one_side_is_nearly_one_of_another():
    given = [example(number) for number in range(300)]
    sides = divide(given, SHARES)
    told = [(one.question, split) for split in SPLITS for one in sides[split]]
    for one, other, _ in near_duplicates.pairs([question for question, _ in told], 0.7):
        assert told[one][1] == told[other][1]


def test_every_language_is_on_every_side():
    questions = ["返品", "送料", "支払い", "領収書", "容量", "登録", "営業時間", "包装", "保証", "配送", "住所", "解約"]
    ja = [
        example(number, id=f"ja{number}", lang="ja", question=f"{word}はどうなりますか{number}", answer=f"{word * 3}。")
        for number, word in enumerate(questions)
    ]
    words = ["kettle", "refund", "voucher", "parcel", "coupon", "invoice", "warranty", "subscription", "gift", "login"]
    en = [example(number, question=f"{word} {word}", answer=f"{word} " * 4) for number, word in enumerate(words)]
    sides = divide(ja + en, SHARES)
    assert all({one.lang for one in sides[split]} == {"ja", "en"} for split in SPLITS)


def test_the_same_examples_give_the_same_bytes_in_whatever_order_they_come(tmp_path):
    given = [example(number) for number in range(120)]
    one = dataset.build(tmp_path / "one", given, Recipe())
    other = dataset.build(tmp_path / "other", reversed(given), Recipe())
    assert one == other
    for split in SPLITS:
        assert (tmp_path / f"one/{split}.jsonl").read_bytes() == (tmp_path / f"other/{split}.jsonl").read_bytes()
    assert dataset.build(tmp_path / "third", given, Recipe(seed=1)).sha256 != one.sha256


def test_whose_word_counts_most_answers_a_question_that_has_several_answers(tmp_path):
    given = [
        example(1, id="log", origin="log", question="Where is it?", answer="The agent thinks it is lost."),
        example(2, id="faq", question="Where is it?", answer="See the tracking page."),
        example(3, id="curated", origin="curated", question="where  is it?", answer="Press Track on My Page."),
    ]
    card = dataset.build(tmp_path / "set", given, Recipe(validation=0, test=0))
    assert card.left_out == {"the same question is answered already": 2}
    [kept] = examples.read(tmp_path / "set/train.examples.jsonl")
    assert kept.answer == "Press Track on My Page."


def test_a_question_that_is_typed_otherwise_is_the_same_and_answers_that_contradict_are_left_to_the_check(tmp_path):
    given = [
        example(1, id="faq", question="Is there a deposit?", answer="Yes, we hold £100."),
        example(2, id="log", origin="log", question="is there a deposit", answer="Yes, it is £100."),
        example(3, id="log2", origin="log", question="Do you rent tents?", answer="Yes, for 2 weeks at most."),
        example(4, id="log3", origin="log", question="do you rent tents", answer="No, we do not rent tents."),
    ]
    card = dataset.build(tmp_path / "set", given, Recipe(validation=0, test=0))
    assert card.left_out == {"the same question is answered already": 1}
    assert {one.id for one in examples.read(tmp_path / "set/train.examples.jsonl")} == {"faq", "log2", "log3"}


DEEDS = [
    "I have cancelled order 55121 and refunded £42.",
    "Sorry! We've credited £5 to your account.",
    "Your booking has been changed.",
    "I promise that it will be there at 7:00.",
    "ご住所を変更いたしました。次回は受付へお越しください。",
    "先ほど発送しましたので、お待ちください。",
    "来週には直ります。お約束します。",
]
NO_DEEDS = [
    "Once your booking has been changed, you get a mail.",
    "We have moved to Harbour Street.",
    "We updated our terms in May.",
    "You can change your booking on My Page.",
    "登録しましたメールアドレスにお送りします。",
    "変更しました場合は、ご連絡ください。",
    "二週間で返金いたします。",
]


def test_what_an_agent_did_for_one_customer_is_not_taught_to_all(tmp_path):
    given = [example(number, origin="log", answer=answer) for number, answer in enumerate([*DEEDS, *NO_DEEDS])]
    given += [example(100, answer=DEEDS[0])]  # in a FAQ it is said to everybody
    card = dataset.build(tmp_path / "set", given, Recipe(validation=0, test=0))
    assert card.left_out == {"the agent says what was done or promised for one customer": len(DEEDS)}
    kept = [one.answer for one in examples.read(tmp_path / "set/train.examples.jsonl")]
    assert sorted(kept) == sorted([*NO_DEEDS, DEEDS[0]])


def test_who_is_on_which_side_stays_so_when_an_answer_is_corrected(tmp_path):
    given = [example(number) for number in range(100)]
    before = divide(given, SHARES)
    moved = [example(number, id=f"new {number}", answer=f"Now it is {number}.") for number in range(100)]
    after = divide(moved, SHARES)
    for split in SPLITS:
        assert [one.question for one in before[split]] == [one.question for one in after[split]]


def test_rows_that_somebody_has_deleted_are_no_part_of_the_set_any_more(tmp_path):
    folder, given = tmp_path / "set", [example(number) for number in range(60)]
    card = dataset.build(folder, given, Recipe())
    assert dataset.fingerprint(folder) == card.sha256
    for split in ("train", "test"):
        first, *others = (folder / f"{split}.jsonl").read_text("utf-8").splitlines(keepends=True)
        (folder / f"{split}.jsonl").write_text("".join(others), "utf-8")
        gone = json.loads(first)["messages"][-2]["content"]
        left = examples.left(folder, split)
        assert len(left) == card.rows[split] - 1
        assert gone not in {one.question for one in left}
    assert len(cases.read(folder)) == card.rows["test"] - 1
    assert dataset.fingerprint(folder) != card.sha256


class OneTokenALetter:
    """A tokenizer as transformers has them, as far as rows are encoded by it."""

    def apply_chat_template(self, messages, tokenize, add_generation_prompt=False):
        text = "".join(f"<{one['role']}>{one['content']}" for one in messages)
        return text + ("<assistant>" if add_generation_prompt else "")

    def __call__(self, text, add_special_tokens):
        return {"input_ids": [ord(letter) for letter in text]}


def test_rows_that_are_too_long_for_the_local_trainer_are_counted(tmp_path):
    long = "x" * lora.LONGEST
    given = [example(number, question=f"{example(number).question} {long * (number < 3)}") for number in range(12)]
    dataset.build(tmp_path / "set", given, Recipe(validation=0, test=0))
    rows = lora.encoded(tmp_path / "set/train.jsonl", OneTokenALetter())
    assert lora.cut_rows(rows).startswith("3 of 12 rows are longer than 1024 tokens of this model")
    assert lora.cut_rows([row for row in rows if not row.cut]) == ""


@pytest.mark.parametrize("end", ["\u2028", "\u2029", "\x85"])
def test_what_some_take_for_the_end_of_a_line_is_none_of_a_row(tmp_path, end):
    given = [example(number, answer=f"Press Track.{end}Then wait {number} days.") for number in range(40)]
    card = dataset.build(tmp_path / "set", given, Recipe())
    ordinary, _ = probing.plan(tmp_path / "set", 100, 0)
    assert len(ordinary) == len(lora.encoded(tmp_path / "set/train.jsonl", OneTokenALetter())) == card.rows["train"]
    assert all(end in one.taught for one in ordinary)
    (tmp_path / "asked.jsonl").write_text(json.dumps({"question": f"Is{end}it?"}, ensure_ascii=False) + "\n", "utf-8")
    assert [case.question for case in cases.read(tmp_path / "asked.jsonl")] == [f"Is{end}it?"]


def test_a_sentence_in_which_an_agent_names_himself_is_not_taught(tmp_path):
    given = [
        example(1, answer="My name is [NAME]. Press Track on My Page."),
        example(2, answer="Please write to [EMAIL]."),
        example(3, lang="ja", question="どこですか", answer="担当の[NAME]です。追跡を押してください。"),
    ]
    card = dataset.build(tmp_path / "set", given, Recipe(validation=0, test=0))
    answers = {one.answer for one in examples.read(tmp_path / "set/train.examples.jsonl")}
    assert answers == {"Press Track on My Page.", "追跡を押してください。"}
    assert card.left_out == {"the answer rests on personal data that was taken out": 1}


def test_the_passages_of_one_long_answer_are_one_example_again():
    pieces = [passage(1, id="a", text="First, open it."), passage(1, id="b", text="Then close it.")]
    [one] = examples.of_passages([*pieces, passage(9, question=None)])
    assert one.answer == "First, open it.\nThen close it."
    assert one.passage_ids == ("a", "b")
    assert one.source == "faq.csv, row 1"


def test_corrections_out_of_feedback_become_curated_answers_and_pairs(tmp_path):
    lines = [
        {"question": "Is it loud?", "answer": "Yes.", "corrected_answer": "No, 40 dB.", "rating": 1},
        {"question": "Is it heavy?", "rating": 5},
        {"question": "それは赤いですか", "answer": "はい、赤です。", "customer": "k1"},
    ]
    path = tmp_path / "feedback.jsonl"
    path.write_text("\n".join(json.dumps(line, ensure_ascii=False) for line in lines), "utf-8")
    loud, red = examples.of_curated(path)
    assert (loud.answer, loud.rejected, loud.lang) == ("No, 40 dB.", "Yes.", "en")
    assert (red.lang, red.customer, red.rejected) == ("ja", "k1", None)
    dataset.build(tmp_path / "pairs", [loud, red], Recipe("preference", 0, 0))
    [pair] = [json.loads(line) for line in (tmp_path / "pairs/train.jsonl").read_text("utf-8").splitlines()]
    assert pair["preferred_output"] == [{"role": "assistant", "content": "No, 40 dB."}]


def test_what_customers_thumbed_down_and_nobody_corrected_is_not_taught(tmp_path):
    said = {
        "session_id": "s",
        "lang": "en",
        "outcome": "answered",
        "answer": "It costs £16 [1]. See [2].",
        "at": "2026-01-02",
    }
    lines = [
        said | {"message_id": "a", "question": "What does a week cost?", "rating": "down"},
        said | {"message_id": "b", "question": "What does a day cost?", "rating": "up"},
        said | {"message_id": "c", "question": "Who are you?", "rating": "up", "outcome": "refused"},
        said | {"message_id": "d", "question": "Is it far?", "rating": "down", "corrected_answer": "No, 2 km."},
        said | {"message_id": "e", "question": "is it far", "corrected_answer": "It is near.", "at": "2026-01-03"},
    ]
    path = tmp_path / "feedback.jsonl"
    path.write_text("\n".join(json.dumps(line) for line in lines), "utf-8")
    found = list(examples.of_curated(path))
    assert [(one.question, one.answer, one.rejected) for one in found] == [
        ("What does a day cost?", "It costs £16. See.", None),
        ("Is it far?", "No, 2 km.", "It costs £16. See."),
        ("is it far", "It is near.", "It costs £16. See."),
    ]
    dataset.build(tmp_path / "set", found, Recipe(validation=0, test=0))
    kept = {one.question: one.answer for one in examples.read(tmp_path / "set/train.examples.jsonl")}
    assert kept == {"What does a day cost?": "It costs £16. See.", "is it far": "It is near."}


@pytest.mark.parametrize("line", ['{"answer": "No."}', '{"question": "Is \\ud800 it?", "answer": "No."}'])
def test_a_curated_line_that_is_no_question_is_named(tmp_path, line):
    path = tmp_path / "curated.jsonl"
    path.write_text('{"question": "Is it loud?", "answer": "No."}\n' + line + "\n", "utf-8")
    with pytest.raises(SetupError, match="line 2"):
        list(examples.of_curated(path))


def test_rows_with_passages_cite_the_right_one_and_a_part_of_them_refuses(tmp_path):
    passages = {f"p{number}": passage(number) for number in range(100)}
    asked: list[str] = []

    def search(question, limit):
        asked.append(question)
        return [Hit(passages[f"p{number}"], 1, 1, 1) for number in range(limit)]

    def prompt(question, hits, lang):
        shown = "\n".join(f"[{number}] {hit.passage.text}" for number, hit in enumerate(hits, 1))
        return [{"role": "user", "content": f"{shown}\n{question}"}]

    given = list(examples.of_passages(passages.values()))
    grounds = Grounds(passages, search, prompt, "NOT_THERE", lambda *_: False)
    card = dataset.build(tmp_path / "set", given, Recipe("instruct", 0, 0), grounds=grounds)
    rows = [json.loads(line)["messages"] for line in (tmp_path / "set/train.jsonl").read_text("utf-8").splitlines()]
    refused = 0
    for one, (user, assistant) in zip(examples.read(tmp_path / "set/train.examples.jsonl"), rows, strict=True):
        if assistant["content"] == "NOT_THERE":
            refused += 1
            assert one.answer not in user["content"]
        else:
            number = assistant["content"].rpartition("[")[2].rstrip("]")
            assert f"[{number}] {one.answer}" in user["content"]
            assert assistant["content"].startswith(one.answer)
    assert 0.05 < refused / card.rows["train"] < 0.4
    assert set(asked) == {one.question for one in given}


def test_rows_with_passages_are_the_same_bytes_in_every_run(counter):
    cards = [counter.json("tune", "dataset", "--format", "instruct", "--out", name)[1] for name in ("one", "other")]
    assert cards[0]["sha256"] == cards[1]["sha256"]
    rows = (counter.folder / "one/train.jsonl").read_text("utf-8").splitlines(keepends=True)
    assert "<<" in rows[0]
    (counter.folder / "one/train.jsonl").write_text("".join(rows[1:]), "utf-8")
    assert examples.left(counter.folder / "one", "train") == examples.left(counter.folder / "other", "train")[1:]


def test_nobody_is_taught_to_refuse_where_another_passage_holds_the_answer(counter):
    days = ["月曜日", "火曜日", "水曜日", "木曜日", "金曜日", "土曜日", "日曜日", "祝日", "大晦日", "元日", "夏休み"]
    asked = [
        (f"{day}の閉館は何時ですか", f"{day}は{number + 9}時{number * 5}分に閉まります。")
        for number, day in enumerate(days)
    ]
    log = [
        {
            "conversation_id": f"c{number}",
            "turns": [
                {"role": "customer", "text": f"{question.removesuffix('ですか')}まで？ 教えて下さい"},
                {"role": "agent", "text": f"お調べしたところ、{answer}"},
            ],
        }
        for number, (question, answer) in enumerate(asked)
    ]
    faq = counter.write("hours.csv", "質問,回答\n" + "".join(f"{question},{answer}\n" for question, answer in asked))
    code, _, err = counter.run("ingest", faq, counter.lines("log.jsonl", log))
    assert code == 0, err
    counter.run("tune", "dataset", "--format", "instruct", "--lang", "ja", "--out", "set", "--validation", "0")
    checked = 0
    for split in SPLITS:
        known = examples.read(counter.folder / f"set/{split}.examples.jsonl")
        rows = (counter.folder / f"set/{split}.jsonl").read_text("utf-8").splitlines()
        for one, line in zip(known, rows, strict=True):
            *_, user, said = json.loads(line)["messages"]
            if day := next((day for day in days if day in one.question), None):
                checked += 1
                time = one.answer.removeprefix("お調べしたところ、").removeprefix(f"{day}は")
                assert said["content"] != "NO_ANSWER_IN_PASSAGES" or time not in user["content"], one.question
    assert checked == 2 * len(days)


def test_a_folder_with_something_else_in_it_is_left_alone(tmp_path):
    (tmp_path / "precious.txt").write_text("mine", "utf-8")
    with pytest.raises(SetupError, match="Name a new folder"):
        dataset.build(tmp_path, [example(1)], Recipe())


def test_a_run_that_was_killed_is_made_again_and_nothing_takes_its_folder_for_whole(tmp_path, monkeypatch):
    folder, given = tmp_path / "set", [example(number) for number in range(40)]
    whole = dataset.build(folder, given, Recipe(test=0.5))

    def killed(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(dataset.rows, "write", killed)
        with pytest.raises(KeyboardInterrupt):
            dataset.build(folder, given, Recipe(test=0.5))
        with pytest.raises(KeyboardInterrupt):
            dataset.build(tmp_path / "new", given, Recipe(test=0.5))
    for reading in (dataset.read_card, checking.files_of, cases.read):
        with pytest.raises(SetupError, match="was not finished"):
            reading(folder)
    for place in (folder, tmp_path / "new"):
        assert dataset.build(place, given, Recipe(test=0.5)).sha256 == whole.sha256
    assert len(cases.read(folder)) == whole.rows["test"]


def test_a_log_has_no_topic_for_want_of_headings(tmp_path):
    made = list(examples.of_passages([passage(1), passage(2, headings=("Returns",))]))
    assert [one.topic for one in made] == [None, "Returns"]


def test_nothing_to_learn_is_told_with_what_to_do(tmp_path):
    with pytest.raises(SetupError, match="feedback"):
        dataset.build(tmp_path / "set", [example(1)], Recipe("preference"))
    with pytest.raises(SetupError, match="ingest a FAQ"):
        dataset.build(tmp_path / "other", [], Recipe())


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("返品の期限は？", "返品の期限は", 1.0),
        ("ＡＢＣ ｄｅｆ", "abc def!", 1.0),
        ("kettle", "送料はいくら", 0.0),
        ("", "x", 0.0),
    ],
)
def test_likeness_ignores_how_it_is_typed(one, other, alike):
    assert near_duplicates.likeness(one, other) == alike


def test_all_alike_pairs_are_found_and_no_other():
    texts = [
        f"This is question number {number} about something quite different: {number * 7919}" for number in range(60)
    ]
    texts += [text.replace("question", "questions") for text in texts[:20]]
    found = {(one, other) for one, other, _ in near_duplicates.pairs(texts, 0.8)}
    exact = {
        (one, other)
        for one in range(len(texts))
        for other in range(one + 1, len(texts))
        if near_duplicates.likeness(texts[one], texts[other]) >= 0.8
    }
    assert found == exact
    assert len(exact) >= 20
