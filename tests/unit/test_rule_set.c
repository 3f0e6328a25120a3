/* Compiling what was declared: order, overrides, errors and warnings with file and line, and that what a
 * rule's functions reach is put back after every mail. */
#include "rule_folder.h"

#define CATEGORY "category 'c' { title = 'C' } "

static void rules_stand_in_the_order_of_consideration(void **state)
{
    struct rule_folder folder;
    rule_folder_sound(&folder,
                      CATEGORY "rule 'late' { title = 'X', category = 'c', general = true }\n"
                               "rule 'b' { title = 'X', category = 'c' }\n"
                               "rule 'off' { title = 'X', category = 'c', enabled = false }\n"
                               "rule 'a' { title = 'X', category = 'c', final = false, mode = 'shadow', "
                               "speaker = 'any', unproven = true }\n");
    static const char *const order[] = {"b", "a", "late"};
    assert_int_equal(folder.set->rules->len, G_N_ELEMENTS(order));
    for (size_t i = 0; i < G_N_ELEMENTS(order); i++)
        assert_string_equal(((struct rule *)folder.set->rules->pdata[i])->id, order[i]);
    const struct rule *plain = folder.set->rules->pdata[0], *other = folder.set->rules->pdata[1];
    assert_true(plain->final && !plain->general && !plain->any_speaker && !plain->shadow && !plain->unproven);
    assert_true(!other->final && other->any_speaker && other->shadow && other->unproven);
    assert_int_equal(plain->line, 2);
    assert_string_equal(plain->file, "rules/0/10-test.lua");
    assert_string_equal(json_text(folder.set->actions, "forward"), "courier");
    rule_folder_close(&folder);
}

static void overrides_change_results(void **state)
{
    struct rule_folder folder;
    rule_folder_sound(
        &folder, CATEGORY
        "category 'd' { title = 'D' } category 'd' { priority = 'high' }\n"
        "rule 'r' { subject = 'X {n}', category = 'c', capture = { a = 'a {word}' } }\n"
        "override 'r' { category = 'd', capture = { b = 'b {word}' }, actions = forward { to = 'operators' } }\n");
    g_autoptr(json_t) decision = rule_folder_decide(&folder, "", "X 1", "a one\nb two\n");
    assert_part(decision, "category", "\"d\"");
    assert_part(decision, "priority", "\"high\"");
    assert_part(decision, "found", "{\"b\":\"two\",\"n\":\"1\"}");
    assert_part(decision, "actions", "[{\"action\":\"forward\",\"args\":{\"to\":\"operators\"}}]");
    rule_folder_close(&folder);
}

