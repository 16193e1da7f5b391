"""What a company is bound by when its counter has said it, and what nobody is asked for in its name."""

from __future__ import annotations

import re

_PROMISES = {  # what a company is bound by when its counter has said it
    "free of charge": (
        r"無料|無償|(?:当店|弊社|当社|こちら)[がで]?(?:全額)?負担|(?<![\d.])0円|(?<!feel )(?<![-\w])free\b(?! to\b)|"
        r"no (?:extra )?(?:charge|cost|fee)s?\b|costs? nothing\b|at (?:our|no) (?:own )?(?:cost|expense)"
    ),
    "refund": r"返金|払い?戻|refund|reimburs|money back",
    "guarantee": r"保証|確約|guarant|warrant|promise",
    "discount": r"割引|値引|% off\b|discount",
    "compensation": r"補償|賠償|慰謝料|compensat",
    "gift": r"プレゼント|進呈|景品|\bgifts?\b|giveaway",
    "coupon": r"クーポン|商品券|coupon|voucher|store credit",
    "lifetime": r"永久|生涯|lifetime|forever",
    "liability": r"法的(?:な)?責任|\bliab(?:le|ilit)|legally binding",
    "tomorrow": r"明日|\btomorrow\b",
    "done already": (  # the counter itself does nothing
        r"\bi(?:'ve| have) (?:now |just |already )?(?:cancel|chang|book|reserv|updat|process|arrang|order|submit)|"
        r"(?:キャンセル|変更|予約|手配|登録|解約|入金|返金|承認)(?:を?(?:いたし|致し|し)(?:まし|ておきまし))た"
    ),
    # what nobody may be asked for in our name, where no document asks for it
    "credentials": (
        r"暗証番号|パスワード|認証コード|認証番号|\bpass(?:word|code|phrase)|\bpin\b|"
        r"\b(?:one-time|verification|authentication|security) code"
    ),
    "payment card": r"カード番号|セキュリティコード|口座番号|\bcard (?:number|details)|\bcv[vc]\b",
    "identity": r"マイナンバー|免許証|パスポート|旅券|\bpassport|\bdriv(?:er'?s|ing) licen[cs]e",
    "spelled address": (
        r"\[\.\]|\w dot (?:com|net|org|jp|io|co|info|example)\b|\w(?:ドット|どっと)(?:コム|ジェーピー|com|jp)"
    ),
}
_NO_CHARGE = re.compile(
    r"(?:料|費用|金)[はもが]?(?:一切|別途)?(?:(?:掛か|かか)ら(?:ず|な)|(?:掛か|かか)りませ|いただきませ|発生(?:しませ|しな|せず)|不要)|"
    r"(?<!based )\bon (?:us(?=[^\w\s]|\Z| (?:and|for|this|the)\b)|the house)"
)
_IS_DONE = re.compile(
    r"(?:\A|[.!?\n])[^\S\n]*your [\w ]{1,30}ha(?:s|ve) been (?:approved|accepted|cancel|changed|refunded|processed)"
)
_OF_NO_CHARGE = ("発生", "不要", "かから", "かかり", "掛か", "いただきませ", "on us", "on the house")
CONFIDED = frozenset(("credentials", "payment card"))
# Documents say where a secret is entered; nobody is to tell one to a counter.
_CONFIDED_JA = r"(?:暗証番号|パスワード|認証コード|認証番号|カード番号|セキュリティコード|口座番号)"
_CONFIDED_EN = (
    r"(?:pass(?:word|code|phrase)|pin|(?:security|verification|one-time) code|card (?:number|details)|cv[vc])"
)
_TOLD_HERE = re.compile(
    rf"(?:チャット|返信|この場)[^。\n]{{0,30}}{_CONFIDED_JA}|{_CONFIDED_JA}[^。\n]{{0,30}}(?:チャット|返信|この場)|"
    rf"\b(?:type|enter|send|give|tell|share|reply|provide|post)\b[^.\n]{{0,60}}\b{_CONFIDED_EN}\b[^.\n]{{0,60}}"
    r"\b(?:in (?:this|the|your) (?:chat|reply|message)|here\b(?!:)|to (?:me|us)\b)"
)
_PROMISE = {name: re.compile(pattern) for name, pattern in _PROMISES.items()}


def promises(text: str) -> set[str]:
    """The kinds of promise and of demand that a text in small letters holds."""
    found = {name for name, pattern in _PROMISE.items() if pattern.search(text)}
    if any(words in text for words in _OF_NO_CHARGE) and _NO_CHARGE.search(text):
        found.add("free of charge")
    if " been " in text and _IS_DONE.search(text):
        found.add("done already")
    if not found.isdisjoint(CONFIDED) and _TOLD_HERE.search(text):
        found.add("secret told here")
    return found
