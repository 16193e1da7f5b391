"""Questions in the middle of letters: python -m benchmarks.letters [--keep FOLDER]

Every second question of the public FAQs beside this repository (../shared/data), where they are, alone and in polite
letters of two lengths, the same for all: a greeting, who writes, what they have been doing, thanks. Prints how well the
right passage is found, how often what it answers is answered, and how often a question foreign to the FAQ is, in the
same letters. The letters were written for this project and are about nothing that either FAQ knows. The knowledge bases
are thrown away, or kept in FOLDER and used again.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.common.places import DATA
from benchmarks.quality import command
from knowledge.embedding.embeddings import open_embedder
from knowledge.index.store import Generation
from knowledge.language.analysis import Analyzer
from knowledge.passages import Found
from knowledge.searching import retrieval
from knowledge.settings import KnowledgeSettings, load
from service.settings import ServiceSettings
from tuning.evaluating import evaluation

EVERY = 2  # of a set's questions
FOREIGN = 100  # questions
SHORT = 3  # sentences before the question, and as many behind it
BEFORE = {
    "ja": (
        "お世話になっております。はじめてご連絡を差し上げます、田中と申します。"
        "毎朝早くに起きて、庭の花に水をやるのを日課にしております。先日は久しぶりに古い友人と会い、昔話に花が咲きました。"
        "娘はこの春から大学でドイツ語を学んでおりまして、毎晩遅くまで机に向かっています。"
        "夫は釣りが好きで、休みのたびに海へ出かけては、小さな魚を持ち帰ってまいります。"
    ),
    "en": (
        "Hello, I hope this message finds you well. My name is Tom, and I am writing to you for the first time. "
        "On most mornings I get up early to water the roses before the sun is too hot for them. "
        "Last weekend I met an old friend for the first time in years, and we talked until late in the night. "
        "My daughter has begun to learn German, and she sits over her books every evening after dinner. "
        "My wife loves fishing, and whenever she has a day off she drives to the sea and brings home something small. "
    ),
}
AFTER = {
    "ja": (
        "姉は最近、編み物に夢中になっておりまして、冬までに家族みんなの帽子を編むと張り切っております。"
        "隣の家の犬がよく吠えますが、慣れてしまえばかわいいものです。"
        "山の葉もすっかり赤くなり、朝晩は冷えるようになりました。"
        "お忙しいところ恐れ入りますが、どうぞよろしくお願いいたします。季節の変わり目ですので、お体を大切になさってください。"
        "皆様のご健康を心よりお祈りしております。"
    ),
    "en": (
        " My sister has taken up knitting, and she means to make a hat for each of us before the winter comes. "
        "The dog next door barks a good deal, but one gets used to it, and he is a dear old thing. "
        "The leaves on the hills have turned red by now, and the evenings are getting cold. "
        "I know how busy you must be, so thank you very much in advance for your time. "
        "Have a lovely day, and greetings to everybody. With best wishes from all of us, Tom"
    ),
}


@dataclass(frozen=True, slots=True)
class Desk:
    """A public FAQ, and questions that are foreign to it."""

    folder: Path
    lang: str
    foreign: Path

    def foreign_questions(self) -> list[str]:
        """Some of them, evenly."""
        texts = [one.text for one in evaluation.questions(self.foreign.parent, self.foreign.name)]
        return texts[:: max(1, len(texts) // FOREIGN)][:FOREIGN]


DESKS = (
    Desk(DATA / "localgovfaq", "ja", DATA / "localgovfaq" / "oos_queries.jsonl"),
    Desk(DATA / "stackfaq", "en", DATA / "banking77" / "train.jsonl"),
)


def main() -> None:
    wanted = argparse.ArgumentParser()
    wanted.add_argument("--keep", type=Path)
    keep = wanted.parse_args().keep
    desks = [desk for desk in DESKS if desk.folder.is_dir() and desk.foreign.exists()]
    if not desks:
        print("None of the public FAQs is here.")
        return
    heads = ("letters", "characters", "questions", "P@1", "nDCG@10", "R@10", "answered", "foreign", "AUROC")
    print(f"{'set':<14}" + "".join(f"{head:>11}" for head in heads))
    with tempfile.TemporaryDirectory(prefix="madoguchi-letters-") as scratch:
        for desk in desks:
            data = (keep or Path(scratch)) / desk.folder.name
            command("ingest", str(evaluation.corpus_file(desk.folder)), data=data)
            measure(desk, data)


def measure(desk: Desk, data: Path) -> None:
    """Ask everything in each kind of letter, and print a line of each."""
    settings = load(KnowledgeSettings, data=data)
    embedder, threshold = open_embedder(settings), load(ServiceSettings).refuse_below
    generation = Generation.open(data, Analyzer(), embedder.fingerprint)
    judged, foreign = evaluation.judgements(desk.folder), desk.foreign_questions()
    asked = [one for one in evaluation.questions(desk.folder) if any(judged.get(one.id, {}).values())][::EVERY]

    def search(text: str, limit: int, history: Sequence[str] = ()) -> Found:
        return retrieval.search(generation, embedder, text, limit, history=history)

    for name, sentences in (("none", 0), ("short", SHORT), ("long", None)):
        letters = [replace(one, text=letter(one.text, desk.lang, sentences)) for one in asked]
        scores = evaluation.retrieval(search, letters, judged, lambda _: None).scores
        others = [evaluation.Question(text, letter(text, desk.lang, sentences), desk.lang, {}) for text in foreign]
        told = evaluation.refusal(search, letters, others, threshold)
        length = sum(len(one.text) for one in letters) / len(letters)
        values = (*(scores[each].value for each in ("P@1", "nDCG@10", "R@10")), 1 - told.false_refusals)
        cells = "".join(f"{value:>11.3f}" for value in (*values, told.false_answers, told.auroc))
        print(f"{desk.folder.name:<14}{name:>11}{length:>11.0f}{len(letters):>11}{cells}", flush=True)


def letter(question: str, lang: str, sentences: int | None) -> str:
    """A question between so many sentences before it and behind it; all of them when None."""
    if sentences == 0:
        return question
    end, joint = ("。", "") if lang == "ja" else (". ", " ")
    before, after = (parts_of(text, end) for text in (BEFORE[lang], AFTER[lang]))
    if sentences is not None:
        before, after = before[:sentences], after[-sentences:]
    asked = question if question.endswith(("?", "？", "。", ".")) else question + end.strip()
    return joint.join([*before, asked, *after])


def parts_of(text: str, end: str) -> list[str]:
    """The sentences of a text, each with its end."""
    return [f"{sentence.strip()}{end.strip()}" for sentence in text.strip().removesuffix(end.strip()).split(end)]


if __name__ == "__main__":
    main()
