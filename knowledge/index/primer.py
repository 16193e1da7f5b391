"""What texts are packed by beside themselves: how their lines begin, and what customers and companies often say.

A block of a few passages is too short to teach a packer this. Told beforehand, texts are smaller on the disk, Japanese
ones most, and are unpacked as fast. Nothing of anybody's documents is in it.

Never change a letter of it: what was packed by it can only be read by it.
"""

from __future__ import annotations

PRIMER = """\
 the of to and a in is you for that it this be are with on if or not your can as will from have by when we an at which \
please contact number information address account order payment application service product the following example \
other more than all only also has been used using use may must should such there these what how do does cannot \
before after about between within without because however first new one two any same time date year month day days \
return refund delivery shipping customer support password e-mail https://www. http:// value error import default \
については、必要な場合がありますので、ご確認ください。申請書を提出してください。お問い合わせ先、手続きに必要なもの、\
窓口で受け付けています。ご利用いただけます。できますか。どのようにすればよいですか。教えてください。対象となる方は、\
届出が必要です。本人確認書類（運転免許証、マイナンバーカードなど）を持参してください。場合には、により、において、に関する、\
ことができます。することはできません。しております。いたします。お申し込みください。ご連絡ください。商品の返品、交換、配送、送料、注文、\
支払い、会員登録、パスワード、メールアドレス、電話番号、受付時間、午前9時から午後5時まで（土曜日、日曜日、祝日、年末年始を除く）\
","question":"","headings":["","page":1,"anchor":"","row":2,"url":"https://www.","conversations":2,"alike":["\
"attributes":{"audience":["business"],"product":["","tags":[""],"valid_from":"2026-","valid_until":"2026-
{"id":"0123456789abcdef-0123456789ab","document_id":"0123456789abcdef","kind":"log","collection":"default","lang":"ja","source":".csv","title":"
{"id":"0123456789abcdef-0123456789ab","document_id":"0123456789abcdef","kind":"faq","collection":"default","lang":"ja","source":".html","title":"
","text":"
{"id":"0123456789abcdef-0123456789ab","document_id":"0123456789abcdef","kind":"document","collection":"default","lang":"en","source":".txt","title":".txt","text":"\
""".encode()
