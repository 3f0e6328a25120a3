-- Lists of actions, as rules write and functions yield them. One action may stand without a list around it. What is not wanted
-- leaves a hole or false behind (`urgent and call { … }`), and what comes after it counts all the same.
local action_list = {}

-- The actions in their order, or nil and what is wrong with the list.
function action_list.of(value)
    if value.action_call then return { value } end
    local list = {}
    for key, call in pairs(value) do
        if math.type(key) ~= "integer" then
            return nil, ("is a list of actions and has no key '%s': write it like { forward { to = \"technical\" } }"):format(tostring(key))
        end
        if call then list[#list + 1] = call end
    end
    return list
end

return action_list
