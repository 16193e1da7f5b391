"""Reads support conversations: from each resolved one, the customer's problem and what the agent said to solve it.

Personal data is taken out here, before anything leaves the reader.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePath

from ingest.logs.replies import subject_of, unquoted, unsigned, without_device
from ingest.privacy.own_contacts import OwnContacts
from ingest.texts.extracts import Extract, Section
from ingest.texts.questions import asks
from knowledge.counting import counted, some
from knowledge.language.sentences import split_sentences

ROLES = {
    "customer": "customer", "user": "customer", "client": "customer", "visitor": "customer", "end-user": "customer",
    "end user": "customer", "enduser": "customer", "requester": "customer", "contact": "customer", "lead": "customer",
    "エンドユーザー": "customer", "エンドユーザ": "customer", "リクエスタ": "customer", "リクエスター": "customer",
    "依頼者": "customer", "問い合わせ者": "customer", "会員": "customer", "利用者": "customer", "お客さま": "customer",
    "顧客": "customer", "お客様": "customer", "客": "customer", "ユーザー": "customer",
    "agent": "agent", "assistant": "agent", "operator": "agent", "staff": "agent", "support": "agent", "admin": "agent",
    "エージェント": "agent", "管理者": "agent", "店舗": "agent", "回答者": "agent", "representative": "agent",
    "担当者": "agent", "担当": "agent", "オペレーター": "agent", "スタッフ": "agent", "サポート": "agent",
}  # fmt: skip
RESOLVED = frozenset(
    ("", "resolved", "closed", "solved", "done", "complete", "completed", "fixed")
) | frozenset(("解決", "解決済", "解決済み", "完了", "対応済", "対応済み", "対応完了", "クローズ", "終了",
    "済", "処理済", "処理済み", "回答済", "回答済み"))  # fmt: skip
PRIVATE = frozenset(
    ("true", "1", "yes", "y", "private", "internal", "internal note", "note", "はい", "○", "非公開", "内部", "内部メモ")
) | frozenset(("社内", "社内メモ", "メモ", "社内のみ"))
PROBLEM_LENGTH = 12  # characters: "返金できますか" says enough, "はい" does not; shorter ones wait for the next turn
LONGEST_PROBLEM = 600  # characters of the customer's account that serve to find it
LONG = 600  # characters that the agents said: a longer conversation falls into the questions that it answered

_GREETING = re.compile(
    r"(?:hi+|hai|hello|hey|dear|good (?:morning|afternoon|evening|day)|greetings|welcome|thanks?|thank you|thx|bye"
    r"|cheers|goodbye|no problem|you(?:'|’)re welcome)\b[^.!?]{0,40}[.!,]*"
    r"|(?:ok(?:ay)?|sure|great|perfect|yes|no)"  # with more behind it, this is an answer: "Yes, we ship to Canada."
    r"(?:,? (?:please|thanks?|thank you|sir|ma(?:'|’)?am|of course|there|good|i see|i understand|got it))*[.!,]*"
    r"|(?:こんにち[はわ]|こんばん[はわ]|おはよう(?:ございます)?|はじめまして|初めまして|お世話になっ[^。]{0,12}"
    r"|お疲れ様です|(?:いつも|この度は|先日は)?、?ありがとう(?:ございま(?:す|した))?|どうも|はい|いいえ|了解(?:です|しました)?"
    r"|(?:どうぞ|何卒|引き続き|今後とも|お手数(?:です|をおかけします)が|恐れ入りますが)?[、]?(?:よろ|宜)しく[^。]{0,12}"
    r"|承知(?:しま|いたしま|致しま)した|かしこまりました|わかりました|分かりました|失礼(?:いた)?します"
    r"|[^\s。、]{1,12}(?:[ 　][^\s。、]{1,8})? ?様)[。！!、]*",
    re.IGNORECASE,
)
_LEADING = re.compile(
    r"^(?:(?:hi|hello|hey|dear|good (?:morning|afternoon|evening))(?: (?-i:[A-Z][\w'’-]{0,20})[,.!]+ ?"
    r"|(?: (?:there|team|all|\[NAME\]))?[,.! ]+)"  # "Hey Paid for a year …" greets nobody
    r"|(?:こんにちは|こんばんは|おはようございます|お世話になっております|すみません(?:が)?)[。、！! 　]+)+",
    re.IGNORECASE,
)
_OF_WHOM = r"(?:full|first|last|order|account|phone|e-?mail|member(?:ship)?|customer|booking|tracking)"
_WHO = r"(?:name|e-?mail(?: address)?|(?:phone |order |account |id )?number|address|zip(?: ?code)?|postcode|id|details)"
# Said by agents in every conversation; tells nothing about this one.
_COURTESY = re.compile(
    r"^(?:please )?(?:(?:i )?hope|let (?:me|us) know (?:if|whether)) (?:this|that|it) (?:helps|works)\b"
    r"|^(?:今後とも|引き続き)[^。]{0,24}(?:よろ|宜)しくお?願"
    r"|how (?:can|may) i (?:help|assist)|anything else|thank(?:s| you) (?:for|so|very)|have a (?:nice|great|good)"
    r"|glad (?:to|i)\b|happy to help|one moment|please (?:wait|hold)(?: on)?(?: for)?(?: a| one)?"
    r"(?: moment| minute| second|[.,!]|$)|bear with me|let me (?:check|look|see|pull)"
    rf"|my pleasure|(?:may|can|could) i (?:have|get|ask|know) (?:for )?(?:the|your)|what(?:'s| is) your {_WHO}"
    rf"|(?:provide|confirm|share|give)(?: me| us)?(?: with)? your (?:{_OF_WHOM} )?{_WHO}\b"
    r"(?! (?:change|in|on|at|under)\b)"
    rf"|i(?:'d| would) (?:just )?need your (?:{_OF_WHOM} )?{_WHO}"
    r"|^(?:(?:i(?:'|’)m |i am )?(?:sorry|afraid),? (?:but )?)?(?:i|we) "
    r"(?:have no|(?:do not|don(?:'|’)t) have(?: any| enough)?|can(?:not| not|(?:'|’)t) find(?: any)?"
    r"|could(?: not|n(?:'|’)t) find(?: any)?) (?:specific )?information"
    r"|i(?:'m| am) sorry to hear|(?:^|i |we |my )apologi[sz]e"
    r"|^[^。]{0,20}おめでとうございま|お問い?合わせ(?:いただき|ありがとう|、?誠に)|ありがとうございま"
    r"|^(?:それでは|では|ただいま|只今|恐れ入りますが)?[、]?(?:少々|(?:今)?しばらく)お待ち"
    r"|確認(?:いた|致)?します(?:ので|。|$)|(?:他|ほか)に(?:ご不明|何か|ご質問|お困り)|ご不明な点|お気軽に"
    r"|(?:お名前|ご住所|電話番号|ご注文番号|会員番号)を(?:お聞かせ|教えて|伺|お伺い|いただ)"
    r"|^(?:dear|hello|hi) (?:mrs?|ms|mx|dr|prof)\b\.?[^.!?]{0,40}$"
    r"|お待たせ(?:いた|致)?しました|お役に立て|^(?:\S{1,12}の)?\[NAME\](?:です|でございます)。?$"
    r"|申し訳(?:ございません|ありません)(?:。|$)|お世話になっております|と申します。?$|^(?:かしこまりました|承知)"
    r"|we(?:'ve| have) received your|(?:will|shall) (?:reply|respond|get back)[^.]{0,30} within|automat(?:ed|ic) reply"
    r"|(?:解決済み?|クローズ|完了|終了)(?:と|に)(?:させて|いたし|致し)|"
    r"(?:mark|clos)(?:ed|ing|e) (?:this|the|your) (?:ticket|case|request)"
    r"|自動(?:応答|返信|送信|配信)|受け付け(?:いた|致)?しました(?:。|$)"
    r"|(?:will|shall|(?:'|’)ll) (?:\w+ )?(?:come|get) back to you\b|keep you (?:posted|updated|informed)"
    r"|sorry (?:for|about) (?:the|any|this|that|your) (?:long|inconvenience|trouble|wait|delay|confusion)\b"
    r"|(?:お|御)?(?:繋|つな)ぎ(?:いた|致)?します|(?:また|次回|今後)の?ご(?:利用|来店)を|^こちらこそ|ご(?:心配|迷惑|不便)をお?(?:掛け|かけ)(?:いた|して)"
    r"|(?:改めて|折り返し|追って)[^。]{0,12}ご?(?:連絡|返信|回答)(?:いた|致|させて|を差し上げ)"
    r"|satisfaction survey|rate (?:this|our) (?:conversation|chat|service|support)|アンケートに(?:ご協力|お答え)"
    r"|(?:担当|窓口|サポート|センター|デスク|店)の?[^。、はが]{0,12}で(?:す|ございます)。?$",
    re.IGNORECASE,
)
_DISCLAIMER = re.compile(  # below the mails of companies
    r"(?:e-?mail|message|communication|attachments?)\b.{0,80}\b(?:confidential|privileged|intended (?:only|solely))"
    r"|if you (?:are not the intended|have received this (?:e-?mail|message))|intended recipient"
    r"|(?:本|この)(?:メール|電子メール)[^。]{0,40}(?:機密|秘密|誤って|宛先以外)|誤って(?:受信|届い)[^。]{0,30}(?:破棄|削除)",
    re.IGNORECASE,
)
_OF_DISCLAIMERS = ("onfidential", "rivileged", "ntended", "if you have", "If you have", "メール", "誤って")
# "Hi, this is Ken from the service desk." In small letters it may be about the matter: "This is covered."
_PRESENTING = re.compile(
    r"(?:(?i:hi|hello|hey|good (?:morning|afternoon|evening))[,!. ]+)?(?i:this is|my name is|i(?:'|’)m|i am) "
    r"(?:\[[A-Z]+\]|[A-Z][a-z'’-]+)(?: [A-Z][a-z'’-]+)?(?:,? (?:here|from|with|at|of|in)\b[^.!?]{0,50})?[.!]*"
)
# "Kind regards," on a line of its own, and who signs: what follows in a few short lines.
_SIGNED = re.compile(
    r"\n[ \t]*(?:(?:kind|best|warm|many)(?:est)? )?(?:regards|wishes|sincerely(?: yours)?|cheers|(?:all the )?best|敬具"
    r"|yours (?:sincerely|faithfully|truly))(?:[,.]|, ?[^\n?.!]{1,40}\.?)?[ \t]*(?:\n[^\n]{0,90}){0,7}\s*$"
    r"|\n[ \t]*(?:many )?(?:thanks|thank you|thx)(?: again| so much| in advance)?[,.!]?[ \t]*(?:\n[^\n?]{0,50}){1,6}"
    r"\s*$",
    re.IGNORECASE,
)
# よろしくお願いいたします。 at the end of a line; below it somebody may sign: a shop and a name, in short lines.
_CLOSING_JA = re.compile(r"(?:よろ|宜)しくお?(?:願|ねが)い[^。\n]{0,10}[。！!]?[ \t\u3000]*$", re.MULTILINE)
_SIGNS_JA = re.compile(r"(?!.*[：:〒@。、0-9０-９]).{0,40}")
# Lines of a business signature. Where somebody can be reached tells of one only beside who it is: a number alone may be
# what the customer was told to call.
_REACHED = (
    r"(?:〒|(?:tel|fax|phone|電話|mail|e-?mail|メール|url|web|hp|受付時間|営業時間|住所)[ 　]*[:：.]"
    r"|(?:tel|fax|phone|電話)[ 　]*[\d０-９+(（].{0,40}$"
    r"|https?://\S+$|[\d０-９()（）+ ‐-―－-]{9,20}$|\S+@\S+$|\[[A-Z]+\]$)"
)
_WHO_SIGNS = (
    r"(?:[^。、はがをに]{1,20}(?:株式|有限|合同)会社[ 　][^。、]{1,20}$"
    r"|(?:担当(?:者)?|文責|署名)[ 　]*[:：]|(?:株式|有限|合同)会社[^。]*$|.{0,30}(?:株式|有限|合同)会社$"
    r"|[^。]{0,20}(?:カスタマーサポート|サポート(?:センター|係|窓口)|お客[様さ]ま?(?:センター|窓口|係))$"
    r"|(?:カスタマー)?サポート(?:担当)?[ \u3000]+[\u4e00-\u9fff]{1,6}$|(?:\[NAME\][ ,]*)+$"
    r"|[^.!?]{1,40} (?:K\.K|Inc|Ltd|LLC|GmbH)\.?$|[-=_*~─━―＝－＊]{2,}$)"
)
_SIGNATURE_LINE = re.compile(rf"{_REACHED}|{_WHO_SIGNS}", re.IGNORECASE)
_SIGNER = re.compile(_WHO_SIGNS, re.IGNORECASE)
# What says so of the lines that follow: where to send something, or whom to call, is part of the answer.
_LEADS_TO = re.compile(
    r"[:：]$|[先宛]|あて|(?<!その)[下次]の|以下|下記|こちら(?!こそ)|\b(?:address|addressed|below|following|send|ship|mail|return|call)\b",
    re.IGNORECASE,
)
# "Jonas", below a blank line at the end of what was said.
_NAME_BELOW = re.compile(
    r"(?<=[.!?)])[ \t]*\n[ \t]*\n[ \t]*(?:[-–—] ?)?[A-Z][a-z'’-]+(?: [A-Z][a-z'’-]*\.?){0,2}[ \t]*$"
)
# What follows at once explains it, and may not say it again. A "Yes." is left out: to a question that is only near, it
# would promise what nobody asked the agent.
_NO = re.compile(r"(?:no|いいえ)[.!。！]*", re.IGNORECASE)
_PRESENTS_ITSELF = re.compile(  # "The lid does not close. Bruno", お世話になっております。佐藤です。
    r"^(?:\[NAME\](?:です|と申します|でございます)[。、]?\s*)|(?<=[.!?。！？\n])\s*(?:\[(?:NAME|PHONE|EMAIL)\][ ,.]*)+$"
)
_SPEAKS = re.compile(  # 佐藤様、梅田です。 before an answer, a name on a line of its own below it
    r"^(?:\[NAME\] ?(?:様|さん|さま)[、。,]?\s*)?\[NAME\](?:です|でございます|と申します)[。、]\s*|\n\s*\[NAME\][.,]?$"
)
_PROGRAM = re.compile(
    r"\bbot\b|ボット|自動応答|応答メッセージ|あいさつメッセージ|自動返信"
    r"|\bauto(?:matic|mated)?[- ]?(?:reply|response|process)\b",
    re.IGNORECASE,
)
_MEDIA = re.compile(  # what chats write in the place of a picture
    r"(?:スタンプ|写真|画像|動画|ファイル|音声|ボイスメッセージ|位置情報)(?:が|を)送信(?:されました|しました)[。]?"
    r"|[\[(<](?:スタンプ|写真|画像|動画|ファイル|sticker|photo|picture|image|video|file|attachment)[\])>]",
    re.IGNORECASE,
)
LONGEST_SIGNATURE, SHORT_LINE = 10, 60  # lines, and letters of each below a rule
_RULED = re.compile(r"[-=_*~─━―＝－＊]{4,}")


@dataclass(frozen=True, slots=True)
class Turn:
    """One message."""

    role: str  # customer or agent; anything else was left out
    text: str


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation as its file tells it."""

    id: str
    turns: Sequence[Turn]
    status: str = ""
    lang: str | None = None
    row: int | None = None  # where it begins in the file
    updated: str | None = None  # the day on which it was closed, or the last message written: ISO 8601
    people: frozenset[str] = frozenset()  # names that its fields tell, whatever they are written in
    subject: str = ""  # the problem, where the customer wrote nothing else


