# ruff: noqa: E501 a row of odd bytes is read best in one line
"""Faults of models' servers as strangers bring them: beside those of test_faulty_models.py.

Written without a look at how the client is made, and left as they were written.
"""

from __future__ import annotations

import gzip
import json
import zlib

from raw_upstream import DONE, OK, Step, event, head, usage, whole

ONE, TWO = "返品は商品の到着から", "30日以内です[1]。"
SAID = event(ONE) + event(TWO)
END = event(finish="stop") + usage() + DONE
GOOD = OK + SAID + END
PAGE = b"<html><head><title>502 Bad Gateway</title></head><body>SQUID-FAULT proxy 10.1.2.3</body></html>"
FAULT = b'{"error":{"message":"SQUID-FAULT at 10.1.2.3, key sk-squid","type":"server_error"}}'
SHOWN = (
    "SQUID", "10.1.2.3", "sk-squid", "secret plan", "think", "<|", "\x00", "\x1b", "</s>", "[/INST]", "◁", "▷", "｜",
    "<start_of_turn", "<end_of_turn", "tool_call", "TOOL_CALLS", "function=", "python_tag",
)  # fmt: skip


def delta(**fields: object) -> bytes:
    return event(choices=[{"index": 0, "delta": fields, "finish_reason": None}])


def framed(*parts: bytes, extension: bytes = b"", trailer: bytes = b"") -> bytes:
    body = b"".join(b"%x%s\r\n%s\r\n" % (len(part), extension, part) for part in parts)
    return head("200 OK", "text/event-stream", "Transfer-Encoding: chunked") + body + b"0\r\n" + trailer + b"\r\n"


def lines(data: bytes) -> bytes:
    """Each event's JSON in two lines of data."""
    return data.replace(b', "choices"', b'\ndata: , "choices"')


def dripped(data: bytes, pause_s: float) -> list[Step]:
    return [step for byte in data for step in (bytes([byte]), pause_s)]


