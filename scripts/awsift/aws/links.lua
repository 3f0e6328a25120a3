-- Links that lead through somebody else's server: what is recorded is where they lead. `target` is the group of the PCRE2
-- expression that holds it, `coding` how it is written there: "percent" (RFC 3986), "urldefense2" and "urldefense3" (Proofpoint).
-- An expression without the group is of links that lead nowhere, such as pictures that count readers.
return {
    { link = [[^https?://[^/]{1,200}\.awstrack\.me/I0/]] },
    { link = [[^https?://[^/]{1,200}\.awstrack\.me/L0/(?<target>[^/]{1,4000})]], coding = "percent" },
    { link = [[^https?://[^/]{1,200}\.safelinks\.protection\.outlook\.com/.{0,200}?[?&]url=(?<target>[^&]{1,4000})]], coding = "percent" },
    { link = [[^https?://urldefense(?:\.proofpoint)?\.com/v2/url\?.{0,200}?u=(?<target>[^&]{1,4000})]], coding = "urldefense2" },
    { link = [[^https?://urldefense\.(?:com|us|proofpoint\.com)/v3/__(?<target>.{1,4000}?)__;(?<letters>[A-Za-z0-9_-]{0,2000})]], coding = "urldefense3" },
    { link = [[^https?://(?:www\.)?google\.[a-z.]{2,10}/url\?(?:.{0,200}?&)?(?:q|url)=(?<target>[^&]{1,4000})]], coding = "percent" },
    { link = [[^https?://[^/]{1,200}\.mimecastprotect\.com/.{0,400}?[?&]url=(?<target>[^&]{1,4000})]], coding = "percent" },
}
