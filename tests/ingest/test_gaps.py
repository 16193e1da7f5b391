from ingest.printed.gaps import settled, unspread


def gaps_of(*widths, made_up=True):
    """The gaps of a line in its order, in letters."""
    left = iter(widths)
    return lambda *_: (next(left), made_up)


def test_a_line_that_typesetting_has_spread_loses_its_blanks():
    text = "返 品 は 三 十 日 以 内 に"
    assert settled(text, gaps_of(*[0.4] * 8)) == ("返品は三十日以内に", True)
    assert settled(text, gaps_of(*[1.5] * 8)) == ("返品は三十日以内に", True)


def test_a_narrow_gap_is_no_blank_and_a_wide_one_parts_cells():
    assert settled("送料は無料 です。", gaps_of(0.3)) == ("送料は無料です。", True)
    assert settled("品名 価格", gaps_of(2.5)) == ("品名 価格", False)
    assert settled("第 2 章", gaps_of(0.2)) == ("第 2 章", True)


def test_cells_of_one_letter_stay_apart():
    assert settled("可 可 不可 可 可", gaps_of(*[3.0] * 4)) == ("可 可 不可 可 可", False)


def test_a_blank_that_somebody_wrote_stays():
    assert settled("東京 太郎", gaps_of(0.3, made_up=False)) == ("東京 太郎", True)


def test_a_spread_cell_is_told_by_its_text_alone():
    assert unspread("お 問 い 合 わ せ 先") == "お問い合わせ先"
    assert unspread("月曜 火曜 水曜 木曜 金曜") == "月曜 火曜 水曜 木曜 金曜"
    assert unspread("目 次") == "目 次"
