"""Words that tell names: the commonest Japanese surnames, and what stands where names do and is none."""

from __future__ import annotations

import re


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


SURNAMES = _words(  # the commonest, with those of two spellings
    "佐藤 鈴木 高橋 髙橋 田中 伊藤 渡辺 渡邊 渡邉 山本 中村 小林 加藤 吉田 山田 佐々木 山口 松本 井上 木村 "
    "林 斎藤 斉藤 齋藤 清水 山崎 森 池田 橋本 "
    "阿部 石川 山下 中島 石井 小川 前田 岡田 長谷川 藤田 後藤 近藤 村上 遠藤 青木 坂本 福田 太田 西村 藤井 "
    "金子 岡本 藤原 中野 三浦 原田 中川 松田 "
    "竹内 小野 田村 中山 和田 石田 森田 上田 原 内田 柴田 酒井 宮崎 横山 高木 安藤 宮本 大野 小島 谷口 工藤 "
    "今井 高田 増田 丸山 杉山 村田 大塚 新井 "
    "小山 平野 藤本 河野 上野 野口 武田 松井 千葉 菅原 岩崎 久保 木下 佐野 野村 松尾 市川 菊地 菊池 杉本 "
    "古川 大西 島田 水野 桜井 高野 渡部 吉川 山内 "
    "西田 飯田 西川 小松 北村 安田 五十嵐 川口 平田 関 中田 久保田 服部 東 岩田 土屋 川崎 福島 本田 辻 樋口 "
    "秋山 田口 永井 山中 中西 吉村 川上 "
    "石原 大橋 松岡 馬場 浜田 森本 矢野 浅野 松下 星野 大久保 吉岡 小池 野田 荒木 熊谷 松浦 大谷 内藤 黒田 "
    "堀 尾崎 川村 永田 望月 松村 田辺 荒井 "
    "堀内 平井 大島 西山 早川 広瀬 栗原 横田 石橋 岡崎 小沢 片山 本間 須藤 白石 上原 三宅 成田 宮田 関口 "
    "大川 片岡 富田 篠原 高山 松原 榎本 萩原 "
    "今村 吉野 児玉 神田 根本 大石 奥村 西尾 桑原 小西 落合 岸本 北川 児島 宮川 野崎 坂口 笠原 沢田 澤田 "
    "小田 相沢 森下 小泉 飯塚 津田 田島 稲垣 "
    "長谷部 榊原 曽根 曾根 大竹 大場 小松原 小笠原 小谷 小原 小柳 小野寺 岩本 岩井 岩瀬 "
    "岩永 西野 西岡 西原 西本 西脇 南野 北原 中井 中尾 中原 中沢 中澤 中谷 中本 仲村 "
    "仲田 梅田 梅原 竹田 竹中 竹下 武藤 武井 土井 土居 塚本 塚田 辻本 坪井 寺田 寺本 "
    "寺島 徳永 富永 冨田 永野 長尾 長井 長沢 長澤 丹羽 沼田 根岸 野上 野島 野沢 野澤 "
    "萩野 橋口 浜口 浜崎 濱田 濵田 林田 原口 畑中 平川 平山 平松 平岡 広田 深沢 福永 "
    "福本 藤沢 藤澤 藤森 藤川 古田 古谷 古賀 細川 細田 堀川 堀江 堀田 前川 前原 牧野 "
    "増井 増本 松永 松川 三谷 三上 水谷 水口 溝口 宮下 宮原 宮地 向井 村井 村瀬 村松 "
    "森山 森川 森岡 森崎 安井 安部 安倍 柳田 柳沢 矢島 矢口 山岡 山根 山村 山野 山城 "
    "横井 横尾 吉本 吉原 吉井 吉沢 吉澤 若林 和久井 渡瀬 浅井 浅田 安達 飯島 石塚 石黒 "
    "磯部 市村 稲葉 稲田 井口 井出 今田 岩下 植田 上杉 上村 植村 臼井 内山 宇野 梅津 "
    "江口 遠山 岡野 岡村 荻野 奥田 奥野 尾形 緒方 折原 加納 柏木 片桐 勝又 門田 金井 "
    "金田 川島 川原 川端 川本 河合 河村 河田 河原 川合 神谷 菊田 岸田 北島 木原 木田 "
    "草野 久野 倉田 黒川 黒木 郡司 佐久間 坂井 坂田 桜田 笹川 佐竹 志村 柴山 島崎 島袋 "
    "比嘉 新垣 知念 下田 下村 庄司 白井 白川 新谷 杉田 杉原 鈴村 関根 千田 染谷 高井 "
    "高瀬 高見 滝沢 滝川 瀧本 武内 立石 田代 田部 谷川 谷本 種田 玉井 千野 土田 角田 "
    "手塚 東海林 鳥居 直井 二宮 野々村 八木 浜野 早坂 平賀 福原 藤岡 藤枝 本多 前島 間宮 "
    "三輪 宮沢 宮澤 村岡 室井 毛利 守屋 諸星 安原 矢部 山川 山際 山名 湯浅 結城 由井 "
    "与田 米田 脇田 鷲尾"
)
KNOWN = frozenset(SURNAMES)
_NOT_NAMES = frozenset(
    "子客奥皆神王同仕模多異一左有母父兄姉弟妹孫嫁娘隣爺婆何各貴殿先上本私僕俺夫妻彼人方皆々"
) | frozenset(
    _words(
        "息子 医者 叔父 叔母 旦那 店長 部長 課長 社長 主人 本人 家族 両親 担当 法人 個人 団体 学生 世帯主 管理人 "
        "受取人 名義人 保証人 大家 看護師 医師 先生 "
        "友人 知人 同僚 代理 代理人 利用 事務 受付 窓口 大家 配達 配送 宅配 宅急便 修理 業者 新規 未定 不明 同上 "
        "別 以下 以上 下記 上記 登録 変更 旧姓 漢字 本名 "
        "会社 弊社 御社 当店 家内 取引 病院 学校 役所 警察 銀行 運送 全員 皆々 相手 一人 二人 三人 何人 複数 "
        "二名 大勢 赤 坊 嬢 クマ ゾウ ウサギ ネコ イヌ サル パンダ キリン サンタ 空欄 間違 誤 違 旧 新 必要 必須 英語"
    )
)
_NOT_NAMES_AT_END = tuple("者員名客社店同仕模異態屋皆業先館院署局課部係長師士署便会園校家")
_DEPARTMENT = re.compile(r"(?!(?:長谷|日下|曽我|曾我|長宗我|長曽我)部).{2,}[部課係科局班室]")
_ROLES = tuple(
    _words(
        "サポート オペレーター オペレータ スタッフ ユーザー ユーザ オーナー ゲスト メーカー ドライバー ショップ "
        "クライアント パートナー サポーター カスタマー パート アルバイト バイト "
        "マネージャー エンジニア ベンダー テナント メンバー リーダー カタカナ フルネーム ローマ ニックネーム "
        "アマゾン ドコモ ソフトバンク ヤフー グーグル アップル メルカリ "
        "アカウント イニシャル ペンネーム ハンドルネーム ヤマト ホテル"
    )
)
_NOT_NAMES_HIRAGANA = re.compile(
    r"^(?:お|ご|み[なん]|たく|だんな|じょう|あか|ぞう|くま|うさぎ|いぬ|ねこ|さる|かみ|おう|なに|どちら|どな"
    r"|やお|ほん|パン|にく|はな|の|は|が|を|に|で|と|も|か|や)"
)
NOT_ENGLISH = frozenset(
    _words(
        "sorry happy glad not sure afraid very looking trying having unable still a an the in on using just also "
        "now here so really "
        "there team all again everyone sir madam customer support yes no ok okay great good agent back this that "
        "it we you i my your "
        "what why how when where who which is are was and or but for from with to of please thanks thank hello "
        "hi hey dear regards best "
        "cheers monday tuesday wednesday thursday friday saturday sunday january february march april may june "
        "july august september "
        "october november december english japanese japan american british german french chinese writing calling "
        "contacting wondering "
        "interested aware confused getting going working waiting located new correct incorrect wrong different "
        "required missing spelled "
        "misspelled changed appears same mr mrs ms dr miss service everybody folks valued help welcome morning "
        "afternoon evening "
        "everything nothing something come"
        " over out up down only both right done ready able unhappy disappointed "
        "you're you’re we're we’re they're they’re "
        "frustrated i'm i’m i'll i’ll i've i’ve i'd i’d it's it’s that's that’s let's let’s "
        "enter type select choose provide specify add click "
        "can could would should shall does did do if since after before"
    )
)
# Who writes for a company: "Best, Billing".
DEPARTMENTS = frozenset(
    _words(
        "support team service services desk help helpdesk care staff sales office billing accounts accounting "
        "finance payments refunds invoicing returns shipping orders bookings reservations reception logistics "
        "dispatch delivery warehouse warranty claims complaints enquiries inquiries marketing security privacy "
        "legal compliance operations engineering onboarding memberships subscriptions department management"
    )
)
NOT_LATIN = NOT_ENGLISH | DEPARTMENTS
NO_PERSON = DEPARTMENTS | frozenset(
    _words(
        "customer helper bot admin agent user deleted permanently info system the サポート 担当 担当者 カスタマー "
        "オペレーター オペレータ スタッフ ゲスト 管理者 "
        "事務局 センター 窓口 ユーザー ボット 匿名 株式会社"
    )
)
NO_ANSWER = frozenset(
    _words("はい いいえ すみません 分かりました わかりました ありがとう ありがとうございます 了解 承知しました ok okay")
)


def is_name(word: str, before: str) -> bool:
    """Whether a word, before which something else stands, may be somebody's name."""
    first = re.split(r"[ ・]", word)[0]
    if not word.strip("〇○◯ "):
        return False  # 〇〇様, in a form to fill in
    if (
        (before and before in "おご御貴")
        or word in _NOT_NAMES
        or first.lower() in NOT_ENGLISH
        or first.endswith(_ROLES)
    ):
        return False
    return not word.endswith(_NOT_NAMES_AT_END) or (word.startswith(SURNAMES) and len(word) > 2)


def without_department(words: str) -> str:
    """Words that stand before 様 without the department that somebody is of: 総務部 田村."""
    first, _, rest = words.partition(" ")
    return rest if rest and _DEPARTMENT.fullmatch(first) else words


def is_hiragana_name(word: str, before: str) -> bool:
    """The same of one in hiragana."""
    return (not before or before in "、。「\n 　！!") and _NOT_NAMES_HIRAGANA.match(word) is None