def role_of(told: str) -> str:
    """Who speaks, by a word for them: customer, agent, or "" where it is no such word."""
    return ROLES.get(plain(told), "")


def plain(told: str) -> str:
    """A word of a log as it is looked up: whatever its width and its case."""
    return unicodedata.normalize("NFKC", told).strip().lower()


def is_role(told: str) -> bool:
    """Whether it says who speaks, as "agent" does and a name does not."""
    return bool(role_of(told))


def is_program(name: str) -> bool:
    """Whether it names what answers by itself: "Order Bot", 応答メッセージ."""
    return _PROGRAM.search(name) is not None


def turn(role: object, text: object, private: object = False) -> Turn | None:
    """A message of a customer or an agent; None for bots, systems, actions and private notes."""
    known = role_of(str(role or ""))
    said = unsigned(unquoted(without_device(str(text or "").strip())))
    if _MEDIA.fullmatch(said):
        return None
    hidden = private is True or str(private).strip().lower() in PRIVATE
    return Turn(known, said) if known and said and not hidden else None


def extract(conversations: Iterable[Conversation], name: str) -> Extract:
    """One section a resolved conversation: its problem as the question, what solved it as the text.

    A long conversation that answered several questions has one for each of them, under the first.
    """
    result = Extract(PurePath(name).stem, "log", [])
    unresolved: Counter[str] = Counter()
    one_sided: list[str] = []
    empty: list[str] = []
    redacted: Counter[str] = Counter()
    contacts = OwnContacts()
    for conversation in conversations:
        status = plain(conversation.status)
        if status not in RESOLVED:
            unresolved[status] += 1
            continue
        if not any(turn.role == "agent" for turn in conversation.turns):
            one_sided.append(conversation.id)
            continue
        for said in conversation.turns:
            contacts.hear(said.role, said.text, conversation.id)
        sections = _sections(conversation, redacted)
        if not sections:
            empty.append(conversation.id)
        result.sections += sections
    result.redacted = dict(redacted)
    if unresolved:
        kinds = ", ".join(f"{count} {status}" for status, count in unresolved.most_common(8))
        result.warnings.append(f"Left out as not resolved: {counted(unresolved.total(), 'conversation')} ({kinds}).")
    if one_sided:
        result.warnings.append(
            f"Left out, as no agent speaks: {counted(len(one_sided), 'conversation')} ({some(one_sided, 5)})."
        )
    if empty:
        result.warnings.append(
            "Left out, as no problem or no solution is left beside courtesies: "
            f"{counted(len(empty), 'conversation')} ({some(empty, 5)})."
        )
    result.warnings += contacts.hints()
    return result


