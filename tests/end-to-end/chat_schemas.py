"""What each chat's documentation says of a message, as plain checks: keys, types, lengths, counts. A key that the documentation does
not have is an error. Each `check_*` raises on what the service would refuse and yields what the message does: whom it calls
(`mentions`), which words hide a link (`hidden`), and what a person reads (`shown`)."""
import json
import re
from urllib.parse import parse_qs, urlsplit

HTTP = re.compile(r"https?://[^\s<>|]+")


class Refused(AssertionError):
    pass


def must(condition, *what):
    if not condition:
        raise Refused(" ".join(str(one)[:300] for one in what))


def keys(value, at, required, optional=()):
    must(isinstance(value, dict), at, "is no object")
    must(set(required) <= set(value), at, "lacks", set(required) - set(value))
    must(set(value) <= set(required) | set(optional), at, "has unknown keys", set(value) - set(required) - set(optional))


def text(value, at, most, least=1):
    must(isinstance(value, str), at, "is no text")
    must(least <= len(value) <= most, at, "has", len(value), "characters")
    must(not re.search("[\x00-\x08\x0b-\x1f\x7f]", value), at, "has control characters")
    return value


def items(value, at, most, least=1):
    must(isinstance(value, list) and least <= len(value) <= most, at, "must have", least, "to", most, "entries")
    return value


def link(value, at, most=3000):
    must(isinstance(value, str) and len(value) <= most and HTTP.fullmatch(value), at, "is no link:", value)


class Seen:
    def __init__(self):
        self.mentions, self.hidden, self.shown = [], [], []

    @property
    def words(self):
        return "\n".join(self.shown)


# Slack: incoming webhooks, Block Kit (docs.slack.dev/reference/block-kit). Of markup in mrkdwn, what stands in <…>.

