"""What a web page shows beside its text, told by its marks: navigation, contents, what is hidden, footnotes' marks."""

from __future__ import annotations

import re
from functools import lru_cache

from selectolax.lexbor import LexborNode

_DROPPED = (
    "script style noscript template svg canvas iframe object nav aside head select button textarea input datalist "
    "del s strike comment dialog audio video math rt rp rtc amp-sidebar amp-consent amp-analytics amp-ad "
    "amp-social-share"
)
DROPPED = frozenset(_DROPPED.split())
DROPPED_ROLES = frozenset(
    ("navigation", "banner", "contentinfo", "complementary", "search", "dialog", "menu", "doc-noteref")
)
LONGEST_WAY = 100  # characters of links to the pages around
ALTERNATIVES = 10  # of which a script shows one; more are something else
LINKS = 3  # to places in the page, and nothing else: a list of so many is one of its contents

# Also what is put beside the page or written in letters of a pixel. What has no size or is transparent is not told by
# its style alone: folds begin so, pages fade in, and lists have blanks of no size.
_HIDDEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|(?:left|top|text-indent)\s*:\s*-\d{3,}(?:px|em|rem|vw|%)"
    r"|font-size\s*:\s*(?:0?\.\d+|1)px",
    re.IGNORECASE,
)
# A list of what the page holds, by the names that programs give it: "toc", "ez-toc-container", "table-of-contents".
_CONTENTS = re.compile(
    r"(?:^| )(?:(?:ez|js|lwp)[-_]?)?(?:toc(?:[-_](?:container|list|wrapper|box|nav|menu))?|table-?of-?contents"
    r"|Table of Contents\d+|MsoToc\w+)(?: |$)"  # of word processors
)
_CONTENTS_TITLE = re.compile(
    r"table of contents|on this page|in this (?:article|section)|目 ?次|もくじ|このページの(?:内容|目次)", re.IGNORECASE
)
_LEADS = re.compile(f"{_CONTENTS.pattern}|(?i:breadcrumb|topic-?path|pankuzu)")  # to what it holds, or where it stands
# Links to the pages before and after, and to those around, by the names that programs give them.
_NAVIGATION = re.compile(
    r"(?:^| )(?:nav(?:igation)?[-_]?(?:header|footer|bar|links?)|(?:post|page|posts)[-_]?nav(?:igation)?"
    r"|(?:doc|top|sub|side|local|global|site)[-_]?navi?(?:gation)?|pag(?:er|ination|inator)"
    r"|navigation|prev(?:ious)?[-_]?(?:and[-_]?)?next|skip[-_]?(?:link|nav|to[-_]?content)s?"
    r"|footnote[-_]?ref(?:erence)?)(?: |$)",
    re.IGNORECASE,
)
_BESIDE = re.compile(
    r"(?:^| )(?:nav[-_])?(?:prev(?:ious)?|next)(?:[-_](?:post|page|article|link))?(?: |$)", re.IGNORECASE
)
# What stands around an article: who wrote it, who shares it, what others think of it; and what asks for consent.
_AROUND_ARTICLE = re.compile(
    r"(?:^| )(?:(?:article|post|page|entry)[-_](?:meta(?:data)?|author|byline|share|sharing|votes?|voting"
    r"|feedback|rating|helpful(?:ness)?|relatives|related|comments?(?:-count)?|return-to-top|more-questions|subscribe"
    r"|date|tags|categories|footer)|annotation_style_by_filter|attachment-meta|(?:cat|tags?)-links|likes?-(?:section|and-labels-container)"
    r"|labels-section|comments-section|[\w-]*doc-footer[\w-]*|[\w-]*edit-(?:this-)?page(?:-link)?|sharedaddy"
    r"|sd-(?:sharing|social|like)[\w-]*|addtoany[\w-]*|addthis[\w-]*|a2a_kit"
    r"|(?:blog|news|product|content|single)[-_](?:item[-_])?share"
    r"|(?:social|share|sharing|sns)(?:[-_]{0,2}(?:share|sharing|btns?|buttons?|links?|icons?|bar|list|box|area"
    r"|wrap(?:per)?|ul|items?|tools?|block))+"
    r"|(?:related|recommended)[-_]?(?:posts?|articles?|entries|contents?|products|links|pages)"
    r"|comments?[-_]?(?:area|section|list|form|respond|wrapper)|respond|comments"
    r"|pageSection|plugin_attachments[\w-]*"  # of Confluence: what is attached, comments, labels
    r"|[\w-]*cookie[-_]?(?:law|consent|notice|banner|bar|popup|message|dialog)[\w-]*)(?: |$)",
    re.IGNORECASE,
)
# Links that lead away from a text, or back to where it begins, and say nothing of it.
_AROUND = re.compile(
    r"(?:[\s\W_]*(?:\b(?:(?:back to (?:the )?|page )?top(?: of (?:the |this )?page)?|prev(?:ious)?(?: page| article)?"
    r"|next(?: page| article)?|home|up|back)\b|(?:この)?ページ(?:の)?(?:先頭|上部|トップ|top)(?:へ|に)?(?:戻る)?|戻る"
    r"|(?:一覧|前(?:の(?:ページ|記事))?|次(?:の(?:ページ|記事))?|トップ(?:ページ)?|ホーム|目次)(?:へ|に)?(?:戻る|進む)?))+[\s\W_]*",
    re.IGNORECASE,
)
# The pages before and after, with their titles; what shares or prints a page.
_NEIGHBOUR = re.compile(
    r"[\W_]*(?:(?:Prev(?:ious)?|PREV(?:IOUS)?|Next|NEXT)(?: (?:page|article|post|topic))?(?=$|\n|\s*[^\w\s]|[A-Z])"
    r"|(?:前|次)(?:へ|の(?:ページ|記事|項目|質問))(?=$|[\W_]|[^をにはがの])).*",
    re.DOTALL,
)
_SHARES = re.compile(
    r"[\W_]*(?:click to (?:share|print|e-?mail)\b.*|copy (?:the )?(?:link|url)|tweet|edit (?:this page|on github)"
    r"|(?:share|tweet|print|e-?mail|post)(?: (?:this|the))?(?: (?:page|article|post))(?: (?:on|via|to|by) [\w ]{1,20})?"
    r"|share (?:on|via|to) [\w ]{1,20}|(?:[\w ]{1,20}で)?(?:シェア|ツイート)(?:する)?|はて(?:ブ|なブックマーク)"
    r"|この(?:ページ|記事)を(?:[\w ]{1,20}で)?(?:共有|印刷|ポスト|メールで送る|ブックマーク)(?:する)?"
    r"|(?:印刷|共有|ポスト)する|(?:url|リンク)を?コピー(?:する)?)[\W_]*",
    re.IGNORECASE,
)
_PATH = re.compile(r"[\W_]*(?:トップ(?:ページ)?|ホーム|(?i:home|top))(?:\s*[>›»＞→/／]\s*[^>›»＞→/／]+)+")
# What help centres ask their readers, and what they tell of them.
_OPINIONS = re.compile(
    r"(?:(?:was|is|did) (?:this|the) (?:(?:article|page|answer|information|content|section|topic) )?"
    r"(?:helpful|useful|help(?: you)?|answer your question)|did you find (?:this|it) (?:\w+ )?(?:helpful|useful))"
    r" ?\??(?:[\s/|·]*(?:yes|no|👍|👎))*"
    r"|\d+ (?:out )?of \d+ (?:people |users |readers )?found (?:this|it) (?:\w+ )?(?:helpful|useful)\.?"
    r"|(?:still )?have (?:more|other|any) questions\? (?:submit|send) (?:us )?a (?:request|ticket)\.?"
    r"|(?:last )?(?:updated|modified|edited) (?:about |over )?(?:\d+|an?) (?:minute|hour|day|week|month|year)s? ago"
    r"(?:[\s·•|,-]*\d+ min(?:ute)?s?(?: of)? read(?:ing)?(?: time)?)?|\d+ min(?:ute)?s?(?: of)? read(?:ing time)?"
    r"|(?:(?:この|本)(?:記事|ページ|回答|情報|内容)(?:の(?:情報|内容))?は?、?(?:お?役に立ちましたか|参考になりましたか)"
    r"|(?:この(?:記事|ページ|回答|内容|情報)で、?)?(?:問題|疑問|お困りごと)(?:は|が)(?:解決|解消)(?:しました|できました)か)"
    r"[?？。]?(?:[\s/|・]*(?:はい|いいえ))*"
    r"|(?:アンケート[:：]? ?)?ご意見(?:・ご感想|や感想)?をお聞かせください[。]?"
    r"|\d+ ?人中 ?\d+ ?人がこの(?:記事|回答)が役に立ったと(?:言って|回答して)います。?"
    r"|(?:他|ほか|その他)にご?質問がございましたら、?リクエストを送信してください。?"
    r"|(?:最終)?更新(?:日)?[:：]? ?\d+ ?(?:分|時間|日|週間|か月|ヶ月|年)前",
    re.IGNORECASE,
)
# What they offer as answers to that, each alone or beside one another.
_CHOICES = re.compile(
    r"(?:[\W_]*(?:yes|no|not really|はい|いいえ|(?:とても|大変|あまり|まったく)?"
    r"(?:役に?立(?:った|ちました|たなかった|ちませんでした)|参考にな(?:った|りました|らなかった|りませんでした)"
    r"|(?:分かり|見つけ)(?:やすかった|にくかった))"
    r"|(?:どちら|何)とも(?:いえ|言え)ない|ふつう|普通|解決(?:した|しました|しなかった|しない|しませんでした"
    r"|でき(?:た|なかった|ました|ませんでした)(?:が.{1,15})?)))+[\W_]*",
    re.IGNORECASE,
)
# What a page says of itself to everyone, on a line of its own: whose it is, and how to make its letters larger.
_OF_PAGE = re.compile(
    r"(?-i:Written) by(?: (?-i:[A-Z])(?:[\w'’-]+|[.])){1,4}|(?:©|\(c\)|copyright\b).{0,80}"
    r"|文字(?:の)?(?:大きさ|サイズ)(?:[\s\W]*(?:[をの]?変更(?:する)?|背景色?|配色|小さく|小|中|標準|大きく|大|特大|拡大"
    r"|縮小|もとに戻す|元に戻す|白|黒|青|黄色?|(?:音声)?読み上げ|ふりがな|やさしい日本語"
    r"|(?:foreign )?languages?|english))+\W*"
    r"|(?:\W*(?:unsubscribe|view (?:this (?:e-?mail|message) )?(?:in (?:a |your )?(?:web )?browser|online)"
    r"|(?:manage|update)(?: your)? preferences|(?:メール)?(?:配信|購読)の?(?:停止|解除)"
    r"(?:は(?:こちら|ここ))?))+\W*",
    re.IGNORECASE,
)
_RESERVED = re.compile(r".{0,80}all rights reserved.{0,40}", re.IGNORECASE)
_BOX = re.compile(r"(?:site|page|global)?[-_]?(?:header|footer|side[-_]?bar|nav|navi|gnavi|navigation)", re.IGNORECASE)
WHOLE = ("body", "main", "article")  # named so, it is a page with such a thing in it
_DRAWN = ("span", "i", "em", "b", "p")
_IN_TEXT = ("span", "b", "strong", "em", "code", "kbd")
_PARAGRAPHS = "p, div, ul, ol, dl, table, h1, h2, h3, h4, h5, h6"
_MARK = re.compile(r"[\[(]?(?:\d{1,3}|[*†‡※]|[ivxlc]{1,6})[\])]?")
# Where marks of notes lead to and back from, as word processors and others name it: "#_ftn1", "#sdfootnote1sym".
_TO_NOTE = re.compile(r"#(?:_?ftn|_?edn|fn|sd(?:foot|end)note|(?:foot|end)note)(?:ref)?[-:_]?\d", re.IGNORECASE)


