"""Fetching: only public addresses are asked, the very ones that were checked; nothing takes too long or too much."""

from __future__ import annotations

import datetime
import gzip
import itertools
import ssl
import time
import tracemalloc
import zlib
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from websites import PUBLIC, Reply, Website, serving

from ingest.web import fetching
from ingest.web.addresses import is_public, parse
from ingest.web.fetching import Fetcher
from ingest.web.robots import Manners
from knowledge.errors import UnreadableFile

NUMBERS = [
    *("127.0.0.1", "127.1.2.3", "0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "172.16.0.1"),
    *("172.31.255.255", "192.168.0.1", "192.168.255.255", "169.254.0.1", "169.254.169.254", "100.64.0.1"),
    *("100.100.100.200", "100.127.255.255", "168.63.129.16", "192.0.0.8", "192.0.0.192", "192.0.2.1"),
    *("192.88.99.1", "198.18.0.1", "198.19.255.255", "198.51.100.1", "203.0.113.1", "224.0.0.1"),
    *("239.255.255.255", "240.0.0.1", "255.255.255.255", "::", "::1", "::127.0.0.1", "::10.0.0.1"),
    *("::ffff:127.0.0.1", "::ffff:7f00:1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::ffff:8.8.8.8"),
    *("::ffff:0:127.0.0.1", "64:ff9b::127.0.0.1", "64:ff9b::a9fe:a9fe", "64:ff9b::8.8.8.8", "64:ff9b:1::10.0.0.1"),
    *("100::1", "2001::1", "2001:0:7f00:1::", "2001:0:4136:e378:8000:63bf:f5ff:fffe", "2001:10::1", "2001:20::1"),
    *("2001:db8::1", "2002:7f00:1::", "2002:0a00:0001::1", "2002:a9fe:a9fe::1", "2002:808:808::1", "3fff::1"),
    *("5f00::1", "fc00::1", "fd00:ec2::254", "fdff::1", "fe80::1", "fe80::a9fe:a9fe", "fec0::1", "ff02::1"),
    *("ff0e::1"),
]  # fmt: skip

SPELLINGS = [  # what programs take for a number or a name of this machine
    *("http://0/", "http://1/", "http://2130706433/", "http://017700000001/", "http://0x7f000001/", "http://0x7f.1/"),
    *("http://127.1/", "http://127.0.1/", "http://0177.0.0.1/", "http://0x7f.0x0.0x0.0x1/", "http://0x/"),
    *("http://127.0.0.01/", "http://127.0.0.1./", "http://127.0.0.1../", "http://4294967297/", "http://256.256.256.256/"),
    *("http://3232235521/", "http://0xa9fea9fe/", "http://2852039166/", "http://0251.0376.0251.0376/"),
    *("http://①②⑦.⓪.⓪.①/", "http://127。0。0。1/", "http://１２７.0.0.1/", "http://127．0．0．1/", "http://127｡0｡0｡1/"),
    *("http://localhost/", "http://LOCALHOST/", "http://localhost./", "http://app.localhost/", "http://ｌocalhost/"),
    *("http://loc\u00adalhost/", "http://metadata.google.internal/", "http://redis/", "http://127.0.0.1.nip.example/"),
    *("http://[::1]/", "http://[::1].example.com/", "http://[::1%25lo]/", "http://[::ffff:7f00:1]:80/", "http://[v1.a]/"),
    *("http://[0:0:0:0:0:0:0:1]/", "http://[::1/", "http://::1/", "http://[]/", "http://[127.0.0.1]/"),
    *("http://shop.example@127.0.0.1/", "http://127.0.0.1@shop.example/", "http://user:secret@shop.example/"),
    *("http://@shop.example/", "http://shop.example\\@127.0.0.1/", "http://127.0.0.1\\@shop.example/"),
    *("http://127.0.0.1#@shop.example/", "http://127.0.0.1?@shop.example/", "http://127.0.0.1;shop.example/"),
    *("http://127.0.0.1%2f@shop.example/", "http://127.0.0.1%00.shop.example/", "http://%6c%6f%63alhost/"),
    *("http://shop.example:22/", "http://shop.example:6379/", "http://shop.example:0/", "http://shop.example:99999/"),
    *("http://shop.example:80:80/", "http://shop.example:٨٠/", "http://shop.example:+80/", "http://shop.example:-80/"),
    *("http://shop example/", "http://shop.example/\r\nHost: a", "http://sh\top.example/", " http://shop.example/"),
    *("http:///etc/passwd", "http:shop.example", "http:/shop.example/", "//shop.example/", "shop.example", ""),
    *("file:///etc/passwd", "ftp://shop.example/", "gopher://127.0.0.1:6379/_x", "javascript:alert(1)", "data:,x"),
    *("unix:/run/redis.sock", "jar:http://shop.example!/", "HTTPS+UNIX://x/", "http://shop..example/", "http://.example/"),
    *("http://-shop.example/", "http://shop/.example@127.0.0.1/", "http://straße.example/", "http://ex\u200dample.com/"),
    *("http://shop℀.example/", "http://a＠127.0.0.1/", "http://127.0.0.1／shop.example/"),
    "http://" + "a" * 64 + ".example/",
    "http://shop.example/" + "a" * 2_000,
]  # fmt: skip


def never(*_: object) -> object:
    raise AssertionError("a connection was made")


def reason(fetcher: Fetcher, url: str) -> str:
    with pytest.raises(UnreadableFile) as refusal:
        fetcher.get(fetcher.parse(url))
    assert len(str(refusal.value)) > 20, "says what to do"
    return refusal.value.reason


def get(fetcher: Fetcher, url: str, **arguments: object) -> fetching.Answer:
    return fetcher.get(fetcher.parse(url), **arguments)


@pytest.mark.parametrize("number", NUMBERS)
def test_a_number_that_is_not_public_is_never_asked(number):
    written = f"[{number}]" if ":" in number else number
    told = Fetcher(resolve=lambda *_: [number], dial=never)
    assert not is_public(number)
    assert reason(told, f"http://{written}/") == "refused-address"
    assert reason(told, "https://shop.example/") == "refused-address"


@pytest.mark.parametrize("url", SPELLINGS)
def test_a_spelling_that_could_lead_inside_is_never_asked(url):
    assert reason(Fetcher(resolve=lambda *_: ["127.0.0.1"], dial=never), url) == "refused-address"


def test_the_tables_hold_more_than_seventy_forms():
    assert len(set(NUMBERS)) + len(set(SPELLINGS)) > 140


@pytest.mark.parametrize("number", ["8.8.8.8", PUBLIC, "2606:4700::1111", "2001:4860:4860::8888"])
def test_public_numbers_are_asked(number):
    assert is_public(number)


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("HTTP://Shop.Example:80/a?b=c#d", "http://shop.example/a?b=c"),
        ("https://shop.example", "https://shop.example/"),
        ("https://shop.example./返品?q=送料", "https://shop.example/%E8%BF%94%E5%93%81?q=%E9%80%81%E6%96%99"),
        ("https://お店.example/%E8%BF%94", "https://xn--t8jz70l.example/%E8%BF%94"),
        ("http://[2606:4700:0:0::1111]/", "http://[2606:4700::1111]/"),
    ],
)
def test_an_address_has_one_spelling(written, plain):
    assert str(parse(written)) == plain


