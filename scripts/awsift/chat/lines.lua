-- A chat's message as lines of text. markup: { mark(text) for what stands apart, text(text) for plain words, authored(text) for
-- those of a rule's author, link(url, label) }. untitled: its title stands elsewhere.
local function add(list, text)
    if text and text ~= "" then list[#list + 1] = text end
end

return function(told, markup, untitled)
    local list = {}
    add(list, told.caution and markup.mark(told.caution))
    add(list, not untitled and markup.mark(told.title))
    add(list, told.subject and markup.text(told.subject))
    for _, line in ipairs(told.remarks) do add(list, markup.text(line)) end
    add(list, told.text and markup.authored(told.text))
    for _, fact in ipairs(told.facts) do add(list, markup.text(fact.label .. ": " .. fact.value)) end
    add(list, told.advice and markup.text(told.advice))
    for _, link in ipairs(told.links) do add(list, markup.link(link.url, link.label)) end
    add(list, told.footer and markup.text(told.footer))
    return table.concat(list, "\n")
end
