/* Groups and silences in words, of what a decision alone knows: what people silenced stands in the ledger. */
#include "commands/told_text.h"
#include "base/json.h"
#include "base/times.h"

char *told_group_text(const json_t *context)
{
    const json_t *group = json_object_get(context, "group");
    g_autoptr(GString) names = g_string_new(NULL);
    size_t index;
    json_t *name;
    if (!json_is_object(group))
        return NULL;
    json_array_foreach(json_object_get(group, "by"), index, name)
        g_string_append_printf(names, "%s%s", index > 0 ? ", " : "", json_string_value(name));
    return g_strdup_printf("by %s; waits %s for others, at most %s", names->str,
                           json_text_or(group, "wait", "?"), json_text_or(group, "most", "?"));
}

char *told_silence_text(const json_t *context)
{
    const json_t *silence = json_object_get(context, "silenced");
    const char *reason = json_text_or(silence, "reason", "");
    if (!json_is_object(silence))
        return NULL;
    g_autofree char *ends = time_format(json_number(silence, "ends", 0));
    return g_strdup_printf("%s until %s%s%s", json_text_or(silence, "name", "?"), ends,
                           reason[0] != '\0' ? ": " : "", reason);
}