def test_a_host_with_one_private_number_among_public_ones_is_refused():
    assert reason(Fetcher(resolve=lambda *_: [PUBLIC, "10.0.0.1"], dial=never), "http://shop.example/") == (
        "refused-address"
    )


def test_a_name_that_changes_its_mind_is_asked_at_the_number_that_was_checked(site):
    site.page("/", "<p>Hello</p>")
    answers = itertools.chain([[PUBLIC]], itertools.repeat(["127.0.0.1"]))
    fetcher = site.named(lambda _: next(answers))
    assert get(fetcher, "http://shop.example/").body == b"<p>Hello</p>"
    assert site.dialled == [(PUBLIC, 80)]
    assert site.requests[0][1]["host"] == "shop.example"
    assert reason(fetcher, "http://shop.example/") == "refused-address"


@pytest.mark.parametrize(
    "location",
    [
        *("http://127.0.0.1/", "http://127.0.0.1:6379/", "http://[::1]/", "//169.254.169.254/latest", "http://0x7f.1/"),
        *(
            "file:///etc/passwd",
            "http://user:secret@shop.example/",
            "http://inside.example/",
            "http://shop.example:22/",
        ),
    ],
)
def test_a_redirect_inside_is_not_followed(site, location):
    site.pages["/"] = Reply(status=302, headers={"Location": location})
    fetcher = site.named(lambda host: ["10.0.0.7"] if host == "inside.example" else [PUBLIC])
    assert reason(fetcher, "http://shop.example/") == "refused-address"
    assert site.dialled == [(PUBLIC, 80)]


def test_three_redirects_are_followed_and_a_fourth_is_not(site):
    for number in range(4):
        site.pages[f"/{number}"] = Reply(status=301, headers={"Location": f"{number + 1}"})
    site.page("/4", "there")
    assert get(site.fetcher(), f"{site.url}/1").body == b"there"
    assert reason(site.fetcher(), f"{site.url}/0") == "redirects"


