"""Takes personal data out of support logs before anything is stored: typed placeholders such as [EMAIL] stay.

Found by rule: e-mail addresses; telephone numbers, Japanese (full-width too) and international; postal codes with the
address that follows; Japanese addresses from a prefecture or a municipality to the house and the flat, and English
ones with a kind of street; payment cards (Luhn) and My Numbers (check digit); bank accounts (口座番号, 普通, IBAN);
public IP addresses; keys of programs; dates of birth, passwords, order and customer numbers where a label announces
them; plates of cars, British insurance numbers, handles and profiles that are said to be the writer's; other numbers of
seven digits and more, but for those in the address of a page for all; names with 様, さん, と申します, "my name is", a
title, a greeting or a label, known surnames that sign or stand after a department, and those names, with what follows
or precedes them in a whole name, wherever else the same conversation says them.

No rule can find: names that nothing announces ("Tanaka called me"), nicknames, companies, passwords without a digit,
codes of letters and digits that are read out in groups of two, places without a house number, addresses abroad whose
streets are not called so in English and that no postal code of the United States, Canada, Britain or Australia ends,
four digits that nothing calls the last of a number, ages, illnesses, and whatever tells who somebody is through its
meaning. A date of birth that nothing announces is a date. Rules also take too much at times: a product called AB12345
is an [ID] unless 型番 or "model" stands before it, and an office's number in a log is a [PHONE] unless it is one that
only companies have (0120, 0570, 0800, 1-800), "our support line" or お客様センター leads to it, or the operator
keeps it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from ingest.privacy import names as naming
from ingest.privacy.common import KANJI, Span
from ingest.privacy.numbers import number_spans
from ingest.privacy.redaction_rules import Rules, in_use
from ingest.privacy.tokens import token_spans
from ingest.privacy.words import worded_spans
from ingest.texts.extracts import Extract

# One character for one, so that what is found in the plain form stands at the same place in the text.
_PLAIN = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | dict.fromkeys(map(ord, "‐‑‒–—―−─ｰ﹣➖"), "-")
_PLAIN |= {ord("\u3000"): " ", ord("\u00a0"): " ", ord("\u2009"): " ", ord("\u202f"): " "}
_LONG_MARK = re.compile(r"([0-9])ー(?=[0-9])")
_PLACEHOLDER = re.compile(r"\[[A-Z][A-Z0-9_]*\]")

_LOCAL = re.compile(r"[A-Za-zÀ-ɏ0-9._%+'-]{1,64}$")
_DOMAIN = re.compile(
    r"(?:[A-Za-zÀ-ɏ0-9_-]{1,63}|[\u3040-\u30ff\u4e00-\u9fffA-Za-z0-9-]{1,30}(?=\.))(?:\.[A-Za-z0-9-]{1,63}){1,5}"
)
_REMOTE_PATH = re.compile(r":(?![0-9]{2,5}\b)[\w~.-]*/")  # git@example.com:group/project.git
_SPOKEN = re.compile(
    r"[A-Za-z0-9._%+-]{1,64}(?: dot [A-Za-z0-9._%+-]{1,30}){0,2}"
    r" ?(?:[\[(<{〔【](?:at|@|アット|アットマーク)[\])>}〕】]| at |アットマーク|アット|☆|★)"
    r" ?[A-Za-z0-9-]{1,63}"
    r"(?: ?(?:\[dot\]|\(dot\)| dot |ドット|\.) ?[A-Za-z0-9-]{2,63}){1,4}",
    re.IGNORECASE,
)
_PROVIDER = re.compile(
    r"(?<![\w@.])(?:[a-z][a-z._]{1,30} ?\d{1,6} ?(?:at ?)?|[a-z0-9._]{1,40})(?:gmail|hotmail|yahoo|outlook|icloud"
    r"|aol)\.? ?com\b",
    re.IGNORECASE,
)
_NAMED = r"[a-z0-9][a-z0-9._+-]{1,63}"  # the part before the @
_HOST = r"[a-z0-9-]{2,63}"
_TLD = r"(?:com|net|org|edu|info|biz|io|jp|uk|de|fr|in|us|ca|au|nz)"
_PROVIDERS = r"(?:gmail|hotmail|yahoo|outlook|icloud|aol|docomo|ezweb|softbank)"
_MAIL_LABEL = "(?:" + "|".join(
    rf"(?<=mail{what}{verb} )" for what in ("", " address", " id") for verb in ("", " is", ":")
) + ")"  # fmt: skip
_PARTED = re.compile(  # around the @ or before the last dot: "mary @ example.com", "mary@example .com", "mary@gmail"
    rf"(?<![A-Za-z0-9_.+-]){_NAMED} ?@ ?\n?(?:{_HOST}(?: ?\.{_HOST}){{0,3}} ?\. ?{_TLD}|{_PROVIDERS})(?![A-Za-z0-9_])",
    re.IGNORECASE,
)
_BEFORE_AT = re.compile(rf"(?<![\w.+-]){_NAMED}$", re.IGNORECASE)
_AFTER_AT = re.compile(rf"{_HOST}(?:\.{_HOST}){{0,3}}\.{_TLD}\b", re.IGNORECASE)
_AFTER_LABEL = re.compile(rf"{_MAIL_LABEL}$", re.IGNORECASE)
_WITHOUT_AT = re.compile(
    rf"{_MAIL_LABEL}(?!(?:my|the|a|on|in|to|at|is|via|from|with|and|or|our|your)\b){_NAMED} {_PROVIDERS}\.? ?com\b",
    re.IGNORECASE,
)
_MONTH = r"(?:jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)[a-z]{0,6}\.?"
_DAY = r"\d{1,2}(?:st|nd|rd|th)?"
_BORN = re.compile(
    r"\b(?:born(?: on)?|birthday|birth ?date|date of birth|d\.?o\.?b\.?)(?: is| was| on|:|,|=){0,3} "
    rf"(?P<date>(?:{_MONTH} {_DAY}|{_DAY}(?: of)? {_MONTH})\b(?:,? (?:19|20)\d\d\b)?"
    r"|\d{1,2}([./-])\d{1,2}\2(?:19|20)?\d\d\b)",
    re.IGNORECASE,
)
_BORN_JA = re.compile(
    r"(?<!\d)(?P<date>(?:(?:19|20)\d\d|(?:明治|大正|昭和|平成|令和|[MTSHR])\d{1,2})[年/.-] ?\d{1,2}[月/.-] ?\d{1,2}日?)"
    rf"(?: ?に)? ?生(?:ま?れ|(?![{KANJI}]))"
)
_MAYBE_BORN = re.compile(r"[日0-9] ?に? ?生")
_HARDWARE = re.compile(r"(?<![\w:-])[0-9A-Fa-f]{2}([:-])(?:[0-9A-Fa-f]{2}\1){4}[0-9A-Fa-f]{2}(?![\w:-])")  # MAC
_IPV6 = re.compile(
    r"(?<![0-9A-Za-z_:.])(?:[0-9A-Fa-f]{1,4}:){7}[0-9A-Fa-f]{1,4}(?![0-9A-Za-z_:])|(?<![0-9A-Za-z_:.])(?:2"
    r"|fe80|f[cd])[0-9A-Fa-f]{0,3}(?::[0-9A-Fa-f]{0,4}){2,7}(?![0-9A-Za-z_:])"
)


def redact(text: str, names: Iterable[str] = ()) -> str:
    """The text with personal data replaced by placeholders; `names` are known ones, replaced wherever they stand."""
    return redact_counted(text, names)[0]


def redact_counted(text: str, names: Iterable[str] = ()) -> tuple[str, Counter[str]]:
    """The text with personal data replaced by placeholders, and how many there are of each kind."""
    counts: Counter[str] = Counter()
    names = list(names)
    while found := find(text, names):
        counts.update(kind for kind, _, _ in found)
        text = _replaced(text, found)  # and once more: what stood beside may be told from its new neighbour
    return text, counts


def find(text: str, names: Iterable[str] = ()) -> list[Span]:
    """What would be replaced: (kind, start, end), from left to right, without overlaps."""
    rules = in_use()
    plain = _plain(text)
    spans = [span for span in _candidates(plain, names, rules) if span[0] not in rules.off]
    if not spans:
        return spans
    kept = [match.span() for match in rules.kept.finditer(plain)] if rules.kept else []
    taken = bytearray(len(plain))
    for match in _PLACEHOLDER.finditer(plain):
        taken[match.start() : match.end()] = b"\1" * (match.end() - match.start())
    result = []
    for span in spans:
        _, start, end = span
        if end > start and not any(taken[start:end]) and not any(a <= start and end <= b for a, b in kept):
            taken[start:end] = b"\1" * (end - start)
            result.append(span)
    return sorted(result, key=lambda span: span[1])


def names_in(turns: Iterable[tuple[str, str]]) -> set[str]:
    """The names that a conversation's (role, text) turns tell, by a rule or as the answer to "your name?"."""
    return naming.names_in((role, _plain(text)) for role, text in turns)


