-- guard: match-limit
-- attack: a regular expression that goes back again and again
-- seen: steps
-- without: time
rule "hostile.match-limit" {
  subject  = "Attack match-limit",
  body     = matches [[^(x+x+)+[yz]$]],
  category = "billing",
}
