"""Known ways to misread a mail, each with mails of its own: all of them are written into one folder, and one
`inspect --json` and one `classify --json` read them. What each reading must be stands beside its mail."""
import base64
import json
import time
from urllib.parse import quote

import pytest

from conftest import Site, make_mail

DATE = time.strftime("%a, %d %b %Y %H:%M:%S +0000", time.gmtime())
PROOF = ("Authentication-Results: mx.example.jp; dkim=pass header.d=amazon.com; dmarc=pass header.from=amazon.com",)
AWS = "no-reply-aws@amazon.com"
VENDOR = "①㈱髙 丸数字"  # characters of Microsoft's tables that the standards' tables lack
DEEP = 20_000


class Whatever:
    """Equal to what its test holds for."""

    def __init__(self, holds):
        self.holds = holds

    def __eq__(self, other):
        return self.holds(other)


def has(*words):
    return Whatever(lambda got: got is not None and all(word in got for word in words))


def lacks(*words):
    return Whatever(lambda got: all(word not in got for word in words))


def mail(*lines, body=b"", end="\n"):
    """Header lines and a body; text is UTF-8."""
    def octets(text):
        return text if isinstance(text, bytes) else text.encode()
    return octets(end).join([*map(octets, lines), b"", octets(body)])


def plain(*lines, body=b"Hello.\n", subject="A", sender="a@example.com", more=()):
    return mail(f"From: {sender}", f"Subject: {subject}", f"Date: {DATE}", "Message-ID: <id@example.com>", *more, *lines,
                body=body)


def word(text, charset="utf-8", kind="b"):
    """An encoded word, of text or of bytes."""
    octets = text if isinstance(text, bytes) else text.encode(charset)
    inside = (base64.b64encode(octets).decode() if kind.lower() == "b" else
              "".join(f"={byte:02X}" for byte in octets))
    return f"=?{charset}?{kind}?{inside}?="


def multipart(*parts, boundary="b", last=True):
    text = b"".join(b"--" + boundary.encode() + b"\n" + (part if isinstance(part, bytes) else part.encode()) + b"\n"
                    for part in parts)
    return plain(f'Content-Type: multipart/mixed; boundary="{boundary}"',
                 body=text + (b"--" + boundary.encode() + b"--\n" if last else b""))


def coded(text, *charsets):
    """Bodies of that text, one for each label that stands for the codec."""
    return [(plain(f"Content-Type: text/plain; charset={label}", body=text.encode(codec, "surrogateescape")),
             {"text": text, "parts.0.charset": label}) for label, codec in charsets]


def jis(text):
    """ISO-2022-JP as mailers of Microsoft write it, vendor characters and half-width kana included."""
    out, mode = b"", b"\x1b(B"
    for character in text:
        octets = character.encode("cp932")
        if len(octets) == 2:
            lead, trail = octets
            row = (lead - (0x81 if lead < 0xa0 else 0xc1)) * 2
            if trail >= 0x9f:
                octets = bytes((row + 0x22, trail - 0x7e))
            else:
                octets = bytes((row + 0x21, trail - 0x1f - (trail > 0x7f)))
            escape = b"\x1b$B"
        elif octets[0] > 0x7f:
            octets, escape = bytes((octets[0] & 0x7f,)), b"\x1b(I"
        else:
            escape = b"\x1b(B"
        out, mode = out + (escape if escape != mode else b"") + octets, escape
    return out + (b"\x1b(B" if mode != b"\x1b(B" else b"")


def nested_multiparts(depth):
    opened = "".join(f"Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n" for n in range(depth))
    return f"From: a@example.com\nSubject: A\nDate: {DATE}\n{opened}Content-Type: text/plain\n\nHello.\n".encode()


JAPANESE = "【重要】AWS Health イベントのお知らせ [AWS Account: 123456789012]"
LONG = "名" * 60
INNER = plain(body="inner text\n", subject="inner")

