"""The words that say what a number is: 口座番号, "card number", and those that say that it is nothing personal."""

from __future__ import annotations

import re
from itertools import product

from ingest.privacy.common import KANJI, KATAKANA, LETTERS

# Labels, in lower case, as they stand right before a number (after particles and punctuation are taken off).
_OF_WHAT = (
    "注文", "予約", "受付", "会員", "お客様", "顧客", "契約", "伝票", "追跡", "問い合わせ", "問合せ", "登録", "製造",
    "シリアル", "送り状", "証券", "保険証", "被保険者", "免許証", "パスポート", "旅券", "診察券", "照会",
    "申込", "申込み",
    "配送", "荷物", "決済", "取引", "明細", "チケット", "患者", "社員", "学籍", "在留カード",
    "請求書", "見積", "見積書", "領収書", "納品書", "発注", "案件", "ケース", "整理", "加入者", "利用者", "引換",
    "職員", "お客さま", "住民票", "車台", "車両", "免許", "保険", "基礎年金", "年金",
)  # fmt: skip
_OF_WHAT_EN = (
    "order", "booking", "confirmation", "tracking", "ticket", "account", "customer", "member", "membership",
    "reference", "case", "serial", "invoice", "reservation", "policy", "claim", "passport", "licence", "license",
    "driver's license", "shipment", "request", "transaction", "client", "user",
)  # fmt: skip
_OF_THINGS_EN = (
    "part", "model", "item", "product", "catalog", "catalogue", "article", "style", "version", "build", "error", "lot",
    "batch", "port", "page", "room", "flight", "line", "chapter", "patent",
)  # fmt: skip
_LABELS: dict[str, tuple[str, ...]] = {
    "PHONE": (
        "電話", "電話番号", "携帯", "携帯番号", "携帯電話", "tel", "tel.", "telephone", "telephone number", "fax.",
        "phone",
        "phone number", "phone no", "mobile", "mobile number", "mobile no", "cell", "cell number", "fax",
        "ファックス",
        "ファクス", "連絡先", "desk", "call me at", "call me on", "reach me at", "reach me on", "contact number",
        "answering at", "call", "番号に折り返し", "contact no", "contact", "whatsapp", "cell no", "ph", "mob",
    ),
    "CARD": (
        "カード番号", "カードno", "カードno.",
        "クレジットカード番号", "クレジットカード", "カード", "card number", "card no", "card",
        "credit card",
        "credit card number", "card #", "デビットカード番号",
    ),
    "MY_NUMBER": ("マイナンバー", "個人番号", "マイナンバー番号", "my number", "マイナンバーカード番号"),
    "SSN": ("ssn", "social security number", "ssn no", "social security"),
    "BANK": (
        "口座番号", "口座", "普通", "普通預金", "普通口座", "当座", "当座預金", "当座口座", "貯蓄", "貯蓄預金",
        "(普)", "(当)",
        "普通)", "当座)", "記号", "記号番号", "bank account", "bank account number", "bank account no", "sort code",
        "routing number", "iban", "店番", "店番号", "支店番号", "支店コード",
    ),
    "POSTCODE": ("〒", "郵便番号", "〒番号", "postal code", "zip", "zip code", "zipcode", "postcode", "post code"),
    "BIRTHDATE": (
        "生年月日", "誕生日", "date of birth", "birth date", "birthdate", "dob", "born on", "born", "birthday",
    ),
    "SECRET": (
        "password", "passcode", "pin", "pin code", "暗証番号", "パスワード", "認証コード", "確認コード",
        "verification code",
        "otp", "passphrase", "2fa code", "sms code", "auth code", "authentication code", "login code",
        "access code", "届いたコード", "受信したコード", "アクセスコード", "ログインコード",
        "pinコード", "pin番号", "認証番号", "確認番号",
        "セキュリティコード", "cvv", "cvc", "ワンタイムパスワード", "security code", "仮パスワード", "pw",
    ),
    "ID": (
        *map("".join, product(_OF_WHAT, ("番号", "no", "no.", "id", "コード"))),
        *map(" ".join, product(_OF_WHAT_EN, ("id", "no", "no.", "number", "code", "ref", "ref.", "reference"))),
        "passport", "パスポート", "旅券",
        "booking reference", "order reference", "reference",
        "license plate", "licence plate", "number plate", "plate number", "vin", "vin number", "vin no",
        "driver's license", "driver's licence", "driver’s license", "driver’s licence", "driving licence",
        "ユーザーid", "ユーザid", "のid", "lineid", "line id",
        "アカウント名", "アカウントid", "ログインid", "ユーザー名", "username", "user name", "userid", "login id",
        "お問い合わせ番号",
    ),
    "INNOCENT": (
        "型番", "品番", "型式", "型名", "製品番号", "商品番号", "商品コード", "製品コード", "モデル", "jan",
        "janコード", "バーコード",
        "isbn", "部品番号", "法人番号", "version", "ver", "ver.", "バージョン", "エラー", "エラーコード",
        "error", "error code",
        "エラー番号", "model", "model number", "model no", "part number", "part no", "sku", "item number",
        "item code",
        "品目コード", "ロット", "ロット番号", "受付時間", "営業時間", "売価", "価格", "金額", "firmware",
        "ファームウェア", "型",
        "build", "ビルド", "機種", "upc", "ean", "gtin", "asin", "item", "balance", "points", "残高", "特許",
        "iso", "rfc", "iec", "din", "jis", "jis a", "jis b", "jis c", "jis s", "jis x", "jis z",
        "適格請求書発行事業者登録番号", "インボイス登録番号", "事業者登録番号",
        "許可番号", "届出番号",
        *map(" ".join, product(_OF_THINGS_EN, ("no", "no.", "number", "code", "id"))), "quantity", "qty",
        "stock", "part",
        "downloads", "total", "在庫", "数量", "件数", "合計", "総額",
    ),
}  # fmt: skip
# By their last letter, the longest first: 適格…登録番号 before 登録番号.
_SORTED = sorted(((word, kind) for kind, words in _LABELS.items() for word in words), key=lambda entry: -len(entry[0]))
_BY_LAST = {last: [entry for entry in _SORTED if entry[0][-1] == last] for last in {word[-1] for word, _ in _SORTED}}
_BETWEEN = " :=#第「『\"'(（[→>\t\n-"  # between a label and its number
_PARTICLES = (
    "は",
    "が",
    " is",
    "'s",
    "’s",
    " was",
    "を",
    "、",
    ",",
    "の番号",
    "ですが",
    " are",
    " no",
    " no.",
    "no.",
    "ナンバー",
    "です。",
    "も",
)
_PARTICLES_END = frozenset(particle[-1] for particle in _PARTICLES)
_OF_SOMETHING = re.compile(rf"([{KANJI}{KATAKANA}]{{1,10}})(?:番号|ナンバー|id)$")  # 受注番号
_OF_SOMETHING_EN = re.compile(  # loyalty number
    r"\b(?!(?:the|a|an|this|that|my|your|our|any|some|each|in|by|of|or|and|no|for|is|whole|large|random|magic)\b)"
    r"([a-z]{3,14}) (?:number|no\.?|id)$"
)
_OF_A_THING = re.compile(
    r"商品|製品|部品|品|型|機種|モデル|カタログ|ポート|ページ|行|列|図|表|章|チャンネル|エラー|許可|認可|届出|法人"
    r"|商標|バージョン|ビルド|ロット|便|バス|路線|問題|質問|メニュー|ボタン|規格|棚|色|車(?!台|両)|部屋|特許|画面|レシピ|記事|動画|講座|コース|店舗"
)
_REMARK = re.compile(r"\([^()]{1,8}\)$")  # 生年月日(西暦): …
_LOOK_BACK = 36  # characters: the longest label and what may stand between


