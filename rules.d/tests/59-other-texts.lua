-- Each text that the rules of ../59-other.lua know, as a mail of its sender.
local function each(rule, category, from, subjects, more)
  for _, subject in ipairs(subjects) do
    local expect = { category = category, rule = rule, certainty = "exact" }
    for key, value in pairs(more or {}) do expect[key] = value end
    test(rule .. ": " .. subject) { from = from, subject = subject, body = "Hello,\n\nAWS Account ID: 123456789012\n", expect = expect }
  end
end

each("other.port-25", "other", "no-reply@amazonaws.com", {
  "Request to remove email sending limitations", "Removal of email sending limitations (prod)", "Amazon EC2 email sending limitations",
  "EC2 email sending limitations - please read", "EC2 port 25", "Amazon EC2 port 25 (prod)", "Port 25 throttle",
}, { priority = "normal" })

each("other.trusted-advisor", "other", "no-reply@amazonaws.com", {
  "AWS Trusted Advisor - please read", "Trusted Advisor example", "Your AWS Trusted Advisor", "AWS Compute Optimizer (prod)",
  "AWS Cost Optimization Hub",
}, { priority = "low" })
