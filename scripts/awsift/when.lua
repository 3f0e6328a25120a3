-- A moment of a notice as people are told it: in their time zone, with the day of the week.
local when = {}

local weekdays = {
    ja = { "日", "月", "火", "水", "木", "金", "土" },
    en = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" },
}

-- Of a date of the Gregorian calendar (Sakamoto): 1 is Sunday.
local shifts = { 0, 3, 2, 5, 0, 3, 5, 1, 4, 6, 2, 4 }
local function weekday(text)
    local year, month, day = text:match "^(%d%d%d%d)-(%d%d)-(%d%d)"
    year, month, day = tonumber(year), tonumber(month), tonumber(day)
    if not year or month < 1 or month > 12 then return nil end
    if month < 3 then year = year - 1 end
    return (year + year // 4 - year // 100 + year // 400 + shifts[month] + day) % 7 + 1
end

-- "2026-12-05 10:00 JST (土)"; as it is where the zone is unknown here. What AWS gives as a date alone is midnight UTC, and elsewhere
-- another hour or even day: the date stands before it as AWS wrote it.
function when.told(iso, zone, language)
    local here = iso and zone and local_time(iso, zone)
    if not here then return iso end
    local day = weekday(here)
    local told = day and ("%s (%s)"):format(here, (weekdays[language] or weekdays.en)[day]) or here
    local date = iso:match "^(%d+%-%d+%-%d+)T00:00:00Z$"
    if not date or here:find "UTC$" then return told end
    return ("%s 00:00 UTC (%s)"):format(date, here)
end

return when
