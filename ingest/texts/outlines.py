"""From headings and texts in reading order to sections; headings that ask and texts that answer become FAQ pairs.

Readers of pages (HTML, Markdown) say what stands where; what it means is decided here, in one place for all of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from ingest.texts.articles import articles
from ingest.texts.blocks import MARKED_LEVEL, Anchor, Block, Close, Heading, Text
from ingest.texts.bold import MOSTLY, with_bold_headings
from ingest.texts.extracts import Extract, Section, kind_of
from ingest.texts.questions import asks, bare_answer, bare_question, is_marked_answer, is_marked_question, names_a_faq
from ingest.texts.related import without_links_above, without_related

SOME = 0.2  # are enough on a page that calls itself a FAQ
ANSWERED = 0.8  # of a level's headings have text of their own: questions, rather than groups of questions
ARTICLE_LEVEL = 999_999  # 第14条（休会） as a paragraph: below every heading of the page
FEWEST_BOLD = 2  # that make such paragraphs headings; one alone may be anything


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
    told = _with_articles(without_related(without_links_above(list(blocks))))
    is_faq = any(map(names_a_faq, (title or "", *(each.text for each in told if isinstance(each, Heading)))))
    root, nodes, texts = _outline(_marked(with_bold_headings(told, 1 if is_faq else FEWEST_BOLD)))
    headings = [node.heading for node in nodes if node.heading.role == "heading"]
    headings = headings or [node.heading for node in nodes if node.heading.role == "bold"]
    first = headings[0].text if headings else ""
    alone = sum(heading.level <= headings[0].level for heading in headings) == 1  # else it heads a part of the page
    title = title or (first if alone else name)
    _find_questions(nodes, hinted=any(map(names_a_faq, (title, first))))
    sections = list(_sections(root, texts))
    return Extract(title, kind_of(sections), sections)


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