def _sections(conversation: Conversation, redacted: Counter[str]) -> list[Section]:
    # Most tables and files of JSON are no logs, and making its patterns takes longer than reading them.
    from ingest.privacy.names import people
    from ingest.privacy.redaction import names_in, redact_counted

    names = names_in((turn.role, turn.text) for turn in conversation.turns) | people(conversation.people)
    turns = _with_subject(conversation)
    whole = _solved(turns)
    if whole is None:
        return []
    solved = [whole]
    if len(whole[1]) > LONG:
        solved = [each for part in _by_question(turns) if (each := _solved(part))]
    sections: list[Section] = []
    for problem, solution in solved:
        question, in_question = redact_counted(problem, names)
        text, in_text = redact_counted(solution, names)
        text = _SPEAKS.sub("", text).strip() or text
        redacted += in_question + in_text
        above = (sections[0].question,) if sections and sections[0].question else ()
        question = _PRESENTS_ITSELF.sub("", question).strip() or question
        section = Section(text, question=question[:LONGEST_PROBLEM], headings=above, anchor=conversation.id)
        sections.append(replace(section, row=conversation.row, lang=conversation.lang, updated=conversation.updated))
    return sections


def _with_subject(conversation: Conversation) -> Sequence[Turn]:
    """The turns, each once where a help desk writes it twice, after the subject where the customer wrote no words."""
    turns = [
        turn for turn, before in zip(conversation.turns, [None, *conversation.turns], strict=False) if turn != before
    ]
    if not conversation.subject or any(turn.role == "customer" for turn in turns):
        return turns
    return [Turn("customer", subject_of(conversation.subject)), *turns]


