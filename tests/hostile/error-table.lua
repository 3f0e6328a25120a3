-- guard: lua
-- attack: an error that is a table
-- seen: raised
rule "hostile.error-table" {
  subject  = "Attack error-table",
  category = "billing",
  when     = function(msg, found)
    error({ code = 1 })
  end,
}
