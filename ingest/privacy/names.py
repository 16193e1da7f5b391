"""Finds names where something announces them: 様, さん, と申します, a label, a title, a greeting, "my name is".

Nothing here knows what names are, but for the commonest Japanese surnames, which tell 佐藤です from 故障です.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from ingest.privacy.common import KANJI
from ingest.privacy.name_words import (
    KNOWN,
    NO_ANSWER,
    NO_PERSON,
    NOT_ENGLISH,
    NOT_LATIN,
    SURNAMES,
    is_hiragana_name,
    is_name,
    without_department,
)
from ingest.privacy.signers import fuller, latin_spans, signed_spans

_KANJI_NAME = rf"[{KANJI}]{{1,5}}(?: ?[{KANJI}]{{1,4}})?"
_KANA_NAME = r"[ァ-ヴー]{2,10}(?:[・ ][ァ-ヴー]{2,10})?|[ｦ-ﾟ]{3,16}(?: [ｦ-ﾟ]{2,12})?"
_CAPITAL = r"[A-ZÀ-ÖØ-ÞĀĂĄĆČĎĐĒĘĚĞĢĪĮİĶĻŁŃŅŇŌŐŒŔŘŚŞŠŤŪŮŰŲŹŻŽ]"
_LATIN_NAME = rf"{_CAPITAL}[\w'’-]*(?: {_CAPITAL}(?:[\w'’-]+|\.)){{0,3}}"
_HONORIFIC = re.compile(r"(?:様|さん|さま|氏|くん|ちゃん|殿)(?![々子式相態名症方便体造型])")
_BEFORE_HONORIFIC = re.compile(
    rf"(?:[{KANJI}]{{1,4}} [ぁ-ん{KANJI}]{{1,4}}|{_KANJI_NAME}|{_KANA_NAME}|{_LATIN_NAME}|(?<![ぁ-ん])[ぁ-ん]{{2,5}})"
    r"(?= ?$)"
)
_MIXED_NAME = re.compile(rf"(?:{'|'.join(SURNAMES)})[ぁ-ん]{{1,3}}[{KANJI}](?= ?$)")  # 佐藤くみ子
_SELF = re.compile(r"と(?:申し|もうし|言い|いい)ます|と申す|と申した")
_BEFORE_SELF = re.compile(
    rf"(?:{_KANJI_NAME}|{_KANA_NAME}|{_LATIN_NAME}|[{KANJI}]{{1,4}}[ぁ-んァ-ヴー]{{1,5}}"
    rf"|[ぁ-ん]{{2,6}}(?: [ぁ-ん]{{2,6}})?)$"
)
_OF_FAMILY = re.compile(  # 夫の健二の名前で
    r"(?:夫|妻|父|母|主人|家内|息子|娘|長男|次男|長女|次女|兄|弟|姉|妹|祖父|祖母)の"
    rf"((?!日)[{KANJI}]{{1,4}}|[ァ-ヴー]{{2,6}}|[ぁ-ん]{{2,5}})(?=の(?:名前|名義))"
)
_REPORTED = re.compile(  # customer Mary Hall phoned
    rf"\b(?:[Cc]ustomer|[Cc]aller|[Cc]lient|[Gg]uest|[Tt]enant) ({_CAPITAL}[\w'’-]+(?: {_CAPITAL}[\w'’-]+){{1,2}})"
    r" (?:phoned|called|rang|wrote|e-?mailed|asked|asks|said|says|wants|wanted|complained|reports|reported)\b"
)
_IN_CHARGE = re.compile(
    rf"担当(?:者|させていただきます|いたします)?(?:は|の|、)? ?([{KANJI}]{{1,4}})(?=です|でござ|が|と|に|。|$)"
)
_SAYS_WHO = re.compile(r"です(?:[。、!！\n]|$)|でございます|宛|まで(?:ご連絡|お電話)|より(?:[、。\n]|$)")
_BEFORE_SAYS = re.compile(
    rf"(?:(?:私|わたし|僕|俺)[は、]|^|[\n。！!？?、 の「は])((?:[{KANJI}]{{1,5}})(?: ?[{KANJI}ぁ-んァ-ヴ]{{1,4}})?)$"
)
_LABEL = re.compile(  # begins with letters alone, so that the search for it is quick
    r"(?:名前|氏名|宛名|名義人?|契約者名?|予約者名?|注文者名?|申込者名?|使用者名?|フリガナ|ふりがな|届け先名?"
    r"|受取人|担当者名?|旧姓|新姓|name|Name|NAME)"
    r"(?:\([^()\n]{1,8}\))?(?: ?[:=] ?|[はが][、 ]?| is | (?=[A-Z]{2}))(?=[^\s\d])"
)
# In quotation marks: 宛名を「株式会社みのり企画」として. A customer's company tells who the customer is.
_QUOTED = re.compile(
    r"(?:宛名|宛て?先|名義|会社名|法人名|団体名|屋号)(?:[はをがもに]|: ?)?"
    r"[「『]((?!上様|御中)[^」』\n>＞→]{2,30})[」』]"  # 「Settings > Company」 is a place in a menu
)
# Told by a label and a space, or of oneself: a surname that is known, or two words of katakana.
_TOLD_PLAINLY = re.compile(
    r"(?:(?:名前|氏名|宛名|名義人?|契約者名?|予約者名?|注文者名?|届け先名?|受取人|フリガナ|ふりがな)[ \t]+"
    r"|(?:私|わたし|僕)は ?)"
    rf"((?:{'|'.join(SURNAMES)})(?: ?[{KANJI}ぁ-んァ-ヴー]{{1,4}})?|[ァ-ヴー]{{2,8}}[ ・][ァ-ヴー]{{2,8}})"
    r"(?=$|[\n 、。,)）]|です|と申|様)"
)
_OF_ADDRESS = re.compile(rf"({_LATIN_NAME}|{_KANJI_NAME}|{_KANA_NAME})\"? ?<[^<>@\s]{{1,64}}@")  # Mary Hall <m@…>
_FULL_NAME = re.compile(  # a surname that is known, a space and a given name, with nothing else about them
    rf"(?:(?<=[\n:】、。])|^) ?((?:{'|'.join(SURNAMES)}) [{KANJI}]{{1,3}}(?<![県市区町村駅店港校課部所院館]))"
    r"(?=$|[\n 、,(]|様|さん|です|宛)",
    re.MULTILINE,
)
_CORPORATION = ("株式会社", "有限会社", "合同会社", "(株)", "(有)")
_SLOT = re.compile(
    rf"(?:{_KANJI_NAME}|{_KANA_NAME}|[{KANJI}]{{1,4}}[ぁ-んァ-ヴー]{{1,5}}(?=です|。|、|\s|$)"
    rf"|[ぁ-ん]{{2,6}} [ぁ-ん]{{2,6}}|[ァ-ヴー]{{2,16}}"
    rf"|[A-Z][A-Z'-]+(?: [A-Z][A-Z'-]+){{1,2}}|{_LATIN_NAME}|[a-z][a-z'’-]+(?: [a-z][a-z'’-]+)?(?=[.,\n]|$))"
    rf"(?=様|さん|です|で|と|に|。|、|[,.;/()）\s]|の|となって|$)"
)
_TOLD = re.compile(  # after "my name is", in whatever case
    r"(?!(?:not|on|in|appears|is|and|to|was|at|when|if|as)\b)[^\W\d_][\w'’-]*"
    r"(?: (?!(?:and|but|from|at|i|my|the|with|for|so|please|on|in|is|last|account|phone|email|mobile|ssn"
    r"|number|card)\b)"
    r"[^\W\d_](?:[\w'’-]+|\.)?){0,3}"
)
_WHOLE_NAME = re.compile(rf"{_CAPITAL}[\w'’-]+(?: {_CAPITAL}[\w'’.-]*){{1,2}}")
_WHOLE_NAME_JA = re.compile(rf"[{KANJI}]{{1,4}} [{KANJI}ぁ-んァ-ヴ]{{1,4}}")
_CAPITALISED = re.compile(_LATIN_NAME)
_TITLED = re.compile(rf"(?:(?:van|von|de|der|den|la|le|di|da|dos|del|bin) ){{0,3}}{_LATIN_NAME}")  # Mr. van der Berg
_GREETED = re.compile(rf"{_LATIN_NAME}(?=[,.!?:\n]|$)")
# What leads to a name, in lower case, and how the name after it must look.
_LEADS: tuple[tuple[str, re.Pattern[str]], ...] = (
    *((f"name{verb} ", _TOLD) for verb in (" is", "'s", "’s")),
    ("call me ", _TOLD),
    ("name ", _TOLD),
    *((lead, _CAPITALISED) for lead in (
        "i am ", "i'm ", "i’m ", "this is ", "on behalf of ", "attention ", "attn ", "attn: ", "signed ",
        "signed, ", "signed by ",
        *(
            f"{bye}{parted}"
            for bye in ("sincerely", "regards", "cheers", "best", "wishes", "faithfully", "yours")
            for parted in (", ", ",\n", ",\n\n", "\n", "\n\n")
        ),
        "thanks,\n", "thanks,\n\n", "thank you,\n", "thank you,\n\n", "speaking with ", "speaking to ",
        "account holder ", "account holder: ", "account holder is ", "cardholder ", "cardholder: ", "caller: ",
        "customer: ", "requester: ", "contact: ", "recipient: ", "passenger: ", "guest: ",
        *(
            f"{who}{sign}s name, "
            for who in ("wife", "husband", "partner", "mother", "father", "son", "daughter", "sister", "brother")
            for sign in "'’"
        ),
    )),
    *((lead, _TITLED) for lead in (
        "mr ", "mr. ", "ms ", "ms. ", "mrs ", "mrs. ", "miss ", "dr ", "dr. ", "prof ", "prof. ", "mx ", "mx. ",
        "professor ",
    )),
    *((lead, _GREETED) for lead in (
        "hi ", "hi, ", "hello ", "hello, ", "hey ", "hey, ", "dear ", "thanks ", "thanks, ", "thank you ",
        "thank you, ", "welcome ",
        "welcome, ", "morning ", "morning, ", "afternoon ", "afternoon, ", "evening ", "evening, ", "sorry, ",
        "bye ", "goodbye ",
    )),
)  # fmt: skip
_BY_WORD: dict[str, list[tuple[str, re.Pattern[str]]]] = {
    word: [lead for lead in _LEADS if lead[0].split()[-1] == word] for word in {lead.split()[-1] for lead, _ in _LEADS}
}
_WORD = re.compile(r"[a-z'’]+[.,:]?")
_BEFORE_BARE_NAME = ("\n", ", ", "details ", "and ")
_NOT_OF_PEOPLE = (
    "city ",
    "company ",
    "file ",
    "user",
    "user ",
    "product ",
    "brand ",
    "domain ",
    "host",
    "business ",
    "shop ",
    "store ",
)
_TRAILED = (" speaking", " here")
_BEFORE_TRAILED = re.compile(rf"(?:^|[.,!?\n:] ?)({_LATIN_NAME})$")
_ASKS_NAME = re.compile(  # "in your name" asks for none
    r"(?<!\b(?:in|on) )(?<!\b(?:to|as) )(?<!\bunder )\byour (?:full |first |last )?name\b"
    r"|お?(?:名前|氏名)(?!が|は.{0,4}(?:不要|変))",
    re.IGNORECASE,
)
_ONLY_A_NAME = re.compile(
    r"(?:my name is |i'm |im |it's |this is |私は)?([^\W\d_][\w'’.-]*(?:[ 　][^\W\d_][\w'’.-]*){0,2}?)(?:です"
    r"|と申します)?",
    re.IGNORECASE,
)


def name_spans(plain: str) -> Iterator[tuple[int, int]]:
    """Where names stand in a text in its plain form."""
    if not plain.isascii():
        yield from _japanese(plain)
        yield from signed_spans(plain)
    yield from _latin_names(plain)
    for start, end in latin_spans(plain):
        if (span := _english(plain, start, end)) is not None:
            yield span
    for match in _QUOTED.finditer(plain):
        if is_name(match.group(1), "") or any(sign in match.group(1) for sign in _CORPORATION):
            yield match.span(1)
    for match in _TOLD_PLAINLY.finditer(plain):
        yield match.span(1)
    if "<" in plain and "@" in plain:
        for match in _OF_ADDRESS.finditer(plain):
            yield match.span(1)
    if not plain.isascii():
        for match in _FULL_NAME.finditer(plain):
            yield match.span(1)
    for match in _LABEL.finditer(plain):
        slot = _SLOT.match(plain, match.end())
        if (
            slot is not None
            and is_name(slot.group(), "")
            and not plain[max(0, match.start() - 10) : match.start()].lower().endswith(_NOT_OF_PEOPLE)
        ):
            yield slot.span()


def people(told: Iterable[object]) -> set[str]:
    """The names that a field says are somebody's: whole, and by a surname that is known; "Support" is nobody's."""
    names: set[str] = set()
    for name in told:
        plain = re.sub(r"\([^()]*\)|[,、].*", "", name) if isinstance(name, str) and "@" not in name else ""
        words = without_department(" ".join(plain.split())).split()
        if not 0 < len(words) < 5 or any(word.lower() in NO_PERSON for word in words):
            words = [word for word in words if word.startswith(SURNAMES) and len(word) > 1]
            names.update(words)
            continue
        whole = " ".join(words)
        latin = all(map(str.isascii, words))
        if len(words) > 1 if latin else len(whole) > 2 or whole in KNOWN:
            names.add(whole)
        if not latin:
            names.update({whole.replace(" ", ""), *(word for word in words if word in KNOWN and len(word) > 1)})
    return names


def names_in(turns: Iterable[tuple[str, str]]) -> set[str]:
    """The names that a conversation's (role, plain text) turns tell, by a rule or as the answer to "your name?"."""
    names: set[str] = set()
    asked = False
    turns = list(turns)
    for role, text in turns:
        if asked and role == "customer":
            answer = _ONLY_A_NAME.fullmatch(text.strip().strip(".。!！"))
            first = re.split(r"[ 　]", answer.group(1))[0].lower() if answer is not None else ""
            if answer is not None and not {first, answer.group(1).lower()} & (NOT_ENGLISH | NO_ANSWER):
                names.add(answer.group(1))
        asked = role == "agent" and _ASKS_NAME.search(text) is not None
        names.update(text[start:end] for start, end in name_spans(text))
    # A line that is a name that is known and more: "Hi Melissa," tells who signs as "Melissa Grant".
    signed = {line.strip() for _, text in turns for line in text.splitlines() if _WHOLE_NAME.fullmatch(line.strip())}
    names |= {line for line in signed if line.split()[0] in names}
    if names and any(not name.isascii() for name in names):
        lines = (line.strip() for _, text in turns for line in text.splitlines())
        names |= {line for line in lines if _WHOLE_NAME_JA.fullmatch(line) and line.split()[0] in names}
    names |= fuller([text for _, text in turns], names)
    parts = {part for name in names for part in re.split(r"[ 　・]", name)}
    return {name.strip() for name in names | parts if len(name.strip()) > 1 and name.lower() not in NOT_ENGLISH}


