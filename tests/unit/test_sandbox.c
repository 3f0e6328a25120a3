/* The sandbox: what rule files may not reach, what their budgets stop, and that nothing in them differs from
 * one run to the next. Each snippet is the body of a rule's function(msg, found). */
#include "rule_folder.h"

/* Runs the snippet in a `when`; the decision is the caller's. */
static json_t *run(const char *code)
{
    struct rule_folder folder;
    g_autofree char *text =
        g_strdup_printf("category \"c\" { title = \"C\" }\n"
                        "rule \"r\" { subject = \"S\", category = \"c\", actions = function(msg, found)\n"
                        "%s end }\n",
                        code);
    rule_folder_sound(&folder, text);
    json_t *decision = rule_folder_decide(&folder, "", "S", "body");
    rule_folder_close(&folder);
    return decision;
}

static json_t *first_error(const json_t *decision)
{
    return json_array_get(json_object_get(decision, "errors"), 0);
}

/* What the snippet yields, shown as text. */
static char *result_of(const char *expression)
{
    g_autofree char *code = g_strdup_printf(
        "local function show() %s end\nreturn { forward { to = \"operators\", text = tostring(show()) } }",
        expression);
    g_autoptr(json_t) decision = run(code);
    if (first_error(decision) != NULL) {
        g_autofree char *error = json_canonical(first_error(decision));
        fail_msg("%s: %s", expression, error);
    }
    const json_t *action = json_array_get(json_object_get(decision, "actions"), 0);
    return g_strdup(json_text_or(json_object_get(action, "args"), "text", "?"));
}

static void powers_are_absent(void **state)
{
    /* Unknown names are taken for actions: calling one with anything but a table is an error. */
    static const char *const absent[] = {
        "load",           "loadstring",     "dofile",          "loadfile",      "rawset",
        "rawget",         "next",           "print",           "warn",          "xpcall",
        "collectgarbage", "coroutine.wrap", "io.open",         "debug.sethook", "package.loadlib",
        "os.execute",     "os.getenv",      "os.exit",         "os.remove",     "os.tmpname",
        "os.clock",       "math.random",    "math.randomseed", "string.dump",   "string.pack",
        "_G.load",        "http.post",      "secret",          "exec"};
    for (size_t i = 0; i < G_N_ELEMENTS(absent); i++) {
        g_autofree char *code = g_strdup_printf("%s('x') return {}", absent[i]);
        g_autoptr(json_t) decision = run(code);
        if (first_error(decision) == NULL)
            fail_msg("%s is there", absent[i]);
        assert_string_equal(json_text(first_error(decision), "kind"), "raised");
    }
}