def _by_question(turns: Sequence[Turn]) -> Iterator[list[Turn]]:
    """The turns, parted where the customer asks something new after an agent has answered."""
    part: list[Turn] = []
    for turn in turns:
        if turn.role == "customer" and _solved(part) and _asks_anew(turn.text):
            yield part
            part = []
        part.append(turn)
    yield part


def _asks_anew(text: str) -> bool:
    said = _without_greetings(text)
    return len(said) >= PROBLEM_LENGTH and any(asks(sentence) for sentence in split_sentences(said))


def _solved(turns: Sequence[Turn]) -> tuple[str, str] | None:
    """The customer's problem and what the agent said to solve it; None when either is missing."""
    problem: list[str] = []
    solution: list[str] = []
    asked_back: list[str] = []  # what an agent asked: part of the solution only where no other words follow
    for turn in turns:
        if turn.role == "customer" and not solution and len("".join(problem)) < PROBLEM_LENGTH:
            problem += [said] if (said := _without_greetings(_unsigned_below(_signed_off(turn.text)))) else []
        elif turn.role == "agent" and problem and (said := _without_courtesies(turn.text)):
            if all(map(_is_question, split_sentences(said))):
                asked_back.append(said)
            else:
                solution.append(said)
                asked_back.clear()
    solution += asked_back
    if not problem or not solution:
        return None
    return " ".join(problem), "\n\n".join(solution)