GOOD_ANYWAY: dict[str, list[list[Step]]] = {  # the answer is there, whatever else is
    "two redirects on the same server": [
        [whole("308 Permanent Redirect", b"", "Location: /v2/chat/completions")],
        [whole("307 Temporary Redirect", b"", "Location: /v3/chat/completions")], [GOOD],
    ],
    "503 with a negative Retry-After, then well": [[whole("503 Busy", FAULT, "Retry-After: -5")], [GOOD]],
    "429 with retry-after-ms, then well": [[whole("429 Slow", FAULT, "retry-after-ms: 20")], [GOOD]],
    "a proxy's 502 in gzip, then well": [
        [whole("502 Bad Gateway", gzip.compress(PAGE), "Content-Encoding: gzip", kind="text/html")], [GOOD]
    ],
    "504, then well": [[whole("504 Gateway Timeout", PAGE, kind="text/html")], [GOOD]],
    "reset after the head, then well": [[OK, 0.02, "reset"], [GOOD]],
    "data in several lines": [[OK + lines(SAID + END)]],
    "CR and LF in different packets": [dripped((OK + (SAID + END).replace(b"\n", b"\r\n")), 0.0)],
    "event names, ids and odd fields": [
        [OK + b"".join(b"event: message\nid: \xe2\x91\xa0\nfoo\n:x\n" + part + b"\n\n" for part in (SAID + END).strip().split(b"\n\n"))]
    ],
    "thinking in another field": [[OK + delta(reasoning="secret plan") + delta(thinking="secret plan") + SAID + END]],
    "thinking in parts": [
        [OK + delta(content=[{"type": "thinking", "thinking": [{"type": "text", "text": "secret plan"}]}]) + SAID + END]
    ],
    "tool calls that nobody asked for, beside words": [
        [OK + delta(tool_calls=[{"index": 0, "id": "c", "function": {"name": "f", "arguments": "{"}}]) + SAID + END]
    ],
    "a second choice": [
        [OK + event(ONE) + event(choices=[{"index": 1, "delta": {"content": "secret plan"}}]) + event(TWO) + END]
    ],
    "negative usage": [[OK + SAID + event(finish="stop") + usage(-5, -7) + DONE]],
    "fractions in the usage": [[OK + SAID + event(finish="stop") + usage(120.5, 3.0) + DONE]],
    "usage as a list": [[OK + SAID + event(finish="stop") + event(choices=[], usage=[1, 2]) + DONE]],
    "usage never, choices missing": [[OK + SAID + event(finish="stop") + b'data: {"id": "r"}\n\n' + DONE]],
    "HTTP/1.0 without a length": [[b"HTTP/1.0 200 OK\r\nContent-Type: text/event-stream\r\n\r\n" + SAID + END]],
    "no reason phrase": [[GOOD.replace(b"200 OK", b"200")]],
    "201": [[GOOD.replace(b"200 OK", b"201 Created")]],
    "early hints first": [[b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n" + GOOD]],
    "chunk extensions and trailers": [[framed(SAID, END, extension=b";x=y", trailer=b"X-T: 1\r\n")]],
    "a length that is too long, but [DONE]": [[head("200 OK", length=len(SAID + END) + 100) + SAID + END]],
    "deflate": [[head("200 OK", "text/event-stream", "Content-Encoding: deflate") + zlib.compress(SAID + END)]],
    "duplicate keys": [[OK + (SAID + END).replace(b'{"id"', b'{"id": "q", "id"')]],
    "a number too great for anybody": [[OK + (SAID + END).replace(b'"created": 1,', b'"created": 1' + b"0" * 400 + b",")]],
    "a cookie, and limits": [
        [GOOD.replace(b"Connection", b"Set-Cookie: a=b\r\nx-ratelimit-remaining-tokens: 0\r\nRetry-After: 9\r\nConnection")]
    ],
    "JSON with content in parts": [
        [whole("200 OK", json.dumps({"choices": [{"message": {"content": [{"type": "text", "text": ONE + TWO}]}}]}).encode())]
    ],
    "an empty answer's filter report first (Azure)": [
        [OK + event(choices=[], prompt_filter_results=[{"prompt_index": 0, "content_filter_results": {}}]) + SAID + END]
    ],
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
EITHER: dict[str, list[Step]] = {  # words or not, as one sees it: but in time, and nothing of the fault
    "thoughts between marks": [OK + event("<think>secret plan, [1]。") + event("</think>\n") + SAID + END],
    "thoughts between cut marks": [OK + event("<th") + event("ink>secret plan[1]。</thi") + event("nk>") + SAID + END],
    "channels (harmony)": [
        OK + event("<|channel|>analysis<|message|>secret plan[1]。<|end|><|start|>assistant<|channel|>final<|message|>")
        + SAID + END
    ],
    "an end mark that is told": [OK + SAID + event("<|im_end|></s><|eot_id|>[/INST]") + END],
    "NUL and escapes in words": [OK + event("返品は\x00商品の\x1b[31m到着から") + event(TWO) + END],
    "half characters": [OK + event("返品は@1") .replace(b"@1", b"\\ud83d") + event("@2商品の到着から").replace(b"@2", b"\\ude00") + event(TWO) + END],
    "a half character in JSON": [whole("200 OK", b'{"choices":[{"message":{"content":"\\ud83d"}}]}')],
    "everything twice": [OK + event(ONE) + event(ONE) + event(TWO) + event(TWO) + END],
    "a list of words as delta": [OK + delta(content=[ONE, TWO]) + END],
    "delta is a list": [OK + event(choices=[{"index": 0, "delta": [ONE]}]) + END],
    "message instead of delta": [OK + event(choices=[{"index": 0, "message": {"content": ONE + TWO}}]) + END],
    "text, as older servers": [OK + event(choices=[{"index": 0, "text": ONE + TWO}]) + END],
    "NDJSON": [OK + json.dumps({"message": {"content": ONE + TWO}, "done": True}).encode() + b"\n"],
    "a JSON list of events": [whole("200 OK", b"[" + json.dumps({"choices": [{"delta": {"content": ONE}}]}).encode() + b"]")],
    "a length that is too short": [head("200 OK", length=40) + SAID + END],
    "filtered half-way": [OK + event(ONE) + event(finish="content_filter") + DONE],
    "length half-way": [OK + event(ONE) + event(finish="length") + DONE],
    "an unknown finish": [OK + SAID + event(finish="eos_token") + DONE],
    "null between": [OK + event(ONE) + b"data: null\n\ndata: 5\n\n" + event(TWO) + END],
    "NaN in the usage": [OK + SAID + event(finish="stop") + usage(float("nan"), float("inf")) + DONE],
    "a refusal of the model's own": [OK + delta(refusal="secret plan") + event(finish="stop") + DONE],
    "a page after good words": [OK + SAID + PAGE],
    "an event named error": [OK + SAID + b"event: error\ndata: " + FAULT + b"\n\n" + DONE],
    "a detail after words": [OK + SAID + b'data: {"detail": "SQUID-FAULT"}\n\n' + DONE],
    "an error as words": [OK + event("Error: SQUID-FAULT at 10.1.2.3") + END],
    "a stack of words": [OK + event('Traceback (most recent call last):\n  File "/srv/SQUID.py", line 3') + END],
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
NO_ANSWER: dict[str, list[Step]] = {  # the passage is quoted instead
    "headers that are no ASCII": [GOOD.replace(b"Connection", b"X-\xe8: \xff\xfe\r\nX-Model: \xe8\xbf\x94\r\nConnection")],
    "rubbish after the last chunk": [framed(SAID, END) + b"HTTP/1.1 400 Bad\r\n\r\n"],
    "403 with a page": [whole("403 Forbidden", PAGE, kind="text/html")],
    "401 with a challenge": [whole("401 Unauthorized", PAGE, 'WWW-Authenticate: Basic realm="SQUID"', kind="text/html")],
    "407": [whole("407 Proxy Authentication Required", PAGE, "Proxy-Authenticate: NTLM", kind="text/html")],
    "413": [whole("413 Payload Too Large", PAGE, kind="text/html")],
    "418": [whole("418 I'm a teapot", FAULT)],
    "422": [whole("422 Unprocessable", b'{"detail":[{"loc":["body","SQUID"],"msg":"field required"}]}')],
    "451 without a body": [head("451 Unavailable", length=0)],
    "304": [head("304 Not Modified", length=0)],
    "a redirect into the file system": [whole("307 Temporary Redirect", b"", "Location: file:///etc/passwd")],
    "a redirect to nowhere": [whole("307 Temporary Redirect", b"")],
    "a redirect with a line of its own": [whole("307 Temporary Redirect", b"", "Location: http://[::1")],
    "an error page without an end": [head("500 Oops", "text/html"), *[PAGE * 3000] * 20, "hang"],
    "a packed bomb": [head("200 OK", "text/event-stream", "Content-Encoding: gzip") + gzip.compress(b"\0" * 60_000_000)],
    "a packed bomb as an error": [head("500 No", "text/html", "Content-Encoding: gzip") + gzip.compress(b"\0" * 60_000_000)],
    "brotli that is none": [head("200 OK", "text/event-stream", "Content-Encoding: br") + SAID + END],
    "an unknown encoding": [head("200 OK", "text/event-stream", "Content-Encoding: x-squid") + b"\x01\x02SQUID" * 40],
    "deep JSON": [OK + b"data: " + b"[" * 200_000 + b"\n\n"],
    "deep objects": [OK + b"data: " + b'{"choices":' * 100_000 + b"1" + b"}" * 100_000 + b"\n\n"],
    "deep JSON, whole": [whole("200 OK", b'{"choices":' * 100_000)],
    "deep JSON, an error": [whole("400 Bad", b'{"error":' * 100_000)],
    "tool calls alone": [
        OK + delta(tool_calls=[{"index": 0, "id": "c", "function": {"name": "SQUID", "arguments": "{}"}}])
        + event(finish="tool_calls") + DONE
    ],
    "thoughts alone": [OK + delta(reasoning_content="secret plan") + event(finish="stop") + DONE],
    "thoughts alone, between marks": [OK + event("<think>secret plan[1]。") + event(finish="length") + DONE],
    "usage alone": [OK + usage() + DONE],
    "a head that drips": dripped(b"HTTP/1.1 200 OK\r\nX-Slow: 1234567890123456789012345678901234567890\r\n", 0.05),
    "reset after the head": [OK, 0.02, "reset"],
    "a chunk size of minus one": [head("200 OK", "text/event-stream", "Transfer-Encoding: chunked") + b"-1\r\nx\r\n"],
    "a chunk size without an end": [head("200 OK", "text/event-stream", "Transfer-Encoding: chunked") + b"f" * 100_000],
    "two lengths": [head("200 OK", "application/json", "Content-Length: 3", "Content-Length: 9") + b"SQUID"],
    "a negative length": [head("200 OK", "application/json", "Content-Length: -3") + b"SQUID"],
    "HTTP/2 at once": [b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"],
    "HTTP/3.7": [b"HTTP/3.7 200 OK\r\n\r\n" + SAID],
    "status 999": [b"HTTP/1.1 999 SQUID\r\nContent-Length: 0\r\n\r\n"],
    "status 0": [b"HTTP/1.1 000 SQUID\r\nContent-Length: 0\r\n\r\n"],
    "101": [b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: squid\r\n\r\n", "hang"],
    "early hints for ever": [*[step for _ in range(60) for step in (b"HTTP/1.1 103 Early Hints\r\n\r\n", 0.05)]],
    "a JSON of null": [whole("200 OK", b"null")],
    "a JSON of choices null": [whole("200 OK", b'{"choices": null, "usage": null}')],
    "a JSON of content null": [whole("200 OK", b'{"choices":[{"message":{"content":null,"refusal":"SQUID"}}]}')],
    "an error of an odd kind": [whole("400 Bad", b'{"error":["SQUID", {"message": 5}]}')],
    "an empty body of JSON": [whole("200 OK", b"")],
    "events of another API": [
        OK + b'event: content_block_delta\ndata: {"type":"content_block_delta","delta":{"text":"SQUID"}}\n\n'
    ],
}  # fmt: skip