static const struct {
    const char *name, *code, *kind;
} stopped[] = {
    {"loop", "while true do end", "instructions"},
    {"tail calls", "local function f() return f() end f()", "instructions"},
    {"goto", "::again:: goto again", "instructions"},
    {"pcall swallows", "while true do pcall(function() while true do end end) end", "instructions"},
    {"pcall of pcall", "while true do pcall(pcall, error) end", "instructions"},
    {"a metamethod",
     "local t = setmetatable({}, { __index = function(t, k) return t[k + 1] end }) while true do "
     "pcall(function() return t[1] end) end",
     "instructions"},
    {"a closing handler",
     "local x <close> = setmetatable({}, { __close = function() while true do end end }) while true "
     "do end",
     "instructions"},
    {"a comparison", "table.sort({ 1, 2, 3 }, function() while true do end end)", "instructions"},
    {"a replacement", "(('x'):rep(1000)):gsub('x', function() while true do end end)", "instructions"},
    {"table.move", "table.move({}, 1, 1 << 40, 2)", "instructions"},
    {"table.move of all", "table.move({}, math.mininteger, -1, 1)", "instructions"},
    {"table.insert", "table.insert(setmetatable({}, { __len = function() return 1 << 40 end }), 1, 'x')",
     "instructions"},
    {"table.remove", "table.remove(setmetatable({}, { __len = function() return 1 << 40 end }), 1)",
     "instructions"},
    {"table.concat", "table.concat(setmetatable({}, { __index = { 'x' } }), '', 1, 1 << 40)", "instructions"},
    {"table.sort", "table.sort(setmetatable({}, { __len = function() return 1 << 30 end }))", "instructions"},
    {"string.rep", "('x'):rep(1 << 40)", "raised"},
    {"string.rep with a separator", "(''):rep(1 << 30, 'xx')", "raised"},
    {"string.format", "string.format('%99999999d', 1)", "raised"},
    {"string.format's precision", "string.format('%.999999999f', 1)", "raised"},
    {"doubling", "local s = 'x' while true do s = s .. s end", "memory"},
    {"a list of texts", "local t = {} for i = 1, 1e6 do t[i] = ('x'):rep(100000) .. i end", "memory"},
    {"a joined list",
     "local s, t = ('x'):rep(1 << 20), {} for i = 1, 1000 do t[i] = s end return table.concat(t)", "memory"},
    {"table.unpack", "return table.unpack({}, 1, 1e8)", "instructions"},
    {"recursion", "local function f() return 1 + f() end f()", "memory"},
    {"__gc", "setmetatable({}, { __gc = function() end })", "raised"},
    {"__gc by __index", "setmetatable({}, setmetatable({}, { __index = { __gc = true } }))", "raised"},
    {"%p", "string.format('%p', {})", "raised"},
    {"%p with a width", "string.format('%-20p', {})", "raised"},
    {"%p behind a NUL", "string.format('\\0%p', 'x')", "raised"},
    {"a library's table", "string.rep = nil", "raised"},
    {"the metatable of text", "('').x = 1", "raised"},
    {"a protected metatable", "setmetatable(string, {})", "raised"},
    {"the message's metatable", "getmetatable(msg).__index = 1", "raised"},
    {"an error that is a table", "error({})", "raised"},
    {"an error that is nil", "error(nil)", "raised"},
    {"an error with a handler", "error(setmetatable({}, { __tostring = function() error('x') end }))",
     "raised"},
    {"a long error", "error(('x'):rep(1000000))", "raised"},
    {"pairs of tables", "for k in pairs { [{}] = 1 } do end", "raised"},
};

static void bombs_are_stopped(void **state)
{
    for (size_t i = 0; i < G_N_ELEMENTS(stopped); i++) {
        g_autoptr(json_t) decision = run(stopped[i].code);
        const json_t *error = first_error(decision);
        if (error == NULL || g_strcmp0(json_text(error, "kind"), stopped[i].kind) != 0)
            fail_msg("%s: %s: %s", stopped[i].name, json_text_or(error, "kind", "no error"),
                     json_text_or(error, "message", ""));
        assert_true(strlen(json_text(error, "message")) <= 3000);
        assert_null(strstr(json_text(error, "message"), "0x"));
        assert_string_equal(json_text(error, "rule"), "r");
        assert_part(decision, "rule", "\"r\"");
    }
}

/* Once it is used up, no instruction more is run: a counter outside of the budget's reach stands still. */
static void what_is_used_up_stays_so(void **state)
{
    g_autoptr(json_t) decision =
        run("local n = 0\n"
            "for _ = 1, 1000 do pcall(function() while true do n = n + 1 end end) end\n"
            "while true do pcall(pcall, function() n = n + 1 end) end");
    assert_string_equal(json_text(first_error(decision), "kind"), "instructions");
    assert_int_equal(json_array_size(json_object_get(decision, "errors")), 1);
}

