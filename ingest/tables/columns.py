"""Knows what the columns of a table hold by their names, in English and Japanese."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from ingest.metadata.attributes import attributes, is_internal, meaning
from ingest.metadata.days import day_of, names_update, plain_name
from ingest.texts.extracts import Section
from knowledge.passages import Attributes

Row = tuple[int, list[str]]  # 1-based, with its cells

_NAMES = {
    "question": "question questions q query prompt 質問 ご質問 質問文 質問内容 ご質問内容 よくある質問"
    " よくあるご質問 設問 問 お問い合わせ お問合せ お問い合わせ内容 お問合せ内容 問い合わせ 問い合わせ内容"
    " 問合せ内容 問合わせ内容 相談内容 ご相談内容 受付内容 申出内容 お申し出内容 お客様からの質問"
    " お客様からのご質問 お客様の声 issue problem inquiry enquiry ご用件 用件",
    "subject": "subject title ticketname casesubject 件名 タイトル 表題 題名",  # the question where nothing else asks
    "answer": "answer answers a response reply resolution solution 回答 ご回答 回答文 回答内容 答え 答 返答 返信"
    " 対応 対応内容 対応結果 対応詳細 処置 処置内容 処理内容 返信内容 回答例 解決策 解決方法 解決内容 対処法 対処"
    " 案内内容 ご案内内容 回答結果",
    "id": "id no number key faqid faqno 番号 管理番号 項番 通番 連番",
    "category": "category categories subcategory section topic group カテゴリ カテゴリー 分類 区分 ジャンル 種別"
    " 大分類 中分類 小分類 大カテゴリ 中カテゴリ 小カテゴリ",
    "url": "url link リンク リンク先 参照url 参考url 関連url",
    "lang": "lang language locale 言語",
    "conversation": "conversationid conversation ticketid ticket ticketno ticketnumber threadid casenumber caseid"
    " caseno parentid 会話id 会話番号 チケットid チケット番号 チケットno 問い合わせ番号 問い合わせno 問い合わせid"
    " お問い合わせ番号 お問い合わせno 問合せ番号 問合せno 受付番号 受付no 受付id 対応番号 対応no 案件番号 案件id"
    " ケース番号",
    "role": "role author sender speaker from 発言者 話者 送信者 役割 authortype authorrole sendertype 投稿者"
    " 投稿者の種類 投稿者種別 投稿者区分 作成者 作成者の種類 送信者種別 送信者タイプ 送信者区分 発言者区分"
    " 発言者種別 発言者タイプ 話者区分 createdby",
    "kind": "messagetype parttype commenttype eventtype direction メッセージ種別 発言種別 送受信 送受信区分",
    "text": "text message body content comment comments commentbody casecomment casecomments textbody plainbody"
    " 本文 メッセージ メッセージ本文 メッセージ内容 発言 発言内容 内容 コメント コメント内容",
    "at": "at time timestamp createdat createddate sentat senton datesent date commentdate 日時 送信日時 投稿日時"
    " 発言日時 作成日時 送信日 送信時刻 送信時間",
    "description": "description 説明 詳細 問い合わせ詳細 お問い合わせ詳細",
    "asker": "requester requestername contactname customername associatedcontact 問い合わせ者 問い合わせ者名 依頼者"
    " リクエスタ 顧客名 お客様名 お客様氏名 お客さま名 会員名 相手先 相談者 申出者 fullname 氏名 お名前 ご氏名"
    " 問い合わせ元 問合せ元 customer client お客様担当者名 ご担当者名 お客様担当者",
    "person": "name agent agentname assignee respondername sendername authorname ticketowner caseowner owner 名前"
    " 対応者 対応者名 担当者 担当者名 送信者名 発言者名 受付者 受付者名 受付担当 受付担当者 記入者 回答者",
    "public": "public ispublic ispublished 公開 公開コメント 公開/非公開",
    "status": "status state ticketstatus casestatus 状態 ステータス 対応状況 対応状態 対応ステータス 処理状況 進捗"
    " 進捗状況",
    "closed": "closed closedat closedtime closeddate resolved resolvedat resolvedtime resolveddate solvedat dateclosed"
    " 完了日 完了日時 対応完了日 対応完了日時 解決日 解決日時 クローズ日 クローズ日時 対応終了日",
    "private": "private internal 非公開 社内メモ",
    "contact": "email emailaddress mail phone phonenumber tel mobile customeremail requesteremail contactemail"
    " contactphone メール メールアドレス 電話 電話番号 お電話番号 携帯番号 携帯電話 連絡先 ご連絡先",
}
_MEANING = {name: meaning for meaning, names in _NAMES.items() for name in names.split()}
_LANGUAGES = {"日本語": "ja", "英語": "en", "japanese": "ja", "english": "en"}
_OF_A_MESSAGE = re.compile(
    r"^(?:ticket|comment|message|conversation|チケットの?|コメントの?|メッセージの?|会話の?)(?=.)"
)


class Columns:
    """Where each thing that we know stands in a row."""

    def __init__(self, header: Sequence[str]) -> None:
        self.header = header
        self.places: dict[str, list[int]] = {}
        self._about = [(name, place) for place, name in enumerate(header) if meaning(name)]
        self._dated = [place for place, name in enumerate(header) if names_update(name)]
        self.warnings: list[str] = []  # of rows that were made sections
        for number, name in enumerate(header):
            plain = plain_name(name)
            if known := _MEANING.get(plain) or _MEANING.get(_OF_A_MESSAGE.sub("", plain)):
                self.places.setdefault(known, []).append(number)

    def have(self, *meanings: str) -> bool:
        """Whether there is a column of each meaning."""
        return all(meaning in self.places for meaning in meanings)

    def all_of(self, meaning: str, cells: Sequence[str]) -> tuple[str, ...]:
        """What a row says in the columns of a meaning, empty cells left out."""
        places = self.places.get(meaning, ())
        return tuple(cells[place] for place in places if place < len(cells) and cells[place])

    def one_of(self, meaning: str, cells: Sequence[str]) -> str:
        """What a row says in the first filled column of a meaning."""
        return next(iter(self.all_of(meaning, cells)), "")

    def named(self) -> str:
        """What the columns were taken for, in words for whoever named them: お客様名 as asker."""
        return ", ".join(
            f"{self.header[place]} as {meaning}" for meaning, places in self.places.items() for place in places
        )

    def lang(self, cells: Sequence[str]) -> str | None:
        """The row's language."""
        said = re.split(r"[-_]", self.one_of("lang", cells).lower())[0]
        return _LANGUAGES.get(said, said) or None

    def section(self, row: Row, text: str, question: str | None = None) -> Section:
        """A row as a section."""
        number, cells = row
        return Section(
            text,
            question=question,
            headings=self.all_of("category", cells) if question else (),
            anchor=self.one_of("id", cells) or None,
            row=number,
            lang=self.lang(cells),
            url=self.one_of("url", cells) or None,
            attributes=self._attributes(row, bool(question)),
            updated=self.updated(cells),
        )

    def updated(self, cells: Sequence[str]) -> str | None:
        """The day of a row's last update, where a column tells it."""
        lang = self.lang(cells) if self._dated else None
        found = (day_of(cells[place], lang) for place in self._dated if place < len(cells))
        return next(filter(None, found), None)

    def _attributes(self, row: Row, is_question: bool) -> Attributes:
        number, cells = row
        unread: list[str] = []
        found = attributes(((name, cells[place]) for name, place in self._about if place < len(cells)), unread)
        if is_question and any(map(is_internal, self.all_of("status", cells))):  # "Draft"; of a ticket it is its own
            found = replace(found, audience=("staff",))
        self.warnings += [f"Row {number}: {warning}" for warning in unread]
        return found


def is_faq(header: Sequence[str]) -> bool:
    """Whether columns of these names hold questions and answers."""
    return Columns(header).have("question", "answer")


def pairs(rows: Sequence[Sequence[str]]) -> list[tuple[str, str]]:
    """The questions and answers of a table within a page, where its header names them; else none."""
    if not is_faq(rows[0]):
        return []
    columns = Columns(rows[0])
    found = ((columns.one_of("question", cells), columns.one_of("answer", cells)) for cells in rows[1:])
    return [(question, answer) for question, answer in found if question and answer]
