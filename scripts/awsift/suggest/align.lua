-- Laying a template over tokens: what stands in each slot of it.
local words = require "awsift.suggest.words"

local align = {}

-- The place of each token of the template in `tokens`, and for slots the text that they hold, or nil where it does not fit. A
-- slot holds as little as it can, nothing at all too.
function align.fit(template, tokens, values)
    local dead, steps = {}, {}
    local function walk(i, j)
        if i > #template then return j > #tokens end
        local key = i * 64 + j
        if dead[key] then return false end
        local token = template[i]
        if words.is_slot(token) then
            for behind = j, #tokens + 1 do
                if walk(i + 1, behind) then
                    steps[i] = { from = j, to = behind - 1 }
                    return true
                end
            end
        elseif j <= #tokens and (words.key(tokens[j]) == token or i == 1 and words.plain(words.key(tokens[j])) == token) then
            if walk(i + 1, j + 1) then
                steps[i] = { from = j, to = j }
                return true
            end
        end
        dead[key] = true
        return false
    end
    if not walk(1, 1) then return nil end
    for _, step in ipairs(steps) do step.text = table.concat(values, "", step.from, step.to) end
    return steps
end

-- The same for what may itself hold slots: whether all that the other template stands for is taken by this one.
function align.covers(template, other) return align.fit(template, other, other) ~= nil end

-- The longest common subsequence of two lists of keys, as pairs of places.
function align.common(one, other)
    local lengths = {}
    for i = #one + 1, 1, -1 do
        lengths[i] = {}
        for j = #other + 1, 1, -1 do
            if i > #one or j > #other then
                lengths[i][j] = 0
            elseif one[i] == other[j] then
                lengths[i][j] = lengths[i + 1][j + 1] + 1
            else
                lengths[i][j] = math.max(lengths[i + 1][j], lengths[i][j + 1])
            end
        end
    end
    local pairs_found, i, j = {}, 1, 1
    while i <= #one and j <= #other do
        if one[i] == other[j] then
            pairs_found[#pairs_found + 1] = { i, j }
            i, j = i + 1, j + 1
        elseif lengths[i + 1][j] >= lengths[i][j + 1] then
            i = i + 1
        else
            j = j + 1
        end
    end
    return pairs_found
end

return align
