import datetime
import io

import openpyxl
import pytest
from archives_to_read import old_office, repacked, zipped
from openpyxl.styles import Font

from ingest.readers.reading import read
from knowledge.errors import UnreadableFile


def saved(workbook):
    held = io.BytesIO()
    workbook.save(held)
    return held.getvalue()


def workbook(**sheets):
    made = openpyxl.Workbook()
    made.remove(made.active)
    for title, rows in sheets.items():
        sheet = made.create_sheet(title)
        for row in rows:
            sheet.append(row)
    return made


FAQ = [
    ("番号", "カテゴリ", "質問", "回答"),
    ("F1", "返品", "返品できますか？", "14日以内なら可能です。"),
    ("F2", None, "返品の送料は？", "お客様のご負担です。"),
]
PRICES = [("Part", "Price"), ("Burr", 1200.0), ("Lid", 300)]


def test_every_sheet_is_read_by_what_its_columns_are_called():
    result = read(saved(workbook(よくある質問=FAQ, Prices=PRICES)), "shop.xlsx")
    assert result.title == "shop"
    assert [
        (each.kind or result.kind, each.question, each.text, each.anchor, each.row) for each in result.sections
    ] == [
        ("faq", "返品できますか？", "14日以内なら可能です。", "よくある質問!A2 F1", 2),
        ("faq", "返品の送料は？", "お客様のご負担です。", "よくある質問!A3 F2", 3),
        ("document", None, "Part: Burr; Price: 1200", "Prices!A2", 2),
        ("document", None, "Part: Lid; Price: 300", "Prices!A3", 3),
    ]
    assert [each.headings for each in result.sections] == [
        ("よくある質問", "返品"),
        ("よくある質問",),
        ("Prices",),
        ("Prices",),
    ]


def test_a_merged_category_holds_for_all_its_rows_and_a_title_may_stand_above_the_header():
    made = workbook(Sheet1=[("店の質問集",), (), *FAQ])
    made.active.merge_cells("B4:B5")
    made.active.merge_cells("A1:D1")
    result = read(saved(made), "faq.xlsx")
    assert result.kind == "faq"
    assert [(each.headings, each.row) for each in result.sections] == [
        (("店の質問集", "返品"), 4),
        (("店の質問集", "返品"), 5),
    ]


def test_cells_are_read_as_they_are_shown():
    made = workbook(Sheet1=[("Item", "Rate", "Code", "From", "At", "Stock", "Weight"), ("Mill",)])
    sheet = made.active
    shown = (0.1, 42, datetime.date(2025, 4, 1), datetime.datetime.fromisoformat("2025-04-01T09:30"), True, 0.1 + 0.2)
    for column, value in enumerate(shown, 2):
        sheet.cell(2, column, value)
    sheet["B2"].number_format, sheet["C2"].number_format = "0%", "00000"
    sheet["H1"], sheet["H2"] = "Note", "#N/A"
    assert read(saved(made), "a.xlsx").sections[0].text == (
        "Item: Mill; Rate: 10%; Code: 00042; From: 2025-04-01; At: 2025-04-01 09:30; Stock: TRUE; Weight: 0.3"
    )


def test_a_formula_is_read_by_its_saved_value():
    made = workbook(Sheet1=[("Part", "Price"), ("Burr", "=600*2")])
    data = repacked(
        saved(made),
        sheet1=lambda xml: (
            xml.replace("<v></v>", "<v>1200</v>").replace("<v />", "<v>1200</v>").replace("<v/>", "<v>1200</v>")
        ),
    )
    assert read(data, "a.xlsx").sections[0].text == "Part: Burr; Price: 1200"


def test_a_wrong_dimension_hides_no_rows():
    data = repacked(saved(workbook(Sheet1=PRICES)), sheet1=lambda xml: xml.replace('ref="A1:B3"', 'ref="A1"'))
    assert len(read(data, "a.xlsx").sections) == 2


def test_a_hidden_sheet_is_left_out_and_told():
    made = workbook(Prices=PRICES, Notes=[("Secret", "Margin"), ("Burr", 900)])
    made["Notes"].sheet_state = "hidden"
    result = read(saved(made), "a.xlsx")
    assert len(result.sections) == 2
    assert result.warnings == ["Hidden sheets were left out: Notes. Show them to have them read."]


def test_a_log_in_one_sheet_stays_a_log_whatever_the_operator_says():
    log = [
        ("conversation_id", "role", "text"),
        ("c1", "customer", "My mill does not start, what can I do?"),
        ("c1", "agent", "Press the red button below the lid. Write to eve@example.com if not."),
    ]
    result = read(saved(workbook(FAQ=FAQ, Log=log)), "a.xlsx", "document")
    assert [(each.kind or result.kind, each.question) for each in result.sections] == [
        ("document", None),
        ("document", None),
        ("log", "My mill does not start, what can I do?"),
    ]
    assert "[EMAIL]" in result.sections[2].text
    assert result.sections[2].anchor == "Log!A2 c1"


