"""From headings and texts in reading order to sections; headings that ask and texts that answer become FAQ pairs.

Readers of pages (HTML, Markdown) say what stands where; what it means is decided here, in one place for all of them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Literal

from ingest.texts.articles import articles
from ingest.texts.extracts import Extract, Section, kind_of
from ingest.texts.questions import asks, bare_answer, bare_question, is_marked_answer, is_marked_question, names_a_faq

MOSTLY = 0.5  # of the headings of a level must ask, so that all of them count as questions
SOME = 0.2  # are enough on a page that calls itself a FAQ
LONGEST_LINK = 120  # characters of a line that only leads to another page
_ENDS_SENTENCE = re.compile(r"[.!?。！？]\s*$")
_CAPTION = re.compile(
    r"(?:figure|fig\.|table|example|listing|図|表|例|写真|画像)[\s\u3000]*[A-ZＡ-Ｚ]?[.\-]?[\d０-９]", re.IGNORECASE
)
_ENDS_NAME = re.compile(r"[^\W_][)）」』\]】\"'’”]*$")  # neither a sentence nor what leads on to the next line
_RELATED = re.compile(
    r"(?:related|similar|recommended|popular|other|further) "
    r"(?:topics?|articles?|pages?|information|links?|questions?|content|reading|help|resources)"
    r"|see also|you (?:may|might) also like|read (?:also|more|next)|more (?:information|help|resources)"
    r"|what'?s next|next steps?"
    r"|関連(?:する)?(?:項目|記事|情報|ページ|リンク|トピック|コンテンツ|ドキュメント|(?:ご|よくある)?質問|faq|q&a)"
    r"|(?:こちらも|(?:あわ|併)せて)(?:ご覧ください|お読みください|読みたい(?:記事)?)|次の(?:ステップ|記事)|参考リンク",
    re.IGNORECASE,
)
ANSWERED = 0.8  # of a level's headings have text of their own: questions, rather than groups of questions
ARTICLE_LEVEL = 999_999  # 第14条（休会） as a paragraph: below every heading of the page
BOLD_LEVEL = 999_998  # a short paragraph in bold above others: below every heading, with the questions below it
FEWEST_ASKING = 3  # in bold, among which others that do not ask are questions, too
FEWEST_BOLD = 2  # that make such paragraphs headings; one alone may be anything
LARGER = 2  # half points that the letters of a heading are larger by than those of one below it
LONGEST_BOLD = 60  # characters
MARKED_LEVEL = 1_000_000  # "Q. …" as a paragraph: below every heading


@dataclass(slots=True)  # not frozen: made by the ten thousand, for which that takes twice as long and more
class Heading:
    """A heading, or what serves as one: the summary of a folded text, the term of a definition, a "Q. …"."""

    level: int
    text: str
    anchor: str | None = None
    slug: str | None = None  # what the heading is called where nothing else names it
    role: Literal["heading", "summary", "term", "marked", "bold"] = "heading"


@dataclass(slots=True)
class Text:
    """A paragraph, a list or a table, one item or row a line."""

    text: str
    linked: float = 0.0  # the share of it that is in links to other pages
    bold: bool = False  # all of it
    size: int = 0  # of its letters, in half points, where it is bold and that is known


@dataclass(frozen=True, slots=True)
class Anchor:
    """A named place: of the heading just before it, else of the next one."""

    name: str


@dataclass(frozen=True, slots=True)
class Close:
    """Headings of this level and below say nothing about what follows."""

    level: int


Block = Heading | Text | Anchor | Close


@dataclass(slots=True, eq=False)
class _Node:
    heading: Heading
    parent: _Node | None
    anchor: str | None
    has_text: bool = False  # its own
    has_below: bool = False  # a heading below it has text
    asks: bool = False
    owner: _Node | None = None  # the question whose answer this is part of
    lines: list[str] = field(default_factory=list)

    def anchor_or_above(self) -> str | None:
        node: _Node | None = self
        while node is not None:
            if node.anchor:
                return node.anchor
            node = node.parent
        return None

    def path(self) -> tuple[str, ...]:
        names, node = [], self
        while node.parent is not None:
            if node is self or not (node.asks and self.heading.role == "marked"):  # a row says nothing of the next one
                names.append(node.heading.text)
            node = node.parent
        return tuple(reversed(names))


def extract(blocks: Iterable[Block], title: str | None, name: str) -> Extract:
    """Make sections of a page's blocks; the page is a FAQ when most of them are pairs."""
    told = _with_articles(_without_related(_without_links_above(list(blocks))))
    is_faq = any(map(names_a_faq, (title or "", *(each.text for each in told if isinstance(each, Heading)))))
    root, nodes, texts = _outline(_marked(_with_bold_headings(told, 1 if is_faq else FEWEST_BOLD)))
    headings = [node.heading for node in nodes if node.heading.role == "heading"]
    headings = headings or [node.heading for node in nodes if node.heading.role == "bold"]
    first = headings[0].text if headings else ""
    alone = sum(heading.level <= headings[0].level for heading in headings) == 1  # else it heads a part of the page
    title = title or (first if alone else name)
    _find_questions(nodes, hinted=any(map(names_a_faq, (title, first))))
    sections = list(_sections(root, texts))
    return Extract(title, kind_of(sections), sections)


