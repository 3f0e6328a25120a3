-- What the operators read once a day: mail that no rule knew, rules whose words seem to have changed, what general rules alone
-- decided, rules gone silent, and rules that would have known the mail, ready to paste.
local clip = require "awsift.clip"
local suggest = require "awsift.suggest"

local digest = {}

-- As much as a person reads, and a mail holds without trouble.
local groups_most, rules_most, subject_most = 50, 20, 160
-- Below it two titles share some words, and tell nothing of a rule.
local drift_least = 0.6

local words = {
    ja = {
        subject = "[awsift] 日次ダイジェスト: 未知 %d 件、汎用ルール %d 件、届かなくなったルール %d 件", since = "%s 以降の状況です。",
        unknown = "どのルールにも該当しなかったメール", general = "汎用ルールだけが該当したメール",
        drift = "文面が変わったと思われるルール", silent = "届かなくなったルール",
        suggested = "追加するルールの案 (内容を確認してから rules のフォルダーに貼り付けてください)", newest = "(新しい %d 件をまとめています)", other = "(件名に特徴がないもの)",
        group = "%d 件: %s", details = "差出人 %s、番号 %s", by = "%s による判定", near = "ルール %s: 近いメール %d 件、例: %s %s",
        differs = "異なる点: %s", add = "ルールに追加するテンプレート: %s", quiet = "ルール %s: これまで %d 件、最後は %s",
        more = "ほかに %d 件あります。awsift suggest で確認できます。", look = "詳細: awsift show 番号、テスト付きのルール: awsift suggest --write フォルダー",
        unverified = "案は試験していません。貼り付けた後に awsift check を実行してください。",
    },
    en = {
        subject = "[awsift] Daily digest: %d unknown, %d by general rules, %d rules silent", since = "What came since %s.",
        unknown = "Mail that no rule knew", general = "Mail that only a general rule knew",
        drift = "Rules whose words seem to have changed", silent = "Rules gone silent",
        suggested = "Rules that would have known it (look at each, then paste it into your rule folder)",
        newest = "(the newest %d are put together here)", other = "(whose subjects say nothing)", group = "%d: %s", details = "from %s, number %s", by = "decided by %s",
        near = "rule %s: %d came near it, for example %s %s", differs = "differs in: %s", add = "a template to add to the rule: %s",
        quiet = "rule %s: %d mails so far, the last on %s", more = "There are %d more: awsift suggest shows them.",
        look = "More: awsift show NUMBER; with tests in files: awsift suggest --write FOLDER",
        unverified = "These have not been tried: run awsift check when they are pasted.",
    },
}

local function short(text)
    return clip.told((suggest.harmless(text or ""):gsub("%s+", " ")), subject_most)
end

local function is_general(mail) return mail.certainty == "general" end

