"""What kind of thing a question asks for: a passage that tells none gives way, and where none does, nothing is told."""

import pytest
from small_faqs import knowledge_of

from knowledge.language.answer_types import asked_for, is_told
from knowledge.searching import retrieval


@pytest.mark.parametrize(
    ("question", "telling", "silent"),
    [
        ("消費電力は何ワットですか", "消費電力は1,200Wです。", "容量は1.2Lで、重さは900gです。"),
        ("How many watts does it use?", "It draws 1.5 kW.", "It holds 1.5 litres and has two programs."),
        ("豆はどこの国のものですか？", "コロンビアとケニアの豆です。", "豆は深煎りで、200g入りです。"),
        ("Which country are they made in?", "All pans are made in Vietnam.", "The pans come in three sizes."),
        ("重さは？", "本体は約八百グラムです。", "高さは32cm、幅は20cmです。"),
        ("how tall is the rack", "It stands 180 cm high.", "It carries up to 40 kg."),
        ("何歳から入れますか", "3歳以上のお子さまからです。", "火曜と木曜に開いています。"),
        ("色は何がありますか", "ネイビーと生成りの二種類です。", "サイズはSからLまでです。"),
        ("この豆挽きはどこの国で作られていますか", "京都産の木を使っています。", "刃はセラミック製です。"),
        ("望遠鏡は何倍ですか", "倍率は120倍です。", "口径50cmの反射望遠鏡です。"),
        ("お弁当のカロリーを教えて", "1食で580kcalです。", "1食で580円です。"),
        ("会議室は何平米ですか", "広さは40㎡です。", "会議室は2室あり、12人まで入れます。"),
        ("how many amps does the charger draw", "The charger draws 16 A.", "It charges the van in 8 hours."),
        ("合格率は何％ですか", "合格率は九割です。", "再受験は5,500円です。"),
        ("what year was the mill built", "The mill was built in 1873.", "The mill has 62 rooms and opens at 9."),
        ("How large is the lake?", "The lake is about 400 metres long.", "Anglers may fish in the lake from 16 June."),
        ("How warm is the pool?", "It is kept at 28 °C.", "It opens at 7.30 and has four lanes."),
        ("クッキーの賞味期限はどれくらい？", "お届けから30日です。", "1袋640円です。"),
        ("刃の材質は？", "刃はセラミック製です。", "刃は外して水洗いできます。"),
        ("what are the cups made of", "The cups are glass.", "The cups hold 200 ml and stack."),
        ("定休日は何曜日？", "月曜日がお休みです。", "駅から歩いて5分です。"),
        ("how long does delivery take", "It arrives the next day.", "Delivery is by courier, at your door."),
        ("何名まで予約できますか", "1組6人までです。", "予約は前日の18時までにお願いします。"),
        ("袋は何枚入りですか", "十枚入りです。", "袋は紙でできています。"),
        ("駐車場は何台分ありますか", "普通車１２台分です。", "駐車場は裏手にあり、2時間まで無料です。"),
        ("How many guests may I bring?", "You may bring two.", "Guests sign in at the desk."),
        ("How long is the river path?", "The river path is 3.5 miles.", "The river path is open to walkers."),
        ("how often should I change the filter", "Change it every spring.", "The filter is white and round."),
    ],
)
def test_what_a_text_tells(question, telling, silent):
    types = asked_for(question)
    assert types
    assert is_told(types, telling)
    assert not is_told(types, silent)


@pytest.mark.parametrize(
    "question",
    [
        "何度でも使えますか",
        "時間は何時でもいいです",
        "何人かで行きたいのですが",
        "この国で最も多い民族は何人ですか",
        "何か持っていくものはありますか",
        "返品したい",
        "Can I return it?",
        "How do I get in touch?",
        "何枚" + "とても" * 100,  # a letter, which asks for other things as well
    ],
)
def test_what_asks_for_nothing_of_a_kind(question):
    assert not asked_for(question)


def test_a_text_that_points_on_to_where_it_is_told_is_an_answer():
    assert is_told(asked_for("収集は何曜日ですか"), "地区ごとの一覧表をご覧ください。")
    assert is_told(asked_for("what day is it collected"), "See the calendar at https://example.com/days.")


KETTLES = [
    ("電気ケトルの容量", "しゅんの容量は0.8Lで、色は白と黒です。"),
    ("電気ケトルの電気代を知りたい", "しゅんは1,200Wです。1回沸かすと2円ほどかかります。"),
    ("電気ケトルの保温", "しゅんは30分保温します。"),
    ("お湯は何分で沸きますか", "あっという間に沸きます。"),
    ("コーヒーメーカーYC-40について", "コーヒーメーカーのYC-40は4杯分を淹れられます。"),
    ("コーヒーメーカーの重さ", "コーヒーメーカーのまめはなは900gです。"),
    ("送料はいくらですか", "全国一律550円です。"),
    ("返品はできますか", "届いてから8日までお受けします。"),
]


@pytest.fixture(scope="module")
def kettles(tmp_path_factory, embedder, analyzer):
    generation = knowledge_of(tmp_path_factory.mktemp("kettles"), KETTLES, embedder, analyzer)
    return lambda question: retrieval.search(generation, embedder, question)


@pytest.mark.parametrize(
    ("question", "told"), [("電気ケトルは何ワット？", "1,200W"), ("電気ケトルは何リットル入りますか", "0.8L")]
)
def test_a_passage_that_tells_such_a_thing_goes_first(kettles, question, told):
    assert told in kettles(question).hits[0].passage.text


def test_what_another_thing_weighs_is_not_told_of_the_one_that_a_code_names(kettles):
    found = kettles("コーヒーメーカーの重さは何グラムですか YC-40")
    assert "YC-40" in found.hits[0].passage.text
    assert found.confidence <= retrieval.UNKNOWN


def test_an_answer_to_a_question_after_such_a_thing_tells_it_in_whatever_words(kettles):
    found = kettles("お湯は何分で沸くの")
    assert "あっという間" in found.hits[0].passage.text
    assert found.confidence >= 0.5


def test_nothing_is_sure_where_no_passage_tells_such_a_thing(kettles):
    assert kettles("電気ケトルのしゅんの容量を教えてください").confidence >= 0.5
    assert kettles("電気ケトルのしゅんはどこの国で作られていますか").confidence <= retrieval.UNKNOWN
    assert kettles("電気ケトルのしゅんの重さは？").confidence <= retrieval.UNKNOWN
