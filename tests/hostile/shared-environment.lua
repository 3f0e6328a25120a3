-- guard: environment
-- attack: a function that puts another environment in the place of everybody's
-- seen: state
-- without: hurt
rule "hostile.shared-environment" {
  subject  = "Attack shared-environment",
  category = "billing",
  when     = function(msg, found)
    _ENV.tostring = function() return "" end
    _G = { tostring = tostring }
    local _ENV = _G
    return false
  end,
}
