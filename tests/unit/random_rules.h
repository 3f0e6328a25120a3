/* Random rules over a few words, and random mail of the same words: much of it nearly matches. */
#pragma once
#include <stdbool.h>
#include <string.h>
#include <glib.h>

static const char *const words[] = {"Amazon",   "EC2",       "Retirement", "scheduled",   "重要",
                                    "お知らせ", "Severity:", "task",       "compromised", "KMS",
                                    "Straße",   "école",     "[AWS 12345]"};

static inline const char *random_word(GRand *random)
{
    return words[g_rand_int_range(random, 0, G_N_ELEMENTS(words))];
}

static inline char *random_words(GRand *random, int most)
{
    GString *text = g_string_new(NULL);
    for (int i = g_rand_int_range(random, 1, most + 1); i > 0; i--)
        g_string_append_printf(text, "%s%s", random_word(random), i > 1 ? " " : "");
    return g_string_free(text, FALSE);
}

/* A value for a text condition. */
static inline void add_value(GRand *random, GString *rule)
{
    g_autofree char *text = random_words(random, 2);
    static const char *const forms[] = {"\"%s\"",
                                        "contains \"%s\"",
                                        "starts \"%s\"",
                                        "ends \"%s\"",
                                        "nocase \"%s\"",
                                        "contains(nocase \"%s\")",
                                        "{ \"%s\", contains \"Retire\" }",
                                        "all { contains \"%s\", contains \"a\" }",
                                        "none { contains \"%s\" }",
                                        "matches [=[(?:x|%s)? ?EC2]=]",
                                        "matches [=[task+ s?ched]=]",
                                        "\"{any}%s{any}\""};
    const char *form = forms[g_rand_int_range(random, 0, G_N_ELEMENTS(forms))];
    const char *slot = strstr(form, "%s");
    if (slot == NULL) {
        g_string_append(rule, form);
        return;
    }
    g_autofree char *plain = g_strdup(text);
    bool regex = strstr(form, "matches") != NULL;
    for (char *at = plain; regex && *at != '\0'; at++)
        if (strchr("[]", *at) != NULL)
            *at = '.';
    g_string_append_len(rule, form, slot - form);
    g_string_append(rule, plain);
    g_string_append(rule, slot + 2);
}

static inline void add_conditions(GRand *random, GString *rule, int depth)
{
    static const char *const fields[] = {"subject", "title", "body", "event_type", "attachment"};
    int count = g_rand_int_range(random, 1, 3), first = g_rand_int_range(random, 0, 5);
    for (int i = 0; i < count; i++) {
        g_string_append_printf(rule, "%s = ", fields[(first + i) % 5]);
        add_value(random, rule);
        g_string_append(rule, ", ");
    }
    if (g_rand_int_range(random, 0, 4) == 0) {
        g_string_append(rule, "header = { [\"X-Word\"] = ");
        add_value(random, rule);
        g_string_append(rule, " }, ");
    }
    static const char *const combine[] = {"all", "any", "none"};
    if (depth < 2 && g_rand_int_range(random, 0, 2) == 0) {
        g_string_append_printf(rule, "%s = { { ", combine[g_rand_int_range(random, 0, 3)]);
        add_conditions(random, rule, depth + 1);
        g_string_append(rule, "}, { ");
        add_conditions(random, rule, depth + 1);
        g_string_append(rule, "} }, ");
    }
}

/* Sound rules r0, r1, …, some in passing with a tag t0, t1, …, some general. The caller frees. */
static inline char *random_rules(GRand *random, int count)
{
    GString *text = g_string_new("category \"c\" { title = \"C\" }\n");
    for (int i = 0; i < count; i++) {
        g_string_append_printf(text, "rule \"r%d\" { speaker = \"any\", ", i);
        add_conditions(random, text, 0);
        if (g_rand_int_range(random, 0, 3) == 0)
            g_string_append_printf(text, "final = false, tags = { \"t%d\" } }\n", i);
        else
            g_string_append_printf(text, "category = \"c\"%s }\n",
                                   g_rand_int_range(random, 0, 4) == 0 ? ", general = true" : "");
    }
    return g_string_free(text, FALSE);
}