# name: [(mail, {path in what is printed: what it must be})]; "decision." leads to what classify prints.
PITFALLS = {
    "01 a word behind padding is read": [
        (plain(subject=word(JAPANESE[:20]) + "\n " + word(JAPANESE[20:]),
               sender=word("アマゾン") + " " + word("サービス") + " <a@example.com>"),
         {"subject": JAPANESE, "from.name": "アマゾンサービス", "from.address": "a@example.com",
          "decision.notice.accounts": ["123456789012"], "decision.subject": JAPANESE}),
        (plain(subject=word(jis("重要なお知"), "iso-2022-jp") + " " + word(jis("らせ [AWS ID 1]"), "iso-2022-jp")),
         {"subject": "重要なお知らせ [AWS ID 1]"}),
        (plain(subject=word("重要な".encode()[:4], "utf-8") + " " + word("重要な".encode()[4:], "utf-8")), {"subject": "重要な"}),
        (plain("Content-Type: application/pdf",
               f'Content-Disposition: attachment; filename="{word("請求書です")} {word("日本.pdf")}"'),
         {"parts.0.filename": "請求書です日本.pdf"}),
        (plain("Content-Type: application/pdf",
               'Content-Disposition: attachment; filename="=?utf-8?b?5pelYQ==?= =?utf-8?b?5pys?=.txt"'),
         {"parts.0.filename": "日a本.txt"}),
    ],
    "02 a group of groups is no recursion": [
        (plain(sender="a:" * 40_600 + "a@example.com"), {"subject": "A", "from": None, "defects": has("too-many-colons")}),
        (plain(f"To: {'a:' * 40_600}", f"Cc: {'a:' * 7_000}"), {"from.address": "a@example.com", "to": [], "cc": []}),
    ],
    "03 parameters without end cost nothing": [
        (plain("Content-Type: text/plain" + "".join(f";\n p{n}=v" for n in range(90_000))),
         {"text": "Hello.\n", "defects": has("header-too-long")}),
        (multipart("Content-Type: text/plain" + "".join(f"; p{n}=v" for n in range(90_000)) + "\n\nHello.\n",
                   "Content-Disposition: inline" + "".join(f"; p{n}=v" for n in range(90_000)) + "\n\nagain\n"),
         {"text": "Hello.\nagain\n", "parts.0.text": "Hello.\n", "parts.1.text": "again\n", "defects": has("header-too-long")}),
    ],
    "04 of repeated fields the first counts, and they prove nothing": [
        (mail(*PROOF, f"From: {AWS}", "From: evil@example.org", "Subject: first", "Subject: second", f"Date: {DATE}",
              "Date: Mon, 1 Jan 2001 00:00:00 +0000", "Message-ID: <1@example.com>", "Message-ID: <2@example.com>",
              "Content-Type: text/plain; charset=utf-8", "Content-Type: multipart/mixed; boundary=b", body="Hello.\n"),
         {"subject": "first", "message_id": "1@example.com", "from.address": AWS, "text": "Hello.\n",
          "parts.0.type": "text/plain", "decision.from": AWS, "decision.auth.verdict": "forged",
          "defects": has("duplicate-from", "duplicate-subject", "duplicate-date", "duplicate-content-type")}),
        (mail(*PROOF, "From: evil@example.org", f"From: {AWS}", "Subject: A", body="Hello.\n"),
         {"from.address": "evil@example.org", "decision.auth.verdict": Whatever(lambda got: got != "proven")}),
    ],
    "05 a NUL ends no value": [
        (mail(*PROOF, f"From: {AWS}\0.evil.org", "Subject: a\0b", body="Hello.\n"),
         {"from.address": Whatever(lambda got: got.endswith(".evil.org")), "defects": has("nul-in-header"),
          "subject": "a?b", "decision.auth.verdict": Whatever(lambda got: got != "proven")}),
    ],
    "06 words smuggle no controls": [
        (plain(subject="=?utf-8?Q?line1=0ALine2=0D=0AX-Evil:_1=1B[31m=00?=", sender="=?utf-8?Q?a=0Ab?= <a@example.com>",
               more=("X-Turned: =?utf-8?Q?a=E2=80=AEb?=",)),
         {"subject": lacks("\n", "\r", "\x1b", "\0"), "from.name": "a b", "headers.4.value": "ab",
          "defects": has("control-in-header", "bidi-control")}),
        (plain(subject="=?utf-8?Q?Amazon=E2=80=AE?="), {"subject": "Amazon", "defects": has("bidi-control")}),
    ],
    "07 Shift_JIS and EUC-JP mean what mailers write": [
        *coded(VENDOR + " \\ ~ ｱｲｳ\n", ("shift_jis", "cp932"), ("sjis", "cp932"), ("x-sjis", "cp932"),
               ("windows-31j", "cp932"), ("ms_kanji", "cp932"), ("cp932", "cp932")),
        *[(plain(f"Content-Type: text/plain; charset={label}",
                 body=b"\xad\xa1\xad\xea \xb4\xdd\xbf\xf4\xbb\xfa \\ ~ \x8e\xb1\n"), {"text": "①㈱ 丸数字 \\ ~ ｱ\n"})
          for label in ("euc-jp", "x-euc-jp", "EUC-JP", "eucjp")],
        (plain(subject=word(VENDOR.encode("cp932"), "Shift_JIS"), sender=word(VENDOR.encode("cp932"), "sjis") + " <a@example.com>"),
         {"subject": VENDOR, "from.name": VENDOR}),
        (plain("Content-Type: application/pdf", "Content-Disposition: attachment; filename*=shift_jis''%87%40%95%5C.txt"),
         {"parts.0.filename": "①表.txt"}),
        (plain("Content-Type: application/pdf", b'Content-Disposition: attachment; filename="' + "能力表.txt".encode("cp932") + b'"'),
         {"parts.0.filename": "能力表.txt"}),
    ],
    "08 ISO-2022-JP with vendor characters": [
        *[(plain(f"Content-Type: text/plain; charset={label}", body=jis("①㈱ 丸数字 ｱｲｳｴ\n")), {"text": "①㈱ 丸数字 ｱｲｳｴ\n"})
          for label in ("iso-2022-jp", "ISO-2022-JP")],
        (plain(subject=word(jis("①㈱ 丸数字 ｱｲｳｴ"), "iso-2022-jp")), {"subject": "①㈱ 丸数字 ｱｲｳｴ"}),
        (plain("Content-Type: text/plain; charset=iso-2022-jp-2", body=b"\x1b$(C0!3*\x1b(B \x1b$A5gJS\x1b(B\n"),
         {"text": "가나 电视\n", "defects": []}),
        *[(plain(f"Content-Type: text/plain; charset={label}", body=jis("障害①\n")), {"text": "障害①\n"})
          for label in ("us-ascii", "utf-8", "iso-8859-1")],
        (plain("Content-Type: text/plain; charset=iso-2022-jp", body="重要連絡\n".encode("cp932")),
         {"text": "重要連絡\n", "defects": has("undecodable-text")}),
    ],
    "09 raw bytes in a header": [
        (mail("From: a@example.com", b"Subject: " + jis("障害のお知らせ")), {"subject": "障害のお知らせ"}),
        (mail("From: a@example.com", "Subject: 障害のお知らせ".encode("cp932")), {"subject": "障害のお知らせ"}),
        (mail("From: a@example.com", "Subject: 障害のお知らせ".encode("euc-jp")), {"subject": "障害のお知らせ"}),
        (mail("From: a@example.com", "Subject: 障害のお知らせ"), {"subject": "障害のお知らせ"}),
        *[(mail("From: a@example.com", f"Subject: {text}".encode(codec), body=text.encode(codec)), {"subject": text, "text": text})
          for text in ("重要連絡", "[AWS] 障害報告", "【要対応】請求", "7月分") for codec in ("cp932", "euc-jp")],
        *[(mail(b"From: " + name + b" <a@example.com>", "Subject: A"), {"from": {"name": "山田能力表", "address": "a@example.com"}})
          for name in (jis("山田能力表"), "山田能力表".encode("cp932"), '"山田能力表"'.encode("cp932"), "山田能力表".encode("euc-jp"))],
        *[(mail("From: a@example.com", f"Subject: {text}".encode("cp1252")), {"subject": text})
          for text in ("Größe", "São Paulo", "café", "it’s “urgent”", "Información de facturación", "Blåbærsyltetøy")],
        (mail("From: a@example.com", b"Subject: " + "关于会议通知".encode("gbk"), "Content-Type: text/plain; charset=gb2312"),
         {"subject": "关于会议通知"}),
        (mail("From: a@example.com", "Subject: Frösche".encode("latin-1")), {"subject": "Frösche"}),
    ],
    "10 text is UTF-8, and nothing vanishes": [
        (plain("Content-Type: text/plain; charset=us-ascii", body="本文 ok\n"), {"text": "本文 ok\n"}),
        (plain(body="本文 ok\n"), {"text": "本文 ok\n"}),
        (plain("Content-Type: text/plain; charset=nobody-knows", body="本文 ok\n"),
         {"text": "本文 ok\n", "defects": has("charset-unknown")}),
        *[(plain(f"Content-Type: text/plain{charset}", body="本文".encode() + b"\xff ok\n"),
           {"text": "本文\ufffd ok\n", "defects": has("undecodable-text")}) for charset in ("", "; charset=utf-8")],
        (plain("Content-Type: text/plain; charset=utf-8", body="本".encode() + "文".encode()[:2] + b"\n"),
         {"text": "本\ufffd\ufffd\n", "defects": has("undecodable-text")}),
        *[(plain(f"Content-Type: text/plain; charset={label}", body="本文 café\n"),
           {"text": "本文 café\n", "defects": has("undecodable-text")}) for label in ("iso-8859-1", "windows-1252")],
        (plain("Content-Type: text/plain; charset=utf-8", body="\ufeff本文\n"), {"text": "本文\n"}),
        (plain("Content-Type: text/plain; charset=utf-8", body=" 障害".encode() * 400_000),
         {"text": has(" 障害 障害"), "defects": has("text-too-long")}),
    ],
    "11 a NUL ends no body": [
        (plain(body=b"before\0Severity: Urgent\n"), {"text": "before\ufffdSeverity: Urgent\n"}),
        (plain("Content-Type: text/plain; charset=utf-16le", "Content-Transfer-Encoding: base64",
               body=base64.b64encode("UTF-16 本文\n".encode("utf-16-le")).decode()), {"text": "UTF-16 本文\n"}),
        (plain("Content-Type: text/plain; charset=utf-16", "Content-Transfer-Encoding: base64",
               body=base64.b64encode("本文\n".encode("utf-16")).decode()), {"text": "本文\n"}),
        (plain("Content-Type: text/plain; charset=utf-16", "Content-Transfer-Encoding: base64",
               body=base64.b64encode("本文\n".encode("utf-16-be")).decode()), {"text": "本文\n"}),
    ],
    "12 charsets under all their names": [
        *coded("障害 ①\n", ("windows-31j", "cp932"), ("x-sjis", "cp932"), ("cswindows31j", "cp932")),
        *coded("障害\n", ("x-euc-jp", "euc-jp"), ("cp51932", "euc-jp"), ("cp50220", "iso2022_jp"), ("cp50221", "iso2022_jp"),
               ("iso-2022-jp-ms", "iso2022_jp"), ("eucjp-ms", "euc-jp")),
        *coded("数据\n", ("x-gbk", "gbk"), ("gb18030", "gb18030")),
        *coded("數據\n", ("big5-hkscs", "big5hkscs"), ("big5", "big5")),
        *coded("고객\n", ("ms949", "cp949"), ("ks_c_5601-1987", "cp949")),
        *coded("고객\n", ("ks_c_5601", "cp949"), ("ksc5601", "cp949")),
        *coded("数据\n", ("euc-cn", "gbk"), ("hz-gb-2312", "hz")),
        *coded("ąé\n", ("latin2", "iso8859-2")),
        *coded("€\n", ("iso8859-15", "iso8859-15"), ("iso_8859-15", "iso8859-15"), ("latin-9", "iso8859-15")),
        *coded("письмо\n", ("cp-1251", "cp1251")),
        *coded("①か゚\n", ("shift_jisx0213", "shift_jisx0213"), ("euc-jisx0213", "euc_jisx0213")),
        *coded("письмо\n", ("x-mac-cyrillic", "mac_cyrillic"), ("koi8-r", "koi8-r"), ("windows-1251", "cp1251")),
        *coded("Größe\n", ("unicode-1-1-utf-7", "utf-7"), ("uft-8", "utf-8"), ("utf8", "utf-8"), ("unknown-8bit", "utf-8"),
               ("binary", "utf-8"), ("none", "utf-8"), ("x-unknown", "utf-8"), ("latin1", "latin-1")),
        *coded("ภาษา\n", ("windows-874", "cp874"), ("iso-8859-11", "iso8859-11"), ("tis-620", "tis-620")),
        *coded("שלום\n", ("iso-8859-8-i", "iso-8859-8")),
        (plain('Content-Type: text/plain; charset="charset=us-ascii"', body="Größe\n"), {"text": "Größe\n"}),
    ],
    "13 base64 reads on behind padding": [
        (plain("Content-Transfer-Encoding: base64", body="Rmlyc3QgY2h1bmsuCg==\nU2V2ZXJpdHk6IFVyZ2VudCBjb21wcm9taXNlZAo=\n"),
         {"text": "First chunk.\nSeverity: Urgent compromised\n"}),
        (plain("Content-Transfer-Encoding: base64",
               body="bWFpbiB0ZXh0Cg==\n_______________________________\nOps mailing list\nOps@example.com\n"),
         {"text": "main text\n_______________________________\nOps mailing list\nOps@example.com\n"}),
        (plain("Content-Transfer-Encoding: base64", body="bWFpbiB0ZXh0cyEK\n--\nTo leave this list, write to ops@example.com\n"),
         {"text": "main texts!\n--\nTo leave this list, write to ops@example.com\n"}),
        (plain("Content-Transfer-Encoding: base64", body="U2V2*ZXJp\n!!!\ndHk6 IFVyZ2VudA==\n"), {"text": "Severity: Urgent"}),
    ],
    "14 line ends that are written out": [
        (plain("Content-Transfer-Encoding: quoted-printable", body="a=0D=0Ab=0Dc=\nd\ne\n"), {"text": "a\nb\ncd\ne\n"}),
    ],
    "15 transfer encodings as people spell them": [
        *[(plain(f"Content-Transfer-Encoding: {spelled}", body="U2V2ZXJpdHk=\n"), {"text": "Severity"})
          for spelled in ('"base64"', "base64;", "BASE64", " base64 ; x", "base64 (x)", "(x) base64")],
        *[(plain(f"Content-Transfer-Encoding: {spelled}", body="a=3Db\n"), {"text": "a=b\n"})
          for spelled in ("quoted-printable; x", "'quoted-printable'", "Quoted-Printable")],
        *[(plain(f"Content-Transfer-Encoding: {spelled}", body="本文=3D\n"), {"text": "本文=3D\n"})
          for spelled in ("7-bit", "x-foo", "8bit", "binary", "")],
    ],
    "16 every line end is one": [
        *[(mail("From: a@example.com", "Subject: A", end=end, body=f"one{end}two{end}"), {"subject": "A", "text": "one\ntwo\n"})
          for end in ("\n", "\r\n", "\r")],
        (b"From: a@example.com\r\nSubject: A\n\r\none\ntwo\r\n", {"subject": "A", "text": "one\ntwo\n"}),
        (mail("From: a@example.com", "Subject: A", end="\r"), {"defects": has("cr-only")}),
    ],
    "17 what stands before the first field": [
        (b"\n" + plain(), {"subject": "A", "from.address": "a@example.com", "defects": has("blank-before-header")}),
        (b"   \n\n" + plain(), {"subject": "A", "text": "Hello.\n", "defects": has("blank-before-header")}),
        (b"\xef\xbb\xbf" + plain(), {"subject": "A", "from.address": "a@example.com", "defects": has("byte-order-mark")}),
        (b"Hello, this is text\n" + plain(), {"text": has("Hello, this is text", "Hello.\n"), "defects": has("no-from")}),
        (b">From a@example.com Mon Jan  1 00:00:00 2026\n" + plain(), {"subject": "A", "text": "Hello.\n"}),
        (b"From a@example.com Mon Jan  1 00:00:00 2026\n" + plain(body="one\nFrom two\n"),
         {"subject": "A", "text": "one\nFrom two\n"}),
        (plain(body="one\n\nFrom two\n>From three\n"), {"text": "one\n\nFrom two\n>From three\n"}),
        (b"", {"subject": "", "from": None, "text": "", "defects": has("empty", "no-from")}),
    ],
    "18 what was read cannot change": [(plain(body="Hello.\n" * 20_000), {"text": "Hello.\n" * 20_000})],
    "19 nesting ends": [
        (nested_multiparts(DEEP), {"subject": "A", "defects": Whatever(lambda got: {"too-deep", "too-many-parts"} & set(got))}),
        (plain(body=b"") [:-1] + b"Content-Type: message/rfc822\n\n" * DEEP + b"Subject: inner\n\nHello.\n",
         {"subject": "A", "parts.0.type": "message/rfc822", "text": ""}),
        (nested_multiparts(10), {"subject": "A", "text": "Hello.\n", "defects": lacks("too-deep")}),
    ],
    "20 parts and fields end": [
        (multipart(*["Content-Type: text/plain\n\nHello."] * 100_000),
         {"text": "Hello.\n" * 199 + "Hello.", "defects": has("too-many-parts"), "parts": Whatever(lambda got: len(got) == 200)}),
        (plain(*["X-Flood: value"] * 100_000),
         {"subject": "A", "text": "Hello.\n", "headers": Whatever(lambda got: len(got) <= 200),
          "defects": has("too-many-headers")}),
        (plain("X-Folded: a" + "\n a" * 1_000_000), {"subject": "A", "text": "Hello.\n", "defects": has("header-too-long")}),
    ],
    "21 Content fields are fields": [
        (plain("Content-Type: text/plain; charset=utf-8", "Content-Language: ja"),
         {"headers": Whatever(lambda got: {"Content-Type", "Content-Language"} <= {field["name"] for field in got}),
          "decision.tags": ["content-field"]}),
    ],
    "22 what is missing is null": [
        (mail("X: y", body="Hello.\n"),
         {"subject": "", "from": None, "to": [], "date": None, "message_id": None, "text": "Hello.\n"}),
        *[(mail("From: a@example.com", f"Date: {written}"), {"date": read}) for written, read in (
            ("nonsense", None), ("", None), ("Mon, 31 Feb 2026 00:00:00 +0000", None),
            ("Tue, 31 Dec 2016 23:59:60 +0000", "2017-01-01T00:00:00Z"),
            ("Wed 29 May 2019 06:09:22 PM EDT", "2019-05-29T22:09:22Z"),
            ("Mon, 23 Nov 2026 22:00:00 +0900", "2026-11-23T13:00:00Z"))],
        (plain("To: undisclosed-recipients:;", "Cc: ops: a@example.com, b@example.com;"),
         {"to": [], "cc": [{"name": "", "address": "a@example.com"}, {"name": "", "address": "b@example.com"}]}),
        (multipart("Content-Type: text/plain\n", "Content-Type: application/pdf\n\n"), {"parts.1.size": 0, "parts.1.text": None}),
    ],
    "23 an address is what stands in the brackets": [
        (plain(*PROOF, sender=f'"{AWS}" <evil@example.org>'),
         {"from": {"name": AWS, "address": "evil@example.org"}, "decision.from": "evil@example.org",
          "decision.auth.verdict": "forged"}),
        (plain(*PROOF, sender=f"{word(f'Amazon <{AWS}>,')} <evil@example.org>"),
         {"from.address": "evil@example.org", "decision.auth.verdict": "forged"}),
        (plain(sender="a@例え.jp"), {"from.address": "a@xn--r8jz45g.jp"}),
        (plain(sender="a@XN--R8JZ45G.jp"), {"from.address": "a@xn--r8jz45g.jp"}),
        (plain(sender="A.User@Example.COM (a comment)"), {"from.address": "A.User@example.com"}),
        *[(plain(sender=sender), {"from.address": sender}) for sender in ("a..b@docomo.ne.jp", ".c@docomo.ne.jp", "d.@docomo.ne.jp")],
        (plain(sender="[Ops] Some One <a@example.com>"), {"from": {"name": "[Ops] Some One", "address": "a@example.com"}}),
        (plain(*PROOF, sender=f"[x {AWS}] <evil@example.org>"), {"from.address": "evil@example.org", "decision.auth.verdict": "forged"}),
        (plain(*PROOF, sender=f"x.. {AWS}"), {"from": None, "decision.auth.verdict": "forged"}),
    ],
    "24 multiparts as they come": [
        (multipart("Content-Type: text/plain\n\none", "Content-Type: text/plain\n\ntwo\n", last=False),
         {"parts": Whatever(lambda got: [part["text"].strip() for part in got] == ["one", "two"]), "text": "one\ntwo\n\n"}),
        (plain("Content-Type: multipart/mixed", body="--b\nContent-Type: text/plain\n\nSeverity: Urgent\n--b--\n"),
         {"text": has("Severity: Urgent"), "defects": has("multipart-without-parts")}),
        (multipart("one without headers", "Content-Type: text/plain\n\ntwo"), {"text": "one without headers\ntwo"}),
        (plain("Content-Type: multipart/mixed; boundary=b",
               body="--b\nContent-Type: multipart/alternative; boundary=b\n\n--b\nContent-Type: text/plain\n\none\n--b--\n--b--\n"),
         {"text": has("one")}),
        (plain("Content-Type: multipart/mixed; boundary=bb",
               body="--bb\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\none\n--b--\n--bb\n\ntwo\n--bb--\n"),
         {"parts": Whatever(lambda got: [part["text"].strip() for part in got] == ["one", "two"])}),
        (multipart("Content-Type: text/plain\n\none", boundary="x" * 4_200), {"text": "one"}),
        (multipart("Content-Type: text/plain\n\none", boundary="x" * 5_000), {"text": has("one")}),
    ],
    "25 a mail within": [
        (multipart("Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n" + base64.encodebytes(INNER).decode()),
         {"parts.0.type": "message/rfc822", "parts.0.size": len(INNER), "text": "", "decision.tags": ["inner"]}),
        (multipart(b"Content-Type: message/rfc822\n\n" + INNER),
         {"parts.0.type": "message/rfc822", "text": "", "decision.tags": ["inner"]}),
        (multipart("Content-Type: text/rfc822-headers\n\nSubject: inner\n"),
         {"parts.0.type": "text/rfc822-headers", "parts.0.text": has("Subject: inner")}),
    ],
    "26 text as a person reads it": [
        (plain("Content-Type: text/plain; format=flowed", body="The instance is scheduled \nfor retirement.\nNext.\n"),
         {"text": "The instance is scheduled for retirement.\nNext.\n"}),
        (plain("Content-Type: text/plain; format=flowed; delsp=yes", body="障害の \nお知らせ\n"), {"text": "障害のお知らせ\n"}),
        (plain(body="before\nbegin 644 a.txt\n#0V%T\n`\nend\nafter\n"), {"text": has("before\n", "after\n")}),
        (plain("Content-Type: text/html; charset=utf-8", body="<html><body><p>one &amp; <b>two</b></p><p>three</p></body></html>"),
         {"text": Whatever(lambda got: [line for line in got.split("\n") if line] == ["one & two", "three"])}),
        (plain(subject=word("障害の".encode()[:4]) + "\n " + word("障害の".encode()[4:], kind="q")), {"subject": Whatever(
            lambda got: got == "障害の")}),
        (plain("Content-Type: application/pdf",
               f"Content-Disposition: attachment; filename*=iso-2022-jp'ja'{quote(jis('請求書'))}.pdf"),
         {"parts.0.filename": "請求書.pdf"}),
        (plain("Content-Type: application/pdf",
               "Content-Disposition: attachment; filename=plain.txt; filename*2=.txt; filename*1*=%A5; filename*0*=utf-8''%E6%97"),
         {"parts.0.filename": "日.txt"}),
        (plain("Content-Type: application/pdf", "Content-Disposition: attachment; filename=plain.txt; filename*=utf-8''%E6%97%A5.txt"),
         {"parts.0.filename": "日.txt"}),
        (plain(body="no line end"), {"text": "no line end"}),
    ],
    "27 what is told carries the very bytes": [
        (plain(f'Content-Type: text/plain; {"n" * 200}="{LONG}"; name*=utf-8\'\'{quote(LONG)}', 'To: "unclosed <a@'),
         {"subject": "A", "text": "Hello.\n", "decision.category": Whatever(lambda got: got is not None)}),
    ],
    "28 a header without a blank line ends at what is no field": [
        (mail(*PROOF, f"From: {AWS}", "Subject: A", f"Date: {DATE}", body="").rstrip(b"\n") + b"\nHello body.\n",
         {"text": "Hello body.\n", "defects": has("no-blank-line"), "decision.auth.verdict": "forged"}),
        (mail(*PROOF, f"From: {AWS}", "Subject: A", f"Date: {DATE}", " \t", body="").rstrip(b"\n") + b"\nHello body.\n",
         {"text": "Hello body.\n", "defects": has("no-blank-line"), "decision.auth.verdict": "forged"}),
        (mail(*PROOF, "what is this", f"From: {AWS}", "Subject: A", f"Date: {DATE}", body="Hello body.\n"),
         {"text": "Hello body.\n", "subject": "A", "defects": has("no-blank-line"), "decision.auth.verdict": "forged"}),
        # A genuine mail behind a header and words of somebody else: its signature holds.
        (mail(*PROOF, f"From: {AWS}", "Subject: Urgent", "Call this number:", "and that one", f"From: {AWS}", "Subject: A",
              body="Hello body.\n"),
         {"defects": has("no-blank-line"), "decision.auth.verdict": "forged"}),
        (mail(*PROOF, f"From: {AWS}", "Subject: A", f"Date: {DATE}", body="Hello body.\n"),
         {"defects": [], "decision.auth.verdict": "proven"}),
    ],
}