def redact_document(extract: Extract) -> Extract:
    """A document without personal data, conversations left as they are: their reader has redacted them."""
    counts = Counter(extract.redacted)

    def clean(text: str) -> str:
        redacted, more = redact_counted(text)
        counts.update(more)
        return redacted

    found = redacted_by(extract, clean)
    return replace(found, redacted=dict(counts))


def redacted_by(extract: Extract, clean: Callable[[str], str]) -> Extract:
    """A document whose words went through `clean`, conversations left as they are: their reader has redacted them."""
    sections = [
        replace(
            section,
            text=clean(section.text),
            question=None if section.question is None else clean(section.question),
            headings=tuple(map(clean, section.headings)),
        )
        if (section.kind or extract.kind) != "log"
        else section
        for section in extract.sections
    ]
    return replace(extract, title=clean(extract.title), sections=sections)


def _replaced(text: str, spans: Iterable[Span]) -> str:
    parts, place = [], 0
    for kind, start, end in spans:
        parts += [text[place:start], f"[{kind}]"]
        place = end
    return "".join((*parts, text[place:]))


def _plain(text: str) -> str:
    if text.isascii():
        return text
    plain = text.translate(_PLAIN)
    return _LONG_MARK.sub(r"\1-", plain) if "ー" in plain else plain