static void a_mail_has_a_budget_of_its_own(void **state)
{
    struct rule_folder folder;
    rule_folder_sound(
        &folder,
        "category \"c\" { title = \"C\" }\n"
        "for n = 1, 60 do rule(\"r\" .. n) { subject = \"S\", category = \"c\", when = function() for _ = "
        "1, 400000 do end return n == 60 end } end\n"
        "rule \"plain\" { subject = \"S\", category = \"c\", actions = { forward { to = \"operators\" } } }\n"
        "rule \"other\" { subject = \"T\", category = \"c\", when = function() return true end }\n");
    g_autoptr(json_t) decision = rule_folder_decide(&folder, "", "S", "body");
    size_t passed_over = json_array_size(json_object_get(decision, "errors"));
    assert_in_range(passed_over, 1, 59); /* the first ones ran */
    const json_t *last = json_array_get(json_object_get(decision, "errors"), passed_over - 1);
    assert_string_equal(json_text(last, "rule"), "r60");
    assert_string_equal(json_text(last, "kind"), "instructions");
    assert_non_null(strstr(json_text(last, "message"), "was not run"));
    assert_part(decision, "rule",
                "\"plain\""); /* what needs no function is decided, and its actions are checked */
    assert_part(decision, "actions", "[{\"action\":\"forward\",\"args\":{\"to\":\"operators\"}}]");
    g_autoptr(json_t) again = rule_folder_decide(&folder, "", "S", "body");
    assert_true(json_equal(decision, again));
    g_autoptr(json_t) next = rule_folder_decide(&folder, "", "T", "body"); /* each has one of its own */
    assert_part(next, "rule", "\"other\"");
    rule_folder_close(&folder);
}

/* A rule that takes as much memory as the subject says. */
static const char hungry[] =
    "category \"c\" { title = \"C\" }\n"
    "rule \"hungry\" { subject = \"S {n}\", category = \"c\", when = function(msg)\n"
    "  local t = {}\n"
    "  for i = 1, tonumber(msg.subject:match \"%d+\") do t[i] = (\"x\"):rep(500) .. i; t[\"k\" .. i % 1000] = i end\n"
    "  return true\n"
    "end }\n";

static bool is_enough(const struct rule_folder *folder, int wanted)
{
    g_autofree char *subject = g_strdup_printf("S %d", wanted);
    g_autoptr(json_t) decision = rule_folder_decide(folder, "", subject, "body");
    return json_text(decision, "rule") != NULL;
}

static bool is_enough_at_first(int wanted)
{
    struct rule_folder folder;
    rule_folder_open(&folder, hungry, 16 << 20, NULL);
    bool enough = is_enough(&folder, wanted);
    assert_false(sandbox_doubtful(folder.sandbox));
    rule_folder_close(&folder);
    return enough;
}

/* The most that is enough in a state that decided nothing before is the most in one that did, or that one
 * says that it cannot tell. */
static void earlier_mails_spare_a_rule_no_memory(void **state)
{
    int most = 0, too_many = 20000;
    while (too_many - most > 1) {
        int middle = most + (too_many - most) / 2;
        *(is_enough_at_first(middle) ? &most : &too_many) = middle;
    }
    assert_in_range(most, 1000, 19998);
    struct rule_folder folder;
    rule_folder_open(&folder, hungry, 16 << 20, NULL);
    for (int mail = 0; mail < 3; mail++) {
        assert_true(is_enough(&folder, most / 4));
        assert_false(sandbox_doubtful(folder.sandbox));
        for (int off = -4; off <= 4; off++) {
            bool enough = is_enough(&folder, most + off);
            if (!sandbox_doubtful(folder.sandbox))
                assert_int_equal(enough, off <= 0);
        }
    }
    assert_true(is_enough(&folder, most / 2));
    rule_folder_close(&folder);
}

