-- Where: cue "region" "region: {region}" finds a region by code or long name in the body; what is listed behind it with commas or
-- "and" counts, too. A long name counts wherever it stands. A rule file may have its own cues.
cue "region" "(?:aws )?region(?:s|\\(s\\))?(?: ?names?| ?codes?)? ?: ?{region}"
cue "region" "(?:aws )?regions? {region}"
cue "region" "(?:in|of|from|to|the|and|,) {region} (?:aws )?regions?(?!\\w)"
cue "region" "リージョン(?:名)? ?:? ?{region}"
cue "region" "{region} ?リージョン"
cue "region" "{region_name}"