static const struct {
    const char *text, *message;
    int line;
} errors[] = {
    {"\nrule 'r' { title = 'X {acount}', category = 'c' }", "{acount}", 2},
    {"\nrule 'r' { title = matches '(', category = 'c' }", "regular expression", 2},
    {"\nrule 'r' { from = 'nobody', category = 'c' }", "neither an address", 2},
    {"\nrule 'r' { title = 'X', category = 'c', capture = { x = '{acount}' } }", "{acount}", 2},
    {"\nrule 'r' { title = 'X', category = 'c', collect = { x = '{acount}' } }", "{acount}", 2},
    {"\nrule 'r' { title = 'X', category = 'd' }", "no category 'd'", 2},
    {"\nrule 'r' { title = 'X' }", "names no category", 2},
    {"\nrule 'r' { category = 'c' }", "no condition", 2},
    {"\nrule 'r' { title = '', category = 'c' }", "empty text", 2},
    {"\nrule 'r' { title = {}, category = 'c' }", "empty list", 2},
    {"\nrule 'r' { titel = 'X', category = 'c' }", "did you mean 'title'", 2},
    {"\nrule 'R' { title = 'X', category = 'c' }", "lower case", 2},
    {"\nrule 'r' { title = 'X', category = 'c' }\nrule 'r' { title = 'X', category = 'c' }", "10-test.lua:2",
     3},
    {"\noverride 'r' { category = 'c' }", "no rule 'r'", 2},
    {"\ncategory 'd' { tell = 'finance' }", "nobody has the role 'finance'", 2},
    {"\nplaceholder 'x' '('", "placeholder 'x'", 2},
    {"\nplaceholder 'x' [[\\Qa]] rule 'r' { title = 'X {x}', category = 'c' }", "open at its end", 2},
    {"\nplaceholder 'x' [[(?x) a # b]]", "open at its end", 2},
    {"\nplaceholder 'x' [[(*UCP)a]]", "the very beginning", 2},
    {"\nrule 'r' { title = matches [[(a(*ACCEPT)|b)c]], category = 'c' }", "(*ACCEPT)", 2},
    {"\nrule 'r' { body = contains(('x'):rep(100000)), category = 'c' }", "too large", 2},
    {"\nrule 'r' { title = 'X\\xf0', category = 'c' }", "not UTF-8", 2},
    {"\nrule 'r' { event_type = nocase 'X\\xf0', category = 'c' }", "not UTF-8", 2},
    {"\nrule 'r' { header = { ['X-A'] = 'X\\0Y' }, category = 'c' }", "NUL", 2},
    {"\nrule 'r' { title = 'X', category = 'c', capture = { x = 'a\\xf0' } }", "not UTF-8", 2},
    {"\nplaceholder 'x' 'a\\xf0'", "not UTF-8", 2},
    {"\ndecoration 'x' 'a\\0'", "NUL", 2},
    {"\nlocal t = 'x' for i = 1, 60000 do t = { t } end rule 'r' { title = t, category = 'c' }",
     "deep in one another", 2},
    {"\nlocal t = { title = 'x' } for i = 1, 30000 do t = { all = { t } } end t.category = 'c' rule 'r' (t)",
     "deep in one another", 2},
    {"\nlocal t = {} t.any = t rule 'r' { any = t, category = 'c' }", "contains itself", 2},
    {"\ndecoration 'account' [[\\[Konto {account}\\]]]", "[=[", 2},
    {"\ndecoration 'x' '{acount}'", "{acount}", 2},
    {"\naction 'a' { args = { x = 'txt' }, run = function() end }", "did you mean 'text'", 2},
    {"\naction 'a' { args = {} }", "needs run", 2},
    {"\naction 'forward' { args = {}, run = function() end }", "exists already", 2},
    {"\nlocal f = ('a'):gmatch 'a' rule 'r' { when = function() f() end, category = 'c' }", "gmatch", 2},
    {"\ncontacts { ['1'] = {} }", "12 digits", 2},
    {"\ncontacts { ['123456789012'] = { technical = 'nobody' } }", "no mail address", 2},
    {"\ncontacts { ['123456789012'] = { technical = '日 本@example.jp' } }", "no mail address", 2},
    {"\ncontacts { ['123456789012'] = { timezone = 'JST+9 or so' } }", "Asia/Tokyo", 2},
    {"\ncontacts { ['123456789012'] = { emergency = 'x@example.com x' } }", "no phone number", 2},
    {"\ncontacts { ['123456789012'] = { language = 'fr' } }", "language", 2},
    {"\ntest 't' { subject = 'X' }", "expects nothing", 2},
    {"\nrule { title = 'X', category = 'c' }", "rule needs a name: write rule \"name\" { … }", 2},
    {"\nrule 'r'\n", "rule 'r' says nothing: write rule \"r\" { … }", 2},
    {"\nrule('r')", "rule 'r' says nothing", 2},
    {"\ncategory { title = 'D' }", "category needs a name", 2},
    {"\noverride 'r'", "override 'r' says nothing", 2},
    {"\nplaceholder 'x'", "placeholder 'x' says nothing", 2},
    {"\ndecoration [[x]]", "decoration 'x' says nothing", 2},
    {"\ntest { subject = 'X' }", "test needs a name", 2},
    {"\naction 'a'", "action 'a' says nothing", 2},
    {"\nrul 'x' { title = 'X', category = 'c' }", "no word 'rul' (did you mean 'rule'?)", 2},
    {"\ncontact { ['123456789012'] = {} }", "no word and no action 'contact' (did you mean 'contacts'?)", 2},
    {"\nrule 'r' { all = {}, category = 'c' }", "'all' is empty, and would hold for every mail", 2},
    {"\nrule 'r' { none = {}, category = 'c' }", "'none' is empty, and would hold for every mail", 2},
    {"\nrule 'r' { any = {}, category = 'c' }", "'any' is empty, and would hold for no mail", 2},
    {"\nrule 'r' { any = {{}}, category = 'c' }", "an empty table {}", 2},
    {"\nrule 'r' { any = {{ title = 'X' }, {}}, category = 'c' }", "an empty table {}", 2},
    {"\nrule 'r' { all = {{ none = {{}} }}, category = 'c' }", "'none' has an empty table {}", 2},
    {"\nrule 'r' { any = {{ title = 'X' }, body = 'y'}, category = 'c' }", "put 'body' into one of its own",
     2},
    {"\nrule 'r' { header = {}, category = 'c' }", "'header' is empty, and would hold for every mail", 2},
    {"\nrule 'r' { notice = {}, category = 'c' }", "'notice' is empty, and would hold for every mail", 2},
    {"\nrule 'r' { notice = { status = {} }, category = 'c' }", "'status' is an empty list", 2},
    {"\nrule 'r' { title = ' ', category = 'c' }", "empty text", 2},
    {"\nrule 'r' { body = contains '  ', category = 'c' }", "empty text", 2},
    {"\ndecoration 'x' (5)", "needs a template", 2},
    {"\nplaceholder 'account' [[x]]", "'account' is a shipped one", 2},
    {"\nplaceholder 'x' [[x]]\nplaceholder 'x' [[y]]", "'x' exists already at rules/0/10-test.lua:2", 3},
    {"\nplaceholder 'My-Own' [[x]]", "lower case", 2},
    {"\ncontacts { ['123456789012'] = { 'tech@example.com' } }", "stands alone", 2},
    {"\ncontacts { ['123456789012'] = { languge = 'ja' } }", "did you mean 'language'", 2},
    {"rule 'r' { title = 'X', category = 'c' }\noverride 'r' { category = 'nope' }", "no category 'nope'", 2},
    {"rule 'r' { title = 'X', category = 'c' }\noverride 'r' { capture = { x = '{acount}' } }", "{acount}",
     2},
    {"rule 'r' { title = 'X', category = 'c' }\nlocal f = ('a'):gmatch 'a'\n"
     "override 'r' { also = function() f() return {} end }",
     "gmatch", 3},
    {"rule 'r' { title = 'X', category = 'c' }\noverride 'r' { actions = { 'mail' } }", "is no action", 2},
};