static void everything_is_the_same_each_time(void **state)
{
    static const struct {
        const char *expression, *want;
    } cases[] = {
        {"return tostring({})", "table"},
        {"return tostring(print)", "function"},
        {"return tostring(pairs)", "function"},
        {"return tostring(msg)", "userdata"},
        {"return tostring(setmetatable({}, { __name = 'x' }))", "table"},
        {"return string.format('%s %s %s', {}, nil, true)", "table nil true"},
        {"return string.format('100%% %5.1f', 2)", "100%   2.0"},
        {"local _, why = pcall(function() string[{}] = 1 end) return why:match ': (.*)$'",
         "'table' cannot be set: the shipped tables are read-only"},
        {"local _, why = pcall(error, {}) return tostring(why)", "table"},
        {"local s = '' for k, v in pairs { b = 1, a = 2, [10] = 3, [9] = 4, [true] = 5, c = 6, [1.5] = 7 } do s = s .. "
         "tostring(k) .. v end return s",
         "1.579410"
         "3a2b1c6true5"},
        {"local s = '' for _, v in pairs { [math.huge] = 1, [-math.huge] = 2, [1e300] = 3, [math.maxinteger] = 4, "
         "[math.mininteger] = 5, [-0.5] = 6, [0] = 7, [-1] = 8, [0.5] = 9, [-1e300] = 10 } do s = s .. v end return s",
         "2105867"
         "9431"},
        {"local s = '' for _, v in pairs { ['a\\0b'] = 1, a = 2, ['é'] = 3, ['a\\0'] = 4, Z = 5, z = 6, [''] = 7 } do "
         "s = s .. v end return s",
         "7524163"},
        {"local t, last = {}, '' for i = 1, 300 do t['k' .. (i * 7919) % 1000 + 1000] = true end for k in pairs(t) do if k <= "
         "last then return k end last = k end return 'in order'",
         "in order"},
        {"local s = '' for k in pairs(setmetatable({ z = 1, y = 2 }, { __pairs = function() error('x') end })) do s = s .. k "
         "end return s",
         "yz"},
        {"return os.time()", "1795392600"},
        {"return os.date('%Y-%m-%dT%H:%M:%S')", "2026-11-23T00:10:00"},
        {"return os.date('!%H:%M', 3600)", "01:00"},
        {"return select('#', pcall(error))", "2"},
        {"return getmetatable('x')", "nil"},
        {"return getmetatable(string)", "false"},
        {"local t = { 3, 1, 2 } table.sort(t) table.insert(t, 1, 0) table.insert(t, 4) table.remove(t, 2) return "
         "table.concat(t, ',')",
         "0,2,3,4"},
        {"return table.concat(table.move({ 1, 2, 3 }, 2, 3, 1), ',', 1, 2)", "2,3"},
        {"local t = {} for i = 1, 5000 do table.insert(t, i) end return #t", "5000"},
        {"return (('a'):rep(3, '-'))", "a-a-a"},
        {"local t = { 'b', 'a', 'c' } table.sort(t, function(a, b) return a > b end) return table.concat(t)",
         "cba"},
        {"local t = {} table.sort(t) t[1] = 1 table.sort(t) return #t", "1"},
        {"local t = {} for i = 1, 1000 do t[i] = (i * 7919) % 1000 end table.sort(t) for i = 1, 1000 do if t[i] ~= i - 1 then "
         "return i end end return 'sorted'",
         "sorted"},
        {"return select(2, pcall(table.sort, { 1, 'a' })):match 'attempt.*$'",
         "attempt to compare string with number"},
        /* large, lopsided, with ties: Lua's own takes its pivot from the clock here */
        {"local n, t = 4000, {} for i = 1, n do t[i] = { k = (i <= n // 2 and i or n - i) // 8, i = i } end\n"
         "table.sort(t, function(a, b) return a.k < b.k end)\n"
         "for i = 2, n do local a, b = t[i - 1], t[i] if a.k > b.k or a.k == b.k and a.i > b.i then return i end end return "
         "'stable'",
         "stable"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *got = result_of(cases[i].expression);
        if (strcmp(got, cases[i].want) != 0)
            fail_msg("%s: expected %s, got %s", cases[i].expression, cases[i].want, got);
    }
}

static void a_message_ends_with_its_mail(void **state)
{
    struct rule_folder folder;
    rule_folder_sound(
        &folder,
        "category \"c\" { title = \"C\" }\n"
        "local kept = {}\n"
        "rule \"r\" { subject = \"S\", category = \"c\", when = function(msg) kept.msg = msg return true end,\n"
        "  actions = function(msg) return { forward { to = 'operators', text = kept.msg and 'kept' or "
        "'gone' } } end }\n");
    g_autoptr(json_t) decision = rule_folder_decide(&folder, "", "S", "body");
    assert_part(decision, "actions",
                "[{\"action\":\"forward\",\"args\":{\"text\":\"gone\",\"to\":\"operators\"}}]");
    rule_folder_close(&folder);
}

static void broken_files_are_named_and_the_others_load(void **state)
{
    static const struct {
        const char *text, *message;
        int line;
    } cases[] = {
        {"\nlocal x = = 1", "unexpected symbol", 2},
        {"\x1bLua", "binary", 1},
        {"\n\nwhile true do end", "budget", 3},
        {"local t = {} for i = 1, 1e9 do t[i] = { i } end", "not enough memory", 1},
        {"\nerror 'mine'", "mine", 2},
        {"require '../../etc/passwd'", "not there", 1},
        {"require 'awsift.nothing'", "not for rules", 1},
        {"pcall(require, 'awsift.problem').x = 1", "index a boolean", 1},
        {"io.open('/etc/passwd')", "index", 1},
        {"dofile('/etc/passwd')", "no word 'dofile'", 1},
        {"load(string.dump(function() end))", "dump", 1},
        {"setmetatable({}, { __gc = 1 })", "__gc", 1},
        {"rule 'r' { [{}] = 1 }", "neither a name", 1},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct rule_folder folder;
        rule_folder_open(&folder, cases[i].text, 0, NULL);
        const json_t *error = json_array_get(folder.set->errors, 0);
        if (strstr(json_text_or(error, "message", ""), cases[i].message) == NULL)
            fail_msg("%s: %s", cases[i].text, json_text_or(error, "message", "no error"));
        assert_string_equal(json_text(error, "file"), "rules/0/10-test.lua");
        assert_int_equal(json_number(error, "line", 0), cases[i].line);
        g_autoptr(json_t) decision = rule_folder_decide(&folder, "", "S", "body");
        assert_part(decision, "category", "\"unmatched\"");
        rule_folder_close(&folder);
    }
}

/* The rest of the heap is for saying which file it was, however it takes what happens. */
static void a_file_that_fills_the_memory_is_named(void **state)
{
    static const char *const texts[] = {
        "while true do n = n + 1; keep[n] = ('x'):rep(100000) .. n end",
        "while pcall(function() n = n + 1; keep[n] = ('x'):rep(100000) .. n end) do end "
        "while pcall(function() n = n + 1; keep[n] = ('x'):rep(100) .. n end) do end "
        "while pcall(function() n = n + 1; keep[n] = {} end) do end",
    };
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        struct rule_folder folder;
        g_autofree char *text =
            g_strconcat("local keep, n = {}, 0 category 'c' {} rule 'r' { title = 'X', category = 'c', "
                        "when = function() return #keep > 0 end } ",
                        texts[i], NULL);
        rule_folder_open(&folder, text, 32 << 20, NULL);
        const json_t *error = json_array_get(folder.set->errors, 0);
        assert_string_equal(json_text(error, "file"), "rules/0/10-test.lua");
        assert_non_null(strstr(json_text(error, "message"), "not enough memory"));
        rule_folder_close(&folder);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(powers_are_absent),
        cmocka_unit_test(bombs_are_stopped),
        cmocka_unit_test(what_is_used_up_stays_so),
        cmocka_unit_test(a_mail_has_a_budget_of_its_own),
        cmocka_unit_test(earlier_mails_spare_a_rule_no_memory),
        cmocka_unit_test(everything_is_the_same_each_time),
        cmocka_unit_test(a_message_ends_with_its_mail),
        cmocka_unit_test(broken_files_are_named_and_the_others_load),
        cmocka_unit_test(a_file_that_fills_the_memory_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