def _candidates(plain: str, names: Iterable[str], rules: Rules) -> Iterator[Span]:
    """Whatever a rule finds, the surer rules first."""
    for pattern in rules.patterns:
        for match in pattern.regex.finditer(plain):
            yield pattern.placeholder, match.start(), match.end()
    yield from _emails(plain)
    if plain.count(":") > 3:
        for match in _IPV6.finditer(plain):
            if sum(char.isdigit() for char in match.group()) > 1:
                yield "IP", match.start(), match.end()
    if plain.count(":") > 4 or plain.count("-") > 4:
        for match in _HARDWARE.finditer(plain):
            yield "ID", match.start(), match.end()
    for match in _BORN_JA.finditer(plain) if "生" in plain and _MAYBE_BORN.search(plain) else ():
        yield "BIRTHDATE", match.start("date"), match.end("date")
    lowered = plain.lower()
    if "birth" in lowered or "born" in lowered or "dob" in lowered or "d.o.b" in lowered:
        for match in _BORN.finditer(plain):
            yield "BIRTHDATE", match.start("date"), match.end("date")
    yield from token_spans(plain, lowered)
    yield from worded_spans(plain, lowered if len(lowered) == len(plain) else plain)
    yield from number_spans(plain)
    for start, end in naming.name_spans(plain):
        yield "NAME", start, end
    for start, end in naming.known_spans(plain, names):
        yield "NAME", start, end


def _emails(plain: str) -> Iterator[Span]:
    at = plain.find("@")
    while at >= 0:
        local = _LOCAL.search(plain[max(0, at - 64) : at])
        domain = _DOMAIN.match(plain, at + 1)
        if local is not None and domain is not None and _REMOTE_PATH.match(plain, domain.end()) is None:
            yield "EMAIL", at - len(local.group().lstrip("'.")), domain.end()
        at = plain.find("@", at + 1)
    lowered = plain.lower()
    if "@" in plain:
        for match in _PARTED.finditer(plain):
            if _REMOTE_PATH.match(plain, match.end()) is None:
                yield "EMAIL", match.start(), match.end()
    yield from _at_in_words(plain)
    if (
        " dot " in lowered
        or "(at)" in lowered
        or "[at]" in lowered
        or "アット" in lowered
        or "(@)" in lowered
        or "★" in lowered
        or "☆" in lowered
        or "〔at" in lowered
        or "【at" in lowered
    ):
        for match in _SPOKEN.finditer(plain):
            yield "EMAIL", match.start(), match.end()
    if ("com" in lowered and "mail" in lowered) or "yahoo" in lowered or "outlook" in lowered:
        for pattern in (_PROVIDER, _WITHOUT_AT):
            for match in pattern.finditer(plain):
                yield "EMAIL", match.start(), match.end()


def _at_in_words(plain: str) -> Iterator[Span]:
    """ "mary.jones at example.com": where the name is written as no word is, or a label stands before it."""
    at = plain.find(" at ")
    while at >= 0:
        host = _AFTER_AT.match(plain, at + 4)
        local = _BEFORE_AT.search(plain[max(0, at - 64) : at]) if host is not None else None
        if host is not None and local is not None:
            start = at - len(local.group())
            signs = local.group()
            written = any(map(str.isalpha, signs)) and any(sign in "._" or sign.isdigit() for sign in signs)
            if written or _AFTER_LABEL.search(plain[max(0, start - 20) : start]) is not None:
                yield "EMAIL", start, host.end()
        at = plain.find(" at ", at + 1)
