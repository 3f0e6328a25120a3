-- Numbers of cases and abuse reports: looked for in the subject first, then in the body. A rule file may have its own cues, which
-- come before these.
cue "case" [=[\[case(?: id)?:? ?{case}\]]=]
cue "case" "case(?: ids?| numbers?| no\\.?)? ?[:#]? ?{case}"
cue "case" "displayId={case}"
cue "case" "ケース ?(?:ID|番号)? ?:? ?{case}"
cue "abuse_id" [=[abuse report (?:#|no\.? ?)?\[?{abuse_id}\]]=]
cue "abuse_id" "abuse (?:report|case)(?: id| number)? ?[:#] ?{abuse_id}"
