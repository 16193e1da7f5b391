"""What a model's server should have kept to itself is left out, however the pieces are cut."""

from __future__ import annotations

import pytest

from service.answering.checking.thoughts import Thoughts
from service.answering.citations import web_address

SAID = "返品は30日以内です[1]。"


def through(text: str, size: int) -> str:
    thoughts = Thoughts()
    return "".join([*(thoughts.feed(text[at : at + size]) for at in range(0, len(text), size)), thoughts.end()])


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
@pytest.mark.parametrize(
    ("text", "meant"),
    [
        (SAID, SAID),
        ("Is 3 < 4? <b>Yes</b>, <3.", "Is 3 < 4? <b>Yes</b>, <3."),
        ("It costs <", "It costs <"),
        ("I <3 this shop and all that it sells", "I <3 this shop and all that it sells"),
        (f'<Think level="2">hm</Think>◁think▷hm◁/think▷<seed:think>hm</seed:think>{SAID}', SAID),
        (f"<think>hm, a<b</think>{SAID}", SAID),
        (f"<THINKING>hm</THINKING>{SAID}", SAID),
        ("<think>hm", ""),
        (f"</think>{SAID}", SAID),
        (f"{SAID}<|im_end|>\n<|im_start|>user\nhm", SAID),
        (f"{SAID}</s>hm", SAID),
        ("It costs <s>12</s> 9 euros.", "It costs <s>12</s> 9 euros."),  # struck out, which ends nothing
        (f"<s>{SAID}</s></s>hm", f"<s>{SAID}</s>"),
        (f"<|channel|>analysis<|message|>hm<|end|><|start|>assistant<|channel|>final<|message|>{SAID}<|return|>", SAID),
        (f"<|start_header_id|>assistant<|end_header_id|>{SAID}<|eot_id|>", SAID),
    ],
)
def test_only_what_is_meant_for_the_customer_is_told(text, meant, size):
    assert through(text, size) == meant


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("https://shop.example/a?b=c#d", "https://shop.example/a?b=c#d"),
        ("https://例え.jp/返品", "https://例え.jp/返品"),
        ("help/returns#fee", "help/returns#fee"),
        ("https://user:pass@shop.example/a", "https://shop.example/a"),
        ("https://shop.example@evil.example/", "https://evil.example/"),
        *[
            (wrong, None)
            for wrong in (
                "javascript:alert(1)", "JavaScript:alert(1)", " javascript:alert(1)", "java\tscript:alert(1)",
                "data:text/html,x",
                "vbscript:x", "file:///etc/passwd", "//evil.example", "https://evil.example\\@shop.example", "http://[::1",
                "https://shop.example/\u202egpj", "", None,
            )
        ],
    ],
)  # fmt: skip
def test_a_documents_address_is_a_link_of_the_web_or_none(address, told):
    assert web_address(address) == told
