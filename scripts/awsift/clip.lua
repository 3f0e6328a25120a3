-- Cutting texts to the length that another program takes, never inside of what a person sees as one sign.
local clip = {}

-- Whether a character belongs to the one before it: combining marks, voiced sound marks, variation selectors, skin tones, and
-- what joins signs to one.
local ranges = { { 0x0300, 0x036F }, { 0x200D, 0x200D }, { 0x20D0, 0x20FF }, { 0x3099, 0x309A }, { 0xFE00, 0xFE0F },
    { 0x1F3FB, 0x1F3FF }, { 0xE0020, 0xE007F }, { 0xE0100, 0xE01EF } }
local function joins(code)
    for _, range in ipairs(ranges) do
        if code >= range[1] and code <= range[2] then return true end
    end
    return false
end

-- The place at or before `past` (the first byte that goes) where a sign ends.
local function border(text, past)
    for _ = 1, 32 do
        if past <= 1 or past > #text then return past end
        local before = utf8.offset(text, -1, past)
        if not joins(utf8.codepoint(text, past)) and utf8.codepoint(text, before) ~= 0x200D then return past end
        past = before
    end
    return past
end

-- The beginning of a text that has at most so many characters, and whether anything went.
function clip.characters(text, most)
    local past = utf8.offset(text, most + 1)
    if not past or past > #text then return text, false end
    return text:sub(1, border(text, past) - 1), true
end

-- The same with "…" behind what was cut.
function clip.told(text, most)
    local short, went = clip.characters(text, most)
    return went and short .. "…" or short
end

-- What change(text) makes of the longest beginning for which it has at most so many characters, with the tail behind what was cut.
function clip.changed(text, most, change, tail)
    local changed = change(text)
    local length = utf8.len(changed)
    local characters = utf8.len(text)
    while length > most do
        characters = math.max(0, math.min(characters - 1, characters * (most - utf8.len(tail)) // length))
        changed = change((clip.characters(text, characters))) .. tail
        if characters == 0 then return changed end
        length = utf8.len(changed)
    end
    return changed
end

return clip
