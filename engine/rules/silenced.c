/* Silences of rule files: data, judged by the mail's arrival alone, so that the same mail is kept quiet
 * whenever it is decided. Who asks for one at a moment's notice asks the ledger (ledger/silences.h). */
#include "rules/silenced.h"
#include "rules/rule_set_inside.h"
#include "base/json.h"
#include "base/times.h"
#include "wire/silence.h"

#include <string.h>

enum { SILENCES_MOST = 1000 };

/* Without the folder's number before it. */
static char *name_of(const json_t *entry)
{
    const char *file = json_text_or(entry, "file", ""),
               *rest = g_str_has_prefix(file, "rules/") ? file + 6 : file;
    const char *slash = rest != file ? strchr(rest, '/') : NULL;
    return g_strdup_printf("%s:%d", slash != NULL ? slash + 1 : rest, (int)json_number(entry, "line", 0));
}

static char *fault_of(const json_t *entry, int64_t *starts, int64_t *ends)
{
    const char *from = json_text(entry, "from"), *to = json_text_or(entry, "to", "");
    static const char form[] = "silence: '%s' is no time; write it like 2026-12-01T09:00:00+09:00";
    *starts = 0;
    if (from != NULL && !time_parse(from, starts))
        return g_strdup_printf(form, from);
    if (!time_parse(to, ends))
        return g_strdup_printf(form, to);
    if (*ends <= *starts)
        return g_strdup("silence: is over before it begins: `to` must be later than `from`");
    g_autofree char *fault = silence_fault(json_object_get(entry, "what"));
    return fault != NULL ? g_strdup_printf("silence: %s", fault) : NULL;
}

json_t *silences_read(struct rule_set *set, int declarations)
{
    g_autoptr(json_t) list = rule_set_json(sandbox_state(set->sandbox), declarations, "silences");
    json_t *silences = json_array(), *entry;
    size_t index;
    json_array_foreach(list, index, entry) {
        int64_t starts, ends;
        g_autofree char *fault =
                            index < SILENCES_MOST
                                ? fault_of(entry, &starts, &ends)
                                : g_strdup(
                                      "silence: there are more than 1000: take away those that are over"),
                        *name = name_of(entry);
        if (fault != NULL) {
            const struct source_want about = {.line = (int)json_number(entry, "line", 1)};
            rule_set_error(set, json_text_or(entry, "file", "rules"), &about, NULL, fault);
            continue;
        }
        json_array_append_new(silences,
                              json_pack("{s:s, s:O, s:I, s:I, s:s}", "name", name, "what",
                                        json_object_get(entry, "what"), "starts", (json_int_t)starts, "ends",
                                        (json_int_t)ends, "reason", json_text_or(entry, "reason", "")));
    }
    return silences;
}

json_t *silenced_by(const struct reading *reading, const json_t *decision, const json_t *context)
{
    size_t index;
    json_t *silence;
    json_array_foreach(reading->set->silences, index, silence)
        if (reading->arrival >= json_number(silence, "starts", 0) &&
            reading->arrival < json_number(silence, "ends", 0) &&
            silence_covers(json_object_get(silence, "what"), decision, context))
            return json_incref(silence);
    return json_null();
}
