-- A moment of a notice as people are told it: in their time zone, with the day of the week.
local durations = require "awsift.durations"
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

-- "2026-12-05 10:00 JST (土)", without the day where no language is given; as it is where the zone is unknown here.
function when.here(iso, zone, language)
    local here = iso and zone and local_time(iso, zone)
    local day = here and language and weekday(here)
    return day and ("%s (%s)"):format(here, (weekdays[language] or weekdays.en)[day]) or here or iso
end

-- The same of what the mail says. What AWS gives as a date alone is midnight UTC, and elsewhere another hour or even day: the date
-- stands before it as AWS wrote it.
function when.told(iso, zone, language)
    local here, date = when.here(iso, zone), iso and iso:match "^(%d+%-%d+%-%d+)T00:00:00Z$"
    if not date or here == iso or here:find "UTC$" then return when.here(iso, zone, language) end
    return ("%s 00:00 UTC (%s)"):format(date, here)
end

-- Days since 1970-01-01 of a date of the Gregorian calendar, and back: years begin in March, so that leap days come last.
local function days_of(year, month, day)
    if month < 3 then year, month = year - 1, month + 12 end
    return 365 * year + year // 4 - year // 100 + year // 400 + (153 * (month - 3) + 2) // 5 + day - 719469
end

local function date_of(days)
    local year = (days + 719468) * 400 // 146097
    if days_of(year, 3, 1) > days then year = year - 1 elseif days_of(year + 1, 3, 1) <= days then year = year + 1 end
    local rest = days - days_of(year, 3, 1)
    local month = (5 * rest + 2) // 153
    local day = rest - (153 * month + 2) // 5 + 1
    if month > 9 then return year + 1, month - 9, day end
    return year, month + 3, day
end

-- The moment so long ("24h") after another, both as ISO 8601 in UTC; nil where either is not read.
function when.after(iso, duration)
    local year, month, day, hour, minute, second = (iso or ""):match "^(%d%d%d%d)-(%d%d)-(%d%d)T(%d%d):(%d%d):(%d%d)"
    local after = durations.milliseconds(duration)
    if not year or not after then return nil end
    local seconds = tonumber(hour) * 3600 + tonumber(minute) * 60 + tonumber(second) + after // 1000
    year, month, day = date_of(days_of(tonumber(year), tonumber(month), tonumber(day)) + seconds // 86400)
    seconds = seconds % 86400
    return ("%04d-%02d-%02dT%02d:%02d:%02dZ"):format(year, month, day, seconds // 3600, seconds // 60 % 60, seconds % 60)
end

return when
