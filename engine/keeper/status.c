/* What `awsift status` shows of the running keeper: everything but the ledger's counts, which a job of the
 * committer reads. */
#include "keeper/keeper_internal.h"
#include "base/json.h"
#include "base/privileges.h"
#include "base/times.h"
#include "constants.h"
#include "keeper/disk.h"
#include "keeper/erring.h"
#include "keeper/generation.h"
#include "keeper/life.h"
#include "keeper/proof.h"
#include "keeper/reload.h"

#include <unistd.h>

static json_t *time_json(int64_t time)
{
    g_autofree char *text = time_format(time);
    return json_text_new(text);
}

static json_t *generation_status(const struct generation *live)
{
    if (live == NULL)
        return json_null();
    return json_pack("{s:I, s:s, s:o, s:I, s:I}", "number", (json_int_t)live->number, "revision",
                     snapshot_revision(live->snapshot), "since", time_json(live->since), "rules",
                     (json_int_t)json_array_size(json_object_get(live->ready, "rules")), "tests",
                     (json_int_t)json_number(json_object_get(live->ready, "tests"), "passed", 0));
}

static void add_workers(const struct keeper *keeper, json_t *deciders, json_t *actors)
{
    for (guint g = 0; g < keeper->generations->len; g++) {
        const struct generation *generation = keeper->generations->pdata[g];
        for (guint i = 0; i < generation->workers->len; i++) {
            const struct worker *worker = generation->workers->pdata[i];
            json_array_append_new(worker->role == CHILD_DECIDER ? deciders : actors, worker_status(worker));
        }
    }
}

static void warn(json_t *warnings, const char *format, ...) G_GNUC_PRINTF(2, 3);
static void warn(json_t *warnings, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *text = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    json_array_append_new(warnings, json_text_new(text));
}

static void warn_of_policies(const struct keeper *keeper, json_t *warnings)
{
    const char *name;
    json_t *policy;
    json_object_foreach(json_object_get(keeper->config->json, "policies"), name, policy)
        if (json_object_get(json_object_get(keeper->live->ready, "actions"), name) == NULL)
            warn(warnings, "policy '%s' is of no action that there is", name);
}

static json_t *warnings_of(const struct keeper *keeper, const json_t *spools)
{
    json_t *warnings = json_array(), *spool;
    g_autoptr(json_t) known = config_for_decider(keeper->config);
    size_t index;
    json_array_foreach(json_object_get(known, "spools"), index, spool) {
        if (json_is_null(json_object_get(spool, "trust")))
            warn(warnings, "no trust is configured for spool %s: no mail can be proven to come from AWS",
                 json_text_or(spool, "name", "?"));
    }
    g_autofree char *doubt = geteuid() == 0 ? privileges_doubt(keeper->config) : NULL;
    if (doubt != NULL)
        warn(warnings, "%s", doubt);
    if (keeper->live != NULL)
        warn_of_policies(keeper, warnings);
    if (config_lacks_operators(keeper->config))
        warn(warnings,
             "no address of the operators is configured: what is for them goes to operators@localhost");
    json_array_foreach((json_t *)spools, index, spool) {
        if (json_text(spool, "trouble") != NULL)
            warn(warnings, "spool %s: %s", json_text_or(spool, "name", "?"), json_text(spool, "trouble"));
    }
    if (keeper->live == NULL)
        warn(warnings, "no rules are live: no mail is taken%s",
             keeper->teller != NULL ? ", and alerts alone are sent, until they load" : "");
    else if (!json_flag(keeper->live->ready, "jit"))
        warn(warnings, "pattern matching runs without JIT");
    g_autofree char *trouble = disk_trouble(keeper);
    if (trouble != NULL)
        warn(warnings, "%s", trouble);
    if (proof_trouble(keeper) != NULL)
        warn(warnings, "%s", proof_trouble(keeper));
    return warnings;
}

json_t *keeper_status(struct keeper *keeper)
{
    json_t *deciders = json_array(), *actors = json_array(), *spools = json_array();
    add_workers(keeper, deciders, actors);
    for (guint i = 0; i < keeper->spools->len; i++)
        json_array_append_new(spools, spool_status(keeper->spools->pdata[i]));
    json_t *warnings = warnings_of(keeper, spools);
    return json_pack("{s:I, s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:I, s:o}", "pid",
                     (json_int_t)getpid(), "version", AWSIFT_VERSION, "store", keeper->config->store, "since",
                     time_json(keeper->since), "generation", generation_status(keeper->live), "reload",
                     reload_status(keeper->reload), "deciders", deciders, "actors", actors, "spools", spools,
                     "warnings", warnings, "erring", erring_status(keeper->erring), "disk",
                     disk_status(keeper), "last_minute", (json_int_t)life_of_minute(keeper), "proven",
                     proof_at(keeper));
}
