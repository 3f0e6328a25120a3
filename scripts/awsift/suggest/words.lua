-- Titles as lists of tokens. What varies by its nature (dates, versions, ids, regions …) becomes a typed token, which stands for
-- a placeholder of the rule language; all else stays a word. A token that stood behind a blank begins with one, so that tokens
-- joined give the title again. Japanese has no blanks: there a run of one script is a word.
local regions = require "awsift.aws.regions"

local words = {}

-- A title is cut behind so many tokens; what follows counts as one that may be anything.
words.most = 40
words.slot = "\2"

local function plain(token) return (token:gsub("^ ", "")) end

local function set(text)
    local list = {}
    for word in text:gmatch "%S+" do list[word] = true end
    return list
end

words.plain, words.set = plain, set

function words.append(list, more) table.move(more, 1, #more, #list + 1, list) end

function words.count(tokens, first, last, what)
    local count = 0
    for index = first, last do
        if what(tokens[index]) then count = count + 1 end
    end
    return count
end

local months = set "jan feb mar apr may jun jul aug sep oct nov dec january february march april june july august september october november december sept"
local weekdays = set "mon tue wed thu fri sat sun monday tuesday wednesday thursday friday saturday sunday"
local directions = set "central north south east west northeast northwest southeast southwest"
local currencies = set "USD EUR GBP JPY AUD CAD INR SGD"
local top_domains = set "com net org jp io dev co example test internal local info biz cloud app aws edu gov uk de fr"
local resources = { i = "instance", vol = "volume", snap = "snapshot", ami = "image", h = "host", vpc = "vpc", vpn = "vpn" }

-- By their first byte, the longest first.
local region_names = {}
for _, names in pairs(regions) do
    for _, name in ipairs(names) do
        local first = name:sub(1, 1)
        region_names[first] = region_names[first] or {}
        table.insert(region_names[first], name)
    end
end
for _, names in pairs(region_names) do
    table.sort(names, function(a, b) return #a > #b or (#a == #b and a < b) end)
end

local function month_at(text, at)
    local name, behind = text:match("^(%a+)%.?()", at)
    if name and months[name:lower()] then return behind end
end

-- "5 December 2026", "December 5, 2026", with or without a weekday in front
local function long_date(text, at)
    local weekday, behind = text:match("^(%a+),? ()", at)
    if weekday and weekdays[weekday:lower()] then at = behind end
    local day = text:match("^%d%d?%l?%l? ()", at)
    if day then
        local month = month_at(text, day)
        return month and text:match("^,? %d%d%d%d()", month)
    end
    local month = month_at(text, at)
    return month and text:match("^ %d%d?%l?%l?,? %d%d%d%d()", month)
end

local function first_of(...)
    local patterns = { ... }
    return function(text, at)
        for _, pattern in ipairs(patterns) do
            local behind = text:match(pattern, at)
            if behind then return behind end
        end
    end
end

local function region(text, at)
    local code, behind = text:match("^(%a+%-[%a%-]+%-%d%d?)()", at)
    if code and #code < 26 then
        code = code:lower()
        if regions[code] or (#code:match "^%l+" <= 4 and directions[code:match "%-(%l+)%-%d+$"]) then return behind end
    end
    for _, name in ipairs(region_names[text:sub(at, at)] or {}) do
        if text:sub(at, at + #name - 1) == name then return at + #name end
    end
end

local function resource(text, at)
    local prefix, hex, behind = text:match("^(%l+)%-(%x+)()", at)
    if prefix and resources[prefix] and #hex >= 8 and #hex <= 17 then return behind, resources[prefix] end
    local id, past = text:match("^dx%l+%-(%w+)()", at)
    if id and #id == 8 then return past, "dxcon" end
end

local function digits(count)
    return function(text, at)
        local number, behind = text:match("^(%d+)()", at)
        if number and #number == count then return behind end
    end
end

local function domain(text, at)
    local name, behind = text:match("^([%w*][%w.*-]*%.%a%a+)()", at)
    if name and top_domains[name:match "%.(%a+)$"] and name:lower() == name then return behind end
end

local function money(text, at)
    local behind = text:match("^[$] ?%d[%d,]*%.?%d*()", at) or text:match("^[€£¥] ?%d[%d,]*%.?%d*()", at)
    if behind then return behind end
    local currency, past = text:match("^(%u%u%u) ?%d[%d,]*%.?%d?%d?()", at)
    if currency and currencies[currency] then return past end
end

local function time_of_day(text, at)
    local behind = text:match("^%d%d?:%d%d:%d%d()", at) or text:match("^%d%d?:%d%d()", at)
    if not behind then return nil end
    behind = text:match("^ ?[AaPp][Mm]()", behind) or behind
    return text:match("^ ?%(?UTC%)?()", behind) or text:match("^ ?%(?GMT%)?()", behind) or text:match("^ ?%(?JST%)?()", behind) or behind
end

local function number(text, at)
    local count, behind = text:match("^(%d+)()", at)
    if not count then return nil end
    return behind, #count <= 12 and "n" or "word"
end

-- In this order; each gives the place behind what it found, and the placeholder where it is not the one named here.
local typed = {
    { "url", first_of "^https?://[^%s<>\"']+()" },
    { "email", first_of "^[%w._%%+=-]+@[%w.-]+%.%a%a+()" },
    { "arn", first_of "^arn:aws[%l-]*:[%w-]+:[%w-]*:%d*:[^%s\"'<>,;)%]]+()" },
    { "word", first_of("^%d%d%d%d%-%d%d%-%d%dT[%d:.]+[Z%d:+-]*()", "^{[%l_][%l%d_]*}()",
        "^%x%x%x%x%x%x%x%x%-%x%x%x%x%-%x%x%x%x%-%x%x%x%x%-%x%x%x%x%x%x%x%x%x%x%x%x()") },
    { "date", first_of("^%d%d%d%d[-/.]%d%d?[-/.]%d%d?()", "^%d%d%d%d ?年 ?%d%d? ?月 ?%d%d? ?日()", "^%d%d?/%d%d?/%d%d%d%d()") },
    { "date", long_date },
    { "month", function(text, at)
        local month = month_at(text, at)
        return month and text:match("^ %d%d%d%d()", month) or text:match("^%d%d%d%d ?年 ?%d%d? ?月()", at)
    end },
    { "time", time_of_day },
    { "region", region },
    { "instance", resource },
    { "key", first_of("^A[KS]IA[%u%d][%u%d][%u%d][%u%d][%u%d][%u%d][%u%d][%u%d][%u%d][%u%d][%u%d][%u%d][%u%d][%u%d][%u%d][%u%d]()") },
    { "money", money },
    { "account", digits(12) },
    { "ip", first_of "^%d%d?%d?%.%d%d?%d?%.%d%d?%d?%.%d%d?%d?()" },
    { "domain", domain },
    { "version", first_of("^v?%d%d?%d?%d?%.[%dx][%d.x]*()", "^v%d%d?%d?%d?()") },
    { "word", first_of "^%d%d?%d?,%d%d%d[%d,.]*()" },
    { "n", number },
}

local function is_word_byte(byte)
    return byte and (byte >= 48 and byte <= 57 or byte >= 65 and byte <= 90 or byte >= 97 and byte <= 122)
end

local function typed_at(text, at)
    for _, entry in ipairs(typed) do
        local behind, name = entry[2](text, at)
        -- a full stop that ends the sentence is none of its
        while behind and behind - at > 1 and text:find("^[.:]", behind - 1) do behind = behind - 1 end
        if behind and behind > at and not is_word_byte(text:byte(behind)) then return name or entry[1], behind end
    end
end

local function script_of(code)
    if code >= 0x3041 and code <= 0x309f then return "hiragana" end
    if code >= 0x30a1 and code <= 0x30ff or code >= 0xff66 and code <= 0xff9f then return "katakana" end
    if code >= 0x3400 and code <= 0x9fff or code >= 0xf900 and code <= 0xfaff or code == 0x3005 then return "han" end
    if code >= 0xac00 and code <= 0xd7af then return "hangul" end
    if code >= 0xc0 and code <= 0x24f then return "latin" end
    return "other"
end

-- The end of a run of one script that is not ASCII.
local function script_end(text, at)
    local script = script_of(utf8.codepoint(text, at))
    local behind = utf8.offset(text, 2, at)
    while script ~= "other" and behind <= #text and text:byte(behind) >= 0x80 and script_of(utf8.codepoint(text, behind)) == script do
        behind = utf8.offset(text, 2, behind)
    end
    return behind
end

local function word_end(text, at)
    local behind = text:match("^[%w][%w._/@+'-]*()", at)
    if not behind then return at + 1 end
    while behind - at > 1 and text:find("^[._/@+'-]", behind - 1) do behind = behind - 1 end
    return behind
end

-- tokens, and the values that stood there, which joined give the title again.
function words.of(title)
    local tokens, values, at, blank = {}, {}, 1, ""
    if not utf8.len(title) then title = title:gsub("[\x80-\xff]+", "?") end
    while at <= #title do
        local behind = title:match("^%s+()", at)
        if behind then
            blank = " "
        elseif #tokens == words.most then
            tokens[#tokens + 1], values[#values + 1] = blank .. words.slot, blank .. title:sub(at)
            break
        else
            local name, token
            if not is_word_byte(title:byte(at - 1)) or at == 1 then name, behind = typed_at(title, at) end
            if name then
                token = "\1" .. name
            else
                behind = title:byte(at) >= 0x80 and script_end(title, at) or word_end(title, at)
                token = title:sub(at, behind - 1)
            end
            tokens[#tokens + 1], values[#values + 1] = blank .. token, blank .. title:sub(at, behind - 1)
            blank = ""
        end
        at = behind
    end
    if tokens[1] then tokens[1], values[1] = words.plain(tokens[1]), words.plain(values[1]) end
    return tokens, values
end

-- Numbers and versions look alike: which of both it is says the whole cluster.
function words.key(token)
    local blank, name = token:match "^( ?)\1(%l+)$"
    if name == "n" or name == "version" then return blank .. "\1num" end
    return token
end

function words.is_slot(token) return plain(token) == words.slot end
function words.type(token) return plain(token):match "^\1(%l+)$" end

local weak = set "a an the of for in on to and or with your you is are be has have been will by from at as this that its it amazon aws"
-- A word that says something: neither a placeholder nor one that stands everywhere.
function words.says(token)
    local word = plain(token)
    local first = word:byte(1)
    if not first or first <= 2 then return false end
    if first >= 0x80 then return script_of(utf8.codepoint(word, 1)) ~= "other" and script_of(utf8.codepoint(word, 1)) ~= "hiragana" end
    return word:find "^%w" ~= nil and not weak[word:lower()]
end

-- Words of a person's or program's making: prod-db-01, billing_api, x1y2z3. Names of services (EC2, S3) are none.
function words.is_value(token)
    local word = plain(token)
    if word:sub(1, 1) == "\1" then return true end
    if word:find "[_/@]" or word:find "%-.*%-" or word:find "%w%.%w" then return true end
    if not word:find "%d" then return false end
    return word:find "%-" ~= nil or #word >= 6 or word:find "^%d" ~= nil or word == word:lower() and #word > 2
end

function words.is_maker(token)
    local word = plain(token)
    return word == "Amazon" or word == "AWS"
end

return words