static void what_is_wrong_is_named_with_its_line(void **state)
{
    for (size_t i = 0; i < G_N_ELEMENTS(errors); i++) {
        struct rule_folder folder;
        g_autofree char *text = g_strconcat(CATEGORY, errors[i].text, "\n", NULL);
        rule_folder_open(&folder, text, 0, NULL);
        const json_t *first = json_array_get(folder.set->errors, 0);
        if (strstr(json_text_or(first, "message", ""), errors[i].message) == NULL ||
            json_number(first, "line", 0) != errors[i].line)
            fail_msg("%s: %d: %s", errors[i].text, (int)json_number(first, "line", 0),
                     json_text_or(first, "message", "no error"));
        rule_folder_close(&folder);
    }
}

static const struct {
    const char *text;
    struct {
        int line;
        const char *message;
    } want[6]; /* and no others */
} several[] = {
    {"contacts {\n"
     "  ['123456789012'] = { technical = { 'a', 'b' }, language = 'fr' },\n"
     "  [\"210987654321\"] = { security = 'c', name = 7 },\n"
     "  ['1'] = {},\n}\n",
     {{2, "'123456789012': language"},
      {2, "'123456789012': 'a' in 'technical'"},
      {2, "'123456789012': 'b' in 'technical'"},
      {3, "'210987654321': name"},
      {3, "'210987654321': 'c' in 'security'"},
      {4, "'1': an account"}}},
    {"local all = {}\nfor i = 1, 2 do all['12345678901' .. i] = { technical = 'x' .. i } end\ncontacts(all)\n",
     {{3, "'123456789011': 'x1'"}, {3, "'123456789012': 'x2'"}}},
    {"contacts { ['123456789012'] = { finance = { 'a@example.com', 'b' } } }\n"
     "category 'c' { title = 'C', tell = 'finance' }\n",
     {{1, "'b' in 'finance'"}}},
    {"category 'c' { title = 'C' }\nrule 'r' { titel = 'X', subject = {}, tags = 'x', category = 'c' }\n"
     "override 'r' { enabled = false }\n",
     {{2, "no key 'titel'"}, {2, "'subject' is an empty list"}, {2, "'tags'"}}},
    {"rul 'x' { title = 'X' }\nrul 'y' { title = 'X' }\nrule 'z' { title = 'X' }\n",
     {{1, "no word 'rul'"}, {2, "no word 'rul'"}, {3, "names no category"}}},
    {"rule 'a' { title = starts(5) }\n", {{1, "starts needs a text"}}},
    {"category 'c' { title = 'C' }\nrule 'r' { title = 'X', category = 'c', actions = { forwrd { to = 'operators' } } }\n",
     {{2, "no action 'forwrd'"}}},
};

