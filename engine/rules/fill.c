/* Placeholders of action texts and their filters. Filters are pure: they know the value and their argument,
 * no clock, no zone but UTC (a decider has no database of zones, and another machine's may differ), no
 * locale. What a filter cannot read stays as it was: a person would rather have it raw than not at all. The
 * result of each is bounded, so that a chain costs no more than its length. */
#include "rules/fill.h"
#include "base/json.h"
#include "mail/message.h"
#include "mail/text.h"

#include <string.h>

enum { FILTERS_MAXIMUM = 8, ARGUMENT_MAXIMUM = 500, CLIP_MAXIMUM = 10000, TEXT_MAXIMUM = 32 * 1024 };

enum argument { NO_ARGUMENT, A_NUMBER, A_TEXT, MAY_BE_TEXT };

struct filter_use {
    const struct filter *filter;
    char *text; /* NULL when none is given */
    int64_t number;
};

struct filter {
    const char *name;
    enum argument argument;
    const char *example;
    json_t *(*apply)(const json_t *value, const struct filter_use *use, const char **odd);
};

void fill_append(GString *text, const json_t *value)
{
    size_t index;
    json_t *entry;
    if (json_is_string(value)) {
        g_autofree char *line = text_one_line(json_string_value(value));
        g_string_append(text, line);
    } else if (json_is_array(value)) {
        json_array_foreach((json_t *)value, index, entry) {
            if (index > 0)
                g_string_append(text, ", ");
            fill_append(text, entry);
        }
    } else if (json_is_integer(value)) {
        g_string_append_printf(text, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
    } else if (json_is_true(value)) {
        g_string_append(text, "yes");
    }
}

static char *text_of(const json_t *value)
{
    GString *text = g_string_new(NULL);
    fill_append(text, value);
    return g_string_free(text, FALSE);
}

static json_t *bounded(const char *text)
{
    g_autofree char *clipped = text_clip(text, TEXT_MAXIMUM);
    return json_text_new(clipped);
}

/* Each entry of a list by itself, else the value. */
static json_t *each(const json_t *value, char *(*change)(const char *text))
{
    size_t index;
    json_t *entry;
    if (json_is_array(value)) {
        json_t *list = json_array();
        json_array_foreach((json_t *)value, index, entry)
            json_array_append_new(list, each(entry, change));
        return list;
    }
    g_autofree char *text = text_of(value), *changed = change(text);
    return bounded(changed);
}

static char *change_upper(const char *text)
{
    return g_utf8_strup(text, -1);
}

static char *change_lower(const char *text)
{
    return g_utf8_strdown(text, -1);
}

static char *change_url(const char *text)
{
    return g_uri_escape_string(text, NULL, FALSE); /* all but RFC 3986's unreserved characters */
}

static json_t *apply_upper(const json_t *value, const struct filter_use *use, const char **odd)
{
    return each(value, change_upper);
}

static json_t *apply_lower(const json_t *value, const struct filter_use *use, const char **odd)
{
    return each(value, change_lower);
}

static json_t *apply_url(const json_t *value, const struct filter_use *use, const char **odd)
{
    return each(value, change_url);
}

/* Whether a character belongs to the one before it: a cut between them would show another one. */
static bool is_joined(const char *at)
{
    gunichar character = g_utf8_get_char(at);
    bool after_joiner = g_utf8_get_char(g_utf8_prev_char(at)) == 0x200d;
    return after_joiner || character == 0x200d || g_unichar_ismark(character);
}

/* At most that many characters, with the mark of the cut. */
static json_t *apply_clip(const json_t *value, const struct filter_use *use, const char **odd)
{
    g_autofree char *text = text_of(value);
    if (g_utf8_strlen(text, -1) <= use->number)
        return bounded(text);
    char *end = g_utf8_offset_to_pointer(text, use->number - 1);
    while (end > text && is_joined(end))
        end = g_utf8_prev_char(end);
    *end = '\0';
    g_autofree char *clipped = g_strconcat(g_strchomp(text), "…", NULL);
    return bounded(clipped);
}

static json_t *apply_join(const json_t *value, const struct filter_use *use, const char **odd)
{
    g_autoptr(GString) text = g_string_new(NULL);
    size_t index;
    json_t *entry;
    if (!json_is_array(value))
        fill_append(text, value);
    json_array_foreach((json_t *)value, index, entry) {
        if (index > 0)
            g_string_append(text, use->text);
        fill_append(text, entry);
    }
    return bounded(text->str);
}

static bool is_empty(const json_t *value)
{
    g_autofree char *text = text_of(value);
    return !text_says_something(text);
}

static json_t *apply_default(const json_t *value, const struct filter_use *use, const char **odd)
{
    return is_empty(value) ? json_text_new(use->text) : json_incref((json_t *)value);
}

static json_t *apply_first(const json_t *value, const struct filter_use *use, const char **odd)
{
    return json_is_array(value) ? json_incref(json_array_get(value, 0)) : json_incref((json_t *)value);
}

static json_t *apply_count(const json_t *value, const struct filter_use *use, const char **odd)
{
    size_t count = json_is_array(value) ? json_array_size(value) : is_empty(value) ? 0 : 1;
    return json_integer((json_int_t)count);
}

static const char date_letters[] = "YmdHMSyjbBaAFTRZ";

/* Who reads a time of day must know whose. */
static bool lacks_zone(const char *format)
{
    bool has_time = false, has_zone = false;
    for (const char *at = format; (at = strchr(at, '%')) != NULL; at += 2) {
        has_time |= strchr("HMSTR", at[1]) != NULL;
        has_zone |= at[1] == 'Z';
    }
    return has_time && !has_zone;
}

static char *date_text(int64_t moment, const char *format)
{
    g_autoptr(GDateTime) date = g_date_time_new_from_unix_utc(moment / 1000);
    g_autofree char *text = date != NULL ? g_date_time_format(date, format) : NULL;
    return g_strconcat(text != NULL ? text : "", lacks_zone(format) ? " UTC" : "", NULL);
}

static json_t *apply_date(const json_t *value, const struct filter_use *use, const char **odd)
{
    g_autofree char *text = text_of(value);
    int64_t moment;
    if (is_empty(value))
        return json_string("");
    if (!message_parse_date(text, &moment)) {
        *odd = "'date' can read no date in it, so it stays as it is";
        return json_incref((json_t *)value);
    }
    g_autofree char *shown = date_text(moment, use->text != NULL ? use->text : "%Y-%m-%d %H:%M");
    return json_text_new(shown);
}

static const struct filter filters[] = {
    {"clip", A_NUMBER, "clip 80", apply_clip},
    {"count", NO_ARGUMENT, "count", apply_count},
    {"date", MAY_BE_TEXT, "date \"%Y-%m-%d %H:%M\"", apply_date},
    {"default", A_TEXT, "default \"none\"", apply_default},
    {"first", NO_ARGUMENT, "first", apply_first},
    {"join", A_TEXT, "join \", \"", apply_join},
    {"lower", NO_ARGUMENT, "lower", apply_lower},
    {"upper", NO_ARGUMENT, "upper", apply_upper},
    {"url", NO_ARGUMENT, "url", apply_url},
};

const char *const *fill_filters(void)
{
    static const char *names[G_N_ELEMENTS(filters) + 1];
    for (size_t i = 0; i < G_N_ELEMENTS(filters); i++)
        names[i] = filters[i].name;
    return names;
}

static void clear_use(void *data)
{
    struct filter_use *use = data;
    g_free(use->text);
}

static const char *skip_blanks(const char *at)
{
    return at + strspn(at, " \t");
}

G_GNUC_PRINTF(2, 3) static void complain(struct fill *fill, const char *format, ...)
{
    va_list arguments;
    if (fill->complaint != NULL)
        return;
    va_start(arguments, format);
    fill->complaint = g_strdup_vprintf(format, arguments);
    va_end(arguments);
}

/* "…" or '…' with \ before what is meant as it is, and \n for a line's end. NULL when it does not end. */
static const char *read_quoted(const char *at, char **text)
{
    g_autoptr(GString) read = g_string_new(NULL);
    for (char quote = *at++; *at != '\0'; at++) {
        if (*at == quote) {
            *text = g_string_free(g_steal_pointer(&read), FALSE);
            return at + 1;
        }
        bool escaped = *at == '\\' && at[1] != '\0';
        if (escaped)
            at++;
        g_string_append_c(read, escaped && *at == 'n' ? '\n' : *at);
    }
    return NULL;
}

static const char *read_argument(const char *at, struct fill *fill, struct filter_use *use, bool *quoted)
{
    at = skip_blanks(at);
    *quoted = *at == '"' || *at == '\'';
    if (*quoted) {
        at = read_quoted(at, &use->text);
        if (at == NULL)
            complain(fill, "{%s|…}: a quotation mark has no other one behind it", fill->name);
        return at;
    }
    size_t length = strcspn(at, " \t|}\n");
    if (length > 0)
        use->text = g_strndup(at, length);
    return at + length;
}

static bool date_is_known(const char *format)
{
    for (const char *at = format; (at = strchr(at, '%')) != NULL; at += 2)
        if (at[1] == '\0' || strchr(date_letters, at[1]) == NULL)
            return false;
    return true;
}

/* Whether what stands behind the filter's name is what it takes. */
static bool argument_fits(const struct filter *filter, struct filter_use *use, bool quoted)
{
    bool given = use->text != NULL;
    if (given && strlen(use->text) > ARGUMENT_MAXIMUM)
        return false;
    switch (filter->argument) {
    case NO_ARGUMENT:
        return !given;
    case A_NUMBER:
        return given && !quoted &&
               g_ascii_string_to_signed(use->text, 10, 1, CLIP_MAXIMUM, &use->number, NULL);
    case A_TEXT:
        return given && quoted;
    case MAY_BE_TEXT:
        return !given || (quoted && date_is_known(use->text));
    }
    return false;
}

static const struct filter *find_filter(const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(filters); i++)
        if (strcmp(filters[i].name, name) == 0)
            return &filters[i];
    return NULL;
}

