"""Takes personal data out of support logs before anything is stored: typed placeholders such as [EMAIL] stay.

Found by rule: e-mail addresses; telephone numbers, Japanese (full-width too) and international; postal codes with the
address that follows; addresses that begin with a prefecture or end in a kind of street; payment cards (Luhn); numbers
of seven digits and more; order numbers and the like; passwords that are labelled; names with 様, さん, と申します,
"my name is", a title, a greeting or a label, and those names wherever else the same conversation says them.

No rule can find: names that nothing announces ("Tanaka called me"), names in hiragana, nicknames, addresses written
without a prefecture, dates of birth, illnesses, and whatever tells who somebody is through its meaning. Numbers that
only companies have (0120, 0570, 0800) stay. Rules also take too much at times: a product called AB12345 is an [ID].
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

# One character for one, so that what is found in the plain form stands at the same place in the text.
_PLAIN = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | dict.fromkeys(map(ord, "‐‑‒–—―−─ｰ"), "-")
_PLAIN |= {ord("\u3000"): " ", ord("\u00a0"): " "}
_LONG_MARK = re.compile(r"(?<=\d)ー(?=\d)")

_PREFECTURE = (
    r"(?:東京都|北海道|(?:京都|大阪)府|(?:青森|岩手|宮城|秋田|山形|福島|茨城|栃木|群馬|埼玉|千葉|神奈川|新潟|富山|石川|福井"
    r"|山梨|長野|岐阜|静岡|愛知|三重|滋賀|兵庫|奈良|和歌山|鳥取|島根|岡山|広島|山口|徳島|香川|愛媛|高知|福岡|佐賀|長崎|熊本"
    r"|大分|宮崎|鹿児島|沖縄)県)"
)
_STREET = r"(?:Street|St|Avenue|Ave|Road|Rd|Boulevard|Blvd|Lane|Ln|Drive|Court|Ct|Terrace|Square)"
_LETTERS_AND_DIGITS = r"(?=[A-Za-z-]{0,20}\d)[A-Za-z0-9][A-Za-z0-9-]{2,29}"
_ID_LABEL = (
    r"(?:(?:注文|予約|受付|会員|お客様|顧客|契約|伝票|追跡|問い?合わせ|口座|登録|製造|シリアル)(?:番号|No\.?|ID|コード)"
    r"|(?:order|booking|confirmation|tracking|ticket|account|customer|member(?:ship)?|reference|case|serial|invoice)"
    r"(?: ?(?:id|no\.?|number|code|#))|user ?(?:name|id)|ユーザー(?:名|ID))"
)
_SAYS = r"(?: ?(?:[:=#]|は|が|is) ?|[ ]){1,3}"

_RULES: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("EMAIL", re.compile(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,5}")),
    ("ADDRESS", re.compile(r"〒 ?\d{3}-?\d{4}[^\n。、」)]{0,60}")),
    ("ADDRESS", re.compile(rf"(?:(?<!\d)\d{{3}}-\d{{4}} ?)?{_PREFECTURE}[^\n。、\s]{{1,30}}?\d[^\n。、」)]{{0,30}}")),
    ("ADDRESS", re.compile(rf"(?<![\w-])\d{{1,5}} (?:[A-Z][A-Za-z]+ ){{1,3}}{_STREET}\b\.?(?:, ?[^\n.;]{{1,40}})?")),
    ("CARD", re.compile(r"(?<!\d)(?:\d[ -]?){12,18}\d(?!\d)")),
    (
        "SECRET",
        re.compile(rf"(?i:password|passcode|\bpin\b|暗証番号|パスワード){_SAYS}((?=[^\s、。]*\d)[!-~]{{3,40}})"),
    ),
    ("PHONE", re.compile(r"(?<![\d+-])\+ ?\d{1,3}[ -]?(?:\(?\d{1,4}\)?[ -]?){2,4}\d{2,4}(?!\d)")),
    ("PHONE", re.compile(r"(?<![\d-])\(?0\d{1,4}\)?[ -]?\(?\d{1,4}\)?[ -]\d{3,4}(?![\d-])")),
    ("PHONE", re.compile(r"(?<![\d-])0\d{1,4}\(\d{1,4}\)\d{4}(?!\d)")),
    ("PHONE", re.compile(r"(?<![\d-])0(?:[5-9]0\d{8}|\d{9})(?!\d)")),
    ("PHONE", re.compile(r"(?<![\d-])(?:1[ -.])?(?:\(\d{3}\) ?|\d{3}[ .-])\d{3}[ .-]\d{4}(?![\d-])")),
    (
        "ADDRESS",
        re.compile(r"(?:郵便番号|postal code|zip(?: code)?)(?: ?[:は]| is)? ?(\d{3}-?\d{4}|\d{5}(?:-\d{4})?)(?!\d)"),
    ),
    ("ID", re.compile(rf"(?i:{_ID_LABEL}){_SAYS}({_LETTERS_AND_DIGITS})")),
    ("ID", re.compile(r"(?<![A-Za-z0-9])#?(?:[A-Z]{1,6}-?\d{5,}[A-Z]?(?:-[A-Z0-9]+)*)(?![A-Za-z0-9])")),
    ("NUMBER", re.compile(r"(?<![\d.,¥$€£\\-])\d{7,}(?!\d| ?(?:円|yen|件|名|人|USD|JPY|dollars))")),
)
_COMPANY_LINES = re.compile(r"\D*0(?:120|570|800)")

_KANJI = r"[\u4e00-\u9fff々ヶ]"
_JA_NAME = rf"(?:{_KANJI}{{1,5}}[ ]?{_KANJI}{{0,4}}|[ァ-ヴー]{{2,10}}(?:[・ ][ァ-ヴー]{{2,10}})?)"
_NAMES: tuple[re.Pattern[str], ...] = (
    re.compile(rf"({_JA_NAME})(?=(?:様|さん|さま|氏)(?![々子式相態名症]))"),
    re.compile(r"([^\s、。,「」はがのを]{1,10}(?: [^\s、。,「」はがのを]{1,8})?)と(?:申し|もうし|言い|いい)ます"),
    re.compile(rf"担当の?({_KANJI}{{1,4}})(?=です|でござ|が|と)"),
    re.compile(r"(?:(?:お|ご)?(?:名前|氏名)|宛名|(?i:\b(?:full |first |last )?name)) ?[:：] ?([^\n、。,;()]{1,30})"),
    re.compile(
        r"(?i:\bmy (?:full )?name(?: is|'s|’s)|\bcall me) "
        r"(?i:((?!(?:not|on|in)\b)[a-z][\w'’-]*(?: (?!(?:and|but|from|at|i|my|the|with|for|so|please|on|in)\b)"
        r"[a-z][\w'’-]*){0,2}))"
    ),
    re.compile(r"(?:\bI am|\bI'm|\bI’m|\b[Tt]his is) ([A-Z][a-z'’-]+(?: [A-Z][a-z'’-]+){0,2})\b"),
    re.compile(r"\b(?:Mr|Ms|Mrs|Miss|Dr)\.? ([A-Z][a-z'’-]+(?: [A-Z][a-z'’-]+)?)"),
    re.compile(
        r"(?i:\b(?:hi|hello|hey|dear|thanks|thank you|welcome)),? ([A-Z][a-z'’-]+(?: [A-Z][a-z'’-]+)?)(?=[,.!\n]|$)"
    ),
)
_NOT_NAMES = frozenset("子客奥皆神王同仕模多異一左有母父兄姉弟妹孫嫁娘隣爺婆何各貴殿先") | frozenset(
    ("息子", "医者", "叔父", "叔母", "旦那", "店長", "部長", "課長")
)
_NOT_NAMES_AT_END = ("者", "員", "名", "客", "社", "店", "同", "仕", "模", "異", "態", "屋", "皆", "業")
_NOT_NAMES_EN = (
    frozenset(
        (
            "sorry",
            "happy",
            "glad",
            "not",
            "sure",
            "afraid",
            "very",
            "looking",
            "trying",
            "having",
            "unable",
            "still",
            "a",
        )
    )
    | frozenset(
        (
            "an",
            "the",
            "in",
            "on",
            "using",
            "just",
            "also",
            "now",
            "here",
            "so",
            "really",
            "there",
            "team",
            "all",
            "again",
        )
    )
    | frozenset(
        ("everyone", "sir", "madam", "customer", "support", "yes", "no", "ok", "okay", "great", "good", "agent", "back")
    )
)
_ASKS_NAME = re.compile(
    r"\byour (?:full |first |last )?name\b|お?(?:名前|氏名)(?!が|は.{0,4}(?:不要|変))", re.IGNORECASE
)
_ONLY_A_NAME = re.compile(r"[^\W\d_][\w'’.-]*(?:[ 　][^\W\d_][\w'’.-]*){0,2}")


def redact(text: str, names: Iterable[str] = ()) -> str:
    """The text with personal data replaced by placeholders; `names` are known ones, replaced wherever they stand."""
    plain = _plain(text)
    taken: list[tuple[int, int, str]] = []
    for kind, start, end in _found(plain, names):
        if all(end <= left or right <= start for left, right, _ in taken):
            taken.append((start, end, kind))
    parts, place = [], 0
    for start, end, kind in sorted(taken):
        parts += [text[place:start], f"[{kind}]"]
        place = end
    return "".join((*parts, text[place:]))


def names_in(turns: Iterable[tuple[str, str]]) -> set[str]:
    """The names that a conversation's (role, text) turns tell, by a rule or as the answer to "your name?"."""
    names: set[str] = set()
    asked = False
    for role, text in turns:
        if asked and role == "customer":
            answer = text.strip().strip(".。!！")
            if _ONLY_A_NAME.fullmatch(answer) and answer.lower() not in _NOT_NAMES_EN:
                names.add(answer)
        asked = role == "agent" and _ASKS_NAME.search(text) is not None
        plain = _plain(text)
        names.update(text[start:end] for start, end in _name_spans(plain))
    parts = {part for name in names for part in re.split(r"[ 　・]", name)}
    return {name.strip() for name in names | parts if len(name.strip()) > 1 and name.lower() not in _NOT_NAMES_EN}


