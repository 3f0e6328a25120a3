-- What people are told of a mail besides its words: which account, which resources, by when. A list in one order for notes and
-- chats, in one language, with times in one time zone.
local declarations = require "awsift.declarations"
local thread_text = require "awsift.thread_text"
local when = require "awsift.when"

local facts = {}

local words = {
    ja = {
        priority = "優先度", account = "AWS アカウント", service = "サービス", regions = "リージョン", case = "サポートケース", abuse_id = "不正使用報告",
        resources = "対象リソース", starts = "開始", ends = "終了", deadline = "期限", answer = "回答期限",
        urgent = "緊急", high = "高", within = "%s までに AWS への回答が必要です",
        action_required = "対応が必要なお知らせです。", final_notice = "最終通知です。", reminder = "再通知です。",
    },
    en = {
        priority = "Priority", account = "AWS account", service = "Service", regions = "Regions", case = "Support case", abuse_id = "Abuse report",
        resources = "Resources", starts = "Starts", ends = "Ends", deadline = "Deadline", answer = "Answer",
        urgent = "urgent", high = "high", within = "AWS expects one by %s",
        action_required = "Action is required.", final_notice = "This is the final notice.", reminder = "This is a reminder.",
    },
}

-- The name that the directory has for whose mail it is.
function facts.contact_name(message)
    local contacts = declarations.contacts
    local own = message.contact and contacts[message.contact]
    if not own then return nil end
    local group = own.group and contacts["@" .. own.group]
    return own.name or (group and group.name)
end

local function account_of(message, named)
    local accounts = message.account or table.concat((message.notice or {}).accounts or {}, ", ")
    local name = named and facts.contact_name(message)
    if accounts == "" then return name end
    return name and ("%s (%s)"):format(accounts, name) or accounts
end

-- A list of { key, label, value }, where a value is a text, or for resources a list of them. named: with the contact's name,
-- for those who are not the contact.
function facts.of(message, language, zone, named)
    local w, notice, list = words[language], message.notice or {}, {}
    local function add(key, value, label)
        if type(value) == "table" and key ~= "resources" then value = table.concat(value, ", ") end
        if value and value ~= "" and (type(value) ~= "table" or #value > 0) then
            list[#list + 1] = { key = key, label = label or w[key], value = value }
        end
    end
    local status, stage = thread_text.status(message, language)
    add("priority", (message.priority == "urgent" or message.priority == "high") and w[message.priority])
    add("account", account_of(message, named))
    add("service", message.service)
    add("regions", notice.regions)
    add("status", stage, status)
    add("case", notice.case)
    add("abuse_id", notice.abuse_id)
    for _, key in ipairs { "starts", "ends", "deadline" } do add(key, notice[key] and when.told(notice[key], zone, language)) end
    local due = when.after(message.arrived, message.answer)
    add("answer", due and w.within:format(when.here(due, zone, language)))
    add("resources", notice.resources)
    return list
end

-- What the subject's decorations say, as sentences.
function facts.calls(message, language)
    local list, notice = {}, message.notice or {}
    for _, key in ipairs { "action_required", "final_notice", "reminder" } do
        if notice[key] == true then list[#list + 1] = words[language][key] end
    end
    return list
end

-- AWS's pages about the thing itself, and none of those that stand under every mail.
local pages = { "^https://[%w.-]*health%.aws%.amazon%.com/", "^https://health%.console%.aws%.amazon%.com/", "^https://phd%.aws%.amazon%.com/",
    "^https://health%.aws/", "^https://[%w.-]*console%.aws%.amazon%.com/support/", "^https://support%.console%.aws%.amazon%.com/",
    "^https://docs%.aws%.amazon%.com/", "^https://repost%.aws/", "^https://aws%.amazon%.com/premiumsupport/knowledge%-center/" }
local most_links, longest_link = 5, 300

-- Of a mail that is AWS's own alone.
function facts.links(message)
    local list, advised = {}, (message.advice or {}).url
    if message.verdict ~= "proven" then return list end
    for _, pattern in ipairs(pages) do
        for _, link in ipairs((message.notice or {}).links or {}) do
            if #list < most_links and #link <= longest_link and link ~= advised and link:find(pattern) then list[#list + 1] = link end
        end
    end
    return list
end

-- A category may have its title in one language alone.
function facts.title(message, language)
    local function said(text) return type(text) == "string" and text:find "%S" and text or nil end
    local title, english = said(message.category_title), said(message.category_title_en)
    return language == "en" and english or title or english
end

-- The first of a list that nobody reads whole in one line.
function facts.some(list, most)
    if #list <= most then return table.concat(list, ", ") end
    return ("%s … (+%d)"):format(table.concat(list, ", ", 1, most), #list - most)
end

return facts