/* One filter, behind its '|'. Returns where it ends, or NULL. */
static const char *read_filter(const char *at, struct fill *fill)
{
    struct filter_use use = {0};
    bool quoted = false;
    at = skip_blanks(at);
    size_t length = strspn(at, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-");
    g_autofree char *name = g_strndup(at, length);
    const char *end = read_argument(at + length, fill, &use, &quoted);
    use.filter = find_filter(name);
    if (length == 0) {
        complain(fill, "{%s|…}: the name of a filter is missing behind '|'", fill->name);
    } else if (use.filter == NULL) {
        complain(fill, "{%s|%s}: there is no filter '%s'", fill->name, name, name);
        if (fill->unknown == NULL)
            fill->unknown = g_strdup(name);
    } else if (end != NULL && !argument_fits(use.filter, &use, quoted)) {
        complain(fill, "{%s|%s}: write it like {%s|%s}%s", fill->name, name, fill->name, use.filter->example,
                 use.filter->apply == apply_date ? " with % and one of Y m d H M S y j b B a A F T R Z" : "");
    } else if (fill->uses->len >= FILTERS_MAXIMUM) {
        complain(fill, "{%s|…}: more than %d filters", fill->name, FILTERS_MAXIMUM);
    }
    g_array_append_val(fill->uses, use);
    return end != NULL ? skip_blanks(end) : NULL;
}

bool fill_read(const char *text, struct fill *fill)
{
    *fill = (struct fill){0};
    size_t length = strspn(text + 1, "abcdefghijklmnopqrstuvwxyz0123456789_");
    const char *at = skip_blanks(text + 1 + length);
    bool plain = text[1 + length] == '}';
    if (length == 0 || (!plain && *at != '|'))
        return false;
    fill->name = g_strndup(text + 1, length);
    fill->uses = g_array_new(FALSE, FALSE, sizeof(struct filter_use));
    g_array_set_clear_func(fill->uses, clear_use);
    while (at != NULL && *at == '|')
        at = read_filter(at + 1, fill);
    if (at != NULL && *at == '}') {
        fill->length = (size_t)(at + 1 - text);
        return true;
    }
    const char *end = strchr(text, '}');
    fill->length = end != NULL ? (size_t)(end + 1 - text) : strlen(text);
    complain(fill,
             end != NULL ? "{%s|…}: a filter takes one argument; a text stands in quotation marks"
                         : "{%s|…}: the closing } is missing",
             fill->name);
    return true;
}

void fill_clear(struct fill *fill)
{
    g_clear_pointer(&fill->name, g_free);
    g_clear_pointer(&fill->uses, g_array_unref);
    g_clear_pointer(&fill->complaint, g_free);
    g_clear_pointer(&fill->unknown, g_free);
}

bool fill_has_default(const struct fill *fill)
{
    for (guint i = 0; i < fill->uses->len; i++) {
        const struct filter *filter = g_array_index(fill->uses, struct filter_use, i).filter;
        if (filter != NULL && (filter->apply == apply_default || filter->apply == apply_count))
            return true;
    }
    return false;
}

bool fill_has_lines(const struct fill *fill)
{
    for (guint i = 0; fill->complaint == NULL && i < fill->uses->len; i++) {
        const struct filter_use *use = &g_array_index(fill->uses, struct filter_use, i);
        if (use->filter->apply == apply_join && strchr(use->text, '\n') != NULL)
            return true;
    }
    return false;
}

json_t *fill_apply(const struct fill *fill, const json_t *value, const char **odd)
{
    json_t *result = value != NULL ? json_incref((json_t *)value) : json_null();
    for (guint i = 0; fill->complaint == NULL && i < fill->uses->len; i++) {
        const struct filter_use *use = &g_array_index(fill->uses, struct filter_use, i);
        json_t *next = use->filter->apply(result, use, odd);
        json_decref(result);
        result = next != NULL ? next : json_null();
    }
    return result;
}