RULES = """
rule "test.content-field" { header = { ["content-language"] = "ja" }, final = false, tags = { "content-field" } }
rule "test.inner" {
  when = function(msg)
    for _, part in ipairs(msg.parts) do
      if part.message and part.message.subject == "inner" and part.message.text == "inner text\\n" then return true end
    end
  end,
  final = false, tags = { "inner" },
}
"""


def files():
    return {f"{name[:2]}-{number:02}.eml": content
            for name, mails in PITFALLS.items() for number, (content, _) in enumerate(mails)}


@pytest.fixture(scope="module")
def site_of_all(tmp_path_factory):
    site = Site(tmp_path_factory.mktemp("pitfalls"), "http://127.0.0.1:9")
    site.rule("60-pitfalls.lua", RULES)
    (site.folder / "mail").mkdir()
    for name, content in files().items():
        (site.folder / "mail" / name).write_bytes(content)
    return site


@pytest.fixture(scope="module")
def readings(site_of_all):
    """What inspect prints of each mail by the name of its file, with what classify prints as its "decision"."""
    folder = site_of_all.folder / "mail"
    names = sorted(files())
    read, decided = site_of_all.objects("inspect", folder), site_of_all.objects("classify", folder)
    assert len(read) == len(names)
    assert [decision["file"].partition("#")[0] for decision in decided] == [str(folder / name) for name in names]
    return {name: {**mail, "decision": decision} for name, mail, decision in zip(names, read, decided)}


