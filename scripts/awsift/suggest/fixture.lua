-- One mail of a cluster as a test's mail, with whatever says whose it was taken out: accounts, addresses, ids, names, keys and
-- codes become those that documentation uses. The same text becomes the same everywhere in the mail, so that it still says what
-- it said. Of the headers only what the rule reads is kept; those that a mail collects on its way are not.
local align = require "awsift.suggest.align"
local links = require "awsift.aws.links"
local words = require "awsift.suggest.words"

local fixture = {}

local text_most = 6000

local account_first = "123456789012"

-- Each different text gets the next stand-in; the same text the same.
local function stand_ins(make)
    local known, count = {}, 0
    return function(text)
        if not known[text] then
            count = count + 1
            known[text] = make(count, text)
        end
        return known[text]
    end
end

local function digits_like(count, length)
    local text = ("1234567890"):rep(length // 10 + 2)
    return text:sub(count, count + length - 1)
end

local function hex_like(count, length)
    local text = ("0123456789abcdef"):rep(3)
    return text:sub(count, count + length - 1)
end

-- Hosts that AWS alone has. Below amazonaws.com and awsapps.com customers have theirs, under names that tell who they are.
local own_hosts = words.set "amazonaws.com costalerts.amazonaws.com sns.amazonaws.com awsapps.com login.awsapps.com"

-- Whether an address or a host is the sender's own: those stay, for rules ask for them.
local function is_own(host)
    host = host:lower()
    if own_hosts[host] then return true end
    for _, domain in ipairs(links.aws) do
        if host == domain or domain ~= "awsapps.com" and host:sub(-#domain - 1) == "." .. domain then return true end
    end
    return false
end

-- What ends the name of a host, and no file's or library's.
local top_domains = words.set "com net org jp co info biz io dev cloud app shop tech online site de fr uk eu us ca au in cn kr tw sg example test local internal"

local function escaped(text) return (text:gsub("[%^%$%(%)%%%.%[%]%*%+%-%?]", "%%%0")) end

-- The masks of one mail. Each is tried on the subject and the text alike.
local function maskers(mail)
    local account = stand_ins(function(count) return count == 1 and account_first or ("%012d"):format(210987654320 + count) end)
    local address = stand_ins(function(count) return count == 1 and "user@example.com" or ("user%d@example.com"):format(count) end)
    local key = stand_ins(function(count) return count == 1 and "AKIAIOSFODNN7EXAMPLE" or "AKIAI44QH8DHBEXAMPLE" end)
    local id = stand_ins(function(count, text) return hex_like((count - 1) % 16 + 1, #text) end)
    local number = stand_ins(function(count, text) return digits_like((count - 1) % 9 + 1, #text) end)
    local ip = stand_ins(function(count) return ("192.0.2.%d"):format(count % 250) end)
    local name = stand_ins(function(count) return count == 1 and "example" or ("example-%d"):format(count) end)
    local host = stand_ins(function(count) return count == 1 and "www.example.com" or ("www%d.example.com"):format(count) end)
    local list = {
        function(text)
            return (text:gsub("(https?://)([^%s/?#<>\"']+)([^%s<>\"']*)", function(scheme, at, rest)
                if not is_own(at) then return scheme .. host(at) .. "/" end
                return scheme .. at .. rest:gsub("[?].*$", "")
            end))
        end,
        function(text)
            return (text:gsub("[%w._%%+=-]+@([%w.-]+%.%a%a+)", function(at)
                return is_own(at) and nil or "\4" .. at
            end):gsub("\4([%w.-]+)", function(at) return address(at) end))
        end,
        -- a host outside of an address
        function(text)
            return (text:gsub("%f[%w@.-](%w[%w.-]*%.(%a%a+))%f[^%w]", function(found, top)
                if top_domains[top:lower()] and not is_own(found) and not found:find "example%.com$" then return host(found) end
            end))
        end,
        function(text) return (text:gsub("%f[%w]A[KS]IA[%u%d*][%u%d*][%u%d*][%u%d*][%u%d*]+", key)) end,
        -- what stands last in an ARN is a name that somebody gave
        function(text)
            return (text:gsub("(arn:aws[%l-]*:[%w-]+:[%w-]*:%d*:)([^%s\"'<>,;)%]]+)", function(head, tail)
                local kind, given = tail:match "^([%l-]+[:/])(.+)$"
                return head .. (kind or "") .. name(given or tail)
            end))
        end,
        function(text)
            return (text:gsub("%f[%w]%x%x%x%x%x%x%x%x%-%x%x%x%x%-%x%x%x%x%-%x%x%x%x%-%x%x%x%x%x%x%x%x%x%x%x%x%f[^%w]",
                "11111111-2222-3333-4444-555555abcdef"))
        end,
        function(text)
            return (text:gsub("%f[%w](%l+%-)(%x+)%f[^%w]", function(prefix, hex)
                if #hex < 8 or #hex > 17 or not hex:find "%d" then return nil end
                return prefix .. id(hex)
            end))
        end,
        -- an id without a prefix
        function(text)
            return (text:gsub("%f[%w-]%x+%f[^%w-]", function(found)
                if #found >= 8 and found:find "%a" and found:find "%d" then return id(found) end
            end))
        end,
        function(text) return (text:gsub("%f[%w](dx%l+%-)(%w%w%w%w%w%w%w%w)%f[^%w]", function(prefix, rest) return prefix .. id(rest) end)) end,
        function(text)
            return (text:gsub("%f[%w]%d+%f[^%w]", function(found)
                if #found == 12 then return account(found) end
                if #found >= 9 then return number(found) end
            end))
        end,
        function(text)
            return (text:gsub("%f[%w]%d%d?%d?%.%d%d?%d?%.%d%d?%d?%.%d%d?%d?%f[^%w]", function(found)
                return found:match "^0%.0%." and found or ip(found)
            end))
        end,
        -- whom it greets
        function(text)
            return (("\n" .. text):gsub("\n(%u%l+) ([^\n,]+),", function(greeting, who)
                local known = who:find "[Cc]ustomer" or who:find "AWS" or who:find "Amazon" or who:find "[Uu]ser" or who:find "Account"
                if (greeting == "Dear" or greeting == "Hello" or greeting == "Hi") and not known and #who < 80 then
                    return "\n" .. greeting .. " Customer,"
                end
            end):gsub("\n[^\n]- ?様([\n、])", function(behind) return "\nお客様" .. behind end):sub(2))
        end,
    }
    for _, person in ipairs(mail.persons or {}) do
        if #person >= 3 then
            table.insert(list, 1, function(text) return (text:gsub(escaped(person), "Example User")) end)
        end
    end
    return list, name
end

-- What a slot of the title held is somebody's name as likely as not.
local function slot_masks(cluster, mail, name)
    local keys, list = {}, {}
    for index, token in ipairs(mail.tokens) do keys[index] = words.key(token) end
    for index, step in ipairs(align.fit(cluster.tokens, keys, mail.values) or {}) do
        local text = step.text:match "^%s*(.-)%s*$"
        if words.is_slot(cluster.tokens[index]) and #text >= 2 then list[#list + 1] = { text, name(text) } end
    end
    table.sort(list, function(a, b) return #a[1] > #b[1] or #a[1] == #b[1] and a[1] < b[1] end)
    return list
end

local function replace_slots(text, list)
    for _, pair in ipairs(list) do
        local pattern = escaped(pair[1])
        if pair[1]:find "^%w" then pattern = "%f[%w]" .. pattern end
        if pair[1]:find "%w$" then pattern = pattern .. "%f[^%w]" end
        text = text:gsub(pattern, (pair[2]:gsub("%%", "%%%%")))
    end
    return text
end

-- Without what moves a terminal's cursor or turns the direction of reading.
function fixture.harmless(text)
    return (text:gsub("[\0-\8\11-\31\127]", ""):gsub("\xc2[\x80-\x9f]", ""):gsub("\xe2\x80[\x8e\x8f\xaa-\xae]", "")
        :gsub("\xe2\x81[\xa6-\xa9]", ""))
end

local function clipped(text)
    text = fixture.harmless(text)
    if #text <= text_most then return text end
    local cut = text:sub(1, text_most):match "^(.*)\n" or text:sub(1, text_most)
    while #cut > 0 and not utf8.len(cut) do cut = cut:sub(1, -2) end
    return cut
end

-- { subject, from, date, event_type, text }, masked.
function fixture.of(cluster, mail)
    local list, name = maskers(mail)
    local slots = slot_masks(cluster, mail, name)
    local function masked(text)
        text = replace_slots(text, slots)
        for _, mask in ipairs(list) do text = mask(text) end
        return text
    end
    local subject = masked((fixture.harmless(mail.subject):gsub("%s+", " "))):gsub("%f[%w]%d%d%d%d%d+%f[^%w]", function(found)
        -- a code of few digits; accounts have been masked
        if #found < 9 then return digits_like(1, #found) end
    end)
    return {
        subject = subject, from = mail.from or "no-reply-aws@amazon.com", date = mail.date,
        event_type = mail.event_type, text = masked(clipped(mail.text or "")),
    }
end

return fixture
