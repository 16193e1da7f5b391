"""Names that customers write in katakana and documents in Latin letters: ペイペイ is PayPay.

The dictionary of Japanese knows many of them (グーグル is google), takes some apart that are one word in Latin letters
(フェイスブック is face book), and lacks the younger ones. Here are those; the list was written for this project.
"""

from __future__ import annotations

import re

_LIST = """
アイクラウド icloud  アイチューンズ itunes  アイパッド ipad  アイフォーン iphone  アイフォン iphone  アイマック imac
アマゾンペイ amazon-pay  アメックス amex  イーメール email  インスタ instagram  インスタグラム instagram
エアドロップ airdrop  エアポッズ airpods  エスエヌエス sns  エスエムエス sms  エックスボックス xbox  エルイーディー led
オーエス os  キューアール qr  クイックペイ quicpay  クロームブック chromebook  ジーピーエス gps  ジーメール gmail
ジェイシービー jcb  スカイプ skype  スポティファイ spotify  チャットジーピーティー chatgpt  ツイッチ twitch
ティーシャツ tシャツ  ティックトック tiktok  ディーブイディー dvd  ドコモ docomo  ドロップボックス dropbox
ニンテンドー nintendo  ネットフリックス netflix  パスモ pasmo  パワーポイント powerpoint  パワポ powerpoint
ピーディーエフ pdf  ファイアウォール firewall  ファイアフォックス firefox  フェイスタイム facetime
フェイスブック facebook  フェースブック facebook  ブイピーエヌ vpn  ブルートゥース bluetooth  ブルーレイ bluray
プレイステーション playstation  ペイパル paypal  ペイペイ paypay  マックブック macbook  メルカリ mercari
ユーアールエル url  ユーエスビー usb  ユーチューブ youtube  ラインペイ line-pay  ワードプレス wordpress  ワイファイ wifi
ヤフー yahoo  リンクトイン linkedin
"""
_WORDS = _LIST.split()
_NAMES = dict(zip(_WORDS[::2], (latin.replace("-", " ") for latin in _WORDS[1::2]), strict=True))
# Not within another word: インスタ is not in インスタント.
_NAME = re.compile(rf"(?<![ァ-ヺー])(?:{'|'.join(sorted(_NAMES, key=len, reverse=True))})(?!ント)")


def in_latin(text: str) -> str:
    """A text with such names in Latin letters, with blanks around them."""
    return _NAME.sub(lambda name: f" {_NAMES[name[0]]} ", text)
