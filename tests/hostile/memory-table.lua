-- guard: memory
-- attack: a table that grows
-- seen: memory
-- without: holds
rule "hostile.memory-table" {
  subject  = "Attack memory-table",
  category = "billing",
  when     = function(msg, found)
    local t = {}
    for i = 1, 200 do t[i] = table.move({ 1 }, 1, 4000, 1, {}) t[i][4000] = ("x"):rep(400000) end
    return true
  end,
}
