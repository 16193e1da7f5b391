"""Greetings and courtesies, which tell nothing about the matter."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ingest.logs.signatures import is_disclaimer, said_by_agent
from knowledge.language.sentences import split_sentences

_GREETING = re.compile(
    r"(?:hi+|hai|hello|hey|dear|good (?:morning|afternoon|evening|day)|greetings|welcome|thanks?|thank you|thx|bye"
    r"|cheers|goodbye|no problem|you(?:'|’)re welcome)\b[^.!?]{0,40}[.!,]*"
    r"|(?:ok(?:ay)?|sure|great|perfect|yes|no)"  # with more behind it, this is an answer: "Yes, we ship to Canada."
    r"(?:,? (?:please|thanks?|thank you|sir|ma(?:'|’)?am|of course|there|good|i see|i understand|got it))*[.!,]*"
    r"|(?:こんにち[はわ]|こんばん[はわ]|おはよう(?:ございます)?|はじめまして|初めまして|お世話になっ[^。]{0,12}"
    r"|お疲れ様です|(?:いつも|この度は|先日は)?、?ありがとう(?:ございま(?:す|した))?|どうも|はい|いいえ|了解(?:です|しました)?"
    r"|(?:どうぞ|何卒|引き続き|今後とも|お手数(?:です|をおかけします)が|恐れ入りますが)?[、]?(?:よろ|宜)しく[^。]{0,12}"
    r"|承知(?:しま|いたしま|致しま)した|かしこまりました|わかりました|分かりました|失礼(?:いた)?します"
    r"|お世話になります|[^\s。、]{1,20} ?御中"
    r"|[^\s。、]{1,12}(?:[ 　][^\s。、]{1,8})? ?様"
    r"|[^\s。、]{1,12}(?:様|さん|さま)[、 　]*(?:こんにち[はわ]|こんばん[はわ]|おはようございます"
    r"|お世話になっております))[。！!、\U0001f300-\U0001faff\u2600-\u27bf\ufe0f]*",
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
# The whole of what was noted, where the answer was given elsewhere or never written down: 同上, 電話にて回答済み.
_BY = r"(?:(?:お?電話|メール|口頭|書面|直接|fax|ファックス|line|店頭)(?:にて|で|により)、?)?"
_DID = r"ご?(?:回答|返信|返答|連絡|案内|説明|対応|処理|確認|調査|発送|送付|手配|報告|相談|電話|メール)|tel|折り?返し"
_NOTED = re.compile(
    rf"{_BY}(?:{_DID})(?:済み?(?:です)?|(?:いた|致)?しました|した|完了|中(?:です)?|予定|させていただきました)|完了|済み?"
    r"|同上|同左|〃|々|(?:上記|前回|先日)(?:の?(?:件|回答|内容))?(?:(?:に|と)同[様じ]|のと?(?:お|通)り|参照)"
    rf"|(?:担当(?:者)?|営業|店長|責任者|本社|店舗)(?:より|から)(?:{_DID}|お電話)+(?:済み?|予定|(?:いた)?しま(?:した|す))?"
    r"|保留|解決|(?:same )?(?:as|see) (?:above|before)|ditto|done|fixed|resolved|solved|in progress|pending"
    r"|(?:answered|replied|responded|called(?: back)?|explained|resolved)"
    r"(?: (?:to )?(?:the )?(?:customer|client|caller))?(?: back)?"
    r"(?: (?:by|over the|on the|via|per) (?:(?:tele)?phone|e-?mail|mail|call|chat))?",
    re.IGNORECASE,
)
# "Hi, this is Ken from the service desk." In small letters it may be about the matter: "This is covered."
_PRESENTING = re.compile(
    r"(?:(?i:hi|hello|hey|good (?:morning|afternoon|evening))[,!. ]+)?(?i:this is|my name is|i(?:'|’)m|i am) "
    r"(?:\[[A-Z]+\]|[A-Z][a-z'’-]+)(?: [A-Z][a-z'’-]+)?(?:,? (?:here|from|with|at|of|in)\b[^.!?]{0,50})?[.!]*"
)
# What a help desk's program was to fill in or put below: {{agent.signature}}, links by which an answer is rated.
_MACHINERY = re.compile(
    r"(?:[^\w]*(?:\{\{[^{}]{1,60}\}\}|\[\[[^\[\]]{1,60}\]\]|\{%[^{}%]{1,60}%\}))+[^\w]*"
    r"|.{0,80}https?://\S{4,200}/(?:satisfaction|csat|feedback|survey)\S{0,300}"
    r"|how would you rate .{0,60}|(?:今回の)?(?:対応|サポート)(?:に(?:ついて)?|は|を)[^。]{0,20}評価.{0,30}",
    re.IGNORECASE,
)
# What follows at once explains it, and may not say it again. A "Yes." is left out: to a question that is only near, it
# would promise what nobody asked the agent.
_NO = re.compile(r"(?:no|いいえ)[.!。！]*", re.IGNORECASE)


def _is_greeting(sentence: str) -> bool:
    said = _LEADING.sub("", sentence)  # "Hi, I'd like to move my pickup." greets and goes on
    return is_disclaimer(sentence) or (
        bool(_GREETING.fullmatch(sentence)) and (said == sentence or len(said.split()) < 3)
    )


def without_greetings(text: str) -> str:
    """A text without greetings, and without the one that leads on to the matter."""
    kept = [sentence for sentence in split_sentences(text) if not _is_greeting(sentence)]
    return _LEADING.sub("", _together(kept)).strip()


def without_courtesies(text: str) -> str:
    """What an agent said, without courtesies and what stands below it; a No that is explained stays."""
    lines: list[str] = []
    for line in said_by_agent(text).splitlines():
        if _MACHINERY.fullmatch(line.strip()):
            continue
        sentences = split_sentences(line)
        kept = [
            sentence
            for sentence in sentences
            if not (
                _is_greeting(sentence)
                or _PRESENTING.fullmatch(sentence)
                or _NOTED.fullmatch(sentence.rstrip("。.!！ "))
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
