"""The gallery of mails under rules.d/tests/fixtures is what tests/mail_writer.py makes of the descriptions in tests/gallery."""
import email
import email.policy
import shutil
import subprocess
import sys

import pytest

from conftest import SOURCE

WRITER = SOURCE / "tests" / "mail_writer.py"
DESCRIPTION = """
[[mail]]
name = "both"
forms = ["text", "html"]
subject = "[要対応] 件名 | [Action Required] A subject [AWS Account: 123456789012]"
event_type = "AWS_EC2_INSTANCE_RETIREMENT_SCHEDULED"
account = "123456789012"
start = 2026-12-07T09:00:00Z
end = 2026-12-07T11:00:00Z
body_ja = "日本語の本文です。"
body = "Read the guide <https://docs.example.com/a?b=c>."
resources = ["i-0123456789abcdef0"]

[[mail]]
name = "reply"
form = "case"
charset = "iso-2022-jp"
subject = "RE:[CASE 176000000000001] 接続できない"
case = "176000000000001"
body_ja = "お客様各位"
"""


def write(*arguments, root=SOURCE):
    return subprocess.run([sys.executable, root / "tests" / "mail_writer.py", *arguments], capture_output=True, text=True, check=False)


@pytest.fixture
def copy(tmp_path):
    (tmp_path / "tests" / "gallery" / "area").mkdir(parents=True)
    (tmp_path / "rules.d" / "tests" / "fixtures").mkdir(parents=True)
    shutil.copy(WRITER, tmp_path / "tests")
    (tmp_path / "tests" / "gallery" / "area" / "some.toml").write_text(DESCRIPTION)
    return tmp_path


def test_the_gallery_is_what_its_descriptions_give():
    done = write("--check")
    assert done.returncode == 0, done.stderr


def test_a_mail_is_what_its_description_says(copy):
    assert write(root=copy).returncode == 0
    folder = copy / "rules.d" / "tests" / "fixtures" / "area"
    mails = {path.stem: email.message_from_bytes(path.read_bytes(), policy=email.policy.default) for path in folder.glob("*.eml")}
    assert sorted(mails) == ["both-html", "both-text", "reply"]
    text, page = (mails[name].get_content() for name in ("both-text", "both-html"))
    assert mails["both-text"]["X-SM-COMMUNICATION-TYPE"] == "AWS_EC2_INSTANCE_RETIREMENT_SCHEDULED"
    assert mails["both-text"]["Subject"] == mails["both-html"]["Subject"]
    assert text.index("日本語の本文") < text.index("Read the guide [1].") < text.index("[1] https://docs.example.com/a?b=c")
    assert "awstrack.me/L0/https%3A%2F%2Fdocs.example.com%2Fa%3Fb%3Dc/" in page
    assert page.index("Mon, 07 Dec 2026 11:00:00 GMT") < page.index("Mon, 07 Dec 2026 09:00:00 GMT")
    assert mails["reply"]["Subject"] == "RE:[CASE 176000000000001] 接続できない"
    assert mails["reply"].get_content_charset() == "iso-2022-jp" and "お客様各位" in mails["reply"].get_content()


def test_what_differs_is_named_and_mended(copy):
    write(root=copy)
    folder = copy / "rules.d" / "tests" / "fixtures" / "area"
    first = {path.name: path.read_bytes() for path in folder.glob("*.eml")}
    (folder / "reply.eml").write_text("changed by hand")
    (folder / "stray.eml").write_text("nobody described it")
    done = write("--check", root=copy)
    assert done.returncode == 1
    assert "reply.eml: differs" in done.stderr and "stray.eml: has no description" in done.stderr
    write(root=copy)
    assert {path.name: path.read_bytes() for path in folder.glob("*.eml")} == first
    assert write("--check", root=copy).returncode == 0


@pytest.mark.parametrize("wrong, named", [
    ('name = "x"\nsubject = "y"\nsubjct = "z"', "unknown key 'subjct'"), ('name = "x"', "write subject = "),
    ('name = "x"\nsubject = "y"\nform = "pdf"', "form 'pdf'"), ('name = "x"\nsubject = "y"\nform = "plain"', "write from = "),
    ('name = "reply"\nsubject = "y"', "this name is taken"),
])
def test_a_mistake_is_named(copy, wrong, named):
    (copy / "tests" / "gallery" / "area" / "wrong.toml").write_text("[[mail]]\n" + wrong)
    done = write(root=copy)
    assert done.returncode == 1 and named in done.stderr and "wrong.toml" in done.stderr
