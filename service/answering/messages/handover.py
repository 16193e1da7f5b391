"""Tells when a customer asks for a person, wants to complain or has lost patience, by phrases that leave no doubt."""

from __future__ import annotations

import re

from service.answering.texts.typed import typed

LONGEST = 200  # characters: a longer message tells a story in which a person may well be mentioned

_PERSON_JA = (
    r"(?:オペレータ[ー]?|担当(?:者|の[方人])?|スタッフ|人間|係の?[方人員者]|有人(?:対応|窓口|チャット)?|生身の人|"
    r"店長|責任者|上司|上の(?:者|人)|マネージャー?|オーナー)"
)
_JA = re.compile(
    rf"{_PERSON_JA}(?:さん|の方)?[をとにへでがは]?(?:直接|電話で|チャットで)?"
    r"(?:話し?(?:た[いく]|をしたい|させて|せますか|がしたい)|相談したい|(?:お?つな|お?繋)(?:い[でだ]|ぎ|げ|がり|ぐ)|"
    r"[代替]わ(?:って|れ|り)|かわって|出(?:して|せ|してよ)|呼(?:んで|べ)|連絡してほしい|対応してほしい|お願いします?|引き?継)"
)
# 人 alone is in many words (家族の人に送りたい): only where a sentence begins with it, and with talking.
_JA_ANYBODY = re.compile(
    r"(?:^|[。、,.!?\s])(?:普通の|本物の)?人[とに](?:直接)?"
    r"(?:話し?(?:た[いく]|をしたい|がしたい)|相談したい|[代替か]わ(?:って|れ)|(?:つな|繋)い[でだ])"
)
# Whoever works there, by the ends of the words for people's work, where a message ends with the wish to talk to them;
# "医師に相談したいのですが、予約は要りますか" asks something else.
_JA_TRADE = re.compile(
    r"[\u4e00-\u9fff]{0,6}(?:師|士|員|長|医|先生|講師|スタッフ|コーチ|トレーナー|アドバイザー|ドクター|ナース)(?:さん|の方|方)?[とに]"
    r"(?:直接|電話で|一度|少し)?(?:お?話し?(?:がしたい|をしたい|したい|た[いく]|できますか|できませんか|せますか|させて(?:ください|下さい|もらえますか)?)"
    r"|(?:ご)?相談(?:がしたい|をしたい|したい|させて(?:ください|下さい|もらえますか)?)|[代替か]わって(?:ください|下さい|もらえますか)?"
    r"|(?:お?つな|お?繋)い[でだ](?:ください|下さい|もらえますか|ほしい)?)(?:です|のです|んです)?(?:が|けど|けれど)?[。!？?\s]*\Z"
)
_JA_COMPLAINT = re.compile(
    r"(?:苦情|クレーム)(?:を|が|の)?(?:言いたい|言わせて|入れ(?:たい|ます)|申し(?:立て|上げ|出)|伝えたい|あり(?:ます|まして))"
)
_PERSON_EN = (
    r"(?:human|real person|person|live (?:agent|person|chat)|agent|representative|operator|someone|somebody|"
    r"manager|supervisor|customer (?:service|support|care)|staff(?: member)?|employee|advis[eo]r|team member)"
)
_EN = re.compile(
    rf"\b(?:talk|speak|chat)(?: directly)? (?:to|with) (?:an?|the|your|some)? ?(?:\w+ ){{0,2}}{_PERSON_EN}\b|"
    rf"\b(?:connect|transfer|hand|put) me (?:\w+ ){{0,2}}(?:to|with) (?:an? )?(?:\w+ ){{0,2}}{_PERSON_EN}\b|"
    rf"\b(?:i (?:want|need|would like)|i'd like|give me|get me) (?:an? )?(?:real |live )?(?:human|person|agent)\b|"
    rf"^(?:an? )?(?:human|live agent|real person|agent|operator|representative)(?: please)?$|"
    r"\b(?:i(?: would|'d)? (?:want|need|wish|like|prefer) to|(?:can|could|may) i|let me|please let me) (?:please )?"
    r"(?:talk|speak|chat)(?: directly)? (?:to|with) (?:an?|the|my|your|one of (?:your|the)) (?:[\w-]+ ){0,2}"
    r"(?:doctor|nurse|pharmacist|physician|dentist|therapist|teacher|tutor|instructor|coach|trainer|counsel+or|professor|\w+ist"
    r"|expert|consultant|receptionist|technician|engineer|owner|boss|lawyer|librarian|guide)s?"
    r"(?: please| directly| now| there)*$|"
    r"\b(?:i (?:want|need|wish|have|would like)|i'd like) (?:to )?(?:(?:make|file|lodge|raise|submit) )?"
    r"(?:an? |my )?(?:formal |official |serious )?complain(?:t|\b)"
)
_QUESTION_EN = re.compile(r"^(?:how|where|when|why|what|which|is it|are there)\b")


