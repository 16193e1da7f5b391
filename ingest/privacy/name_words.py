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
    "小田 相沢 森下 小泉 飯塚 津田 田島 稲垣"
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
        "二名 大勢 赤 坊 嬢 空欄 間違 誤 違 旧 新 必要 必須 英語"
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