def _is_question(sentence: str) -> bool:
    return sentence.rstrip("。 　").endswith(("?", "？", "か"))


def _is_greeting(sentence: str) -> bool:
    said = _LEADING.sub("", sentence)  # "Hi, I'd like to move my pickup." greets and goes on
    return _is_disclaimer(sentence) or (
        bool(_GREETING.fullmatch(sentence)) and (said == sentence or len(said.split()) < 3)
    )


def _is_disclaimer(text: str) -> bool:
    return any(word in text for word in _OF_DISCLAIMERS) and _DISCLAIMER.search(text) is not None


def _without_greetings(text: str) -> str:
    kept = [sentence for sentence in split_sentences(text) if not _is_greeting(sentence)]
    return _LEADING.sub("", _together(kept)).strip()


def _signed_off(text: str) -> str:
    """What was said without the closing phrase, who signs below it, and a company's disclaimer."""
    lines = text.splitlines()
    while len(lines) > 1 and (not lines[-1].strip() or _is_disclaimer(lines[-1])):
        lines.pop()
    return _SIGNED.sub("", "\n".join(lines))


def _unsigned(text: str) -> str:
    """What an agent said without the block of company, name and telephone that ends each of their mails."""
    lines = text.rstrip().splitlines()
    ruled = next((at for at in range(len(lines) - 1, 0, -1) if _RULED.fullmatch(lines[at].strip())), 0)
    below = [line.strip() for line in lines[ruled + 1 :] if line.strip()] if ruled else []
    if 0 < len(below) <= LONGEST_SIGNATURE and max(map(len, below)) < SHORT_LINE and any(map(_SIGNER.match, below)):
        above = "\n".join(lines[:ruled])
        return text if _LEADS_TO.search(above.rstrip().rpartition("\n")[2]) else above
    begin = end = len(lines)
    signed = False
    while begin > max(1, end - LONGEST_SIGNATURE):
        line = lines[begin - 1].strip()
        if line and not _SIGNATURE_LINE.match(line):
            break
        signed = signed or bool(_SIGNER.match(line))
        begin -= 1
    said = "\n".join(lines[:begin])
    return said if signed and not _LEADS_TO.search(said.rstrip().rpartition("\n")[2]) else text