def is_left_out(node: LexborNode, tag: str, attributes: dict[str, str | None]) -> bool:
    """Whether a node is none of the page's text."""
    if not node.is_element_node or tag in DROPPED:
        return True
    if tag in ("header", "footer") and not _within_content(node):
        return True
    if tag == "sup" and _is_mark_of_footnote(node):
        return True
    if not attributes:
        return False
    if tag == "a" and leads_to_note(node, attributes):
        return True
    if tag == "div" and attributes.get("title") in ("header", "footer"):  # of printed pages, as Writer saves them
        return True
    if is_hidden(attributes):
        return not is_alternative(node)
    if tag in _DRAWN and attributes.get("aria-hidden") == "true":
        return True  # an ornament, or said once more for those who listen
    style, role = attributes.get("style"), attributes.get("role")
    if (role and role in DROPPED_ROLES) or (style and _HIDDEN.search(style)):
        return True
    if tag in WHOLE:
        return False
    names, identity = attributes.get("class"), attributes.get("id")
    if names and (_leads_on(names) or (_BESIDE.search(names) and _is_link(node))):
        return True
    if not identity:
        return False
    if tag == "div" and _BOX.fullmatch(identity) and not _within_content(node):
        return True
    return bool(_AROUND_ARTICLE.search(identity) or _LEADS.search(identity))


