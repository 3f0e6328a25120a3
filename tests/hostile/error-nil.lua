-- guard: lua
-- attack: an error that is nil
-- seen: raised
rule "hostile.error-nil" {
  subject  = "Attack error-nil",
  category = "billing",
  when     = function(msg, found)
    error(nil)
  end,
}
