"""A learner's level: the words that ask for it, what is asked beside it, and that both reach the model."""

from __future__ import annotations

import pytest
from fakes import FakeFinder, FakeModel, passage

from service.answering.answerer import Answerer
from service.answering.messages.asking_again import asks_again
from service.answering.messages.asking_more import asks_more
from service.answering.messages.courtesies import courtesy
from service.answers import Answer, Done, Turn
from service.profile import load_profile
from service.settings import ServiceSettings

SCHOOL = load_profile("education")
SQUARE = passage("判別式はD=b²-4acです。D>0なら異なる2つの実数解があります。", source="判別式.md")
ASKED = (Turn("user", "判別式って何ですか"), Turn("assistant", "判別式はD=b²-4acです[1]。", "answered"))

WISHES = {
    "beginner": [
        "もっとやさしく",
        "もう少し簡単にお願いします",
        "難しいです",
        "難しくてわかりません",
        "すみません、まだわからないです",
        "初心者なのでやさしくお願いします",
        "中学生にもわかるように説明してください",
        "専門用語を使わずに説明してください",
        "かみ砕いて教えてほしいです",
        "簡単に言うと？",
        "基礎から教えてください",
        "explain like I'm new to this",
        "I'm a total beginner, please use simple words",
        "simpler please",
        "too difficult",
        "I still don’t get it.",
        "can you explain that in simple terms?",
        "explain without jargon",
        "I'm lost",
        "I'm new to programming",
        "Sorry, that's over my head. Can you say it more simply?",
    ],
    "advanced": [
        "基礎はもう知ってるので省いてください",
        "専門用語で説明して構いません",
        "もっと専門的に",
        "初心者ではありません",
        "I already know the basics",
        "I'm an advanced student, you can go deeper",
        "you can use technical terms.",
        "skip the basics please",
        "I'm a math teacher, you can be more precise",
    ],
    "intermediate": ["普通の説明に戻してください", "back to the normal level please"],
}
BESIDE = {  # what is asked beside the wish, and whether the wish stands apart from it
    "初心者です。判別式って何ですか？": ("判別式って何ですか？", True),
    "専門的な言葉で説明して構いません。慣性の法則とは?": ("慣性の法則とは?", True),
    "I'm an expert. How long do I have for returns?": ("How long do I have for returns?", True),
    "オームの法則を小学生でもわかるように教えて": ("オームの法則を小学生でもわかるように教えて", False),
    "explain ohm's law to a ten year old": ("explain ohm's law to a ten year old", False),
    "x²-5x+6の因数分解を小学生でもわかるように教えて": ("x²-5x+6の因数分解を小学生でもわかるように教えて", False),
    "Explain recursion in simple words": ("Explain recursion in simple words", False),
}
NO_WISHES = [
    "簡単に退会できますか",
    "講師はわかりやすく教えてくれますか",
    "初心者でも受けられますか",
    "中学生でもわかる教材はありますか",
    "Do you have a Python course for beginners?",
    "Is there a class for advanced students?",
    "is it easier to pay by card?",
    "二次方程式の解の公式がわかりません",
    "パスワードがわからない",
    "I don't understand the quadratic formula",
    "I don't get an email",
    "Is the advanced class too hard for my son?",
    "how do I solve simple equations",
    "I'm new to the school, where do I park",
    "My son is a beginner",
    "模試は難しいですか",
    "プロの講師ですか",
]


async def answer(question: str, *history: Turn, model: FakeModel | None = None, confidence: float = 0.9) -> Answer:
    finder = FakeFinder(SQUARE, confidence=confidence)
    desk = Answerer(finder, model, ServiceSettings(_env_file=None, profile="education"))
    *_, last = [event async for event in desk.stream(question, history)]
    assert isinstance(last, Done)
    return last.answer


@pytest.mark.parametrize(("level", "message"), [(level, words) for level, all_ in WISHES.items() for words in all_])
async def test_a_wish_alone_changes_the_level_and_is_no_question(level, message):
    wish = SCHOOL.level_wished(message)
    assert wish is not None
    assert (wish.level.name, wish.question) == (level, "")
    changed = await answer(message, confidence=0.1)
    assert (changed.outcome, changed.level) == ("answered", level)


@pytest.mark.parametrize(("message", "asked"), BESIDE.items())
def test_what_is_asked_beside_a_wish_stays_a_question(message, asked):
    wish = SCHOOL.level_wished(message)
    assert wish is not None
    assert (wish.question, wish.apart) == asked


@pytest.mark.parametrize("message", NO_WISHES)
def test_a_question_that_uses_such_words_is_a_question(message):
    assert SCHOOL.level_wished(message) is None


