"""The messages of support conversations: who wrote each, and which of them count."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from ingest.logs.replies import unquoted, unsigned, without_device

ROLES = {
    "customer": "customer", "user": "customer", "client": "customer", "visitor": "customer", "end-user": "customer",
    "end user": "customer", "enduser": "customer", "requester": "customer", "contact": "customer", "lead": "customer",
    "エンドユーザー": "customer", "エンドユーザ": "customer", "リクエスタ": "customer", "リクエスター": "customer",
    "依頼者": "customer", "問い合わせ者": "customer", "会員": "customer", "利用者": "customer", "お客さま": "customer",
    "顧客": "customer", "お客様": "customer", "客": "customer", "ユーザー": "customer",
    "agent": "agent", "assistant": "agent", "operator": "agent", "staff": "agent", "support": "agent", "admin": "agent",
    "エージェント": "agent", "管理者": "agent", "店舗": "agent", "回答者": "agent", "representative": "agent",
    "担当者": "agent", "担当": "agent", "オペレーター": "agent", "スタッフ": "agent", "サポート": "agent",
}  # fmt: skip
PRIVATE = frozenset(
    ("true", "1", "yes", "y", "private", "internal", "internal note", "note", "はい", "○", "非公開", "内部", "内部メモ")
) | frozenset(("社内", "社内メモ", "メモ", "社内のみ"))
_PROGRAM = re.compile(
    r"\bbot\b|ボット|自動応答|応答メッセージ|あいさつメッセージ|自動返信"
    r"|\bauto(?:matic|mated)?[- ]?(?:reply|response|process)\b",
    re.IGNORECASE,
)
_MEDIA = re.compile(  # what chats write in the place of a picture
    r"(?:スタンプ|写真|画像|動画|ファイル|音声|ボイスメッセージ|位置情報)(?:が|を)送信(?:されました|しました)[。]?"
    r"|[\[(<](?:スタンプ|写真|画像|動画|ファイル|sticker|photo|picture|image|video|file|attachment)[\])>]",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Turn:
    """One message."""

    role: str  # customer or agent; anything else was left out
    text: str

    @classmethod
    def of(cls, role: object, text: object, private: object = False) -> Self | None:
        """A message of a customer or an agent; None for bots, systems, actions and private notes."""
        known = role_of(str(role or ""))
        said = unsigned(unquoted(without_device(str(text or "").strip())))
        if _MEDIA.fullmatch(said):
            return None
        hidden = private is True or str(private).strip().lower() in PRIVATE
        return cls(known, said) if known and said and not hidden else None


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation as its file tells it."""

    id: str
    turns: Sequence[Turn]
    status: str = ""
    lang: str | None = None
    row: int | None = None  # where it begins in the file
    updated: str | None = None  # the day on which it was closed, or the last message written: ISO 8601
    people: frozenset[str] = frozenset()  # names that its fields tell, whatever they are written in
    subject: str = ""  # the problem, where the customer wrote nothing else


def role_of(told: str) -> str:
    """Who speaks, by a word for them: customer, agent, or "" where it is no such word."""
    return ROLES.get(plain(told), "")


def plain(told: str) -> str:
    """A word of a log as it is looked up: whatever its width and its case."""
    return unicodedata.normalize("NFKC", told).strip().lower()


def is_role(told: str) -> bool:
    """Whether it says who speaks, as "agent" does and a name does not."""
    return bool(role_of(told))


def is_program(name: str) -> bool:
    """Whether it names what answers by itself: "Order Bot", 応答メッセージ."""
    return _PROGRAM.search(name) is not None