def known_spans(plain: str, names: Iterable[str]) -> Iterator[tuple[int, int]]:
    """Wherever else these names stand; Latin ones only as whole words, in whatever case."""
    lowered = plain.lower()
    if len(lowered) != len(plain):
        lowered = plain
    for name in sorted(names, key=len, reverse=True):
        wanted = name.lower()
        if not wanted:
            continue
        place = lowered.find(wanted)
        while place >= 0:
            end = place + len(wanted)
            if not (_latin(wanted[0]) and _latin(lowered[place - 1 : place])) and not (
                _latin(wanted[-1]) and _latin(lowered[end : end + 1])
            ):
                yield place, end
            place = lowered.find(wanted, end)


def _latin(char: str) -> bool:
    return char.isalpha() and char < "\u0250"


def _japanese(plain: str) -> Iterator[tuple[int, int]]:
    for match in _HONORIFIC.finditer(plain):
        floor = max(0, match.start() - 22)
        words = plain[floor : match.start()]
        name = _MIXED_NAME.search(words) if "ぁ" <= words[-2:-1] <= "ん" else None
        name = name or _BEFORE_HONORIFIC.search(words)
        if name is None:
            continue
        word = without_department(name.group())
        start = floor + name.end() - len(word)
        before = plain[start - 1 : start]
        if "ぁ" <= word[0] <= "ん":
            if match.group() == "様" or not is_hiragana_name(word, before):
                continue
        elif not is_name(word, before):
            continue
        yield start, floor + name.end()
    if "ます" in plain or "と申" in plain:
        for match in _SELF.finditer(plain):
            floor = max(0, match.start() - 22)
            name = _BEFORE_SELF.search(plain[floor : match.start()])
            told = match.group().startswith(("と申", "ともうし")) or re.search(
                rf"(?:私|わたし|僕|名前)(?:は|、)?{re.escape(name.group()) if name else ''}$",
                plain[floor : match.start()],
            )
            if name is not None and told and name.group() not in ("何", "なん"):
                yield floor + name.start(), floor + name.end()
    if "の名" in plain:
        for match in _OF_FAMILY.finditer(plain):
            yield match.span(1)
    if "担当" in plain:
        for match in _IN_CHARGE.finditer(plain):
            if is_name(match.group(1), ""):
                yield match.span(1)
    for match in _SAYS_WHO.finditer(plain):
        floor = max(0, match.start() - 10)
        who = _BEFORE_SAYS.search(plain[floor : match.start()])
        if who is not None and _begins_with_surname(who.group(1)):
            yield floor + who.start(1), floor + who.end(1)


