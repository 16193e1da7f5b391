"""The words around a question are left out of what is searched for; what says anything of its own stays."""

import pytest

from service.answering.messages.courtesies import without_courtesies
from service.answering.messages.framing import unframed


@pytest.mark.parametrize(
    ("message", "asked"),
    [
        ("Dear team,\n\nHow much is shipping?\n\nKind regards,\nAlex Moore", "How much is shipping?"),
        ("Sorry to bother you, I couldn't find this on your website. How much is shipping?", "How much is shipping?"),
        ("sorry to bother you but can I bring my dog", "can I bring my dog"),
        ("Could you please tell me how long the guarantee is?", "how long the guarantee is?"),
        ("How much is it? It is rather urgent 😩 Thanks!", "How much is it?"),
        ("Thanks\nhow do I return it", "how do I return it"),
        ("Good morning, quick question: are you open on Sunday?", "are you open on Sunday?"),
        ("Is my lamp insured? Sent from my iPhone", "Is my lamp insured?"),
        (
            "お世話になっております。田中と申します。\n送料はいくらですか。\nお手数ですがよろしくお願いいたします。",
            "送料はいくらですか。",
        ),
        ("ホームページを見ても分からなかったのですが、返品したい", "返品したい"),
        ("初歩的な質問で恐縮ですが、送料はいくらですか 至急お願いします!", "送料はいくらですか"),
        ("教えてください。犬も入れますか😊", "犬も入れますか"),
        (
            "ご担当者様\n\n鍵をなくしました。どうすればいいですか。\n\n中村 恵子",
            "鍵をなくしました。どうすればいいですか。",
        ),
    ],
)
def test_what_frames_a_question_is_left_out(message: str, asked: str):
    assert unframed(message) == without_courtesies(message) == asked


@pytest.mark.parametrize(
    "message",
    [
        "Sunday opening",
        "I can't find my order. What now?",
        "My lad outgrew his bike after a year. Do we get anything back for it?",
        "Is my question answered soon?",
        "please help",
        "The parcel still isn't here, where can I see where it is",
        "is my question answered, do you know when",
        "Best kettle for tea",
        "お急ぎ便、いくらですか",
        "鍵が見つからない。どうすればいいですか",
        "初めて利用します。クーポンはありますか",
        "返事はいつ来ますか",
        "送料\n沖縄",
        "ok thanks. how long is it",
        "Sunday, are you open?",
        "Basic: how much is it?",
        "iPhone, does it work there?",
        "返品について問い合わせたいです。送料は？",
        "キャンセルしたくて申し訳ありませんが、手続きは？",
        "注文しました。領収書お願いします",
        "ケトルが欲しいです。在庫の確認をお願いします",
        "サイトに繋がらなかったので、どうすればいいですか",
        "説明書が見つからないのですが、再発行できますか",
        "鍵がどこにも見つからない。どうすれば",
        "お願いします",
        "",
        "???",
    ],
)
def test_what_says_anything_of_its_own_stays(message: str):
    assert unframed(message) == message