def test_a_redirect_to_nowhere_is_told(site):
    site.pages["/"] = Reply(status=301, headers={})
    assert reason(site.fetcher(), site.url) == "redirects"


def test_it_says_who_it_is_and_sends_nothing_else_of_ours(site):
    site.page("/a", "hello")
    get(site.fetcher(), f"{site.url}/a#part")
    path, headers = site.requests[0]
    assert path == "/a"
    assert headers["user-agent"].startswith("madoguchi/0.")
    assert set(headers) == {"host", "user-agent", "accept", "accept-encoding", "connection"}


def test_proxies_of_the_environment_are_not_used(site, monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    site.page("/", "hello")
    assert get(site.fetcher(), site.url).body == b"hello"


@pytest.mark.parametrize("coding", ["gzip", "deflate", "bare deflate"])
def test_packed_pages_are_unpacked(site, coding):
    text = b"<p>Returns within 30 days</p>" * 100
    bare = zlib.compressobj(wbits=-15)
    body = {"gzip": gzip.compress(text), "deflate": zlib.compress(text)}.get(coding) or (
        bare.compress(text) + bare.flush()
    )
    site.pages["/"] = Reply(body, headers={"Content-Encoding": coding.split()[-1]})
    assert get(site.fetcher(), site.url).body == text


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
def test_a_bomb_is_not_unpacked_further_than_the_limit(site, coding):
    zeros = bytes(200_000_000)
    site.pages["/"] = Reply(
        gzip.compress(zeros, 1) if coding == "gzip" else zlib.compress(zeros, 1), headers={"Content-Encoding": coding}
    )
    del zeros
    tracemalloc.start()
    try:
        assert reason(site.fetcher(), site.url) == "too-large"
        assert tracemalloc.get_traced_memory()[1] < 60_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (Reply(b"x", headers={"Content-Length": "10000001"}), "too-large"),
        (Reply(slowly=lambda: itertools.repeat(b"x" * 100_000, 200)), "too-large"),
        (Reply(b"short", headers={"Content-Length": "50"}), "damaged"),
        (Reply(b"not packed", headers={"Content-Encoding": "gzip"}), "damaged"),
        (Reply(gzip.compress(b"cut off" * 100)[:-12], headers={"Content-Encoding": "gzip"}), "damaged"),
        (Reply(gzip.compress(b"one") + gzip.compress(b"two"), headers={"Content-Encoding": "gzip"}), "damaged"),
        (Reply(b"x", headers={"Content-Encoding": "br"}), "unsupported"),
        (Reply(b"x", headers={"Content-Encoding": "gzip, gzip"}), "unsupported"),
        (Reply(b"zz\r\nx", headers={"Transfer-Encoding": "chunked"}), "damaged"),
        (Reply(b"x", headers={f"X-{n}": "a" for n in range(200)}), "damaged"),
        (Reply(b"x", headers={"X-Long": "a" * 70_000}), "damaged"),
    ],
)
def test_an_answer_that_is_too_large_or_broken_is_told(site, reply, expected):
    site.pages["/"] = reply
    assert reason(site.fetcher(), site.url) == expected


def test_a_server_that_sends_a_byte_now_and_then_is_given_up(site):
    def drip() -> Iterator[bytes]:
        for _ in range(1000):
            time.sleep(0.05)
            yield b"x"

    site.pages["/"] = Reply(slowly=drip)
    started = time.monotonic()
    assert reason(site.fetcher(seconds=0.4), site.url) == "too-slow"
    assert time.monotonic() - started < 20


def test_redirects_share_one_time_limit(site, monkeypatch):
    for number in range(3):
        site.pages[f"/{number}"] = Reply(status=302, headers={"Location": f"/{number + 1}"})
    site.page("/3", "there")

    lost = 0.0
    monkeypatch.setattr(fetching, "time", SimpleNamespace(monotonic=lambda: time.monotonic() + lost))

    def late(_: str) -> list[str]:
        nonlocal lost
        lost += 100
        return [PUBLIC]

    assert get(site.named(late, seconds=250), "http://shop.example/2").body == b"there"
    assert reason(site.named(late, seconds=250), "http://shop.example/0") == "too-slow"


def test_a_name_server_that_does_not_answer_is_given_up():
    def resolve(host: str, port: int) -> list[str]:
        time.sleep(1)
        return [PUBLIC]

    assert reason(Fetcher(resolve=resolve, dial=never, seconds=0.2), "http://shop.example/") == "too-slow"