def _without_links_above(blocks: Sequence[Block]) -> Sequence[Block]:
    """The blocks without the links to other pages that stand above the first heading."""
    first = next((number for number, block in enumerate(blocks) if isinstance(block, Heading)), 0)
    return [block for n, block in enumerate(blocks) if n >= first or not isinstance(block, Text) or block.linked < 1]


def _without_related(blocks: Sequence[Block]) -> list[Block]:
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


def _with_articles(blocks: Sequence[Block]) -> list[Block]:
    """The blocks with the articles of rules as headings, where paragraphs or first lines of some name them."""
    lines: list[str] = []
    begins: dict[int, int] = {}  # of a block's first line, which block
    for number, block in enumerate(blocks):
        if isinstance(block, Text):
            begins[len(lines)] = number
            lines += block.text.split("\n")
    found = articles(lines)
    named = {begins[line] for line in found if line in begins}
    if len(named) < len(found):  # others stand within paragraphs: those would go under the wrong one
        return list(blocks)
    kept: list[Block] = []
    for number, block in enumerate(blocks):
        if number not in named or not isinstance(block, Text):
            kept.append(block)
            continue
        name, _, rest = block.text.partition("\n")
        kept.append(Heading(ARTICLE_LEVEL, name.strip()))
        if rest:
            kept.append(Text(rest))
    return kept


def _with_bold_headings(blocks: Sequence[Block], fewest: int) -> list[Block]:
    """The blocks with paragraphs in bold as headings, those that ask as questions, where several stand above others.

    One in larger letters stands above those in smaller ones, and what a page begins with above all of them.
    """
    heads: dict[int, Heading] = {}
    levels = _levels_of_sizes(blocks)
    for number, (block, following) in reversed(list(enumerate(pairwise(blocks)))):
        if not isinstance(block, Text) or not block.bold or "\n" in block.text or _CAPTION.match(block.text):
            continue
        if not isinstance(following, Text):
            continue
        level = 1 if number == 0 else levels[block.size]
        is_above = number + 1 in heads and level < heads[number + 1].level
        if following.bold and not asks(following.text) and not is_above:
            continue
        if asks(block.text) and not following.bold:
            heads[number] = Heading(MARKED_LEVEL, block.text, role="marked")
        elif len(block.text) <= LONGEST_BOLD and _ENDS_NAME.search(block.text):
            heads[number] = Heading(level if is_above else levels[block.size], block.text, role="bold")
    heads |= _with_their_like(blocks, heads)
    counts = Counter(heading.role for heading in heads.values())
    return [
        heads[number] if number in heads and (counts[heads[number].role] >= fewest or number + 1 in heads) else block
        for number, block in enumerate(blocks)
    ]


def _with_their_like(blocks: Sequence[Block], heads: Mapping[int, Heading]) -> dict[int, Heading]:
    """Headings in bold as questions, where most others that stand right above an answer, in letters of that size, ask.

    "I forgot my password" among questions is one; as a heading it would hold the next question.
    """
    groups: dict[int, list[int]] = {}
    for number in heads:
        block, following = blocks[number], blocks[number + 1]
        if number and isinstance(block, Text) and isinstance(following, Text) and not following.bold:
            groups.setdefault(block.size, []).append(number)
    return {
        number: Heading(MARKED_LEVEL, heads[number].text, role="marked")
        for group in groups.values()
        if sum(heads[number].role == "marked" for number in group) >= max(FEWEST_ASKING, MOSTLY * len(group))
        for number in group
    }


def _levels_of_sizes(blocks: Iterable[Block]) -> dict[int, int]:
    """The level of headings in bold by the size of their letters; sizes that are nearly the same have the same one."""
    levels: dict[int, int] = {}
    level, smallest = BOLD_LEVEL, None
    for size in sorted({block.size for block in blocks if isinstance(block, Text) and block.bold}):
        if smallest is not None and size >= smallest + LARGER:
            level -= 1
        if smallest is None or size >= smallest + LARGER:
            smallest = size
        levels[size] = level
    return levels