@lru_cache(maxsize=4096)  # a site has few classes, and each a thousand times
def _leads_on(names: str) -> bool:
    """Whether elements of these classes show where a page stands, what it holds or what is around it."""
    return any(each.search(names) for each in (_LEADS, _NAVIGATION, _AROUND_ARTICLE))


def leads_around(text: str) -> bool:
    """Whether the words of links only lead to the pages around, to the top of this one, or to those who share it."""
    return len(text) <= LONGEST_WAY and any(each.fullmatch(text) for each in (_AROUND, _NEIGHBOUR, _SHARES))


def is_path(text: str) -> bool:
    """Whether words with links in them tell where on the site a page stands."""
    return len(text) <= LONGEST_WAY and _PATH.fullmatch(text) is not None


def offers_opinions(text: str) -> bool:
    """Whether words are what to answer where a page asks how helpful it was."""
    return len(text) <= LONGEST_WAY and _CHOICES.fullmatch(text) is not None


def asks_for_opinions(text: str) -> bool:
    """Whether words ask how helpful a page was."""
    return (
        len(text) <= LONGEST_WAY
        and text.rstrip("。").endswith(("?", "？", "か", "聞かせください"))
        and _OPINIONS.fullmatch(text) is not None
    )


def speaks_of_page(text: str) -> bool:
    """Whether words ask how helpful a page was, or tell how others found it or how old it is, as help centres do.

    Or they say whose it is, or how to make its letters larger.
    """
    if len(text) > LONGEST_WAY:
        return False
    if "rights" in text.lower() and _RESERVED.fullmatch(text):  # its words may stand anywhere
        return True
    return (_OPINIONS.fullmatch(text) or _OF_PAGE.fullmatch(text)) is not None


