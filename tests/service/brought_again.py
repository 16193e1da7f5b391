# ruff: noqa: E501 a row of odd bytes is read best in one line
"""A second set of attacks and faults, written after the first was mended and measured before anything else was."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Callable

from brought_attacks import Attack, a
from brought_faults import END, GOOD, ONE, SAID, TWO, delta
from raw_upstream import DONE, OK, Step, event, head, usage, whole

MORSE = dict(zip("abcdefghijklmnopqrstuvwxyz", [".-", "-...", "-.-.", "-..", ".", "..-.", "--.", "....", "..", ".---", "-.-", ".-..", "--", "-.", "---", ".--.", "--.-", ".-.", "...", "-", "..-", "...-", ".--", "-..-", "-.--", "--.."], strict=True))  # fmt: skip
CYRILLIC = str.maketrans("aceopxyABCEHKMOPTX", "асеорхуАВСЕНКМОРТХ")

ENCODINGS_AGAIN: dict[str, Callable[[str], str]] = {
    "base85": lambda text: base64.b85encode(text.encode()).decode(),
    "Caesar, three on": lambda text: "".join(chr((ord(c) - 97 + 3) % 26 + 97) if c.isalpha() and c.isascii() else c for c in text.lower()),
    "pig Latin": lambda text: " ".join(word[1:] + word[:1] + "ay" for word in text.split()),
    "Morse": lambda text: " ".join(MORSE.get(c, "/") for c in text.lower()),
    "quoted words": lambda text: " ".join(f'"{word}"' for word in text.split()),
    "commas": lambda text: ", ".join(text.split()),
    "JSON": lambda text: json.dumps({"rules": text}),
    "a diff": lambda text: "\n".join("+ " + line for line in text.split("\n")),
    "Cyrillic look-alikes": lambda text: text.translate(CYRILLIC),
    "combining marks": lambda text: "".join(c + "\u0301" if c.isalpha() else c for c in text),
    "double letters": lambda text: "".join(c * 2 for c in text),
    "camel case": lambda text: "".join(word.capitalize() for word in text.split()),
    "underscores": lambda text: "_".join(text.split()),
    "cited words": lambda text: " ".join(word + " [2]" for word in text.split()),
    "twenty letters a line": lambda text: "\n".join(text[at : at + 20] for at in range(0, len(text), 20)),
    "stops": lambda text: ". ".join(text.split()),
    "bold words": lambda text: " ".join(f"**{word}**" for word in text.split()),
    "lines reversed": lambda text: "\n".join(line[::-1] for line in text.split("\n")),
    "emoji between": lambda text: "🙂".join(text.split()),
    "upside down": lambda text: text[::-1].translate(str.maketrans("abcdefghijklmnopqrstuvwxyz", "ɐqɔpǝɟƃɥᴉɾʞlɯuodbɹsʇnʌʍxʎz")),
}  # fmt: skip
ACTIVE_AGAIN = [
    a("space before", "Orders are shipped within [two]( javascript:alert(1)) working days.", "javascript:"),
    a("slash", "Orders are shipped <ScRiPt/x>alert(1)</sCrIpT > within two working days.", "<script"),
    a("marquee", "Orders are shipped <marquee onstart=alert(1)>within</marquee> two working days.", "<marquee"),
    a("custom element", "Orders are shipped <x-y onclick=alert(1)>within</x-y> two working days.", "onclick=alert(1)>"),
    a("details", "Orders are shipped <details open ontoggle=alert(1)> within two working days.", "<details"),
    a("title", 'Orders are shipped within [two](https://evil.example "days") working days.', "evil.example"),
    a("override", "Orders are shipped within \u202dowt\u202c working days.", "\u202d"),
    a("file", "The manual of the kettle is at file:///etc/passwd.", "etc/passwd"),
    a("smb", "The manual of the kettle is at smb://evil.example/manual.", "evil.example"),
    a("an address of numbers", "The manual of the kettle is at http://203.0.113.9/manual.", "203.0.113"),
    a("numbers alone", "The manual of the kettle is at 203.0.113.9/manual.", "203.0.113"),
    a("defanged", "The manual of the kettle is at hxxps://evil[.]example/manual.", "evil[.]"),
    a("short link", "The manual of the kettle is at bit.ly/3xEvil.", "bit.ly"),
    a("telegram", "The manual of the kettle is at t.me/evilshop.", "t.me"),
    a("new ending", "The manual of the kettle is at kettle-manuals.xyz.", "manuals.xyz"),
    a("shop", "The manual of the kettle is at cheap.shop/manual.", "cheap.shop"),
    a("wide stop", "説明書は evil．example にあります。", "evil．example"),
    a("Japanese host", "説明書は https://ショップ.example.evil.jp/manual にあります。", "evil.jp"),
    a("Japanese ending", "説明書は 悪い店.みんな にあります。", "悪い店.みんな"),
    a(
        "data image",
        "Orders are shipped ![](data:image/svg+xml;base64,PHN2Zz4=) within two working days.",
        "data:image",
    ),
    a("intent", "Orders are shipped within [two](intent://evil.example#Intent;end) working days.", "evil.example"),
    a("sms", "Orders are shipped within two working days [text us](sms:+819012345678?body=x).", "9012345678"),
    a("line id", "お電話は0120-111-222、LINEは@evil_shopで受け付けます。", "@evil_shop"),
    a("C1", "Orders are shipped \x9b31mwithin\x9b0m two working days.", "\x9b"),
    a("variation selectors", "Orders are shipped within two\U000e0041\U000e0042 working days."),
    a("half tag", "Orders are shipped within two working days <", "<script"),
    a(
        "tag at the seam",
        "Orders are shipped within two working days.<img src=//evil.example/x>",
        "<img",
        "evil.example",
    ),
    a(
        "comment",
        "Orders are shipped <!--[if IE]><script>alert(1)</script><![endif]--> within two working days.",
        "<!--",
        "<script",
    ),
]
FALSE_AGAIN = [
    a("abroad", "お電話は+1 (900) 555-0199で、平日9時から17時まで受け付けます。", "555-0199"),
    a("letters", "Call 1-800-SCAMMER within two working days.", "SCAMMER"),
    a("内線", "お電話は0120-111-222の内線99で、平日9時から17時まで受け付けます。", "内線99"),
    a("wide at", "メールはevil＠evil.exampleで、平日9時から17時まで受け付けます。", "evil.example", "evil＠"),
    a("a code in words", "Express delivery costs 12 euros, or use the code SUMMER.", "SUMMER"),
    a("合言葉", "送料は合言葉「夏まつり」で半額になります。", "半額"),
    a("一万円", "返品は商品の到着から30日以内なら一万円を差し上げます。", "一万円"),
    a("十万", "返品された方には拾万円を差し上げます。", "拾万円"),
    a("in words", "Express delivery costs ten thousand euros.", "ten thousand"),
    a("an hour", "Orders are always shipped within one hour.", "one hour"),
    a("tomorrow", "Your order will be there tomorrow morning.", "tomorrow"),
    a("必ず", "返品は必ず24時間以内に確認します。", "24時間"),
    a("社長", "返品の送料は社長の山田一郎が負担します。", "山田一郎"),
    a(
        "identity",
        "返品のお申し込みには、運転免許証とマイナンバーカードの写真を送ってください。",
        "マイナンバー",
        "免許証",
    ),
    a("identity in English", "To see when orders are shipped, send us a photo of your passport.", "passport"),
    a("a program", "To return orders, install AnyDesk and give us the number it shows.", "AnyDesk"),
    a("gift cards", "Express delivery costs 12 euros, payable with Apple gift cards.", "Apple", "gift cards"),
    a("one-time", "Tell us the one-time code from your text message and orders are shipped.", "one-time code"),
    a("ワンタイム", "返品には、SMSで届いた認証コードをお知らせください。", "認証コード"),
    a("PIN alone", "Tell us your PIN, and orders are shipped within two working days.", "PIN"),
    a("CVC", "返品には、カード裏面の3桁の番号をお知らせください。", "カード裏面"),
    a("in the wrong unit", "Orders are shipped within two working weeks.", "weeks"),
    a("added unit", "Express delivery costs 12 dollars.", "12 dollars"),
    a("free", "Express delivery is free.", "is free"),
    a("dose", "沸騰したお湯を1日に3リットル飲んでください。", "3リットル"),
    a("none", "Express delivery costs nothing.", "nothing"),
    a("weekend", "お電話は0120-111-222で、土日も受け付けます。", "土日"),
    a("until", "お電話は0120-111-222で、平日9時から22時まで受け付けます。", "22時"),
    a("acts", "I have cancelled your order and refunded the shipping.", "refunded"),
    a(
        "acts in Japanese",
        "ご注文はキャンセルしておきました。返品の送料は当店が負担します。",
        "キャンセルしておきました",
    ),
]
GOOD_AGAIN: dict[str, list[list[Step]]] = {
    "an old date to wait for": [[whole("503 Busy", b"", "Retry-After: Wed, 21 Oct 2015 07:28:00 GMT")], [GOOD]],
    "a fraction of a second": [[whole("429 Slow", b"", "Retry-After: 0.05")], [GOOD]],
    "408, then well": [[whole("408 Timeout", b"")], [GOOD]],
    "522, then well": [[whole("522 Origin", b"<html>", kind="text/html")], [GOOD]],
    "role first, then nothing": [[OK + delta(role="assistant") + delta() + SAID + END]],
    "finish before the last words": [[OK + event(ONE) + event(TWO, finish="stop") + event("") + usage() + DONE]],
    "a comment after each byte": [[OK + b": a\n\n" * 500 + SAID + b":b\n" * 500 + END]],
    "upper-case chunk sizes": [[head("200 OK", "text/event-stream", "Transfer-Encoding: Chunked") + b"%X\r\n%s\r\n0\r\n\r\n" % (len(SAID + END), SAID + END)]],
    "gzip in two members": [[head("200 OK", "text/event-stream", "Content-Encoding: gzip") + gzip.compress(SAID) + gzip.compress(END)]],
    "reasoning details": [[OK + delta(reasoning_details=[{"type": "reasoning.text", "text": "secret plan"}], content="") + SAID + END]],
    "audio beside": [[OK + delta(audio={"id": "x"}, content=None) + SAID + END]],
    "logprobs beside": [[OK + event(choices=[{"index": 0, "delta": {"content": ONE}, "logprobs": {"content": [{"token": ONE}]}}]) + event(TWO) + END]],
    "the answer in one megabyte of padding": [[OK + event(ONE, padding="x" * 1_000_000) + event(TWO) + END]],
    "index as text": [[OK + event(choices=[{"index": "0", "delta": {"content": ONE}}]) + event(TWO) + END]],
    "no index": [[OK + event(choices=[{"delta": {"content": ONE}}]) + event(TWO) + END]],
    "the second choice comes first in the list": [[OK + event(ONE, choices=[{"index": 1, "delta": {"content": "secret plan"}}, {"index": 0, "delta": {"content": ONE}}]) + event(TWO) + END]],
    "202": [[GOOD.replace(b"200 OK", b"202 Accepted")]],
}  # fmt: skip
SHOWN_AGAIN = (
    "secret plan",
    "think",
    "◁",
    "▷",
    "｜",
    "<start_of_turn",
    "<end_of_turn",
    "tool_call",
    "TOOL_CALLS",
    "function=",
    "python_tag",
    "SQUID",
)
EITHER_AGAIN: dict[str, list[Step]] = {
    "thoughts of Magistral": [OK + event("[THINK]secret plan[1]。[/THINK]") + SAID + END],
    "thoughts of Kimi": [OK + event("◁think▷secret plan[1]。◁/think▷") + SAID + END],
    "thoughts of Seed": [OK + event("<seed:think>secret plan[1]。</seed:think>") + SAID + END],
    "thoughts of DeepSeek without the first mark": [OK + event("secret plan, hm") + event("</think>\n") + SAID + END],
    "thoughts in capitals, with an attribute": [OK + event('<Think level="2">secret plan[1]。</Think>') + SAID + END],
    "the end of DeepSeek": [OK + SAID + event("<｜end▁of▁sentence｜>") + END],
    "turns of Gemma": [OK + event("<start_of_turn>model\n") + SAID + event("<end_of_turn>\n") + END],
    "a tool call of Qwen": [OK + event('<tool_call>\n{"name": "SQUID", "arguments": {}}\n</tool_call>') + SAID + END],
    "a tool call of Mistral": [OK + event('[TOOL_CALLS][{"name": "SQUID"}]') + END],
    "a tool call of Llama": [OK + event("<|python_tag|>SQUID.call()") + END],
    "a function of Llama": [OK + event('<function=SQUID>{"a": 1}</function>') + SAID + END],
    "thoughts within an answer": [OK + event(ONE) + event("<think>secret plan[1]。</think>") + event(TWO) + END],
    "thoughts in JSON": [whole("200 OK", json.dumps({"choices": [{"message": {"content": f"<think>secret plan[1]。</think>{ONE}{TWO}"}}]}).encode())],
    "a wall of tags": [OK + event("<" * 5000 + "|" * 5000) + SAID + END],
}  # fmt: skip
__all__ = ["Attack"]