def _plain(text: str) -> str:
    return _LONG_MARK.sub("-", text.translate(_PLAIN))


def _found(plain: str, names: Iterable[str]) -> Iterator[tuple[str, int, int]]:
    for kind, pattern in _RULES:
        for match in pattern.finditer(plain):
            group = 1 if pattern.groups else 0
            if _CHECKS.get(kind, _always)(match.group(group)):
                end = match.start(group) + len(match.group(group).rstrip())
                yield kind, match.start(group), end
    for start, end in _name_spans(plain):
        yield "NAME", start, end
    for name in sorted(names, key=len, reverse=True):
        for match in _whole(_plain(name)).finditer(plain):
            yield "NAME", match.start(), match.end()


def _name_spans(plain: str) -> Iterator[tuple[int, int]]:
    for pattern in _NAMES:
        for match in pattern.finditer(plain):
            name = match.group(1).strip()
            first = name.split(" ")[0].lower()
            if name and name not in _NOT_NAMES and first not in _NOT_NAMES_EN and not name.endswith(_NOT_NAMES_AT_END):
                yield match.start(1), match.start(1) + len(match.group(1).rstrip())


def _whole(name: str) -> re.Pattern[str]:
    edge = r"(?<![A-Za-z]){}(?![A-Za-z])" if name.isascii() else "{}"
    return re.compile(edge.format(re.escape(name)), re.IGNORECASE)


def _is_card(number: str) -> bool:
    digits = [int(digit) for digit in number if digit.isdigit()]
    doubled = (sum(divmod(2 * digit, 10)) for digit in digits[-2::-2])
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0 and len(set(digits)) > 1


def _is_personal_line(number: str) -> bool:
    return _COMPANY_LINES.match(number) is None and 9 <= sum(char.isdigit() for char in number) <= 15


def _always(_: str) -> bool:
    return True


_CHECKS: dict[str, Callable[[str], bool]] = {"CARD": _is_card, "PHONE": _is_personal_line}
