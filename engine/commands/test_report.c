/* What tests found, for people. Values stand below each other, so that an eye can run along both; of a long
 * text the part is shown where the two begin to differ, with a mark below it. Nothing that stands in a mail
 * gets to the terminal with its controls. */
#include "commands/test_report.h"
#include "commands/output.h"
#include "commands/terminal.h"
#include "base/json.h"
#include "mail/text.h"

#include <stdio.h>
#include <string.h>

enum {
    INDENT = 14,
    ROOM = 80 - INDENT,
    BEFORE = 24,
    MARKED_LEAST = 24,
    ELEMENTS_MAXIMUM = 12,
    FILE_ROOM = 21,
    SUMMARY_BYTES = 1000
};

/* A value as it is shown: actions as rules write them, everything else as JSON. */
static char *shown(const json_t *value)
{
    const char *action = json_text(value, "action");
    g_autofree char *written = json_canonical(action != NULL ? json_object_get(value, "args") : value);
    if (value == NULL || json_is_null(value) || json_is_false(value))
        return g_strdup(json_is_false(value) ? "false" : "nothing");
    if (action == NULL)
        return text_one_line(written);
    g_autofree char *call = g_strdup_printf("%s %s", action, written != NULL ? written : "");
    return text_one_line(call);
}

/* The text from its skip-th character on, in as many columns. */
static char *window(const char *text, glong skip, int room)
{
    g_autoptr(GString) part = g_string_new(skip > 0 ? "…" : "");
    const char *at = g_utf8_offset_to_pointer(text, skip), *fits = at;
    int used = skip > 0 ? 1 : 0;
    bool whole = used + text_columns(at) <= room;
    for (const char *next = at; *next != '\0' && !whole; next = g_utf8_next_char(next)) {
        g_autofree char *one = g_strndup(next, (gsize)(g_utf8_next_char(next) - next));
        used += text_columns(one);
        if (used > room - 1)
            break;
        fits = g_utf8_next_char(next);
    }
    if (whole)
        g_string_append(part, at);
    else
        g_string_append_len(part, at, fits - at);
    g_string_append(part, whole ? "" : "…");
    return g_string_free(g_steal_pointer(&part), FALSE);
}

static void append_row(GString *out, const char *label, const char *text)
{
    g_string_append_printf(out, "    %-*s%s\n", INDENT - 4, label, text);
}

static glong first_difference(const char *left, const char *right)
{
    glong position = 0;
    for (; *left != '\0' && g_utf8_get_char(left) == g_utf8_get_char(right); position++) {
        left = g_utf8_next_char(left);
        right = g_utf8_next_char(right);
    }
    return position;
}

/* Two texts below each other, from a little before where they begin to differ. */
static void append_texts(GString *out, const char *expected, const char *got)
{
    glong position = first_difference(expected, got);
    bool is_long = MAX(text_columns(expected), text_columns(got)) > ROOM;
    glong skip = is_long && position > BEFORE ? position - BEFORE : 0;
    g_autofree char *left = window(expected, skip, ROOM), *right = window(got, skip, ROOM);
    append_row(out, "expected", left);
    append_row(out, "got", right);
    if (MAX(text_columns(expected), text_columns(got)) <= MARKED_LEAST)
        return;
    g_autofree char *same = g_utf8_substring(expected, skip, position);
    g_string_append_printf(out, "%*s^ from character %ld on\n", INDENT + text_columns(same) + (skip > 0), "",
                           position); /* the first one is the quotation mark */
}

static void append_value(GString *out, const char *label, const json_t *value)
{
    size_t size = json_is_array(value) ? json_array_size(value) : 0;
    if (size == 0) {
        g_autofree char *text =
                            json_is_array(value) || (json_is_object(value) && json_object_size(value) == 0)
                                ? g_strdup("nothing")
                                : shown(value),
                        *line = window(text, 0, ROOM);
        append_row(out, label, line);
        return;
    }
    for (size_t i = 0; i < MIN(size, ELEMENTS_MAXIMUM); i++) {
        g_autofree char *text = shown(json_array_get(value, i)), *line = window(text, 0, ROOM);
        append_row(out, i == 0 ? label : "", line);
    }
    if (size > ELEMENTS_MAXIMUM)
        g_string_append_printf(out, "%*sand %zu more\n", INDENT, "", size - ELEMENTS_MAXIMUM);
}

static void append_difference(GString *out, const json_t *difference)
{
    const json_t *expected = json_object_get(difference, "expected"),
                 *got = json_object_get(difference, "got"), *missing = json_object_get(difference, "missing");
    g_autofree char *path = text_one_line(json_text_or(difference, "path", "?"));
    g_string_append_printf(out, "  %s\n", path);
    if (json_is_string(expected) && json_is_string(got)) {
        g_autofree char *left = shown(expected), *right = shown(got);
        append_texts(out, left, right);
        return;
    }
    append_value(out, missing != NULL ? "missing" : "expected", missing != NULL ? missing : expected);
    append_value(out, missing != NULL ? "there" : "got", got);
}

