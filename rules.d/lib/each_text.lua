-- For tests: every subject that a rule knows, as a mail of its sender.
return function(rule, category, from, subjects, more)
  for _, subject in ipairs(subjects) do
    local expect = { category = category, rule = rule, certainty = "exact" }
    for key, value in pairs(more or {}) do expect[key] = value end
    test(rule .. ": " .. subject) { from = from, subject = subject, body = "Hello,\n\nAWS Account ID: 123456789012\n", expect = expect }
  end
end
