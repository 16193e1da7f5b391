"""Personal data in words, in two lines, masked or cut short, and what leads to an office's number."""

import pytest

from ingest.privacy.redaction import redact


@pytest.mark.parametrize(
    ("text", "redacted"),
    [
        ("電話番号は〇九〇の八八八八の七七七七です", "電話番号は[PHONE]です"),
        ("ゼロキュウゼロ、イチニサンヨン、ゴロクナナハチです", "[PHONE]です"),
        ("call five five five, double two one four please", "call [PHONE] please"),
        ("080の2222の3333へ", "[PHONE]へ"),
        ("080の\n\n2222の3333です", "[PHONE]です"),
        ("my cell is 212\n\n555 0147", "my cell is [PHONE]"),
        ("カードの下4桁は8811です", "カードの下4桁は[CARD]です"),
        ("電話の末尾4567です", "電話の末尾[PHONE]です"),
        ("the visa ending in 8811 was charged", "the visa ending in [CARD] was charged"),
        ("last four of my social are 1120", "last four of my social are [SSN]"),
        ("**** **** **** 8811 で", "[CARD] で"),
        ("visa exp 04/29, cvv 123", "visa exp [CARD], cvv [SECRET]"),
        ("the code I received is 778812", "the code I received is [SECRET]"),
        ("生年月日（西暦）19801231", "生年月日（西暦）[BIRTHDATE]"),
        ("誕生日は12月3日です", "誕生日は[BIRTHDATE]です"),
        ("H3.12.3生です", "[BIRTHDATE]生です"),
        ("会員ID：suzuki_77です", "会員ID：[ID]です"),
        ("please see DOC-2025-0012", "please see [ID]"),
        ("to Flat 9, 7 Elm Road, York YO1 7HH", "to [ADDRESS]"),
        ("入稿番号：77-4121です", "入稿番号：[ID]です"),
        ("暗号 pinコードは4477", "暗号 pinコードは[SECRET]"),
        ("FAX.0798-12-3457", "FAX.[PHONE]"),
        ("06-0000-1111（内線 45）です", "[PHONE]です"),
        ("長岡市例示通2-2-6 さくら市民ビル 4階です", "[ADDRESS]です"),
        ("loyalty number 3312 8890", "loyalty number [ID]"),
        ("内線番号は4477です", "内線番号は[PHONE]です"),
        ("postal code k1a 0b1", "postal code [POSTCODE]"),
        ("PO Box 88, Boise, ID 83701", "[ADDRESS]"),
        ("postcode is yo1 7hh", "postcode is [POSTCODE]"),
        ("From: Mary Hall <mary@example.com>", "From: [NAME] <[EMAIL]>"),
        ("Kind regards\n\nMary Hall\nSales", "Kind regards\n\n[NAME]\nSales"),
        ("森田 健\n総務部", "[NAME]\n総務部"),
        ("お世話になります。長谷部です。", "お世話になります。[NAME]です。"),
        ("夫の健二の名前で予約しています。", "夫の[NAME]の名前で予約しています。"),
        ("customer Rosa Achter phoned again", "customer [NAME] phoned again"),
        ("〒602-8570 京都市上京区下立売通新町西入薮ノ内町へ", "[ADDRESS]へ"),
        ("090-1234\n-5678にかけてください", "[PHONE]にかけてください"),
        ("0 7 7 0 0 9 0 0 4 5 6 is my number", "[PHONE] is my number"),
        ("車は品川 300 さ 12-34です", "車は[ID]です"),
        ("license plate 7ABC123", "license plate [ID]"),
        ("my VIN is 1HGCM82633A004352", "my VIN is [ID]"),
        ("policy number HX/2209/88131", "policy number [ID]"),
        ("アドレスはhanako @ example . comです", "アドレスは[EMAIL]です"),
        ("jane dot doe at example dot com", "[EMAIL]"),
        ("write to j.doe@\nexample.com", "write to [EMAIL]"),
        ("under my wife's name, Ngozi Eze.", "under my wife's name, [NAME]."),
        ("call Mr. van der Berg back", "call Mr. [NAME] back"),
        ("大阪府堺市北区百舌鳥梅町１丁３０番地の１に住んでいます", "[ADDRESS]に住んでいます"),
        ("ナンバープレート横浜501 に 5678の車", "ナンバープレート[ID]の車"),
        ("reg number AB12 CDE", "reg number [ID]"),
        ("インスタは@mio_cafe_1204です", "インスタは[ID]です"),
        ("ツイッター https://x.com/kitchen_yuki から連絡しました", "ツイッター [ID] から連絡しました"),
        ("linkedin: linkedin.com/in/rosalind-a", "linkedin: [ID]"),
        ("national insurance AB 12 34 56 C", "national insurance [SSN]"),
        ("my birthday is on July 9, 1985", "my birthday is on [BIRTHDATE]"),
        ("my driver's licence is MORGA657054SM9IJ", "my driver's licence is [ID]"),
        ("https://pay.example/i/cs_test_a1B2c3D4e5F6 fails", "https://pay.example/i/[SECRET] fails"),
        ("https://shop.example/orders/250771928344", "https://shop.example/orders/[NUMBER]"),
        ("DM me on https://twitter.com/rosie_b8", "DM me on [ID]"),
        ("私のインスタ https://www.instagram.com/mio.cafe/ です", "私のインスタ [ID] です"),
    ],
)
def test_numbers_and_names_that_no_digits_tell(text, redacted):
    assert redact(text) == redacted


@pytest.mark.parametrize(
    "text",
    [
        "お客様センター（03-0000-1111）へ",
        "Our support line is (212) 555-0100.",
        "Call 1-800-555-0100 or (888) 555-0100.",
        "JIS X 0208-1997",
        "特許第1234567号",
        "商品管理番号 1234-5678-90",
        "part no. 0950-4581",
        "マスクは255.255.255.128",
        "UPC 012345678905",
        "git clone git@example.com:group/project.git",
        "クーポンの有効期限は12/28です",
        "カード番号の下4桁を1000円の欄に",
        "one or two or three days",
        "クマさんのぬいぐるみはありますか。",
        "〇〇様とお書きください。",
        "レシピID 12345のページです。",
        "Follow us on https://twitter.com/oak_table",
        "定員300に1200人の応募がありました。",
        "1 2 3 4 5 6 7 8 9 0 are the keys",
        "Press 0 1 2 3 4 5 6 7 8 9 in turn",
        "手順は https://help.example/hc/ja/articles/360012345678 にあります",
        "当店の公式インスタは@oak_tableです。",
        "Find our insta at @oak_table",
        "豆腐2丁3個です",
        "my post at https://x.com/oak/status/1",
        "customer Success Team called",
    ],
)
def test_what_is_nobodys_stays(text):
    assert redact(text) == text


def test_a_mobile_telephone_is_nobodys_office():
    assert redact("お客様センターの090-0000-1111") == "お客様センターの[PHONE]"


@pytest.mark.parametrize(
    ("text", "redacted"),
    [
        ("Send the billing form.\n\nBest,\nBilling", "Send the billing form.\n\nBest,\nBilling"),
        ("Regards,\nAccounts Receivable", "Regards,\nAccounts Receivable"),
        ("Dear Returns Team, it broke.", "Dear Returns Team, it broke."),
        ("Best, Anna Support Team", "Best, [NAME] Support Team"),
        ("Kind regards,\nMark Hill\nBilling", "Kind regards,\n[NAME]\nBilling"),
    ],
)
def test_departments_sign_as_people_do_and_are_nobody(text, redacted):
    assert redact(text) == redacted