_UPSET_JA = re.compile(
    r"ふざけ(?:る|ん|ない|やが|てん)|いい加減に(?:し|せ)"
    r"|(?:最悪|最低)(?:の(?:対応|会社|店|サービス|気分)|です[ねよ]?(?:[。、!]|$)|だ[なねよ]?$|[。!]|$)"
    r"|許せ(?:ない|ません)|腹[がの]立|頭に[来き]|怒って(?:い?る|い?ます)|話にならない|詐欺(?:だ|じゃ|でしょ|会社|師)"
    r"|(?:金|かね)返せ|(?:バカ|馬鹿)に(?:し|する)|何度(?:も)?言(?:わせ|え|った|って)"
    r"|(?:^|本当に|全然|まったく|全く)役に立た(?:ない|ん)|もう(?:うんざり|たくさん)|責任を?取れ"
    r"|(?:対応|態度)が(?:ひど|酷|悪|最)"
)
_UPSET_EN = re.compile(
    r"\b(?:this|that|it|which)(?: is|'s) (?:just |so |really |completely |absolutely |totally )?"
    r"(?:ridiculous|unacceptable|outrageous|a joke|absurd|disgraceful|pathetic|insane|a disgrace|bullshit|nonsense)\b"
    r"|\b(?:you(?: people| guys)?|this (?:bot|chat|thing)|your (?:company|service|support|team|bot))(?: are| is|'re)? "
    r"(?:all |just |so |completely |totally |absolutely |really |fucking )*"
    r"(?:useless|terrible|awful|the worst|horrible|pathetic|a joke|worthless|incompetent|rubbish|garbage|no help"
    r"|sucks?)\b"
    r"|\bworst (?:customer )?(?:service|company|support|experience|shop|store)\b"
    r"|\bsick (?:and tired )?of (?:this|you|waiting)\b|\bfed up\b|\bwtf\b|\bfuck|\bbullshit\b"
    r"|\bpiece of (?:shit|crap|junk)\b|\bwaste of (?:my )?(?:time|money)\b"
    r"|\bi(?:'m| am) (?:so |very |really |extremely |getting |absolutely |beyond )*"
    r"(?:angry|furious|pissed(?: off)?|mad|disgusted|livid|annoyed|upset|frustrated)\b"
)


def wants_person(message: str) -> bool:
    """Whether the customer asks to be served by a person, or to complain, rather than asking about it."""
    text = typed(message)
    if len(text) > LONGEST:
        return False
    plain = re.sub(r"[.,!?。、!?]+", "", text)
    if not text.isascii() and any(pattern.search(text) for pattern in (_JA, _JA_ANYBODY, _JA_TRADE, _JA_COMPLAINT)):
        return True
    return bool(_EN.search(plain) and not _QUESTION_EN.match(plain))


_STUCK_JA = re.compile(
    r"(?:やって|試して|ため(?:し|して)|して|待って|入れ直して|再起動して)(?:み)?(?:た|ました|ても|みても)"
    r"[^。?!]{0,6}(?:だめ|ダメ|駄目|変わら|直ら|治ら|でき(?:ない|ません)|出来|無理|まだ)"
    r"|(?:やって|試して)(?:み)?(?:た|ました)(?:けど|が|のに|んですが|んですけど)"
    r"|(?:待|試|や|し)(?:っ|し)?(?:た|ました|みた)[^。?!]{0,4}(?:まだ|やっぱり|やはり)?(?:だめ|ダメ|駄目)"
    r"|(?:それ|これ)でも(?:だめ|ダメ|駄目|直[らり]|治[らり]|変わら|でき|入れ|つなが|動か)"
    r"|^(?:まだ|やっぱり|やはり)(?:だめ|ダメ|駄目|直ら|治ら|でき(?:ない|ません)|つながら|動か)"
)
_STUCK_EN = re.compile(
    r"\b(?:it|that|this)?(?: is|'s)? ?still "
    r"(?:does(?: not|n't|nt)|is(?: not|n't|nt)|not working|won't|can't|cannot|nothing|broken|the same)\b"
    r"|\b(?:i(?:'ve| have)?) (?:already )?(?:tried|did|done) (?:that|this|it|all|both|everything)\b"
    r"|\b(?:that|this|it) (?:did(?: not|n't|nt) (?:work|help|do anything|change anything)|"
    r"does(?: not|n't|nt) (?:work|help))\b"
    r"|^(?:no luck|still no(?: luck)?|nope still)\b"
)


def is_stuck(message: str) -> bool:
    """Whether a customer says that what they were told to do did not help."""
    text = " ".join(typed(message).split())
    if len(text) > LONGEST:
        return False
    return bool((not text.isascii() and _STUCK_JA.search(text)) or _STUCK_EN.search(text))


def is_upset(message: str) -> bool:
    """Whether a customer has lost patience with the company or with this counter."""
    text = " ".join(typed(message).split())
    return bool((not text.isascii() and _UPSET_JA.search(text)) or _UPSET_EN.search(text))