def _marked(blocks: Sequence[Block]) -> Iterator[Block]:
    """Paragraphs "Q. …" and "A. …" that follow one another are a heading and its text."""
    for number, block in enumerate(blocks):
        following = blocks[number + 1] if number + 1 < len(blocks) else None
        if (
            isinstance(block, Text)
            and "\n" not in block.text
            and is_marked_question(block.text)
            and isinstance(following, Text)
            and is_marked_answer(following.text)
        ):
            yield Heading(MARKED_LEVEL, block.text, role="marked")
            continue
        question, _, answer = block.text.partition("\n") if isinstance(block, Text) else ("", "", "")
        if is_marked_question(question) and is_marked_answer(answer):
            yield Heading(MARKED_LEVEL, question, role="marked")
            yield Text(answer)
            continue
        yield block


def _outline(blocks: Iterable[Block]) -> tuple[_Node, list[_Node], list[tuple[_Node, str]]]:
    """The headings as a tree, and every text with the heading that it stands under."""
    root = _Node(Heading(0, ""), None, None)
    stack, nodes = [root], [root]
    texts: list[tuple[_Node, str]] = []
    waiting: str | None = None  # an anchor that no heading has taken yet
    fresh = False  # nothing has come since the last heading
    for block in blocks:
        match block:
            case Heading():
                while stack[-1].heading.level >= block.level:
                    stack.pop()
                node = _Node(block, stack[-1], block.anchor or waiting)
                stack.append(node)
                nodes.append(node)
                waiting, fresh = None, True
            case Text():
                texts.append((stack[-1], block.text))
                stack[-1].has_text = True
                for above in stack[:-1]:
                    above.has_below = True
                waiting, fresh = None, False
            case Anchor():
                if fresh and stack[-1].anchor is None:
                    stack[-1].anchor = block.name
                else:
                    waiting = block.name
            case Close():
                while stack[-1].heading.level >= block.level:
                    stack.pop()
                fresh = False
    for node in nodes:
        node.anchor = node.anchor or node.heading.slug
    return root, nodes[1:], [each for n, each in enumerate(texts) if not _repeats_heading(texts, n)]


def _repeats_heading(texts: Sequence[tuple[_Node, str]], number: int) -> bool:
    """Whether the last text under a heading only says that once more, as captions of icons do."""
    node, text = texts[number]
    if text.casefold() != node.heading.text.casefold() or not number or texts[number - 1][0] is not node:
        return False
    is_last = number + 1 == len(texts) or texts[number + 1][0] is not node
    return is_last and not texts[number - 1][1].rstrip().endswith((":", "："))


def _find_questions(nodes: Sequence[_Node], hinted: bool) -> None:
    asking: Counter[tuple[str, int]] = Counter()
    answered: Counter[tuple[str, int]] = Counter()
    all_of: Counter[tuple[str, int]] = Counter()
    told = [node for node in nodes if node.has_text or node.has_below]
    for node in told:
        group = node.heading.role, node.heading.level
        all_of[group] += 1
        answered[group] += node.has_text
        asking[group] += asks(node.heading.text)

    def holds_questions(group: tuple[str, int]) -> bool:
        role, n, q = group[0], all_of[group], asking[group]
        if role in ("marked", "bold"):
            return role == "marked"
        if hinted and n > 1 and answered[group] >= ANSWERED * n and (q >= SOME * n or role != "term"):
            return True
        return q >= MOSTLY * n and (n > 1 or len(told) == 1 or role != "heading")

    groups = {group for group in all_of if holds_questions(group)}
    for node in nodes:  # in reading order, so that what stands above is settled first
        above = node.parent.owner if node.parent is not None else None
        is_question = (node.heading.role, node.heading.level) in groups and node.has_text
        certain = node.heading.role == "marked" or asks(node.heading.text)
        if is_question and (above is None or certain):  # one within another's answer has its own
            node.asks, node.owner = True, node
        else:
            node.owner = above


def _sections(root: _Node, texts: Iterable[tuple[_Node, str]]) -> Iterator[Section]:
    order: dict[_Node, None] = {}
    named: set[_Node] = set()
    for node, text in texts:
        term = node.heading.role == "term" and not node.asks
        holder = node.owner or (node.parent if term and node.parent is not None else node)
        order.setdefault(holder)
        if node is not holder and node not in named:
            named.add(node)
            if term:
                text = f"{node.heading.text}: {text}"
            else:
                holder.lines.append(node.heading.text)
        holder.lines.append(text)
    for holder in order:
        text = "\n\n".join(holder.lines)
        anchor = holder.anchor_or_above()
        if holder.asks:
            assert holder.parent is not None, "only the root has no parent, and it asks nothing"
            question = bare_question(holder.heading.text)
            yield Section(bare_answer(text), question=question, headings=holder.path()[:-1], anchor=anchor)
        else:
            yield Section(text, headings=holder.path(), anchor=anchor)
