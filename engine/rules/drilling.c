/* The mark of a drill. Shipped actions say subject and text, and fall back on the mail's subject, which is
 * marked as well; so does what rule folders fill from it. */
#include "rules/drilling.h"
#include "rules/plan.h"
#include "base/json.h"

#include <string.h>

char *drilling_mark(const char *text)
{
    return strstr(text, DRILL_MARK) != NULL ? g_strdup(text) : g_strconcat(DRILL_MARK " ", text, NULL);
}

static void mark(json_t *args, const char *key)
{
    const char *text = json_text(args, key);
    if (text == NULL)
        return;
    g_autofree char *marked = drilling_mark(text);
    json_object_set_new(args, key, json_text_new(marked));
}

json_t *drilling_actions(json_t *actions, const struct decide_drill *drill, json_t *held)
{
    json_t *kept = json_array(), *entry;
    size_t index;
    json_array_foreach(actions, index, entry) {
        json_t *args = json_object_get(entry, "args");
        mark(args, "subject");
        mark(args, "text");
        bool holds = !drill->power && plan_is_powerful(json_text_or(entry, "action", ""));
        if (drill->operators && !holds && json_text(args, "to") != NULL)
            json_object_set_new(args, "to", json_string("operators"));
        json_array_append(holds ? held : kept, entry);
    }
    json_decref(actions);
    return kept;
}
