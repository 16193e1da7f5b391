"""Tells when customers ask about their own order, account or data, or want something done to it.

Documents say how a parcel is tracked; where this customer's parcel is they cannot say, and the counter can neither
look it up nor change it. Phrases that leave little doubt, in Japanese and English; who asks how something is done, or
whether it can be done, does not mean that it be done now.
"""

from __future__ import annotations

import re

from service.answering.texts.typed import typed

LONGEST = 300  # characters: a longer message tells a story, and what is wanted stands anywhere in it

_THING = (
    r"(?:\w+ ){0,2}(?:orders?|packages?|parcels?|deliver(?:y|ies)|shipments?|items?|refunds?|payments?|money|repairs?|"
    r"replacement|cards?|claims?|application|tickets?|case|request|booking|reservation|appointment|subscription|"
    r"accounts?|invoice|bill|transfer|deposit|transaction|purchase|return|cheque|check|points|balance|account|address|"
    r"plan|membership|profile|data|salary|paycheck)\b(?! (?:history|number|page|confirmation|id|tracking|policy|fee))"
)
_AMOUNT = r"(?:\w+ ){0,2}(?:balance|bill|due date|credit limit|points|status|usage|credit score|password|pin|apr)"
_DONE = (
    r"(?:been|shipped|sent|arrived?|processed|approved|received|cancell?ed|ready|delivered|paid|gone through|"
    r"go through|confirmed|on (?:its|the) way|coming|registered|refunded|dispatched|here)"
)
_DO = (
    r"(?:cancel|change|update|delete|close|refund|resend|reset|track|check(?: on)?|look up|find|stop|pause|extend|"
    r"upgrade|downgrade|unlock|unblock|block|freeze|remove|correct|activate|renew|reschedule|reactivate|send)"
)
_NUMBER = r"(?: (?:number|no\.?|id|nr\.?))?:? ?#? ?(?:[a-z]{1,4}-?)?\d{4,}"
_EN = re.compile(
    rf"\b(?:where|when)(?:'s|s| is| are| was| will| did| does| do| has)\b (?:\w+ ){{0,2}}?(?:my|our) {_THING}"
    rf"|\b(?:know|tell me|see|check|find out) (?:where|when|if|whether) (?:my|our) {_THING} "
    r"(?:is|are|was|were|will|has|have|did|gets?|got|arrives?)\b"
    rf"|\b(?:has|have|hasn't|haven't|did|was|were|is|are) (?:my|our) {_THING}[^.?!]{{0,20}}\b{_DONE}\b"
    rf"|\b(?:my|our) {_THING} (?:still |has |have |had |is |was |just )*"
    rf"(?:not|never|hasn't|haven't|didn't|isn't) [^.?!]{{0,12}}\b{_DONE}\b"
    r"|\bi (?:still )?(?:haven't|have not|have yet to|didn't|did not|never|havent|didnt) (?:\w+ )?"
    rf"(?:received?|gotten|got|get) (?:my|our) {_THING}"
    rf"|\b(?:what|how (?:much|many))(?:'s|s| is| are| was)? (?:left |currently )?(?:on |in )?my {_AMOUNT}\b"
    r"|\bhow (?:many|much) \w+ (?:do i have|have i|did i) (?:left|got|earned|used|spent|spend|owe)\b"
    r"|\bhow (?:many|much) (?:points|money|credit) do i have\b"
    rf"|\b(?:status|balance|details) (?:of|on|for|in) (?:my|our) {_THING}|\b(?:my|our) {_THING} status\b"
    r"|\b(?:check|tell me|know|see|give me) my (?:\w+ ){0,2}(?:balance|bill|points|status)\b"
    rf"|\b(?:order|ticket|case|invoice|booking|reservation|tracking|reference|claim|confirmation){_NUMBER}\b"
    r"|(?:^|[.!?,] |\b(?:please|pls|kindly) |\b(?:can|could|would|will) (?:you|u)(?: please)? "
    rf"|\bi(?: want|'d like| would like| need) you to ){_DO} (?:me )?(?:my|our|this|that) {_THING}"
)
_HOW_EN = re.compile(
    r"\bhow (?:do|can|to|should|would|could|does|long)\b|\b(?:can|could|may|should|do|must) (?:i|we)\b"
    r"|\bwhat (?:happens|if)\b|\bif (?:i|we|my)\b|\bis (?:it|there)\b|\bwhere (?:can|do|should) i\b"
)

_WHAT_JA = r"(?:注文|予約|受付|伝票|問い?合わ?せ|会員|契約|お客様|口座|追跡|申込|受注|チケット|請求)"
_DONE_JA = (
    r"(?:注文|予約|申し?込み?|申請|購入|返品|返送|修理|発送|手続き|依頼|振り?込み?|入金|支払い?|登録|解約|キャンセル)"
)
_DO_JA = (
    r"(?:キャンセル|取り?消し?|削除|変更|解約|退会|再送|再発送|再発行|停止|解除|発送|返金|訂正|修正|延長|中止|リセット)"
)
_JA = re.compile(
    rf"{_WHAT_JA}(?:番号|no\.?|id|コード)(?:は|が|の|:|#|\s|、|「)*[a-z]{{0,4}}-?\d{{3,}}|注文 ?#? ?\d{{4,}}(?![\d年])"
    r"|(?:私|わたし|僕|自分|うち)の[^。?!]{0,10}"
    r"(?:注文|荷物|残高|ポイント|アカウント|契約|返金|口座|予約|申し?込み?|申請|登録|情報|データ|履歴|請求)"
    rf"|{_DONE_JA}を?(?:した(?!い|ら|け)|して(?:いた|いる|る|た))[^。?!]{{0,14}}"
    r"(?:まだ|どこ|来な|来ま|届か|届きませ|届いて?な|状況|どうな)"
    r"|(?:に出した|中の)[^。?!]{0,10}(?:いつ|まだ|どこ|状況|どうな)"
    rf"|(?:昨日|一昨日|おととい|先日|先週|先月|さっき|日前に|月前に)[^。?!]{{0,6}}{_DONE_JA}を?した[^。?!]{{0,14}}いつ"
    r"|まだ[^。?!]{0,10}(?:届[かいき]|来(?:な|て|ま)|返って|戻って|返金され|反映され|発送され|振り?込まれ)"
    r"|(?:荷物|小包)(?:は|って)(?:今|いま)?(?:どこ(?!で買)|いつ(?:届|来|着))"
    r"|(?:残高|(?:注文|配送|配達|発送|出荷|修理|返金|申請|手続き|審査|予約)の?(?:状況|進捗|ステータス))(?:を|は|って)?"
    r"(?:教えて|知りたい|確認して|調べて|見て|どうなって)"
    rf"|{_DO_JA}(?:を|は)?(?:して(?:ください|下さい|ほしい|欲しい|もらいたい|くれ|おいて)|し?といて"
    r"|お願い(?:します|したい|致し|いたし|でき)|頼[むみ])"
)
_HOW_JA = re.compile(
    r"方法|やり方|仕方|手順|どうすれば|どうやって|どうしたら|どこで(?!す)|どこに行|どこから|できますか|できる(?:の|か)"
    r"|場合|とは"
)


def asks_about_own(message: str) -> bool:
    """Whether a message is about the customer's own order, account or data, which no document can know."""
    text = " ".join(typed(message).split())
    if len(text) > LONGEST:
        return False
    if _EN.search(text) and not _HOW_EN.search(text):
        return True
    return not text.isascii() and _JA.search(text) is not None and not _HOW_JA.search(text)