char *test_report_text(const json_t *result)
{
    GString *out = g_string_new(NULL);
    const char *message = json_text(result, "message");
    g_autofree char *name = text_one_line(json_text_or(result, "name", "?"));
    size_t index;
    json_t *difference;
    g_string_append_printf(out, "%s:%d: test '%s'%s%s\n", json_text_or(result, "file", "?"),
                           (int)json_number(result, "line", 1), name, message != NULL ? ": " : "",
                           message != NULL ? message : "");
    json_array_foreach(json_object_get(result, "differences"), index, difference)
        append_difference(out, difference);
    return g_string_free(out, FALSE);
}

char *test_report_summary(const json_t *result)
{
    GString *out = g_string_new(json_text_or(result, "message", ""));
    size_t index;
    json_t *difference;
    json_array_foreach(json_object_get(result, "differences"), index, difference) {
        const json_t *missing = json_object_get(difference, "missing");
        g_autofree char *expected =
                            shown(missing != NULL ? missing : json_object_get(difference, "expected")),
                        *got = shown(json_object_get(difference, "got")), *left = text_clip(expected, 100),
                        *right = text_clip(got, 100);
        g_string_append_printf(out, "%s%s: expected %s, got %s", out->len > 0 ? "; " : "",
                               json_text_or(difference, "path", "?"), left, right);
    }
    char *summary = text_clip(out->str, SUMMARY_BYTES);
    g_string_free(out, TRUE);
    return summary;
}

/* Of a rule that no test reaches, its conditions need not be named. */
static void print_unreached(const json_t *unreached)
{
    size_t index;
    json_t *point;
    json_array_foreach((json_t *)unreached, index, point) {
        const char *kind = json_text_or(point, "kind", "");
        bool is_rule = strcmp(kind, "rule") == 0;
        if (strcmp(kind, "sends") == 0)
            printf("%s:%d: action '%s': no test says %s\n", json_text_or(point, "file", "?"),
                   (int)json_number(point, "line", 1), json_text_or(point, "action", "?"),
                   json_text_or(point, "text", "?"));
        else if (is_rule || !json_flag(point, "of_unreached"))
            printf("%s:%d: rule '%s': no test reaches %s\n", json_text_or(point, "file", "?"),
                   (int)json_number(point, "line", 1), json_text_or(point, "rule", "?"),
                   is_rule ? "it" : json_text_or(point, "text", "?"));
        output_check();
    }
}

struct counts {
    int64_t reached, all;
};

/* Of rules, conditions, captures and actions: there are thousands of conditions. */
static const int widths[] = {13, 16, 13, 13};

static void print_counts(const struct counts *counts, size_t columns, const char *file)
{
    for (size_t i = 0; i < columns; i++) {
        g_autofree char *cell =
            counts[i].all == 0
                ? g_strdup("-")
                : g_strdup_printf("%" G_GINT64_FORMAT "/%" G_GINT64_FORMAT " %3" G_GINT64_FORMAT "%%",
                                  counts[i].reached, counts[i].all, 100 * counts[i].reached / counts[i].all);
        printf("%*s", widths[i], cell);
    }
    printf("  %s\n", file);
}

/* The end of a path, where its name stands. */
static char *file_shown(const char *path)
{
    glong length = g_utf8_strlen(path, -1);
    if (length <= FILE_ROOM)
        return g_strdup(path);
    return g_strconcat("…", g_utf8_offset_to_pointer(path, length - FILE_ROOM + 1), NULL);
}

void test_report_coverage(const json_t *coverage)
{
    static const char *const keys[] = {"rules", "conditions", "captures", "actions"};
    struct counts sums[G_N_ELEMENTS(keys)] = {0};
    size_t index;
    json_t *file;
    const json_t *files = json_object_get(coverage, "files");
    int64_t left_out = json_number(coverage, "left_out", 0);
    print_unreached(json_object_get(coverage, "unreached"));
    if (left_out > 0)
        printf("and %" G_GINT64_FORMAT " more that no test reaches\n", left_out);
    for (size_t i = 0; i < G_N_ELEMENTS(keys); i++)
        printf("%*s", widths[i], keys[i]);
    printf("  file\n");
    json_array_foreach((json_t *)files, index, file) {
        struct counts counts[G_N_ELEMENTS(keys)];
        for (size_t i = 0; i < G_N_ELEMENTS(keys); i++) {
            const json_t *count = json_object_get(file, keys[i]);
            counts[i] = (struct counts){json_number(count, "reached", 0), json_number(count, "all", 0)};
            sums[i].reached += counts[i].reached;
            sums[i].all += counts[i].all;
        }
        g_autofree char *name = file_shown(json_text_or(file, "file", "?"));
        print_counts(counts, G_N_ELEMENTS(keys), name);
        output_check();
    }
    if (json_array_size(files) != 1)
        print_counts(sums, G_N_ELEMENTS(keys), "all");
}
