-- contacts.csv: the same contacts as a table, as spreadsheets write it. RFC 4180 in UTF-8; a mark of the byte order and any
-- line ends are welcome. The first line names the columns: account, then in any order name, language, timezone, root and
-- roles. A field of a role has several values apart from one another by ";" or blanks. What is wrong is named with its line
-- and column, and with what the spreadsheet made of it where it spoils such files.
local contacts = require "awsift.contacts"
local problem = require "awsift.problem"

local example = "account,name,language,timezone,technical,security,emergency,root"
local facts = { account = true, name = true, language = true, timezone = true }
local shipped = { account = true, name = true, language = true, timezone = true, technical = true, security = true,
    emergency = true, root = true }

-- Of the hundred thousand fields of a large table hardly one begins or ends with a blank.
local function trimmed(text)
    local first, last = text:byte(1), text:byte(-1)
    if first and first > 32 and last > 32 then return text end
    return (text:gsub("^%s+", ""):gsub("%s+$", ""))
end

-- The field at `at`: its text, where it ends, and what is wrong with it or nil.
local function field(text, at)
    if text:byte(at) ~= 34 then
        local stop = text:find('[,\r\n"]', at) or #text + 1
        local stray = text:byte(stop) == 34
        return text:sub(at, stop - 1), stop, stray and 'a " stands inside the text: put " around all of it, and write "" for one' or nil
    end
    local from = at + 1
    while true do
        local quote = text:find('"', from, true)
        if not quote then return text:sub(at + 1), #text + 1, 'the " that begins here has no other one that ends it' end
        if text:byte(quote + 1) ~= 34 then
            local byte, value = text:byte(quote + 1), text:sub(at + 1, quote - 1)
            if from > at + 1 then value = value:gsub('""', '"') end
            if value:find("\r", 1, true) then value = value:gsub("\r\n?", "\n") end
            local ends = byte == nil or byte == 44 or byte == 10 or byte == 13
            return value, quote + 1, not ends and 'behind the closing " stands more text: write "" for a " in it' or nil
        end
        from = quote + 2
    end
end