def refusal(data):
    with pytest.raises(UnreadableFile) as told:
        read(data, "a.xlsx")
    return told.value.reason


def test_workbooks_that_cannot_be_read_say_why():
    whole = saved(workbook(Sheet1=PRICES))
    assert refusal(old_office(with_password=True)) == "encrypted"
    assert refusal(whole[:-200]) == "damaged"
    assert refusal(zipped({"[Content_Types].xml": "<Types/>"})) in ("damaged", "not-this-format")
    assert refusal(repacked(whole, sheet1=lambda xml: xml[:-30])) == "damaged"
    assert refusal(repacked(whole, sheet1=lambda xml: "<!DOCTYPE a>" + xml)) == "damaged"
    assert refusal(repacked(whole, sheet1=lambda xml: xml.replace('r="3"', 'r="99999999"'))) == "damaged"
    assert refusal(repacked(whole, sheet1=lambda xml: xml.replace('r="A3"', 'r="ZZZZZ3"'))) == "damaged"
    assert refusal(saved(workbook(Sheet1=[]))) == "no-text"


def test_hidden_rows_and_columns_are_left_out_and_told_and_empty_columns_part_nothing():
    made = workbook(
        Rooms=[(None, "Room", None, "Price", "Margin"), (None, "Ash", None, 80, 0.4), (None, "Elm", None, 9)]
    )
    made["Rooms"].column_dimensions["E"].hidden = True
    made["Rooms"].row_dimensions[3].hidden = True
    result = read(saved(made), "rooms.xlsx")
    assert [each.text for each in result.sections] == ["Room: Ash; Price: 80"]
    assert result.warnings == ["Hidden rows or columns were left out: Rooms. Show them to have them read."]


def test_what_is_struck_through_is_not_read():
    made = workbook(Prices=[("Plan", "Price"), ("Team", "$5"), ("Old plan", "$9")])
    made["Prices"].append(("Business", "$6"))
    for place in ("B2", "A3", "B3"):
        made["Prices"][place].font = Font(strike=True)
    assert [each.text for each in read(saved(made), "prices.xlsx").sections] == [
        "Plan: Team",
        "Plan: Business; Price: $6",
    ]


@pytest.mark.parametrize(
    ("value", "pattern", "shown"),
    [
        (1430, "#,##0", "1,430"),
        (9.5, "[$£-809]#,##0.00", "£9.50"),
        (1200, '#,##0"円"', "1,200円"),
        (-1200, '"¥"#,##0;[Red]\\-"¥"#,##0', "-¥1,200"),
        (3, '_ "¥"* #,##0_ ;_ "¥"* -#,##0_ ', "¥3"),
        (0.5, "#,##0", "1"),
        (5.25, '0.0##" kg"', "5.25 kg"),
        (12345, '#,##0,"千円"', "12345"),  # thousands left out: nobody should read 12 yen
        (1430, "General", "1430"),
    ],
)
def test_numbers_are_shown_with_their_thousands_currencies_and_units(value, pattern, shown):
    made = workbook(Rooms=[("Room", "Price"), ("Ash", value)])
    made["Rooms"]["B2"].number_format = pattern
    assert [each.text for each in read(saved(made), "rooms.xlsx").sections] == [f"Room: Ash; Price: {shown}"]


@pytest.mark.parametrize(
    ("value", "pattern", "shown"),
    [
        (1430, ";;;", ""),
        ("for staff", ";;;", ""),
        ("for staff", "0;-0;0;", ""),
        (0, "#,##0;-#,##0;;@", ""),  # zeros are left blank
        (0, '#,##0;-#,##0;""', ""),
        (1430, "#,##0;-#,##0;;@", "1,430"),
        (-5, "0;", ""),
        (0.2, "0%;;", "20%"),
        (0, "0;", "0"),
        ("Ask us", "0;-0;", "Ask us"),
        (1430, '#,##0"; tax"', "1,430; tax"),
        (7, "[>5]0;[<0];", "7"),
    ],
)
def test_what_a_format_hides_is_not_read(value, pattern, shown):
    made = workbook(Rooms=[("Room", "Price"), ("Ash", value)])
    made["Rooms"]["B2"].number_format = pattern
    told = f"Room: Ash; Price: {shown}" if shown else "Room: Ash"
    assert [each.text for each in read(saved(made), "rooms.xlsx").sections] == [told]