-- { key = …, mails = { … } } in the order of their first mail.
local function grouped(mails, of)
    local list, known = {}, {}
    for _, mail in ipairs(mails) do
        local key = of(mail)
        if key then
            if not known[key] then
                known[key] = { key = key, mails = {} }
                list[#list + 1] = known[key]
            end
            table.insert(known[key].mails, mail)
        end
    end
    return list
end

local function numbers(mails)
    local list = {}
    for index, mail in ipairs(mails) do
        if index > 8 then
            list[#list + 1] = "…"
            break
        end
        list[#list + 1] = mail.name
    end
    return table.concat(list, ", ")
end

local function each(mails, of)
    local list, known = {}, {}
    for _, mail in ipairs(mails) do
        local value = of(mail)
        if value and not known[value] and #list < 3 then
            known[value] = true
            list[#list + 1] = value
        end
    end
    return table.concat(list, ", ")
end

local function heading(lines, text)
    lines[#lines + 1] = ""
    lines[#lines + 1] = "== " .. text
end

local function add_group(lines, w, mails, what)
    lines[#lines + 1] = "  " .. w.group:format(#mails, what)
    lines[#lines + 1] = "      " .. w.details:format(each(mails, function(mail) return mail.from end), numbers(mails))
    local rules = each(mails, function(mail) return is_general(mail) and mail.rule or nil end)
    if rules ~= "" then lines[#lines + 1] = "      " .. w.by:format(rules) end
end

-- Mails that one suggestion stands for, under its template; at last those for which there is none.
local function add_groups(lines, w, suggestions, mails, wanted)
    local shown, left, rest, known = 0, 0, {}, {}
    for _, made in ipairs(suggestions) do
        local own = {}
        for _, number in ipairs(made.members) do
            known[number] = true
            if wanted(mails[number]) then own[#own + 1] = mails[number] end
        end
        if #own > 0 and shown == groups_most then
            left = left + #own
        elseif #own > 0 then
            shown = shown + 1
            add_group(lines, w, own, short(made.template))
        end
    end
    for number, mail in ipairs(mails) do
        if not known[number] and wanted(mail) then rest[#rest + 1] = mail end
    end
    if #rest > 0 then add_group(lines, w, rest, w.other) end
    if left > 0 then lines[#lines + 1] = "  " .. w.more:format(left) end
end

local function add_drift(lines, w, mails)
    local drifting = grouped(mails, function(mail) return mail.near and mail.near.similarity >= drift_least and mail.near.rule end)
    if #drifting == 0 then return end
    heading(lines, w.drift)
    for index, group in ipairs(drifting) do
        if index > groups_most then break end
        local mail = group.mails[1]
        local near = mail.near
        lines[#lines + 1] = "  " .. w.near:format(group.key, #group.mails, mail.name, short(mail.subject))
        if near.differs and #near.differs > 0 then
            lines[#lines + 1] = "      " .. w.differs:format(short(table.concat(near.differs, ", ")))
        end
        if near.template then lines[#lines + 1] = "      " .. w.add:format(short(near.template)) end
    end
end

local function add_silent(lines, w, silent, when)
    if #silent == 0 then return end
    heading(lines, w.silent)
    for _, entry in ipairs(silent) do lines[#lines + 1] = "  " .. w.quiet:format(entry.rule, entry.count, when(entry.last)) end
end

local function add_rules(lines, w, suggestions)
    if #suggestions == 0 then return end
    heading(lines, w.suggested)
    lines[#lines + 1] = w.unverified
    for index, made in ipairs(suggestions) do
        if index > rules_most then
            lines[#lines + 1] = w.more:format(#suggestions - rules_most)
            break
        end
        lines[#lines + 1] = ""
        lines[#lines + 1] = made.rule .. "\n" .. made.test
    end
end

-- In the language, or the languages ("ja+en"): the rules to paste stand once, at the end.
local function texts_of(language, write)
    local list = {}
    for name in language:gmatch "%l+" do
        if words[name] then list[#list + 1] = write(words[name]) end
    end
    return table.concat(list, "\n\n----\n\n"), words[language:match "%l+"] or words.en
end

-- given: the action's args. known: { categories = { NAME = true }, rules = { ID = true }, pause = as suggest.of wants it }. when: writes a moment for people.
-- Returns subject and text in that language.
function digest.compose(given, known, language, when)
    local mails, general, silent = given.mails or {}, given.general, {}
    local unknown = given.count - general
    -- a rule that was taken away is silent for a reason
    for _, entry in ipairs(given.silent or {}) do
        if known.rules[entry.rule] then silent[#silent + 1] = entry end
    end
    local suggestions = suggest.of(mails, { categories = known.categories, rules = known.rules, pause = known.pause })
    local function summary(w)
        local lines = { w.since:format(when(given.since)) }
        local function add_section(title, count, wanted)
            if count == 0 then return end
            heading(lines, title .. ": " .. count)
            if given.count > #mails then lines[#lines + 1] = "  " .. w.newest:format(#mails) end
            add_groups(lines, w, suggestions, mails, wanted)
        end
        add_section(w.unknown, unknown, function(mail) return not is_general(mail) end)
        add_drift(lines, w, mails)
        add_section(w.general, general, is_general)
        add_silent(lines, w, silent, when)
        return table.concat(lines, "\n")
    end
    local text, w = texts_of(language or "ja", summary)
    local lines = { text }
    add_rules(lines, w, suggestions)
    lines[#lines + 1] = ""
    lines[#lines + 1] = w.look
    return w.subject:format(unknown, general, #silent), table.concat(lines, "\n") .. "\n", #mails + #silent > 0
end

return digest