def _unsigned_below(text: str) -> str:
    """The same without the lines below a closing phrase in Japanese, where all of them say who signs."""
    for closing in _CLOSING_JA.finditer(text):
        below = [line.strip() for line in text[closing.end() :].splitlines() if line.strip()]
        if all(_SIGNATURE_LINE.match(line) or _SIGNS_JA.fullmatch(line) for line in below):
            return text if _LEADS_TO.search(text[: closing.start()]) else text[: closing.end()]
    return text


def _without_courtesies(text: str) -> str:
    lines: list[str] = []
    said = _NAME_BELOW.sub("", _signed_off(_unsigned(text)).rstrip())
    for line in _unsigned_below(said).splitlines():
        sentences = split_sentences(line)
        kept = [
            sentence
            for sentence in sentences
            if not (
                _is_greeting(sentence)
                or _PRESENTING.fullmatch(sentence)
                or (len(sentence) < 120 and _COURTESY.search(sentence))
            )
        ]
        if kept and not lines and _NO.fullmatch(sentences[0]) and kept[0] == sentences[1]:
            kept.insert(0, sentences[0])
        if kept:
            lines.append(_together(kept))
    return _LEADING.sub("", "\n".join(lines))


def _together(sentences: Sequence[str]) -> str:
    parts: list[str] = []
    for sentence in sentences:
        parts += [" ", sentence] if parts and parts[-1][-1].isascii() else [sentence]
    return "".join(parts)
