-- guard: sticky
-- attack: a loop that a closing handler goes on with
-- seen: instructions
-- without: holds
rule "hostile.swallow-close" {
  subject  = "Attack swallow-close",
  category = "billing",
  when     = function(msg, found)
    pcall(function()
      local x <close> = setmetatable({}, { __close = function() pcall(function() while true do end end) end })
      while true do end
    end)
    return true
  end,
}