static bool has_problem(const json_t *problems, int line, const char *message)
{
    size_t index;
    json_t *problem;
    json_array_foreach((json_t *)problems, index, problem)
        if (json_number(problem, "line", 0) == line && strstr(json_text(problem, "message"), message) != NULL)
            return true;
    return false;
}

static void every_mistake_is_named_once(void **state)
{
    for (size_t i = 0; i < G_N_ELEMENTS(several); i++) {
        struct rule_folder folder;
        size_t count = 0;
        rule_folder_open(&folder, several[i].text, 0, NULL);
        g_autofree char *got = json_canonical(folder.set->errors);
        for (; count < G_N_ELEMENTS(several[i].want) && several[i].want[count].line > 0; count++)
            if (!has_problem(folder.set->errors, several[i].want[count].line, several[i].want[count].message))
                fail_msg("%s: not named: %s in %s", several[i].text, several[i].want[count].message, got);
        if (json_array_size(folder.set->errors) != count)
            fail_msg("%s: %s", several[i].text, got);
        rule_folder_close(&folder);
    }
}

static void problems_are_sorted_by_place(void **state)
{
    struct rule_folder folder;
    rule_folder_open(
        &folder,
        "rule 'b' { title = 'X', category = 'x' }\nrule 'a' { title = '{acount}', category = 'x' }\n", 0,
        NULL);
    int64_t line = 0;
    size_t index;
    json_t *error;
    assert_int_equal(json_array_size(folder.set->errors), 3);
    json_array_foreach(folder.set->errors, index, error) {
        assert_true(json_number(error, "line", 0) >= line);
        line = json_number(error, "line", 0);
    }
    rule_folder_close(&folder);
}

/* names: what the configuration has; NULL where nobody knows. */
static const struct {
    const char *names, *action, *warning;
    bool is_error; /* of check */
} named[] = {
    {NULL, "chat { channel = 'ops' }", NULL, false},
    {"{\"channels\": [\"ops\"]}", "chat { channel = 'ops' }", NULL, false},
    {"{\"channels\": [\"ops\"]}", "chat { channel = 'opps' }", "did you mean 'ops'", true},
    {"{\"channels\": []}", "chat { channel = 'ops' }", "channel 'ops'", true},
    {"{\"shipped_rules\": 1}", "chat { channel = 'ops' }", "channel 'ops'", true},
    {"{\"shipped_rules\": 0}", "chat { channel = 'ops' }", "channel 'ops'", false},
    {"{\"channels\": [\"ops\"]}", "call { to = 'emergency' }", "channel 'call'", true},
    {"{\"channels\": [\"call\"]}", "call { to = 'emergency' }", NULL, false},
    {"{\"webhooks\": [\"a\"], \"channels\": [\"b\"]}", "webhook { webhook = 'b' }", "webhook 'b'", true},
};

