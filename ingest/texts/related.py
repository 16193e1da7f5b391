"""Lists of links to other pages: nothing is said in them, yet they hold the words of many a question."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ingest.texts.blocks import Anchor, Block, Heading, Text

LONGEST_LINK = 120  # characters of a line that only leads to another page
_ENDS_SENTENCE = re.compile(r"[.!?。！？]\s*$")
_RELATED = re.compile(
    r"(?:related|similar|recommended|popular|other|further) "
    r"(?:topics?|articles?|pages?|information|links?|questions?|content|reading|help|resources)"
    r"|see also|you (?:may|might) also like|read (?:also|more|next)|more (?:information|help|resources)"
    r"|what'?s next|next steps?"
    r"|関連(?:する)?(?:項目|記事|情報|ページ|リンク|トピック|コンテンツ|ドキュメント|(?:ご|よくある)?質問|faq|q&a)"
    r"|(?:こちらも|(?:あわ|併)せて)(?:ご覧ください|お読みください|読みたい(?:記事)?)|次の(?:ステップ|記事)|参考リンク",
    re.IGNORECASE,
)


def without_links_above(blocks: Sequence[Block]) -> Sequence[Block]:
    """The blocks without the links to other pages that stand above the first heading."""
    first = next((number for number, block in enumerate(blocks) if isinstance(block, Heading)), 0)
    return [block for n, block in enumerate(blocks) if n >= first or not isinstance(block, Text) or block.linked < 1]


def without_related(blocks: Sequence[Block]) -> list[Block]:
    """The blocks without lists of related pages: "See also", and links only.

    Nothing is said in them, yet they hold the words of many a question.
    """
    kept: list[Block] = []
    at = 0
    while at < len(blocks):
        end = at + 1
        block = blocks[at]
        if isinstance(block, Heading | Text) and _RELATED.fullmatch(block.text.strip(" :：・■●▼◆【】<>")):
            while end < len(blocks) and (following := blocks[end]) and _leads_on(following):
                end += 1
            while isinstance(blocks[end - 1], Anchor):  # of what comes next
                end -= 1
        if end == at + 1 or not any(isinstance(each, Text) for each in blocks[at + 1 : end]):
            kept.append(block)
            end = at + 1
        at = end
    return kept


def _leads_on(block: Block) -> bool:
    """Whether nothing is said in a block: it is a link, perhaps with a few words around it."""
    if isinstance(block, Anchor):
        return True
    if not isinstance(block, Text) or not block.linked:
        return False
    return block.linked == 1 or (len(block.text) <= LONGEST_LINK and _ENDS_SENTENCE.search(block.text) is None)