def test_a_sheet_with_a_profile_is_told_by_its_names():
    rows = [("名称", "市民会館"), ("休館日", "毎月第3月曜日"), ("所在地", "帯広市西5条"), ("電話", "0155-55-1212")]
    result = read(saved(workbook(Profile=rows)), "profile.xlsx")
    assert [section.text for section in result.sections] == [": ".join(row) for row in rows]
    assert result.warnings == []
    prices = [("部屋", "料金"), ("梅", "9,000円"), ("竹", "12,000円"), ("松", "25,000円")]
    assert read(saved(workbook(Prices=prices)), "prices.xlsx").sections[0].text == "部屋: 梅; 料金: 9,000円"


def test_labels_with_their_values_above_a_table_name_no_columns():
    day = datetime.date(2026, 2, 1)
    rows = [("Price list",), ("Valid from", day), (), ("Model", "Use", "Price"), ("P-300", "Cellars", 79)]
    result = read(saved(workbook(Prices=rows)), "prices.xlsx")
    assert [each.text for each in result.sections] == ["Model: P-300; Use: Cellars; Price: 79"]
    assert result.sections[0].headings == ("Price list", "Valid from: 2026-02-01")
    assert result.warnings == []
    close = [("作成日", day), ("品名", "定価", "納期"), ("ポンプ", "7,900円", "3日")]
    assert [each.text for each in read(saved(workbook(表=close)), "a.xlsx").sections] == [
        "品名: ポンプ; 定価: 7,900円; 納期: 3日"
    ]
    profile = [
        ("会社名", "ほくと"),
        ("設立", "2001年"),
        ("資本金", "3百万円"),
        ("社員", "40名"),
        (),
        ("店", "市", "区"),
    ]
    assert read(saved(workbook(表=profile)), "a.xlsx").sections[0].text != "店: 市"
    assert "設立" in "".join(each.text for each in read(saved(workbook(表=profile)), "a.xlsx").sections)
    groups = [("品名", "料金", None), (None, "1泊", "2泊"), ("テント", "900円", "1,500円")]
    assert [each.text for each in read(saved(workbook(表=groups)), "a.xlsx").sections] == [
        "品名: テント; 料金 > 1泊: 900円; 料金 > 2泊: 1,500円"
    ]


def test_a_table_beside_another_one_is_read_by_itself():
    parts = [("Part", "Price", None, None, None), ("Seal", 4, None, "Group", "Stock"), ("Lid", 7, None, "Wear", 374)]
    result = read(saved(workbook(Parts=parts)), "parts.xlsx")
    assert [(each.anchor, each.text) for each in result.sections] == [
        ("Parts!A2", "Part: Seal; Price: 4"),
        ("Parts!A3", "Part: Lid; Price: 7"),
        ("Parts!D3", "Group: Wear; Stock: 374"),
    ]
    twice = [("Part", "Price", None, "Part", "Price"), ("Seal", 4, None, "Hose", 9)]
    assert [each.text for each in read(saved(workbook(Parts=twice)), "parts.xlsx").sections] == [
        "Part: Seal; Price: 4",
        "Part: Hose; Price: 9",
    ]
    shorter = [("Part", "Price", None, "Month", "Guests"), ("Seal", 4, None, "May", 12), ("Lid", 7)]
    assert [each.text for each in read(saved(workbook(Parts=shorter)), "parts.xlsx").sections] == [
        "Part: Seal; Price: 4",
        "Part: Lid; Price: 7",
        "Month: May; Guests: 12",
    ]
    below = [("Part", "Price", None, "Stock", "Note"), ("Seal", 4, None, 12, "New"), ("Total", 4), ("Prices with VAT",)]
    assert read(saved(workbook(Parts=below)), "parts.xlsx").sections[0].text == (
        "Part: Seal; Price: 4; Stock: 12; Note: New"
    )
    hiding = workbook(Parts=[("Part", "Price", "Cost", "Stock", "Note"), ("Seal", 4, 1, 12, "New"), ("Lid", 7, 2)])
    hiding["Parts"].column_dimensions["C"].hidden = True
    assert read(saved(hiding), "parts.xlsx").sections[0].text == "Part: Seal; Price: 4; Stock: 12; Note: New"
    spaced = [("Part", "Price", None, "Stock", "Note"), ("Seal", 4, None, 12, "New")]
    assert [each.text for each in read(saved(workbook(Parts=spaced)), "parts.xlsx").sections] == [
        "Part: Seal; Price: 4; Stock: 12; Note: New"
    ]


def test_a_time_is_told_to_the_minute():
    rows = [("Shop", "Opens", "Record"), ("Bath", datetime.time(9, 30), datetime.time(0, 2, 5))]
    result = read(saved(workbook(Shops=rows)), "shops.xlsx")
    assert [each.text for each in result.sections] == ["Shop: Bath; Opens: 09:30; Record: 00:02:05"]
