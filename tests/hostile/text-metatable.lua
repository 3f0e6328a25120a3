-- guard: metatables
-- attack: changing what all texts can do
-- seen: raised
-- without: hurt
rule "hostile.text-metatable" {
  subject  = "Attack text-metatable",
  category = "billing",
  when     = function(msg, found)
    getmetatable("").__index = {}
  end,
}
