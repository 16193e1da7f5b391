"""Profiles: what is shipped, what each is for, and how a mistake in one's own is told."""

from __future__ import annotations

from pathlib import Path

import pytest
from fakes import FakeFinder, FakeModel, passage

from knowledge.errors import ConfigError
from service.answering.answerer import Answerer
from service.answers import Answer, Done, Turn
from service.profile import FOLDER, load_profile
from service.settings import ServiceSettings

NAMES = sorted(file.stem for file in FOLDER.glob("*.toml"))


async def answer(answerer: Answerer, question: str, *history: Turn) -> Answer:
    *_, last = [event async for event in answerer.stream(question, history)]
    assert isinstance(last, Done)
    return last.answer


def counter(profile: str, finder: FakeFinder | None = None, model: FakeModel | None = None) -> Answerer:
    return Answerer(finder or FakeFinder(), model, ServiceSettings(_env_file=None, profile=profile))


def test_the_profiles_that_were_promised_are_there():
    assert NAMES == ["education", "medical-information", "retail", "standard"]
    page = (Path(__file__).parents[2] / "docs/profiles.md").read_text("utf-8")
    assert all(f"`{name}`" in page for name in NAMES)


@pytest.mark.parametrize("name", NAMES)
async def test_each_speaks_both_languages(name):
    finder = FakeFinder(confidence=0.1)
    for question, lang in (("火星の天気を教えてください", "ja"), ("What is the weather on Mars?", "en")):
        said = await answer(counter(name, finder), question)
        assert (said.outcome, said.lang) == ("refused", lang)
        assert said.text == load_profile(name).says(lang).refusal


async def test_the_glossary_finds_what_is_called_otherwise_and_explains_it_to_the_model():
    finder = FakeFinder(unsure_without="送料")
    model = FakeModel("返品は30日以内です[1]。")
    said = await answer(counter("retail", finder, model), "How much is the postage to Kyoto?")
    assert finder.questions[-1].startswith("How much is the postage to Kyoto? 送料")
    assert said.confidence == 0.9
    assert "送料 = " in model.asked[0][0].text


async def test_what_a_shop_cannot_do_goes_to_a_person():
    said = await answer(counter("retail"), "注文番号 YG-12345 をキャンセルしてください")
    assert (said.outcome, said.reason) == ("handoff", "unsupported_request")
    assert (await answer(counter("retail"), "注文のキャンセルはできますか")).outcome == "answered"


@pytest.mark.parametrize(
    "message",
    ["ケトルから煙が出ました！どうしたらいい", "焦げ臭いにおいがします", "火傷をしました", "The kettle is on fire",
     "Smoke is coming out of my coffee maker", "Your product burned my table", "I got an electric shock"],
)  # fmt: skip
async def test_a_shop_hands_over_what_is_dangerous_and_says_to_stop(message):
    said = await answer(counter("retail"), message)
    assert (said.outcome, said.reason) == ("handoff", "policy")
    assert ("電源プラグ" if said.lang == "ja" else "unplug") in said.text


@pytest.mark.parametrize(
    "message",
    [
        "加湿器から煙が出ないのですが",
        "How do I avoid an electric shock?",
        "やけどしない温度ですか",
        "焦げ付きの落とし方",
    ],
)
async def test_a_question_about_safety_is_a_question(message):
    assert (await answer(counter("retail"), message)).outcome == "answered"


EMERGENCIES = [
    "胸が苦しいです", "息ができない", "父の意識がありません", "子どもが洗剤を誤って飲みました", "もう死にたい",
    "血が止まらない",
    "I have chest pain", "My mother can't breathe", "she is unconscious", "I want to kill myself",
    "he took too many pills",
    "ナッツを食べたら顔が腫れて息がゼーゼーしています", "唇が紫色です", "呼びかけても反応がありません",
    "his lips are swollen and he can hardly breathe", "My son is wheezing after a bee sting", "she won't wake up",
    "my baby has 40 degrees fever", "3 month old with a temperature of 38.5 degrees", "生後2か月で38.2度あります",
    "熱が40度あります", "I have a fever of 104",
]  # fmt: skip


@pytest.mark.parametrize("message", EMERGENCIES)
async def test_an_emergency_is_answered_at_once(message):
    finder = FakeFinder()
    said = await answer(counter("medical-information", finder), message)
    assert (said.outcome, said.reason, finder.questions) == ("handoff", "policy", [])
    assert "119" in said.text


@pytest.mark.parametrize(
    "message",
    ["私はがんでしょうか", "この薬を飲んでも大丈夫ですか", "Do I have diabetes?", "Should I take two pills?",
     "体重12kgの子に何mg飲ませればいいですか", "首にしこりがあります。これって癌でしょうか",
     "3歳の子に座薬を使って何回あげていい？",
     "How many tablets should I give my daughter?", "Can I give my son ibuprofen?"],
)  # fmt: skip
async def test_there_is_no_diagnosis_and_no_advice_to_one_person(message):
    said = await answer(counter("medical-information"), message)
    assert (said.outcome, said.reason) == ("refused", "policy")


@pytest.mark.parametrize(
    "message",
    ["胸の痛みとは何ですか", "What is chest pain?", "糖尿病とは何ですか", "副作用を教えてください",
     "受付は何時までですか",
     "1日の上限は何mgですか", "熱が37.8度ですが予防接種は受けられますか", "駐車場は何台ありますか",
     "40歳の健康診断の費用は",
     "How many times do I take the course of shots?", "How much is a check-up at 40?",
     "副作用に息苦しさはありますか", "Is there fever within 42 days after the shot?"],
)  # fmt: skip
async def test_a_question_about_medicine_is_a_question(message):
    assert (await answer(counter("medical-information"), message)).outcome == "answered"