def is_hidden(attributes: dict[str, str | None]) -> bool:
    """Whether it says of itself that it is not to be seen. The panels of tabs only wait for their turn."""
    return (
        "hidden" in attributes
        and attributes["hidden"] != "until-found"
        and (attributes.get("role") or "") != "tabpanel"
    )


def is_alternative(node: LexborNode) -> bool:
    """Whether it is one of several that are all hidden, until a script shows what fits the reader's computer.

    One that says the same as one before it is none.
    """
    around = node.parent
    if around is None or around.tag != node.tag or node.tag not in _IN_TEXT:
        return False
    said, each = list[str](), around.child
    place = -1
    while each is not None:
        words = " ".join((each.text() or "").split())
        if each.is_text_node:
            if words:
                return False
        elif each.is_element_node:
            if not is_hidden(each.attributes):
                return False
            if each.mem_id == node.mem_id:
                place = len(said)
            said.append(words)
            if len(said) > ALTERNATIVES:
                return False
        each = each.next
    return len(said) > 1 and bool(said[place]) and said[place] not in said[:place]


def joint(node: LexborNode) -> str:
    """What parts an alternative from the one before it; nothing before the first, nor between whole paragraphs."""
    before = node.prev
    while before is not None and not before.is_element_node:
        before = before.prev
    if before is None or not (before.text() or "").strip() or node.css_first(_PARAGRAPHS) is not None:
        return ""
    return " / " if any(len((each.text() or "").split()) > 1 for each in (before, node)) else "/"


def is_contents(items: LexborNode) -> bool:
    """Whether a list only leads to places in the same page."""
    links = items.css("a")
    if len(links) < LINKS or not all((link.attributes.get("href") or "").startswith("#") for link in links):
        return False
    return "".join((items.text() or "").split()) == "".join("".join((link.text() or "").split()) for link in links)


def heads_contents(title: str) -> bool:
    """Whether it is the title of a list of what the page holds."""
    return _CONTENTS_TITLE.fullmatch(title) is not None


def leads_to_note(link: LexborNode, attributes: dict[str, str | None]) -> bool:
    """Whether it is the mark of a note, or the same before the note, which leads back."""
    address = attributes.get("href") or ""
    return (
        address.startswith("#")
        and _TO_NOTE.match(address) is not None
        and _MARK.fullmatch("".join((link.text() or "").split())) is not None
    )


def _within_content(node: LexborNode) -> bool:
    above = node.parent
    while above is not None:
        if above.tag in ("main", "article", "section", "blockquote"):
            return True
        above = above.parent
    return False


def _is_link(node: LexborNode) -> bool:
    links = [node] if node.tag == "a" else node.css("a")
    return len(links) == 1 and "".join((links[0].text() or "").split()) == "".join((node.text() or "").split())


def _is_mark_of_footnote(node: LexborNode) -> bool:
    if not _MARK.fullmatch((node.text() or "").strip()):
        return False
    link = node.css_first("a")
    if link is None and (above := node.parent) is not None and above.tag == "a":
        link = above
    return link is not None and (link.attributes.get("href") or "").startswith("#")
