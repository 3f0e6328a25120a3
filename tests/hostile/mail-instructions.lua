-- guard: mail-instructions
-- attack: many functions that each stay within their own budget
-- seen: instructions
-- without: holds
-- decides: fallback
for number = 1, 60 do
  rule("hostile.mail-instructions" .. (number < 60 and "." .. number or "")) {
    subject  = "Attack mail-instructions",
    category = "billing",
    when     = function()
      for _ = 1, 400000 do end
      return number == 60
    end,
  }
end
