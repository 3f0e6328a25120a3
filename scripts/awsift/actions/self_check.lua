-- self_check: what an actor does, and does no harm: it waits, asks for what nobody can have, and ends. The engine alone asks for it,
-- of an actor whose predecessor died, to see whether that was the fault of what it carried out (engine/keeper/outbox_watch.c).
action "self_check" {
    args = {},
    run = function()
        sleep(0)
        local _, why = http.get { url = "http://127.0.0.1:0/", timeout = 1 } -- no port that a server can have
        return why
    end,
}
