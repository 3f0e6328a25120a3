/* Filling placeholders. Every value ends up on one line; what a mail contains can not add a line to a text.
 */
#include "rules/render.h"
#include "base/json.h"
#include "mail/text.h"

#include <string.h>

enum { TEXT_MAXIMUM = 32 * 1024, DEPTH_MAXIMUM = 6 };

struct rendering {
    const json_t *values;
    void (*unknown)(const char *name, void *data);
    void *data;
};

static void append_value(GString *text, const json_t *value)
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
            append_value(text, entry);
        }
    } else if (json_is_integer(value)) {
        g_string_append_printf(text, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
    } else if (json_is_true(value)) {
        g_string_append(text, "yes");
    }
}

static json_t *render_text(const struct rendering *rendering, const char *template)
{
    g_autoptr(GString) text = g_string_new(NULL);
    while (*template != '\0' && text->len < TEXT_MAXIMUM) {
        size_t length = *template == '{' ? strspn(template + 1, "abcdefghijklmnopqrstuvwxyz0123456789_") : 0;
        if (length == 0 || template[length + 1] != '}') {
            g_string_append_c(text, *template ++);
            continue;
        }
        g_autofree char *name = g_strndup(template + 1, length);
        const json_t *value = json_object_get(rendering->values, name);
        append_value(text, value);
        if (value == NULL && rendering->unknown != NULL)
            rendering->unknown(name, rendering->data);
        template += length + 2;
    }
    g_autofree char *clipped = text_clip(text->str, TEXT_MAXIMUM);
    return json_text_new(clipped);
}

static json_t *render_value(const struct rendering *rendering, const json_t *value, int depth)
{
    const char *key;
    size_t index;
    json_t *entry;
    if (json_is_string(value))
        return render_text(rendering, json_string_value(value));
    if (depth < DEPTH_MAXIMUM && json_is_object(value)) {
        json_t *object = json_object();
        json_object_foreach((json_t *)value, key, entry)
            json_object_set_new(object, key, render_value(rendering, entry, depth + 1));
        return object;
    }
    if (depth < DEPTH_MAXIMUM && json_is_array(value)) {
        json_t *array = json_array();
        json_array_foreach((json_t *)value, index, entry)
            json_array_append_new(array, render_value(rendering, entry, depth + 1));
        return array;
    }
    return json_deep_copy(value);
}

json_t *render_args(const json_t *args, const json_t *values, void (*unknown)(const char *name, void *data),
                    void *data)
{
    struct rendering rendering = {values, unknown, data};
    return render_value(&rendering, args, 0);
}
