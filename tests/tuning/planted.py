"""A clean set of training rows, and the ways in which each test spoils it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

Row = dict[str, Any]

PAIRS = [
    ("返品の期限を教えてください。", "商品の到着後30日以内にお申し出ください。未使用の品に限ります。"),
    ("送料はいくらですか。", "全国一律550円です。5,500円以上のお買い上げで無料になります。"),
    ("支払い方法には何がありますか。", "クレジットカード、コンビニ払い、銀行振込をお選びいただけます。"),
    ("領収書は発行できますか。", "マイページの注文履歴から、いつでも印刷できます。"),
    ("ケトルの容量はどれくらいですか。", "一度に0.8リットルまで沸かせます。"),
    ("会員登録は必要ですか。", "登録なしでもご購入いただけますが、ポイントは付きません。"),
    ("店舗の営業時間は何時までですか。", "三店舗とも午前10時から午後8時まで営業しております。"),
    ("ギフト包装を頼めますか。", "ご注文の際に、有料の包装をお選びいただけます。"),
    ("How long is the warranty?", "Every appliance is covered for two years from the day of delivery."),
    ("Do you ship to Hokkaido?", "Yes, we ship everywhere in Japan, and it takes one day more to Hokkaido."),
    ("Can I change my address after ordering?", "You can change it on My Page until the parcel has left."),
    ("Where do I find the filter of the humidifier?", "It sits behind the rear panel, which slides upwards."),
    ("How do I descale the kettle?", "Boil one sachet of citric acid in water and rinse the kettle twice."),
    ("Is the pressure cooker dishwasher-safe?", "The pot is, while the lid and its seal are washed by hand."),
    ("How do I cancel a subscription?", "Open the subscription on My Page and choose to stop it."),
    ("Which coins do your vending machines take?", "They take every Japanese coin from ten yen upwards."),
]


def row(question: str, answer: str) -> Row:
    return {"messages": [{"role": "user", "content": question}, {"role": "assistant", "content": answer}]}


def clean() -> list[Row]:
    """Sixteen rows with nothing wrong in them."""
    return [row(question, answer) for question, answer in PAIRS]


def with_row(question: str, answer: str) -> list[Row]:
    """The clean rows and one more: row 17."""
    return [*clean(), row(question, answer)]


def write(path: Path, rows: list[Row | str]) -> Path:
    lines = [line if isinstance(line, str) else json.dumps(line, ensure_ascii=False) for line in rows]
    path.write_text("".join(f"{line}\n" for line in lines), "utf-8", errors="surrogateescape")
    return path
