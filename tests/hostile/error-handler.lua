-- guard: error-text
-- attack: an error whose text raises
-- seen: raised
-- without: crash
rule "hostile.error-handler" {
  subject  = "Attack error-handler",
  category = "billing",
  when     = function(msg, found)
    error(setmetatable({}, { __tostring = function() error("again") end }))
  end,
}