static void names_of_the_configuration_are_checked(void **state)
{
    for (size_t i = 0; i < G_N_ELEMENTS(named); i++) {
        struct rule_folder folder;
        g_autoptr(json_t) names = named[i].names != NULL ? json_loads(named[i].names, 0, NULL) : NULL;
        g_autofree char *text = g_strdup_printf(
            CATEGORY "\nrule 'r' { title = 'X', category = 'c', also = %s }\n", named[i].action);
        rule_folder_open(&folder, text, 0, names);
        const json_t *warning = json_array_get(folder.set->warnings, 0);
        assert_int_equal(json_array_size(folder.set->errors), 0);
        if ((warning != NULL) != (named[i].warning != NULL) ||
            json_flag(warning, "unknown_name") != named[i].is_error)
            fail_msg("%s with %s: %s", named[i].action, named[i].names,
                     json_text_or(warning, "message", "no warning"));
        if (warning != NULL) {
            assert_non_null(strstr(json_text(warning, "message"), named[i].warning));
            assert_int_equal(json_number(warning, "line", 0), 2);
        }
        rule_folder_close(&folder);
    }
}

static void accounts_are_known_by_root_address(void **state)
{
    struct rule_folder folder;
    rule_folder_sound(
        &folder, "contacts { ['123456789012'] = { root = 'aws@example.jp' }, ['210987654321'] = { root = { "
                 "'aws+prod@example.jp', 'x@example.jp' } } }\n");
    assert_string_equal(rule_set_account_of(folder.set, "AWS@example.jp"), "123456789012");
    assert_string_equal(rule_set_account_of(folder.set, "aws+prod@EXAMPLE.jp"), "210987654321");
    assert_null(rule_set_account_of(folder.set, "aws+dev@example.jp"));
    assert_null(rule_set_account_of(folder.set, ""));
    rule_folder_close(&folder);
}

static void no_contact_of_many_is_lost(void **state)
{
    struct rule_folder folder;
    rule_folder_sound(&folder, "local all = {}\n"
                               "for i = 1, 10000 do all[tostring(100000000000 + i)] = { root = 'a' .. i .. "
                               "'@example.jp', technical = { 'a@example.com', 'b@example.com' } } end\n"
                               "contacts(all)\n");
    assert_int_equal(json_object_size(folder.set->contacts), 10000);
    for (int i = 1; i <= 10000; i++) {
        g_autofree char *account = g_strdup_printf("%" G_GINT64_FORMAT, G_GINT64_CONSTANT(100000000000) + i);
        g_autofree char *address = g_strdup_printf("A%d@example.jp", i);
        if (json_object_get(folder.set->contacts, account) == NULL ||
            g_strcmp0(rule_set_account_of(folder.set, address), account) != 0)
            fail_msg("%s is lost", account);
    }
    rule_folder_close(&folder);
}

/* Each is a rule file that would decide the second mail otherwise than the first. */
static const char *const memories[] = {
    "local n = 0 rule 'r' { title = 'X', category = 'c', when = function() n = n + 1 return n == 1 end }",
    "local t = {} rule 'r' { title = 'X', category = 'c', when = function() t[#t + 1] = 1 return #t == 1 end }",
    "local t = { 1 } rule 'r' { title = 'X', category = 'c', when = function() return table.remove(t) == 1 end }",
    "local t = { a = { b = 1 } } rule 'r' { title = 'X', category = 'c', when = function() local was = t.a t.a = nil return was "
    "end }",
    "local t = { 1.0 } rule 'r' { title = 'X', category = 'c', when = function() local was = math.type(t[1]) t[1] = 1 return was "
    "== 'float' end }",
    "local k = {} local t = { [k] = 1 } rule 'r' { title = 'X', category = 'c', when = function() local was = t[k] t[k] = nil "
    "return was end }",
    "g = 1 rule 'r' { title = 'X', category = 'c', when = function() g = g + 1 return g == 2 end }",
    "local f = (function() local n = 0 return function() n = n + 1 return n end end)() rule 'r' { title = 'X', category = 'c', "
    "when = function() return f() == 1 end }",
    "local list = { { function() end } } local n = 0 list[1][1] = function() n = n + 1 return n end rule 'r' { title = 'X', "
    "category = 'c', when = function() return list[1][1]() == 1 end }",
    "local mt = { n = 0 } mt.__index = function() mt.n = mt.n + 1 return mt.n end local t = setmetatable({}, mt) rule 'r' { "
    "title = 'X', category = 'c', when = function() return t.x == 1 end }",
    "local t = {} rule 'r' { title = 'X', category = 'c', when = function() local was = getmetatable(t) setmetatable(t, {}) "
    "return not was end }",
    "local step, t = pairs { a = 1 } rule 'r' { title = 'X', category = 'c', when = function() return step(t) end }",
    "local n = 0 rule 'r' { title = 'X', category = 'c', when = function() n = n + 1 if n > 1 then return false end while n do "
    "if not pcall(error) then end end end } rule 's' { title = 'X', category = 'c', when = function() return n == 0 end }",
    "local t = {} rule 'r' { title = 'X', category = 'c', when = function() for i = 1, 50000 do t[i] = i end return t[60000] == "
    "nil and #t == 50000 end }",
};