@pytest.mark.parametrize("message", ["もっとやさしく", "I still don't get it"])
async def test_the_model_explains_the_last_question_anew_however_often_it_is_wished_for(message):
    model = FakeModel("判別式はD=b²-4acです[1]。")
    twice = (
        *ASKED,
        Turn("user", "もっと簡単に"),
        Turn("assistant", "判別式はD=b²-4acです[1]。", "answered", "beginner"),
    )
    for history in (ASKED, twice, (*twice, Turn("user", "ありがとう"), Turn("assistant", "どうも。"))):
        said = await answer(message, *history, model=model)
        assert (said.level, said.text) == ("beginner", "判別式はD=b²-4acです[1]。")
        rules, *told, question = model.asked[-1]
        assert "is a beginner" in rules.text
        assert question.text.endswith(f"判別式って何ですか\n{message}")
        assert [turn.text for turn in told] == [turn.text for turn in history]


async def test_without_a_model_the_last_quotation_comes_with_its_reason_and_without_doubt():
    said = await answer("もっとやさしく", *ASKED)
    assert said.text.startswith(SCHOOL.texts.ja.level_quoted)
    assert SCHOOL.texts.ja.doubtful not in said.text
    apart = await answer("初心者です。判別式って何ですか？")
    assert apart.level == "beginner"
    assert SCHOOL.texts.ja.level_quoted not in apart.text


async def test_a_client_that_keeps_no_levels_is_understood_by_what_was_said():
    model = FakeModel("判別式はD=b²-4acです[1]。")
    said = await answer("判別式って何ですか", Turn("user", "もっとやさしく"), Turn("assistant", "はい。"), model=model)
    assert said.level == "beginner"
    assert "is a beginner" in model.asked[-1][0].text


def test_a_session_remembers_the_level(counter):
    model = FakeModel("判別式はD=b²-4acです[1]。")
    parts = counter(FakeFinder(SQUARE), model, profile="education")
    session = parts.post("/api/chat", json={"message": "判別式って何ですか"}).json()["session_id"]
    for message in ("もっとやさしく", "ありがとう", "判別式の使い方は?"):
        answer = parts.post("/api/chat", json={"message": message, "session_id": session}).json()
        assert answer["outcome"] == "answered"
    assert len(model.asked) == 3
    assert "knows the basics" in model.asked[0][0].text
    assert all("is a beginner" in rules.text for rules, *_ in model.asked[1:])


MORE = [
    "例を挙げて",
    "例えば？",
    "具体例をお願いします",
    "なんで?",
    "なぜですか？",
    "もう少し詳しく教えてください",
    "つまりどういうこと?",
    "どういう意味ですか？",
    "続きを教えて",
    "why?",
    "but why",
    "can you give me an example?",
    "another example please",
    "more details please",
    "could you explain that in more detail?",
    "tell me more",
    "what do you mean?",
]
NO_MORE = [
    "例外はありますか",
    "なぜ植物は緑なの",
    "領収書の例はありますか",
    "詳しい時間割を教えて",
    "続きの講座はありますか",
    "why was my card charged",
    "give me an example of a quadratic equation",
    "more classes please",
    "tell me more about the summer course",
    "how does it work online",
]
AGAIN = [
    "もう一度",
    "もう一度お願いします",
    "もう一回言って",
    "say that again please",
    "can you repeat that?",
    "pardon?",
    "sorry, could you explain it again",
]


@pytest.mark.parametrize("message", MORE)
async def test_who_asks_on_is_answered_by_the_model_from_the_passages_of_the_last_question(message):
    assert asks_more(message)
    model = FakeModel("D>0なら異なる2つの実数解があります[1]。")
    history = (
        *ASKED,
        Turn("user", "もっとやさしく"),
        Turn("assistant", "D>0なら解は2つです。", "answered", "beginner"),
        Turn("user", "why?"),
        Turn("assistant", "D>0だからです。", "answered", "beginner"),
    )
    finder = FakeFinder(SQUARE, unsure_without="判別式")
    desk = Answerer(finder, model, ServiceSettings(_env_file=None, profile="education"))
    *_, last = [event async for event in desk.stream(message, history)]
    assert last.answer.outcome == "answered"
    assert finder.questions == ["判別式って何ですか"]
    assert model.asked[-1][-1].text.endswith(f"判別式って何ですか\n{message}")


@pytest.mark.parametrize("message", NO_MORE)
def test_who_names_a_matter_asks_of_that(message):
    assert not asks_more(message)


@pytest.mark.parametrize("message", AGAIN)
async def test_who_did_not_catch_it_is_told_the_same_once_more(message):
    assert asks_again(message) == "doubted"
    assert (await answer(message, *ASKED)).text.startswith(SCHOOL.says("en" if message.isascii() else "ja").asked_again)


@pytest.mark.parametrize("message", ["もう一度申し込めますか", "もう一度ログインしてください", "can I apply again"])
def test_who_wants_to_do_something_again_asks_of_that(message):
    assert asks_again(message) is None


@pytest.mark.parametrize("message", ["ありがとう、直りました", "できました！", "thanks, it works now"])
def test_who_says_that_it_helped_is_thanked(message):
    assert courtesy(message, ASKED) == "thanks"
