/* Writing JUnit XML. There is no standard; this is what Ant's and Jenkins' readers have in common. Names and
 * texts come from rule files and mail: what XML 1.0 has no way to write (most controls, U+FFFE, U+FFFF)
 * becomes U+FFFD. What makes it fail: a file that cannot be written. */
#include "commands/junit.h"
#include "commands/test_report.h"
#include "base/error.h"
#include "base/json.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define REPLACEMENT 0xFFFD

static bool is_xml(gunichar character)
{
    return character == '\t' || character == '\n' || character == '\r' ||
           (character >= 0x20 && character != 0xFFFE && character != 0xFFFF);
}

static void append_escaped(GString *xml, const char *text)
{
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    g_autoptr(GString) writable = g_string_new(NULL);
    for (const char *at = valid; *at != '\0'; at = g_utf8_next_char(at)) {
        gunichar character = g_utf8_get_char(at);
        g_string_append_unichar(writable, is_xml(character) ? character : REPLACEMENT);
    }
    g_autofree char *escaped = g_markup_escape_text(writable->str, -1);
    g_string_append(xml, escaped);
}

/* Line ends and tabs within an attribute would be read as blanks. */
static void append_attribute(GString *xml, const char *name, const char *value)
{
    g_autoptr(GString) one_line = g_string_new(value);
    g_string_replace(one_line, "\n", " ", 0);
    g_string_replace(one_line, "\r", " ", 0);
    g_string_append_printf(xml, " %s=\"", name);
    append_escaped(xml, one_line->str);
    g_string_append_c(xml, '"');
}

static void append_time(GString *xml, double milliseconds)
{
    char text[G_ASCII_DTOSTR_BUF_SIZE];
    append_attribute(xml, "time", g_ascii_formatd(text, sizeof text, "%.6f", milliseconds / 1000));
}

struct suite {
    GString *cases;
    unsigned tests, failures, errors;
    double milliseconds;
};

static void suite_free(void *data)
{
    struct suite *suite = data;
    g_string_free(suite->cases, TRUE);
    g_free(suite);
}

/* The suite of that file; files: in the order in which they came. */
static struct suite *suite_of(GHashTable *suites, GPtrArray *files, const char *file)
{
    struct suite *suite = g_hash_table_lookup(suites, file);
    if (suite != NULL)
        return suite;
    suite = g_new0(struct suite, 1);
    suite->cases = g_string_new(NULL);
    char *name = g_strdup(file);
    g_hash_table_insert(suites, name, suite);
    g_ptr_array_add(files, name);
    return suite;
}

static void open_case(GString *xml, const char *file, const char *name, double milliseconds)
{
    g_string_append(xml, "    <testcase");
    append_attribute(xml, "classname", file);
    append_attribute(xml, "name", name);
    append_time(xml, milliseconds);
}

static void append_complaint(GString *xml, const char *tag, const char *message, const char *text)
{
    g_string_append_printf(xml, ">\n      <%s", tag);
    append_attribute(xml, "message", message);
    append_attribute(xml, "type", tag);
    g_string_append_c(xml, '>');
    append_escaped(xml, text);
    g_string_append_printf(xml, "</%s>\n    </testcase>\n", tag);
}

static void add_result(struct suite *suite, const json_t *result)
{
    const char *file = json_text_or(result, "file", "?");
    double milliseconds = json_real_value(json_object_get(result, "milliseconds"));
    suite->tests++;
    suite->milliseconds += milliseconds;
    open_case(suite->cases, file, json_text_or(result, "name", "?"), milliseconds);
    if (json_flag(result, "passed")) {
        g_string_append(suite->cases, "/>\n");
        return;
    }
    g_autofree char *text = test_report_text(result), *summary = test_report_summary(result);
    suite->failures++;
    append_complaint(suite->cases, "failure", summary, text);
}

static void add_error(struct suite *suite, const json_t *problem)
{
    const char *file = json_text_or(problem, "file", "?"), *message = json_text_or(problem, "message", "?");
    int line = (int)json_number(problem, "line", 1);
    g_autofree char *name = g_strdup_printf("line %d", line),
                    *text = g_strdup_printf("%s:%d: %s", file, line, message);
    suite->tests++;
    suite->errors++;
    open_case(suite->cases, file, name, 0);
    append_complaint(suite->cases, "error", message, text);
}

static void append_counts(GString *xml, const struct suite *suite)
{
    g_string_append_printf(xml, " tests=\"%u\" failures=\"%u\" errors=\"%u\" skipped=\"0\"", suite->tests,
                           suite->failures, suite->errors);
    append_time(xml, suite->milliseconds);
    g_string_append(xml, ">\n");
}

static char *written(GHashTable *suites, const GPtrArray *files)
{
    g_autoptr(GString) xml = g_string_new("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites");
    struct suite all = {0};
    for (guint i = 0; i < files->len; i++) {
        const struct suite *suite = g_hash_table_lookup(suites, files->pdata[i]);
        all.tests += suite->tests;
        all.failures += suite->failures;
        all.errors += suite->errors;
        all.milliseconds += suite->milliseconds;
    }
    append_attribute(xml, "name", "awsift");
    append_counts(xml, &all);
    for (guint i = 0; i < files->len; i++) {
        const struct suite *suite = g_hash_table_lookup(suites, files->pdata[i]);
        g_string_append(xml, "  <testsuite");
        append_attribute(xml, "name", files->pdata[i]);
        append_counts(xml, suite);
        g_string_append_len(xml, suite->cases->str, (gssize)suite->cases->len);
        g_string_append(xml, "  </testsuite>\n");
    }
    g_string_append(xml, "</testsuites>\n");
    return g_string_free(g_steal_pointer(&xml), FALSE);
}

static bool write_text(const char *file, const char *text, GError **error)
{
    bool standard = strcmp(file, "-") == 0;
    FILE *out = standard ? stdout : fopen(file, "we");
    bool good = out != NULL && fputs(text, out) >= 0 && fflush(out) == 0;
    int number = errno;
    if (out != NULL && !standard && fclose(out) != 0 && good) {
        good = false;
        number = errno;
    }
    if (!good)
        g_set_error(error, AWSIFT_ERROR, AWSIFT_ERROR_IO, "%s: cannot be written: %s", file,
                    g_strerror(number));
    return good;
}

bool junit_write(const char *file, const json_t *results, const json_t *errors, GError **error)
{
    g_autoptr(GHashTable) suites = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, suite_free);
    g_autoptr(GPtrArray) files = g_ptr_array_new();
    size_t index;
    json_t *entry;
    json_array_foreach((json_t *)results, index, entry)
        add_result(suite_of(suites, files, json_text_or(entry, "file", "?")), entry);
    json_array_foreach((json_t *)errors, index, entry)
        add_error(suite_of(suites, files, json_text_or(entry, "file", "?")), entry);
    g_autofree char *text = written(suites, files);
    return write_text(file, text, error);
}
