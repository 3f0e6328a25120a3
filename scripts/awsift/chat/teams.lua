-- Microsoft Teams, over the webhook of a workflow ("Send webhook alerts to a channel"), which takes an Adaptive Card. Texts stand in
-- runs of text, which know no Markdown; of TextBlocks, which do, only the one with the mentions is made.
local clip = require "awsift.clip"

local function run(text, more)
    local block = { type = "TextRun", text = text }
    for key, value in pairs(more or {}) do block[key] = value end
    return block
end

local function paragraph(...)
    return { type = "RichTextBlock", inlines = { ... } }
end

-- <at>…</at> is a mention where an entity says so; nobody's words may look like one.
local function plain(text)
    return (text:gsub("<(/?[aA][tT]>)", "<\u{200B}%1"))
end

-- A line each: in what a run of text does with a line break, clients differ.
local function add_lines(body, text, more)
    for line in (plain(text) .. "\n"):gmatch "([^\n]*)\n" do
        if line:find "%S" then body[#body + 1] = paragraph(run(line, more)) end
    end
end

-- "山田 <yamada@example.jp>", or the address or id alone.
local function parts_of(mention)
    local name, id = mention:match "^([^<>]-)%s*<([^<>%s]+)>$"
    if not id then id = mention:match "^[^<>%s]+$" end
    if not id or not (id:find "^[^@]+@[^@]+$" or id:find "^%x+%-%x+%-%x+%-%x+%-%x+$") then return nil end
    return id, name and name ~= "" and name or id:match "^[^@]+"
end

local function add_mentions(body, entities, mentions)
    local texts = {}
    for _, mention in ipairs(mentions) do
        local id, name = parts_of(mention)
        local text = ("<at>%s</at>"):format(name)
        texts[#texts + 1] = text
        entities[#entities + 1] = { type = "mention", text = text, mentioned = { id = id, name = name } }
    end
    if texts[1] then body[1] = { type = "TextBlock", text = table.concat(texts, " "), wrap = true } end
end

local function card_of(told)
    local body, entities, actions = {}, {}, {}
    add_mentions(body, entities, told.mentions)
    if told.caution then add_lines(body, told.caution, { weight = "Bolder", color = "Attention" }) end
    add_lines(body, told.title, { weight = "Bolder", size = "Large", color = told.urgent and "Attention" or nil })
    add_lines(body, told.subject or "", { weight = "Bolder" })
    for _, line in ipairs(told.remarks) do add_lines(body, line) end
    add_lines(body, told.text or "")
    for _, fact in ipairs(told.facts) do
        body[#body + 1] = paragraph(run(plain(fact.label) .. ": ", { weight = "Bolder" }), run(plain(fact.value)))
    end
    add_lines(body, told.advice or "")
    for _, link in ipairs(told.links) do
        actions[#actions + 1] = { type = "Action.OpenUrl", title = (clip.characters(link.label, 100)), url = link.url }
    end
    add_lines(body, told.footer or "", { isSubtle = true, size = "Small" })
    local card = { type = "AdaptiveCard", ["$schema"] = "http://adaptivecards.io/schemas/adaptive-card.json", version = "1.4", body = body }
    card.actions = actions[1] and actions
    card.msteams = { width = "Full", entities = entities[1] and entities }
    return card
end

return {
    keys = { "url", "language", "timezone", "mention" },
    needs = "url",
    most = 8000,
    longest = function(request) return #json.encode(request.json) > 26 * 1024 end, -- Teams takes 28 KB
    mention = function(text)
        if not parts_of(text) then return "is nobody's: write a member's address, or a name with it, \"On call <oncall@example.jp>\"" end
    end,
    build = function(told)
        local card = { contentType = "application/vnd.microsoft.card.adaptive", content = card_of(told) }
        return { url = told.channel.url, json = { type = "message", attachments = { card } } }
    end,
    -- The connectors that workflows replaced answer 200 and say in words what went wrong.
    answer = function(reply)
        local failed = reply.status == 200 and reply.body:match "HTTP error (%d%d%d)%f[%D]"
        return { status = tonumber(failed) or reply.status, body = reply.body }
    end,
    refusals = {
        WorkflowNotFound = "the workflow is gone: make a new one, and put its URL into the configuration",
        WorkflowTriggerIsNotEnabled = "the workflow is turned off: turn it on",
        DirectApiAuthorizationRequired = "the webhook's URL is not whole, or who may call the workflow was changed: copy it anew",
        TriggerInputSchemaMismatch = "the workflow expects something else: make it from the template \"Send webhook alerts to a channel\"",
    },
}