def value_at(reading, path):
    for step in path.split("."):
        if isinstance(reading, list):
            reading = reading[int(step)] if int(step) < len(reading) else None
        else:
            reading = reading.get(step) if reading else None
    return reading


@pytest.mark.parametrize("name", PITFALLS)
def test_pitfall(readings, name):
    wrong = []
    for number, (_, wanted) in enumerate(PITFALLS[name]):
        reading = readings[f"{name[:2]}-{number:02}.eml"]
        for path, want in {"decision.errors": [], **wanted}.items():
            got = value_at(reading, path)
            if want != got:
                wrong.append(f"mail {number}: {path} is {json.dumps(got, ensure_ascii=False)[:200]}, want {str(want)[:200]}")
    assert not wrong, "\n".join(wrong)


def test_pitfall_18_from_a_pipe(site_of_all, readings):
    """The same mail where nothing can be read again."""
    (content, _), = PITFALLS["18 what was read cannot change"]
    (reading,) = site_of_all.objects("inspect", "-", input=content)
    assert reading["text"] == readings["18-00.eml"]["text"]


def test_pitfall_27_is_forwarded_as_it_came(site):
    (content, _), = PITFALLS["27 what is told carries the very bytes"]
    site.rule("60-all.lua", 'rule "test.all" { subject = "A", speaker = "any", category = "billing" }')
    site.deliver(content)
    site.run("run", "--once")
    (told,) = site.outbox()
    assert content in told.read_bytes() or base64.encodebytes(content)[:70] in told.read_bytes()
