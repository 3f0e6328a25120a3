/* A near miss as people read it. All of it may have come from the mail: it is shown on one line, without
 * controls. */
#include "commands/near_text.h"
#include "base/json.h"
#include "mail/text.h"

char *near_text(const json_t *near)
{
    if (json_text(near, "rule") == NULL)
        return NULL;
    g_autoptr(GString) text = g_string_new(NULL);
    size_t index;
    json_t *differs;
    g_string_append_printf(text, "%s, %s, %d %% alike", json_text(near, "rule"),
                           json_text_or(near, "category", "no category"),
                           (int)(json_number_value(json_object_get(near, "similarity")) * 100 + 0.5));
    json_array_foreach(json_object_get(near, "differs"), index, differs)
        g_string_append_printf(text, "%s%s", index == 0 ? ": " : "; ", json_string_value(differs));
    return text_one_line(text->str);
}

char *near_paste(const json_t *near)
{
    const char *template = json_text(near, "template");
    if (template == NULL)
        return NULL;
    g_autofree char *line = text_one_line(template);
    GString *text = g_string_new("title = \"");
    for (const char *at = line; *at != '\0'; at++) {
        if (*at == '"' || *at == '\\')
            g_string_append_c(text, '\\');
        g_string_append_c(text, *at);
    }
    g_string_append_c(text, '"');
    return g_string_free(text, FALSE);
}
