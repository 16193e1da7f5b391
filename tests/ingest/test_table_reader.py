import gzip

import pytest

from ingest.readers.reading import read
from knowledge.errors import UnreadableFile


def pairs(result):
    return [(section.question, section.text) for section in result.sections]


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "cp932", "euc_jp", "utf-16", "utf-16-le", "utf-16-be", "iso2022_jp"]
)
@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
def test_a_faq_is_read_in_any_encoding_and_with_any_delimiter(encoding, delimiter):
    rows = [["質問", "回答"], ["返品はできますか？", "はい、三十日以内なら。"], ["送料は、いくらですか", "500円です。"]]
    text = "\r\n".join(delimiter.join(f'"{cell}"' if "," in cell else cell for cell in row) for row in rows)
    result = read(text.encode(encoding), "faq.csv")
    assert result.kind == "faq"
    assert pairs(result) == [tuple(row) for row in rows[1:]]


@pytest.mark.parametrize(
    "header",
    [
        "question,answer",
        "Q,A",
        "質問,回答",
        "ご質問,ご回答",
        "お問い合わせ内容,回答内容",
        "件名,回答",
        "Question, ANSWER ",
        "質 問,答え",
    ],
)
def test_columns_are_found_by_their_names(header):
    assert pairs(read(f"{header}\nreturns?,thirty days\n".encode(), "a.csv")) == [("returns?", "thirty days")]


def test_other_columns_tell_the_place():
    text = (
        "No.,大カテゴリ,小カテゴリ,質問,回答,リンク,言語\nF7,購入,返品,返品は？,できます。,https://a.example/7,日本語\n"
    )
    section = read(text.encode(), "a.csv").sections[0]
    assert (section.anchor, section.headings, section.url, section.lang, section.row) == (
        "F7", ("購入", "返品"), "https://a.example/7", "ja", 2,
    )  # fmt: skip


def test_rows_without_a_question_or_an_answer_are_counted_and_named():
    result = read(b"question,answer\na?,b\n,b\n\nc?,\nd?,e\n", "a.csv")
    assert pairs(result) == [("a?", "b"), ("d?", "e")]
    assert [section.row for section in result.sections] == [2, 6]
    assert result.warnings == ["2 rows without a question or an answer were left out: rows 3, 5."]


def test_cells_with_commas_quotes_and_lines_stay_whole():
    result = read(b'question,answer\n"a, b?","He said ""yes"".\nThen no."\n', "a.csv")
    assert pairs(result) == [("a, b?", 'He said "yes".\nThen no.')]


def test_a_giant_cell_is_read():
    answer = "あ" * 500_000
    assert pairs(read(f"question,answer\na?,{answer}\n".encode(), "a.csv")) == [("a?", answer)]


def test_a_missing_header_is_said_and_questions_are_still_found():
    result = read("返品はできますか？,はい。\n送料は？,500円。\n".encode(), "a.csv")
    assert pairs(result) == [("返品はできますか？", "はい。"), ("送料は？", "500円。")]
    assert "header row is missing" in result.warnings[0]


def test_other_tables_read_row_by_row_with_their_header():
    result = read("プラン\t料金\t備考\nライト\t500円\t\nプロ\t900円\t人気\n".encode(), "plans.tsv")
    assert result.kind == "document"
    assert [section.text for section in result.sections] == [
        "プラン: ライト; 料金: 500円",
        "プラン: プロ; 料金: 900円; 備考: 人気",
    ]


def test_numbers_alone_are_no_header():
    result = read(b"1,200\n3,400\n", "a.csv")
    assert [section.text for section in result.sections] == ["1 | 200", "3 | 400"]
    assert "header row is missing" in result.warnings[0]


def test_messages_in_a_table_are_a_support_log():
    text = (
        "会話ID,発言者,本文,日時,ステータス\n"
        "c1,担当者,三十日以内なら返品できます。,2026-01-01 10:05,解決済み\n"
        "c1,お客様,届いた靴を返品したいです。,2026-01-01 10:00,\n"
        "c2,お客様,まだ届きません。,2026-01-02 10:00,対応中\n"
    )
    result = read(text.encode("cp932"), "log.csv")
    assert result.kind == "log"
    assert [(section.question, section.text, section.anchor) for section in result.sections] == [
        ("届いた靴を返品したいです。", "三十日以内なら返品できます。", "c1")
    ]
    assert result.warnings == ["Left out as not resolved: 1 conversation (1 対応中)."]