-- The record at `at`: its fields as { text, column }, where the next one begins, how many lines it has, and a complaint or nil
-- with the column it is about.
local function record(text, at)
    local fields, start, lines = {}, at, 1
    while true do
        local value, stop, complaint = field(text, at)
        fields[#fields + 1] = { text = value, column = at - start + 1 }
        if complaint then return nil, nil, lines, complaint, at - start + 1 end
        if value:find("\n", 1, true) then lines = lines + select(2, value:gsub("\n", "")) end
        if text:byte(stop) ~= 44 then return fields, stop + (text:find("^\r\n", stop) and 2 or 1), lines end
        at = stop + 1
    end
end

-- Why the bytes are no text that can be read, and what to do; or nil.
local function unreadable(text)
    if text:find "^\xff\xfe" or text:find "^\xfe\xff" then
        return 1, "is UTF-16 (Excel's \"Unicode text\"): save it as \"CSV UTF-8 (comma delimited) (*.csv)\""
    end
    local length, wrong = utf8.len(text)
    if not length then
        return 1 + select(2, text:sub(1, wrong):gsub("\n", "")), "is not in UTF-8; Excel writes Shift_JIS (CP932) unless told "
            .. "otherwise: save it as \"CSV UTF-8 (comma delimited) (*.csv)\" (in Japanese: CSV UTF-8 (コンマ区切り))"
    end
    if text:find "^%s*$" then return 1, ("is empty: its first line names the columns: %s"):format(example) end
end

-- The columns by their number, or nil when there is no telling what stands in them.
local function columns_of(complain, fields)
    local columns, seen = {}, {}
    local first = fields[1].text
    local other = #fields == 1 and first:match "[;\t|]"
    if other then
        complain(1, ("the columns are set apart by '%s': save the file with commas"):format(other == "\t" and "tabs" or other))
        return nil
    end
    local account
    for number, head in ipairs(fields) do
        if not account and trimmed(head.text):lower() == "account" then account = number end
    end
    if not account then
        complain(1, ("the first line has no column 'account'; it names the columns: %s"):format(example))
        return nil
    end
    for number, head in ipairs(fields) do
        local name = trimmed(head.text):lower()
        columns[number] = false -- what is wrong with it is said once, not with every row
        local near = not shipped[name] and problem.nearest(name, shipped)
        if name == "" then
            columns[number] = { blank = true }
        elseif not name:find "^[a-z][a-z0-9_-]*$" then
            complain(head.column, ("'%s' is no name of a column: lower case letters, digits, '_' and '-', such as %s"):format(
                head.text, example))
        elseif near then
            complain(head.column, ("there is no column '%s' (did you mean '%s'?)"):format(name, near))
        elseif seen[name] then
            complain(head.column, ("the column '%s' stands here twice"):format(name))
        else
            columns[number], seen[name] = { name = name }, true
        end
    end
    return columns, account
end

local spoiled = "^%d[.,]?%d*[Ee]%+?%d+$"

-- Why that is no account, in the words of somebody who has a spreadsheet before them; nil when it is one.
local function no_account(text)
    if contacts.is_account(text) then return end
    local format = "give the column the format Text before typing"
    if text == "" then return "the account is missing" end
    if text:find(spoiled) then
        return ("account '%s': Excel made a rounded number of it, and its digits are lost: %s, and enter the 12 digits again"):format(
            text, format)
    end
    if text:find "^%d%d%d%d%-%d%d%d%d%-%d%d%d%d$" then
        return ("account '%s': write the 12 digits without dashes: %s"):format(text, (text:gsub("-", "")))
    end
    if text:find "^%d+$" and #text < 12 then
        return ("account '%s' has %d digits: Excel took leading zeros away; write %s, and %s"):format(text, #text,
            ("0"):rep(12 - #text) .. text, format)
    end
    return ("account '%s': an account is 12 digits, or *"):format(text)
end

-- Several values of a role. A phone number may have blanks in it, but begins with its one '+'.
local function values_of(role, text)
    local list = {}
    if role == "emergency" then text = text:gsub("[\n\t ]+%+", ";+"):gsub("\n", ";") end
    for value in text:gmatch(role == "emergency" and "[^;]+" or "[^;%s]+") do
        value = trimmed(value)
        if value ~= "" then list[#list + 1] = value end
    end
    return list
end

-- Of one row, and whether anything stands in it.
local function contact_of(complain, columns, fields)
    local contact, filled, entry, text = {}, false, nil, nil
    local function about(what)
        complain(entry.column, what .. (text:find(spoiled) and ": Excel made a rounded number of it" or ""))
    end
    for number = 1, #fields do
        local column = columns[number]
        entry = fields[number]
        text = trimmed(entry.text)
        if text == "" or not column then
            if text ~= "" and number == #columns + 1 then
                about(("'%s' stands behind the last column: a text with a comma in it needs \" around it"):format(text))
            end
        elseif column.blank then
            about(("'%s' stands in a column without a name: name it in the first line"):format(text))
        else
            filled = true
            if column.name == "account" then
                contact.account = text
            elseif facts[column.name] then
                contact[column.name] = contacts.fact(about, column.name, text)
            else
                contact[column.name] = contacts.role(about, column.name, values_of(column.name, text))
            end
        end
    end
    return contact, filled
end

-- account: the number of the column that names it. A row without anything is none.
local function add(file, line, complain, account, columns, fields)
    local contact, filled = contact_of(complain, columns, fields)
    if not filled then return end
    local named = contact.account or ""
    local column, why = fields[account] and fields[account].column or 1, no_account(named)
    contact.account = nil
    if why then
        complain(column, why)
    else
        contacts.add(named, contact, { file = file, line = 1, row = line, column = column })
    end
end

local csv = {}

-- file: its name, for errors; text: its bytes.
function csv.read(file, text)
    local function complain_at(line, column, what) problem.report({ file = file, line = line, column = column }, what) end
    local wrong, why = unreadable(text)
    if wrong then return complain_at(wrong, 1, "contacts.csv " .. why) end
    -- As it is: a new text as long as the file may be longer than a text of a rule's may become.
    local at, line, columns, account = text:find "^\u{feff}" and 4 or 1, 1, nil, nil
    while at <= #text do
        local fields, following, lines, complaint, column = record(text, at)
        if complaint then return complain_at(line, column, complaint .. "; what follows is not read") end
        local function complain(place, what) complain_at(line, utf8.len(text, at, at + place - 2) + 1, what) end
        if not columns then
            columns, account = columns_of(complain, fields)
            if not columns then return end
        else
            add(file, line, complain, account, columns, fields)
        end
        at, line = following, line + lines
    end
end

return csv
