"""Words that tell little of what a question is about, however seldom a small knowledge base says them.

In thousands of passages "bring" is common and "guitar" is rare. In sixty each may stand in one, and then a question
after a guitar finds what else may be brought. So what such a word is worth is a share at most of what a word is worth
that a single passage holds. The lists were written for this project.
"""

from __future__ import annotations

from knowledge.language.analysis import Analyzer

_MOST = 0.4  # of the rarity of a word that one passage holds: words of nearly any question
_SOME = 0.55  # the same of those that go with many subjects
_EN = (
    """use need want get make work help go know take see time way like other more than them no new only one""",
    """across actual again all allow already also anybody anyone anything around away bad because before best better bit
    both bring cannot case certain come different do done each else end enough ever every everyone everything exact
    far find first follow for full give good happen have instead just keep kind know last least let little long look
    lot made many may mean most much must near never next nobody nothing now off often ok okay once own part particular
    people per person place possible problem put quite reason really right same say seem several show simply since
    small big somebody someone something sort start still stuff such sure tell than then thing think though through too
    towards try two type under until usual various very via wait well while whole with within without wrong yet yes
    I'm I'd I've don't doesn't didn't can't couldn't isn't aren't won't wouldn't it's there's what's""",
)
# As the dictionary writes them, which are the terms of the index. いくら is not among them: it asks for a price.
_JA = (
    """何 時 何時 言う 行く 来る 知る 使う 見る 分かる 教える 欲しい 良い 無い 必要 場合 人 中 方 所 様 的 回 前 後""",
    """何の どんな どれ どう 何処 何方 誰 何故 幾つ 如何 行う 使用 利用 方法 可能 持つ 取る 入れる 付ける 出す
    入る 出る 掛かる 貰う 呉れる 遣る 置く 聞く 思う 考える 仕舞う 過ぎる 大丈夫 内 間 上 性 等 つ 一 二 今 今日 明日
    未だ もう 直ぐ 全部 全て 全体 他 別 同じ 一緒 自分 者 以上 以下 以内 以外 以降 次 最大 多い 少ない 困る 対応 通り
    其れ 此れ 程 位 形 点 例 現在 迄 内容 部分 感じ 気 頃""",
)
WORDS = " ".join((*_EN, *_JA))  # all of them


def generic(analyzer: Analyzer) -> dict[str, float]:
    """For the terms of such words the most that each is worth, as a share of what a word is that one passage holds."""
    found: dict[str, float] = {}
    for most, english, japanese in ((_SOME, _EN[1], _JA[1]), (_MOST, _EN[0], _JA[0])):
        found |= dict.fromkeys((*analyzer.terms(english), *japanese.split()), most)
    return found