def _mrkdwn(seen, value):
    must(not re.search(r"&(?!amp;|lt;|gt;)", value), "a bare & in", value)
    for inside in re.findall("<([^<>]*)>", value):
        if inside[:1] in "!@#":
            seen.mentions.append(f"<{inside}>")
        else:
            address, _, label = inside.partition("|")
            link(address.replace("&amp;", "&"), "a link")
            if label:
                seen.hidden.append((label, address))
    must(not re.search("[<>]", re.sub("<[^<>]*>", "", value)), "a bare < or > in", value)
    for old, new in (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")):
        value = value.replace(old, new)
    seen.shown.append(value)


def _slack_text(seen, value, at, most, kinds=("mrkdwn", "plain_text")):
    must(isinstance(value, dict) and value.get("type") in kinds, at, "must be one of", kinds)
    keys(value, at, ("type", "text"), ("verbatim",) if value["type"] == "mrkdwn" else ("emoji",))
    text(value["text"], at, most)
    if value["type"] == "mrkdwn":
        must(value.get("verbatim") is True, at, "finds links and names by itself")
        _mrkdwn(seen, value["text"])
    else:
        seen.shown.append(value["text"])


def _slack_block(seen, block, at):
    kind = block.get("type")
    if kind == "header":
        keys(block, at, ("type", "text"), ("block_id",))
        _slack_text(seen, block["text"], at, 150, ("plain_text",))
    elif kind == "section":
        keys(block, at, ("type",), ("text", "fields", "block_id", "accessory", "expand"))
        must("text" in block or "fields" in block, at, "says nothing")
        if "text" in block:
            _slack_text(seen, block["text"], at, 3000)
        for field in items(block["fields"], at, 10) if "fields" in block else ():
            _slack_text(seen, field, at, 2000)
    elif kind == "context":
        keys(block, at, ("type", "elements"), ("block_id",))
        for element in items(block["elements"], at, 10):
            _slack_text(seen, element, at, 3000)
    elif kind == "divider":
        keys(block, at, ("type",), ("block_id",))
    else:
        must(False, at, "is of no known type:", kind)


def check_slack(request):
    message, seen = json.loads(request["body"]), Seen()
    must(request["headers"]["Content-Type"].startswith("application/json"), "no JSON")
    keys(message, "message", ("text",), ("blocks", "username", "icon_emoji", "icon_url", "thread_ts"))
    fallback = Seen() if "blocks" in message else seen
    _mrkdwn(fallback, text(message["text"], "text", 40000))
    must(not fallback.mentions or fallback is seen, "a mention in the fallback")
    for number, block in enumerate(items(message["blocks"], "blocks", 50) if "blocks" in message else ()):
        _slack_block(seen, block, f"block {number}")
    if "icon_emoji" in message:
        must(re.fullmatch(":[a-z0-9_+-]+:", message["icon_emoji"]), "icon_emoji")
    return seen


# Teams: a message with an Adaptive Card (adaptivecards.io/explorer, what Teams takes of 1.4), at most 28 KB.

WEIGHTS, SIZES = {"Lighter", "Default", "Bolder"}, {"Default", "Small", "Medium", "Large", "ExtraLarge"}
COLORS = {"Default", "Dark", "Light", "Accent", "Good", "Warning", "Attention"}


def _styled(value, at):
    for key, known in (("weight", WEIGHTS), ("size", SIZES), ("color", COLORS)):
        must(key not in value or value[key] in known, at, key, value.get(key))


def _teams_element(seen, element, at):
    if element.get("type") == "TextBlock":  # knows Markdown
        keys(element, at, ("type", "text"), ("wrap", "weight", "size", "color", "isSubtle", "maxLines", "spacing", "separator"))
        must(not re.search(r"\[[^\]]*\]\([^)]*\)|[*_`]", element["text"]), at, "has Markdown")
        seen.shown.append(text(element["text"], at, 5000))
        _styled(element, at)
        return
    must(element.get("type") == "RichTextBlock", at, "is of no known type")
    keys(element, at, ("type", "inlines"), ("horizontalAlignment", "spacing", "separator"))
    line = ""
    for run in items(element["inlines"], at, 20):
        keys(run, at, ("type", "text"), ("weight", "size", "color", "isSubtle", "italic", "strikethrough", "highlight", "fontType"))
        must(run["type"] == "TextRun" and "\n" not in run["text"], at, "is no run of one line")
        _styled(run, at)
        line += text(run["text"], at, 10000)
    seen.shown.append(line)


def check_teams(request):
    message, seen = json.loads(request["body"]), Seen()
    must(len(request["body"]) <= 28 * 1024, "larger than 28 KB")
    keys(message, "message", ("type", "attachments"), ("summary",))
    must(message["type"] == "message", "type")
    (attachment,) = items(message["attachments"], "attachments", 1)
    keys(attachment, "attachment", ("contentType", "content"), ("contentUrl",))
    must(attachment["contentType"] == "application/vnd.microsoft.card.adaptive", "contentType")
    card = attachment["content"]
    keys(card, "card", ("type", "version", "body", "$schema"), ("actions", "msteams", "fallbackText", "speak", "lang"))
    must(card["type"] == "AdaptiveCard" and card["version"] in ("1.2", "1.3", "1.4", "1.5"), "version")
    for number, element in enumerate(items(card["body"], "body", 200)):
        _teams_element(seen, element, f"element {number}")
    for action in items(card["actions"], "actions", 6) if "actions" in card else ():
        keys(action, "action", ("type", "title", "url"), ("iconUrl", "style", "tooltip"))
        must(action["type"] == "Action.OpenUrl", "action")
        link(action["url"], "action")
        seen.hidden.append((text(action["title"], "title", 500), action["url"]))
    extra = card.get("msteams", {})
    keys(extra, "msteams", (), ("width", "entities"))
    named = [entity["text"] for entity in extra.get("entities", [])]
    for entity in extra.get("entities", []):
        keys(entity, "entity", ("type", "text", "mentioned"))
        keys(entity["mentioned"], "mentioned", ("id", "name"))
        must(entity["type"] == "mention" and entity["text"] == f"<at>{entity['mentioned']['name']}</at>", "entity")
        must(entity["text"] in seen.words, "a mention that stands nowhere")
    for tag in re.findall("<at>.*?</at>", seen.words, re.I):
        seen.mentions.append(tag)
        must(tag in named, "a mention without entity", tag)
    return seen


# Google Chat: spaces.messages.create (developers.google.com/workspace/chat/api/reference/rest/v1), at most 32,000 bytes.

def _google_text(seen, value):
    for inside in re.findall("<([^<>]*)>", value):
        if inside.startswith("users/"):
            seen.mentions.append(f"<{inside}>")
        elif inside.startswith("http"):
            address, _, label = inside.partition("|")
            if label:
                seen.hidden.append((label, address))
    seen.shown.append(value)


def _google_card(seen, card):
    keys(card, "card", ("cardId", "card"))
    keys(card["card"], "card", ("sections",), ("header", "name"))
    header = card["card"].get("header", {"title": "x"})
    keys(header, "header", ("title",), ("subtitle", "imageUrl"))
    seen.shown += [value for value in header.values() if value != "x"]
    for section in items(card["card"]["sections"], "sections", 100):
        keys(section, "section", ("widgets",), ("header", "collapsible"))
        for widget in items(section["widgets"], "widgets", 100):
            ((kind, body),) = widget.items()
            if kind == "buttonList":
                for button in items(body["buttons"], "buttons", 10):
                    keys(button, "button", ("text", "onClick"))
                    link(button["onClick"]["openLink"]["url"], "button")
                    seen.hidden.append((button["text"], button["onClick"]["openLink"]["url"]))
                continue
            must(kind in ("textParagraph", "decoratedText"), "no known widget", kind)
            keys(body, kind, ("text",), ("topLabel", "bottomLabel", "wrapText") if kind == "decoratedText" else ("maxLines",))
            must(not re.search(r"<(?!/?b>|br>)", body["text"]), "markup in", body["text"])
            seen.shown.append(re.sub("<[^>]*>", " ", body["text"]).replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"))


def check_google_chat(request):
    message, seen = json.loads(request["body"]), Seen()
    query = parse_qs(urlsplit(request["path"]).query, strict_parsing=True)
    must(set(query) <= {"key", "token", "threadKey", "requestId", "messageReplyOption", "messageId"}, "query", query)
    must(query["messageReplyOption"][0] in ("REPLY_MESSAGE_FALLBACK_TO_NEW_THREAD", "REPLY_MESSAGE_OR_FAIL"), "messageReplyOption")
    must(len(request["body"]) <= 32000, "larger than 32,000 bytes")
    keys(message, "message", (), ("text", "cardsV2", "thread", "fallbackText", "accessoryWidgets"))
    must("text" in message or "cardsV2" in message, "says nothing")
    if "text" in message:
        _google_text(seen, text(message["text"], "text", 4096))
    for card in items(message["cardsV2"], "cardsV2", 10) if "cardsV2" in message else ():
        _google_card(seen, card)
    keys(message["thread"], "thread", (), ("threadKey", "name"))
    text(message["thread"]["threadKey"], "threadKey", 4000)
    return seen


# Chatwork: POST /rooms/{room_id}/messages (developer.chatwork.com/reference), body at most 65,535 characters.

FRAME = ["[info]", "[title]", "[/title]", "[/info]"]


def check_chatwork(request):
    seen = Seen()
    must(request["headers"]["Content-Type"] == "application/x-www-form-urlencoded", "no form")
    must(request["headers"].get("X-ChatWorkToken"), "no token")
    must(re.fullmatch(r"(/v2)?/rooms/[1-9]\d*/messages", request["path"]), "path", request["path"])
    form = parse_qs(request["body"].decode("ascii"), strict_parsing=True, keep_blank_values=True)
    keys(form, "form", ("body",), ("self_unread",))
    must(form.get("self_unread", ["0"]) in (["0"], ["1"]), "self_unread")
    body = text(form["body"][0], "body", 65535)
    tags = re.findall(r"\[[^\[\]]*\]", body)
    frame = [tag for tag in tags if tag in FRAME]
    must(frame == FRAME, "the frame is not whole", frame)
    seen.mentions = [tag for tag in tags if tag not in FRAME]
    seen.shown.append(body)
    return seen


# Mattermost: incoming webhooks and message attachments (docs.mattermost.com/developers/integrate), posts of at most 16,383 characters.

def _markdown(seen, value):
    must(not re.search("@\u200b\u200b", value), "defused twice")
    plain = re.sub(r"\\[\\`*_{}\[\]()#+.!|~>-]", "", value)
    seen.mentions += re.findall(r"(?<![A-Za-z0-9])@[A-Za-z0-9][\w.-]*", value)
    seen.hidden += re.findall(r"\[([^\]]*)\]\(([^)]*)\)", plain)
    must(not re.search(r"^#|^>|\|", plain, re.M), "structure in", value)
    seen.shown.append(re.sub(r"\\([\\`*_{}\[\]()#+.!|~>-])", r"\1", value))
    return plain


def check_mattermost(request):
    message, seen = json.loads(request["body"]), Seen()
    keys(message, "message", (), ("text", "attachments", "username", "icon_url", "icon_emoji", "channel", "props", "priority", "type"))
    must("text" in message or "attachments" in message, "says nothing")
    if "text" in message:
        _markdown(seen, text(message["text"], "text", 16383))
    for attachment in items(message["attachments"], "attachments", 5) if "attachments" in message else ():
        keys(attachment, "attachment", ("fallback",), ("color", "pretext", "text", "author_name", "author_link", "author_icon", "title",
                                                       "title_link", "fields", "image_url", "thumb_url", "footer", "footer_icon"))
        must(re.fullmatch("#[0-9a-fA-F]{6}", attachment.get("color", "#000000")), "color")
        _markdown(Seen(), attachment["fallback"].replace("|", "").replace(">", "").replace("#", ""))
        for key, most in (("title", 1000), ("text", 16383), ("footer", 300)):
            if attachment.get(key):
                _markdown(seen, text(attachment[key], key, most))
        for field in items(attachment["fields"], "fields", 100) if "fields" in attachment else ():
            keys(field, "field", ("title", "value", "short"))
            must(isinstance(field["short"], bool), "short")
            _markdown(seen, text(field["title"], "title", 1000))
            _markdown(seen, text(field["value"], "value", 16383))
    return seen


def check_generic(request):
    message, seen = json.loads(request["body"]), Seen()
    keys(message, "message", ("text",))
    _mrkdwn(seen, text(message["text"], "text", 40000))
    return seen


CHECKS = {"slack": check_slack, "teams": check_teams, "google-chat": check_google_chat, "chatwork": check_chatwork,
          "mattermost": check_mattermost, "generic": check_generic}
