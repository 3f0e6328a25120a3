-- contacts.csv: the same contacts as a table, as spreadsheets write it. RFC 4180 in UTF-8; a mark of the byte order and any
-- line ends are welcome. The first line names the columns: account, then in any order name, group, language, timezone, root
-- and roles; a row whose account is "@NAME" is a group's. A field of a role has several values apart from one another by ";" or blanks. What is wrong is named with its line
-- and column, and with what the spreadsheet made of it where it spoils such files.
local contacts = require "awsift.contacts"
local problem = require "awsift.problem"

local example = "account,name,group,language,timezone,technical,security,emergency,root"
local facts = { account = true, name = true, group = true, language = true, timezone = true }
local shipped = { account = true, name = true, group = true, language = true, timezone = true, technical = true, security = true,
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

-- The record at `at`: its fields as { text, at }, where the next one begins, and a complaint or nil with the place it is about.
local function record(text, at)
    local fields = {}
    while true do
        local value, stop, complaint = field(text, at)
        fields[#fields + 1] = { text = value, at = at }
        if complaint then return nil, nil, complaint, at end
        if text:byte(stop) ~= 44 then return fields, text:find("^\r\n", stop) and stop + 2 or stop + 1 end
        at = stop + 1
    end
end

-- The line that holds the place, and where it begins, told one that begins before. (Line ends are counted where they stand: a
-- text with other ones might be longer than what may be made here.)
local function line_of(text, at, start, line)
    local ends = text:find("[\r\n]", start)
    while ends and ends < at do
        start = text:find("^\r\n", ends) and ends + 2 or ends + 1
        line = line + 1
        ends = text:find("[\r\n]", start)
    end
    return line, start
end

-- Why the bytes are no text that can be read, and what to do; or nil.
local function unreadable(text)
    if text:find "^\xff\xfe" or text:find "^\xfe\xff" then
        return 1, "is UTF-16 (Excel's \"Unicode text\"): save it as \"CSV UTF-8 (comma delimited) (*.csv)\""
    end
    local length, wrong = utf8.len(text)
    if not length then
        return wrong, "is not in UTF-8; Excel writes Shift_JIS (CP932) unless told "
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
        complain(fields[1].at, ("the columns are set apart by '%s': save the file with commas"):format(other == "\t" and "tabs" or other))
        return nil
    end
    local account
    for number, head in ipairs(fields) do
        if not account and trimmed(head.text):lower() == "account" then account = number end
    end
    if not account then
        complain(fields[1].at, ("the first line has no column 'account'; it names the columns: %s"):format(example))
        return nil
    end
    for number, head in ipairs(fields) do
        local name = trimmed(head.text):lower()
        columns[number] = false -- what is wrong with it is said once, not with every row
        local near = not shipped[name] and problem.nearest(name, shipped)
        if name == "" then
            columns[number] = { blank = true }
        elseif not name:find "^[a-z][a-z0-9_-]*$" then
            complain(head.at, ("'%s' is no name of a column: lower case letters, digits, '_' and '-', such as %s"):format(
                head.text, example))
        elseif near then
            complain(head.at, ("there is no column '%s' (did you mean '%s'?)"):format(name, near))
        elseif seen[name] then
            complain(head.at, ("the column '%s' stands here twice"):format(name))
        else
            columns[number], seen[name] = { name = name }, true
        end
    end
    return columns, account
end

local spoiled = "^%d[.,]?%d*[Ee]%+?%d+$"

-- Why that is no account, in the words of somebody who has a spreadsheet before them; nil when it is one.
local function no_account(text)
    if contacts.is_key(text) then return end
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
    return ("account '%s': an account is 12 digits, or *; a group is @ and its name"):format(text)
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
        complain(entry.at, what .. (text:find(spoiled) and ": Excel made a rounded number of it" or ""))
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

-- account: the number of the column that names it. A row without anything is none. place(at) gives a line and its column.
local function add(file, place, complain, account, columns, fields)
    local contact, filled = contact_of(complain, columns, fields)
    if not filled then return end
    local named = contact.account or ""
    local at, why = (fields[account] or fields[1]).at, no_account(named)
    contact.account = nil
    if why then
        complain(at, why)
    else
        local line, column = place(at)
        contacts.add(named, contact, { file = file, line = 1, row = line, column = column })
    end
end

local csv = {}

-- file: its name, for errors; text: its bytes.
function csv.read(file, text)
    local line, start = 1, text:find "^\u{feff}" and 4 or 1 -- of the record
    local function place(at)
        local there, begins = line_of(text, at, start, line)
        return there, utf8.len(text, begins, at - 1) + 1
    end
    local function complain(at, what)
        local there, column = place(at)
        problem.report({ file = file, line = there, column = column }, what)
    end
    local wrong, why = unreadable(text)
    if wrong then return problem.report({ file = file, line = line_of(text, wrong, 1, 1), column = 1 }, "contacts.csv " .. why) end
    local at, columns, account = start, nil, nil
    while at <= #text do
        local fields, following, complaint, where = record(text, at)
        if complaint then return complain(where, complaint .. "; what follows is not read") end
        if not columns then
            columns, account = columns_of(complain, fields)
            if not columns then return end
        else
            add(file, place, complain, account, columns, fields)
        end
        at, line, start = following, line_of(text, following, start, line)
    end
end

return csv