def label_before(plain: str, lowered: str, start: int, floor: int) -> str | None:
    """The kind that the words right before `start` announce; nothing before `floor` is looked at.

    SOME_ID for a 番号 that no list has."""
    seen = lowered[max(floor, start - _LOOK_BACK) : start]
    before = seen.rstrip(_BETWEEN)
    if "#" in seen[len(before) :] and before.endswith(_OF_WHAT_EN):
        return "ID"  # order # 77-1203
    for _ in range(3):
        if not before:
            return "POSTCODE" if "〒" in plain[max(0, start - 2) : start] else None
        for word, kind in _BY_LAST.get(before[-1], ()):
            if before.endswith(word):
                edge = len(before) - len(word) - 1
                if edge < 0 or not word[0].isascii() or before[edge] not in LETTERS:
                    return kind
        if before[-1] == ")" and (remark := _REMARK.search(before)) is not None:
            before = before[: remark.start()].rstrip(_BETWEEN)
            continue
        if before[-1] not in _PARTICLES_END:
            break
        for particle in _PARTICLES:
            if before.endswith(particle):
                before = before[: -len(particle)].rstrip(_BETWEEN)
                break
        else:
            break
    if before.endswith("番号") and "記号" in plain[max(0, start - _LOOK_BACK) : start]:
        return "BANK"  # of the post office's bank: 記号 12340 番号 …
    told = _OF_SOMETHING.search(before) or _OF_SOMETHING_EN.search(before)
    if told is not None:
        return "INNOCENT" if _OF_A_THING.search(told.group(1)) is not None else "SOME_ID"
    return None