static void a_mail_is_decided_as_if_it_were_the_first(void **state)
{
    for (size_t i = 0; i < G_N_ELEMENTS(memories); i++) {
        struct rule_folder folder;
        g_autofree char *text = g_strconcat(CATEGORY, memories[i], "\n", NULL);
        rule_folder_sound(&folder, text);
        g_autofree char *first = NULL;
        for (int mail = 0; mail < 5; mail++) {
            g_autoptr(json_t) decision = rule_folder_decide(&folder, "", "X", "");
            g_autofree char *now = json_canonical(decision);
            if (first == NULL)
                first = g_strdup(now);
            if (strcmp(first, now) != 0)
                fail_msg("%s:\n%s\n%s", memories[i], first, now);
            if (json_array_size(json_object_get(decision, "errors")) == 0 ||
                json_text(decision, "rule") == NULL)
                fail_msg("%s: %s", memories[i], now);
        }
        rule_folder_close(&folder);
    }
}

static void nothing_is_left_of_mails_before(void **state)
{
    struct rule_folder folder;
    rule_folder_sound(&folder, CATEGORY
                      "local t = {} rule 'r' { title = 'X', category = 'c', when = function(msg, found)\n"
                      "t[#t + 1] = { msg, found, ('x'):rep(100000) .. #t } return true end }\n");
    size_t before = 0;
    for (int mail = 0; mail < 300; mail++) {
        g_autoptr(json_t) decision = rule_folder_decide(&folder, "", "X", "");
        lua_gc(sandbox_state(folder.sandbox), LUA_GCCOLLECT);
        if (mail == 2)
            before = sandbox_memory(folder.sandbox);
    }
    assert_in_range(sandbox_memory(folder.sandbox), 0, before + 10000);
    assert_int_equal(lua_gettop(sandbox_state(folder.sandbox)), 0);
    rule_folder_close(&folder);
}

static void deep_and_cyclic_tables_are_noted(void **state)
{
    struct rule_folder folder;
    rule_folder_sound(
        &folder, CATEGORY
        "local head = {} for i = 1, 20000 do head = { next = head } end local loop = {} loop.loop = loop\n"
        "rule 'r' { title = 'X', category = 'c', when = function() loop.x = head return true end }\n");
    g_autoptr(json_t) decision = rule_folder_decide(&folder, "", "X", "");
    const json_t *error = json_array_get(json_object_get(decision, "errors"), 0);
    assert_non_null(strstr(json_text_or(error, "message", ""), "changes 'loop',"));
    rule_folder_close(&folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rules_stand_in_the_order_of_consideration),
        cmocka_unit_test(overrides_change_results),
        cmocka_unit_test(what_is_wrong_is_named_with_its_line),
        cmocka_unit_test(every_mistake_is_named_once),
        cmocka_unit_test(problems_are_sorted_by_place),
        cmocka_unit_test(names_of_the_configuration_are_checked),
        cmocka_unit_test(accounts_are_known_by_root_address),
        cmocka_unit_test(no_contact_of_many_is_lost),
        cmocka_unit_test(a_mail_is_decided_as_if_it_were_the_first),
        cmocka_unit_test(nothing_is_left_of_mails_before),
        cmocka_unit_test(deep_and_cyclic_tables_are_noted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
