/* Filling placeholders. Every value ends up on one line; what a mail contains can not add a line to a text,
 * nor lead a name out of its folder. What there is to fill in the texts of one action is bounded, and so is
 * what is said about it: a rule's function may build as long a text, of as many placeholders, as it likes. */
#include "rules/render.h"
#include "rules/fill.h"
#include "base/json.h"
#include "mail/text.h"

#include <string.h>

enum {
    TEXT_MAXIMUM = 32 * 1024,
    DEPTH_MAXIMUM = 6,
    NAME_MAXIMUM = 60,
    WORK_MAXIMUM = 1 << 20,
    FILL_WORK = 64, /* of a placeholder, whatever its value */
    TROUBLES_MAXIMUM = 100
};

struct rendering {
    const json_t *values;
    const struct render_ear *ear;
    size_t work; /* bytes of values that were gone through, once more by each filter */
    unsigned troubles;
};

static void tell(struct rendering *rendering, const char *name, const char *why)
{
    if (rendering->ear != NULL && rendering->ear->trouble != NULL && rendering->troubles++ < TROUBLES_MAXIMUM)
        rendering->ear->trouble(name, why, rendering->ear->data);
}

static size_t size_of(const json_t *value)
{
    size_t size = json_string_length(value) + 1, index;
    json_t *entry;
    json_array_foreach((json_t *)value, index, entry)
        size += size_of(entry);
    return size;
}

/* Lower case letters, digits, '_', '-' and '.'; whatever else stands there is one '-'. */
static void append_name(GString *text, const char *value)
{
    size_t start = text->len;
    for (; *value != '\0' && text->len - start < NAME_MAXIMUM; value++) {
        char character = g_ascii_tolower(*value);
        if (g_ascii_isalnum(character) || (character != '\0' && strchr("_-.", character) != NULL))
            g_string_append_c(text, character);
        else if (text->len > start && text->str[text->len - 1] != '-')
            g_string_append_c(text, '-');
    }
    while (text->len > start && text->str[text->len - 1] == '-')
        g_string_truncate(text, text->len - 1);
    if (text->len == start)
        g_string_append(text, "none");
    if (text->str[0] == '.') /* ".." and hidden names */
        text->str[0] = '_';
}

static void append_fill(struct rendering *rendering, GString *text, const struct fill *fill, bool as_name)
{
    const json_t *value = json_object_get(rendering->values, fill->name);
    const char *odd = NULL;
    if (value == NULL && !fill_has_default(fill))
        tell(rendering, fill->name, NULL);
    if (fill->complaint != NULL)
        tell(rendering, fill->name, fill->complaint);
    rendering->work += FILL_WORK + size_of(value) * (1 + fill->uses->len);
    if (rendering->work > WORK_MAXIMUM) {
        tell(rendering, fill->name, "the texts of the action have too much to fill: it is left out");
        return;
    }
    g_autoptr(json_t) result = fill_apply(fill, value, &odd);
    g_autoptr(GString) shown = g_string_new(NULL);
    if (odd != NULL)
        tell(rendering, fill->name, odd);
    g_auto(GStrv) lines = fill_has_lines(fill) && json_is_string(result)
                              ? g_strsplit(json_string_value(result), "\n", -1)
                              : NULL;
    for (size_t i = 0; lines != NULL && lines[i] != NULL; i++) {
        g_autofree char *line = text_one_line(lines[i]);
        g_string_append_printf(shown, "%s%s", i > 0 ? "\n" : "", line);
    }
    if (lines == NULL)
        fill_append(shown, result);
    if (as_name)
        append_name(text, shown->str);
    else
        g_string_append(text, shown->str);
}

static json_t *render_text(struct rendering *rendering, const char *template, bool as_name)
{
    g_autoptr(GString) text = g_string_new(NULL);
    while (*template != '\0' && text->len < TEXT_MAXIMUM) {
        struct fill fill;
        if (*template != '{' || !fill_read(template, &fill)) {
            g_string_append_c(text, *template ++);
            continue;
        }
        append_fill(rendering, text, &fill, as_name);
        template += fill.length;
        fill_clear(&fill);
    }
    g_autofree char *clipped = text_clip(text->str, TEXT_MAXIMUM);
    return json_text_new(clipped);
}

static json_t *render_value(struct rendering *rendering, const json_t *value, bool as_name, int depth)
{
    const char *key;
    size_t index;
    json_t *entry;
    if (json_is_string(value))
        return render_text(rendering, json_string_value(value), as_name);
    if (depth < DEPTH_MAXIMUM && json_is_object(value)) {
        json_t *object = json_object();
        json_object_foreach((json_t *)value, key, entry)
            json_object_set_new(object, key, render_value(rendering, entry, as_name, depth + 1));
        return object;
    }
    if (depth < DEPTH_MAXIMUM && json_is_array(value)) {
        json_t *array = json_array();
        json_array_foreach((json_t *)value, index, entry)
            json_array_append_new(array, render_value(rendering, entry, as_name, depth + 1));
        return array;
    }
    return json_deep_copy(value);
}

json_t *render_args(const json_t *args, const json_t *kinds, const json_t *values,
                    const struct render_ear *ear)
{
    struct rendering rendering = {.values = values, .ear = ear};
    const char *argument;
    json_t *value;
    if (!json_is_object(args) || kinds == NULL)
        return render_value(&rendering, args, false, 0);
    json_t *filled = json_object();
    json_object_foreach((json_t *)args, argument, value) {
        bool as_name = g_str_has_prefix(json_text_or(kinds, argument, ""), "name");
        json_object_set_new(filled, argument, render_value(&rendering, value, as_name, 1));
    }
    return filled;
}