def test_a_host_that_is_not_there_is_told(site):
    def unknown(host: str) -> list[str]:
        raise OSError("Name or service not known")

    assert reason(site.named(unknown), "http://shop.example/") == "unreachable"

    def refuse(*_: object) -> None:
        raise ConnectionRefusedError(111, "Connection refused")

    assert reason(Fetcher(resolve=lambda *_: [PUBLIC], dial=refuse), "http://shop.example/") == "unreachable"


def test_the_next_number_of_a_host_is_tried(site):
    site.page("/", "hello")
    fetcher = site.named(lambda _: ["2606:4700::1111", PUBLIC])
    connect = fetcher._dial

    def dial(address: str, port: int, seconds: float) -> object:
        if ":" in address:
            raise OSError(101, "Network is unreachable")
        return connect(address, port, seconds)

    fetcher._dial = dial
    assert get(fetcher, "http://shop.example/").status == 200


# --- https


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for shop.example and its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "shop.example")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("shop.example")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path_factory.mktemp("tls") / "shop.pem"
    file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return file


@pytest.fixture
def secure(certificate: Path) -> Iterator[tuple[Website, ssl.SSLContext]]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with serving(context) as website:
        yield website, ssl.create_default_context(cafile=certificate)


def test_over_https_the_name_is_proved_though_the_number_is_dialled(secure):
    site, trusting = secure
    site.page("/", "hello")
    fetcher = site.named(tls=trusting)
    assert get(fetcher, "https://shop.example/").body == b"hello"
    assert site.dialled == [(PUBLIC, 443)]
    assert reason(fetcher, "https://other.example/") == "tls"


def test_a_certificate_that_nobody_vouches_for_is_refused(secure):
    site, _ = secure
    assert reason(site.named(), "https://shop.example/") == "tls"


def test_a_redirect_from_https_to_http_is_refused(secure):
    site, trusting = secure
    site.pages["/"] = Reply(status=302, headers={"Location": "http://shop.example/"})
    assert reason(site.named(tls=trusting), "https://shop.example/") == "refused-address"


# --- robots.txt


def may(site: Website, path: str) -> bool:
    fetcher = site.fetcher()
    try:
        get(fetcher, site.url + path, check=Manners(fetcher).check)
    except UnreadableFile as error:
        return error.reason != "robots"
    return True


def test_robots_txt_is_obeyed(site):
    rules = "User-agent: *\nDisallow: /\n\nUser-agent: madoguchi\nDisallow: /private/\n"
    site.pages["/robots.txt"] = Reply(rules.encode())
    site.page("/open", "hello")
    site.page("/private/x", "hello")
    assert may(site, "/open")
    assert not may(site, "/private/x")
    assert site.asked == ["/open"]


@pytest.mark.parametrize(
    "line",
    ["Crawl-delay: ²", f"Crawl-delay: {'9' * 400}", f"Crawl-delay: {'9' * 5000}", "Request-rate: ²/1", "Disallow: //["],
    ids=lambda line: line[:15],
)
def test_a_line_that_cannot_be_read_ends_no_run(site, line):
    site.pages["/robots.txt"] = Reply(f"User-agent: *\n{line}\nDisallow: /private/\n".encode())
    site.page("/open", "hello")
    assert may(site, "/open")
    assert not may(site, "/private/x")


def test_robots_txt_is_obeyed_where_a_redirect_leads(site):
    site.pages["/robots.txt"] = Reply(b"User-agent: *\nDisallow: /private/\n")
    site.pages["/open"] = Reply(status=302, headers={"Location": "/private/x"})
    assert not may(site, "/open")
    assert site.asked == ["/open"]


@pytest.mark.parametrize(("status", "allowed"), [(404, True), (403, True), (429, False), (500, False), (503, False)])
def test_a_site_without_robots_txt_is_read_and_one_that_cannot_say_is_not(site, status, allowed):
    site.pages["/robots.txt"] = Reply(status=status)
    site.page("/", "hello")
    assert may(site, "/") is allowed


def test_a_site_is_asked_for_its_robots_txt_once_and_not_hurried(site):
    site.pages["/robots.txt"] = Reply(b"User-agent: *\nCrawl-delay: 1\n")
    site.page("/", "hello")
    fetcher = site.fetcher(pause=0.2)
    manners = Manners(fetcher)
    started = time.monotonic()
    for _ in range(2):
        get(fetcher, site.url, check=manners.check)
    assert time.monotonic() - started >= 1
    assert [path for path, _ in site.requests] == ["/robots.txt", "/", "/"]