async def test_medical_answers_cite_everything_and_say_when_to_see_a_doctor():
    finder = FakeFinder(passage("発熱は体温が37.5度以上の状態です。", "発熱とは何ですか?"))
    model = FakeModel("発熱は体温が37.5度以上の状態です[1]。", "きっとすぐ治ります。")
    said = await answer(counter("medical-information", finder, model), "発熱とは何ですか")
    assert said.text.startswith("発熱は体温が37.5度以上の状態です[1]。\n\nこれは一般的な情報で")
    assert "治ります" not in said.text


async def test_a_learners_level_is_remembered_and_changed_by_the_learner():
    model = FakeModel("返品は30日以内です[1]。")
    desk = counter("education", model=model)
    assert (await answer(desk, "返品の期限は?")).level is None
    assert "knows the basics" in model.asked[-1][0].text
    changed = await answer(desk, "もっとやさしく説明してください")
    assert (changed.level, changed.outcome) == ("beginner", "answered")
    assert changed.text == load_profile("education").texts.ja.level_changed
    remembered = Turn("assistant", changed.text, changed.outcome, changed.level)
    later = await answer(desk, "返品の期限は?", Turn("user", "やさしく"), remembered)
    assert later.level == "beginner"
    assert "is a beginner" in model.asked[-1][0].text
    again = await answer(
        desk, "もっとやさしく説明してください", Turn("user", "返品の期限は?"), Turn("assistant", "30日です")
    )
    assert (again.level, again.text) == ("beginner", "返品は30日以内です[1]。")
    both = await answer(desk, "I'm an expert. How long do I have for returns?")
    assert both.level == "advanced"


async def test_where_nobody_can_put_it_otherwise_a_quotation_says_so():
    desk, asked = counter("education"), Turn("user", "返品の期限は?")
    before = await answer(desk, "返品の期限は?")
    again = await answer(desk, "もっとやさしく説明してください", asked, Turn("assistant", before.text))
    says = load_profile("education").texts.ja.level_quoted
    assert says not in before.text
    assert again.text == f"{says}\n{before.text}"


OWN = 'persona = "You are a library."\ntone = "quiet words"\n'


def test_an_operator_writes_their_own_and_keeps_the_standard_texts(tmp_path):
    file = tmp_path / "library.toml"
    file.write_text(OWN + '[texts.ja]\nrefusal = "しずかに。"\n', "utf-8")
    profile = load_profile(str(file))
    assert (profile.persona, profile.texts.ja.refusal) == ("You are a library.", "しずかに。")
    assert profile.texts.en.refusal == load_profile("standard").texts.en.refusal


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("persona = x\n", "line 1"),
        ('persona = "x"', "tone: is missing"),
        (OWN + 'colour = "red"', "colour: there is no such field. There are persona, tone"),
        (OWN + "glossery = []", "glossery: there is no such field. Did you mean glossary"),
        (OWN + "rules = 'be nice'", "rules: must be a list in brackets"),
        (OWN + "[texts.ja]\nrefused = 'no'", r"texts\.ja\.refused: there is no such field. Did you mean refusal"),
        (OWN + "[texts.ja]\nrefusal = ''", r"texts\.ja\.refusal: must not be empty"),
        (OWN + "[[replies]]\nwhen=['x']\noutcome='handoff'\nreason='policy'\nja='a'", r"replies\.0\.en: is missing"),
        (OWN + "[[replies]]\nwhen=['x*']\noutcome='handoff'\nreason='policy'\nja='a'\nen='b'", "fits every message"),
        (OWN + '[[replies]]\nwhen=["\\d"]\noutcome="handoff"', "between single quotes"),
        (OWN + "never_say = ['(']", r"never_say\.0: '\(' is no regular expression"),
        (OWN + 2 * "[[levels]]\nname='a'\nwhen=['x']\ninstruction='b'\n", "levels: 'a' is named twice"),
        (OWN + "[[glossary]]\nterm = 'a'\nsynonyms = []", r"glossary\.0\.synonyms"),
        (OWN + "[[replies]]\nwhen=['(']\noutcome='handoff'\nreason='policy'\nja='a'\nen='b'", "regular expression"),
        (OWN + "[[replies]]\nwhen=['x']\noutcome='answered'\nreason='policy'\nja='a'\nen='b'", r"replies\.0\.outcome"),
        (OWN + "[texts.ja]\nclarify_between = 'which?'", "options"),
        (OWN + "[texts.fr]\nrefusal = 'non'", r"texts\.fr"),
        (OWN + "level = 'expert'", "no level 'expert'"),
        (OWN + "texts = 3", "texts"),
    ],
)
def test_a_mistake_is_told_with_its_place(tmp_path, text, told):
    file = tmp_path / "own.toml"
    file.write_text(text, "utf-8")
    with pytest.raises(ConfigError, match=told) as error:
        load_profile(str(file))
    assert "own.toml" in str(error.value)


def test_how_a_file_was_saved_and_how_a_phrase_is_written_are_no_mistakes(tmp_path):
    file = tmp_path / "own.toml"
    file.write_text(
        OWN + "[[replies]]\nwhen=['Cancel']\noutcome='handoff'\nreason='policy'\nja='a'\nen='b'", "utf-8-sig"
    )
    profile = load_profile(str(file))
    assert profile.reply_to("please cancel it") == profile.reply_to("CANCEL!") == profile.replies[0]
    file.write_bytes("persona = '歯科'".encode("cp932"))
    with pytest.raises(ConfigError, match="Save it once more"):
        load_profile(str(file))


def test_a_profile_that_is_not_there_is_told_with_those_that_are():
    with pytest.raises(ConfigError, match="retail"):
        load_profile("shop")