def _begins_with_surname(words: str) -> bool:
    """Of one character only where nothing follows: 林です, not 原因です."""
    surname, _, _ = words.partition(" ")
    return words in KNOWN or surname in KNOWN or words[:2] in KNOWN or words[:3] in KNOWN


def _latin_names(plain: str) -> Iterator[tuple[int, int]]:
    lowered = plain.lower()
    if len(lowered) != len(plain):
        lowered = plain
    leads = [lead for word in _BY_WORD.keys() & _WORD.findall(lowered) for lead in _BY_WORD[word]]
    for lead, slot in leads:
        place = lowered.find(lead)
        while place >= 0:
            end = place + len(lead)
            if not lowered[place - 1 : place].isalpha() or not _latin(lowered[place - 1]):
                name = slot.match(plain, end)
                before = lowered[max(0, place - 10) : place]
                misled = before.endswith(_NOT_OF_PEOPLE) if lead[0] == "n" else False
                if lead == "name " and before and not before.endswith(_BEFORE_BARE_NAME):
                    misled = True
                if lead == "signed " and before.rstrip(" ")[-1:].isalnum():  # a properly signed JSON Web Token
                    misled = True
                if name is not None and not misled:
                    span = _english(plain, *name.span())
                    if span is not None:
                        yield span
            place = lowered.find(lead, end)
    for match in _REPORTED.finditer(plain):
        if not any(word in NOT_LATIN for word in match.group(1).lower().split()):
            yield match.span(1)
    for trail in _TRAILED:
        place = lowered.find(trail)
        while place >= 0:
            floor = max(0, place - 40)
            name = _BEFORE_TRAILED.search(plain[floor:place])
            if name is not None and (span := _english(plain, floor + name.start(1), floor + name.end(1))) is not None:
                yield span
            place = lowered.find(trail, place + 1)


def _english(plain: str, start: int, end: int) -> tuple[int, int] | None:
    words = plain[start:end].split(" ")
    while words and words[-1].lower().strip(".") in NOT_LATIN:
        words.pop()
    if not words or words[0].lower() in NOT_LATIN:
        return None
    return start, start + len(" ".join(words).rstrip(".'’-"))