def test_records_of_a_corpus_keep_their_ids():
    lines = (
        b'{"id": "1", "title": "t", "text": "x", "lang": "en", "meta": {"question": "Can I?", "answer": "Yes."}}\n'
        b'{"id": "2", "title": "t", "text": "x", "lang": "en", "meta": {"question": "May I?", "answer": "No."}}\n'
        b"broken\n"
    )
    for data, name in ((lines, "corpus.jsonl"), (gzip.compress(lines), "corpus.jsonl.gz")):
        result = read(data, name)
        assert result.kind == "faq"
        assert [(section.anchor, section.question, section.text) for section in result.sections] == [
            ("1", "Can I?", "Yes."),
            ("2", "May I?", "No."),
        ]
        assert result.warnings == ["1 lines are not JSON objects and were left out: 3."]


def test_a_corpus_of_documents_has_the_titles_as_headings():
    section = read(
        b'{"id": "d1", "title": "Returns", "text": "Thirty days.", "lang": "en"}\n', "corpus.jsonl"
    ).sections[0]
    assert (section.anchor, section.headings, section.text, section.lang) == ("d1", ("Returns",), "Thirty days.", "en")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b'{"id": "q1", "text": "How?", "lang": "en", "history": [], "meta": {}}\n', "not-this-format"),
        (b"not json\nat all\n", "damaged"),
        (b"[" * 100_000 + b"\n", "damaged"),
        (gzip.compress(b'{"id": 1}')[:-9], "damaged"),
    ],
)
def test_json_lines_that_are_no_knowledge_are_refused(data, reason):
    with pytest.raises(UnreadableFile) as told:
        read(data, "a.jsonl.gz" if data.startswith(b"\x1f") else "a.jsonl")
    assert told.value.reason == reason


def test_a_gzip_bomb_is_refused():
    with pytest.raises(UnreadableFile, match="unpacks to more than") as told:
        read(gzip.compress(b" " * 200_000_001, 1), "a.jsonl.gz")
    assert told.value.reason == "too-large"


def test_titles_and_dates_above_the_header_are_passed_over():
    text = "よくある質問一覧,,\n2026年1月1日,,\n,,\nNo,ご質問,ご回答\n1,返品できますか,はい\n"
    (section,) = read(text.encode("cp932"), "faq.csv").sections
    assert (section.question, section.text, section.row) == ("返品できますか", "はい", 5)


def test_titles_and_a_programs_remarks_may_stand_above_the_names_of_columns():
    text = '# made by stocktool\n商品一覧\n出力日：2026/03/05\n品番,品名,価格\nHK-10,羽毛ふとん,"12,800円"\n'
    result = read(text.encode("cp932"), "goods.csv")
    assert [(each.headings, each.text) for each in result.sections] == [
        (("商品一覧", "出力日：2026/03/05"), "品番: HK-10; 品名: 羽毛ふとん; 価格: 12,800円")
    ]


@pytest.mark.parametrize(
    ("column", "yes", "no"),
    [("公開", "○", "×"), ("公開", "はい", "いいえ"), ("published", "true", "false"), ("draft", "", "yes")],
)
def test_rows_that_are_not_public_are_for_staff(column, yes, no):
    text = f"No,{column},質問,回答\n1,{yes},駐輪場はありますか,あります\n2,{no},裏口の番号は,4821です\n"
    result = read(text.encode(), "faq.csv")
    assert [each.attributes.audience for each in result.sections] == [(), ("staff",)]


def test_a_number_that_its_comma_has_torn_is_whole_again_and_told_of():
    torn = "質問,回答,カテゴリ\n月謝は,月額9,900円です。,料金\n合計は,1,234,567円です,料金\n両方は,100,200\n"
    result = read(torn.encode(), "faq.csv")
    assert [section.text for section in result.sections] == ["月額9,900円です。", "1,234,567円です", "100"]
    assert result.sections[0].headings == ("料金",)
    assert "rows 2, 3." in result.warnings[-1]


def test_an_answer_in_the_last_column_keeps_its_commas():
    result = read(b"question,answer\nCan I return it?,Yes, within 30 days, unused.\nHow?,By post\n", "faq.csv")
    assert [section.text for section in result.sections] == ["Yes, within 30 days, unused.", "By post"]


def test_prices_in_other_tables_are_whole_too():
    result = read("商品,価格,在庫\nケトル,9,900円,あり\nミル,500円,120\n".encode(), "list.csv")
    assert [section.text for section in result.sections] == [
        "商品: ケトル; 価格: 9,900円; 在庫: あり",
        "商品: ミル; 価格: 500円; 在庫: 120",
    ]
    titled = read("在庫一覧\n\n商品,東店,西店\nケトル,5,120\nミル,12,300\n".encode(), "list.csv")
    assert [section.text for section in titled.sections] == [
        "商品: ケトル; 東店: 5; 西店: 120",
        "商品: ミル; 東店: 12; 西店: 300",
    ]
