/* Deciding. The first rule that holds wins; rules with final = false add to it on the way. Then who speaks is
 * judged: what claims to be AWS and cannot prove it becomes "suspicious", whatever rule would have won. */
#include "rules/decide.h"
#include "rules/account.h"
#include "rules/drilling.h"
#include "rules/explain.h"
#include "rules/group.h"
#include "rules/near.h"
#include "rules/notice.h"
#include "rules/offering.h"
#include "rules/plan.h"
#include "rules/silenced.h"
#include "rules/speaker.h"
#include "rules/step.h"
#include "rules/lua_globals.h"
#include "base/json.h"
#include "base/times.h"
#include "mail/text.h"
#include "wire/decision.h"

#include <string.h>

enum { QUOTE_MAXIMUM = 64 * 1024, SHADOWS_MAXIMUM = 50, DEDUPING_ID_MAXIMUM = 200 };

void decide_on_step(void (*hook)(uint32_t rule))
{
    step_on_change(hook);
}

static bool is_skipped(const struct decide_request *request, const char *id)
{
    return request->skip != NULL && g_strv_contains(request->skip, id);
}

static bool has_tag(const struct reading *reading, const json_t *tag)
{
    size_t index;
    json_t *known;
    json_array_foreach(reading->tags, index, known)
        if (json_equal(known, tag))
            return true;
    return false;
}

/* Each once, in the order of the rules. */
static void add_tags(struct reading *reading, const struct rule *rule)
{
    size_t index;
    json_t *tag;
    json_array_foreach(rule->tags, index, tag)
        if (!has_tag(reading, tag))
            json_array_append(reading->tags, tag);
}

/* The rule to be considered after one, NULL at first. */
static const struct rule *next_rule(struct reading *reading, const struct rule *before)
{
    const GPtrArray *rules = reading->set->rules;
    if (reading->offering != NULL)
        return offering_next(reading->offering);
    guint place = before != NULL ? before->number : 0;
    return place < rules->len ? rules->pdata[place] : NULL;
}

static const struct rule *find_rule(struct reading *reading, const struct decide_request *request,
                                    GPtrArray *passing)
{
    const struct rule *rule = NULL;
    while ((rule = next_rule(reading, rule)) != NULL) {
        step_enter(rule->number);
        reading->rule = rule;
        trace_rule_begin(reading->trace, rule, explain_why(reading, rule));
        if (is_skipped(request, rule->id)) {
            trace_rule_end(reading->trace, "passed over"); /* whoever noticed says how, in errors */
            continue;
        }
        size_t before = json_object_size(reading->found);
        if (!reading_holds(reading, rule->condition)) {
            trace_rule_end(reading->trace, "no");
            continue;
        }
        if (speaker_is_another(reading, rule)) {
            reading_forget(reading, before);
            reading->another_speaker = true;
            trace_rule_end(reading->trace, "another speaker");
            continue;
        }
        if (rule->shadow) {
            reading_forget(reading, before);
            if (rule->final && reading->shadows->len < SHADOWS_MAXIMUM)
                g_ptr_array_add(reading->shadows, (void *)rule);
            trace_rule_end(reading->trace, "shadow");
            continue;
        }
        add_tags(reading, rule);
        reading_capture(reading, rule);
        trace_captures(reading->trace, rule, reading->found);
        trace_rule_end(reading->trace, rule->final ? "decides" : "adds");
        if (rule->final)
            return rule;
        g_ptr_array_add(passing, (void *)rule);
    }
    return NULL;
}

static const char *category_of(const struct reading *reading, const struct rule *rule, const char *by_person)
{
    if (by_person != NULL)
        return by_person;
    if (reading->auth->verdict == AUTH_FORGED)
        return "suspicious";
    if (rule != NULL && rule->category != NULL)
        return rule->category;
    /* Whoever cannot be read may well be AWS, and somebody at Amazon may have something to say of it. */
    bool stranger = reading->auth->verdict == AUTH_STRANGER && message_from(reading->message) != NULL &&
                    !reading->another_speaker && !reading->auth->about_aws;
    return stranger ? "not_aws" : "unmatched";
}

static json_t *defects_of(struct reading *reading, bool conflict)
{
    json_t *defects = message_defects(reading->message);
    if (conflict)
        json_array_append_new(defects, json_string("account-conflict"));
    return defects;
}

static json_t *date_text(struct reading *reading)
{
    int64_t date;
    if (!message_date(reading->message, &date))
        return json_null();
    g_autofree char *text = time_format(date);
    return json_text_new(text);
}

/* A forged mail is near the rule that would have won. */
static json_t *near_of_forged(const struct rule *rule)
{
    if (rule == NULL)
        return json_null();
    return json_pack("{s:s, s:o, s:f, s:[], s:n}", "rule", rule->id, "category",
                     json_text_new(rule->category), "similarity", 1.0, "differs", "template");
}

/* What a person decided needs no suggestion, and what is not AWS's shall bother nobody. */
static json_t *near_for(struct reading *reading, const struct rule *rule,
                        const struct decide_request *request, const json_t *decision)
{
    bool unmatched = strcmp(json_text_or(decision, "category", ""), "unmatched") == 0,
         general = strcmp(json_text_or(decision, "certainty", ""), "general") == 0;
    if (request->category != NULL)
        return json_null();
    if (reading->auth->verdict == AUTH_FORGED)
        return near_of_forged(rule);
    return unmatched || general ? near_of(reading) : json_null();
}

/* The values that texts of actions are filled from: found over notice over facts of the mail. */
static json_t *values_of(struct reading *reading, json_t *decision)
{
    json_t *values = json_object();
    const char *key;
    json_t *value;
    json_object_foreach(notice_of(reading, true), key, value)
        json_object_set(values, key, value);
    static const char *const facts[] = {"account",  "category", "rule",       "service",
                                        "priority", "date",     "message_id", "from"};
    for (size_t i = 0; i < G_N_ELEMENTS(facts); i++)
        if (!json_is_null(json_object_get(decision, facts[i])) || json_object_get(values, facts[i]) == NULL)
            json_object_set(values, facts[i], json_object_get(decision, facts[i]));
    json_object_foreach(reading->unfound, key, value) /* a rule's own name stands for nothing else */
        json_object_del(values, key);
    json_object_update(values, reading->found);
    json_object_set(values, "subject", json_object_get(decision, "subject"));
    const json_t *category =
        json_object_get(reading->set->categories, json_text_or(decision, "category", ""));
    json_object_set_new(values, "category_title", json_text_new(json_text_or(category, "title", "")));
    return values;
}

static json_t *decision_new(struct reading *reading, const struct rule *rule,
                            const struct decide_request *request)
{
    bool forged = reading->auth->verdict == AUTH_FORGED && request->category == NULL;
    const char *name = category_of(reading, rule, request->category);
    const json_t *category = json_object_get(reading->set->categories, name);
    const char *priority = rule != NULL && rule->priority != NULL
                               ? rule->priority
                               : json_text_or(category, "priority", "normal");
    if (forged && rule != NULL && rule->priority == NULL)
        priority =
            json_text_or(json_object_get(reading->set->categories, rule->category), "priority", priority);
    const struct address *from = message_from(reading->message);
    g_autofree char *own = text_one_line(message_subject(reading->message)),
                    *subject = request->drill != NULL ? drilling_mark(own) : g_strdup(own);
    bool decided = rule != NULL && !forged && request->category == NULL;
    const char *service = rule != NULL && rule->service != NULL
                              ? rule->service
                              : json_text(notice_of(reading, true), "service");
    json_t *decision = json_object();
    json_object_set_new(decision, "message_id", json_text_new(message_id(reading->message)));
    json_object_set_new(decision, "subject", json_text_new(subject));
    json_object_set_new(decision, "from", json_text_new(from != NULL ? from->address : NULL));
    json_object_set_new(decision, "date", date_text(reading));
    json_object_set_new(decision, "category", json_text_new(name));
    json_object_set_new(decision, "rule", json_text_new(decided ? rule->id : NULL));
    json_object_set_new(decision, "certainty",
                        json_string(!decided        ? "none"
                                    : rule->general ? "general"
                                                    : "exact"));
    json_object_set_new(decision, "priority", json_string(priority));
    json_object_set_new(decision, "service", json_text_new(service));
    json_object_set_new(decision, "near", near_for(reading, rule, request, decision));
    return decision;
}

/* What the rules in shadow would have made of the mail, each as if it alone were live: it came before the one
 * that decided. A forged mail is suspicious whichever rule it reaches. */
static json_t *shadows_of(const struct reading *reading, enum auth_verdict before, const json_t *decision)
{
    json_t *list = json_array();
    const char *live = json_text(decision, "category");
    for (guint i = 0; i < reading->shadows->len; i++) {
        const struct rule *rule = reading->shadows->pdata[i];
        bool forged = before == AUTH_FORGED || (before == AUTH_STRANGER && !rule->any_speaker);
        const char *category = forged ? "suspicious" : rule->category;
        if (category == NULL) /* a broken rule, which explain and classify see */
            continue;
        json_array_append_new(list, json_pack("{s:s, s:s, s:b}", "rule", rule->id, "category", category,
                                              "agrees", strcmp(category, live) == 0));
    }
    return list;
}

/* The sender's own mark of a notice: the same in every mail about it. */
static json_t *deduping_id(const struct reading *reading)
{
    const char *value = message_header(reading->message, "X-SM-DEDUPING-ID", 0);
    g_autofree char *text = value != NULL ? text_one_line(value) : NULL;
    return text != NULL && text[0] != '\0' && strlen(text) <= DEDUPING_ID_MAXIMUM ? json_text_new(text)
                                                                                  : json_null();
}

/* What shall come of it, and what else is other about a drill: it opens no answer, joins no group, is
 * compared with nothing. */
static void drill_apply(const struct decide_drill *drill, struct decided *decided)
{
    json_t *held = json_array(), *actions = json_incref(json_object_get(decided->decision, "actions"));
    json_object_set_new(decided->decision, "actions", drilling_actions(actions, drill, held));
    static const char *const none[] = {"answer", "group", "deduping_id"};
    for (size_t i = 0; i < G_N_ELEMENTS(none); i++)
        json_object_set_new(decided->context, none[i], json_null());
    json_object_set_new(decided->context, "shadow", json_array());
    json_object_set_new(decided->context, "drill",
                        json_pack("{s:o, s:o}", "by", json_text_new(drill->by), "held", held));
}

/* What actors get to know. */
static json_t *context_new(struct reading *reading, const json_t *decision, const struct rule *rule,
                           const char *contact)
{
    json_t *context = json_object();
    static const char *const same[] = {"message_id", "subject", "date",   "category",
                                       "priority",   "account", "rule",   "certainty",
                                       "service",    "near",    "notice", "found"};
    for (size_t i = 0; i < G_N_ELEMENTS(same); i++)
        json_object_set(context, same[i], json_object_get(decision, same[i]));
    const struct address *from = message_from(reading->message);
    g_autofree char *arrived = time_format(reading->arrival);
    const json_t *category =
        json_object_get(reading->set->categories, json_text_or(decision, "category", ""));
    bool forged = reading->auth->verdict == AUTH_FORGED;
    json_object_set_new(context, "from",
                        json_pack("{s:o, s:o}", "name", json_text_new(from != NULL ? from->name : ""),
                                  "address", json_text_new(from != NULL ? from->address : "")));
    json_object_set_new(context, "arrived", json_string(arrived));
    json_object_set_new(context, "category_title", json_text_new(json_text_or(category, "title", "")));
    json_object_set_new(context, "category_title_en", json_text_new(json_text_or(category, "title_en", "")));
    json_object_set_new(context, "contact", json_text_new(contact));
    json_object_set_new(context, "contact_group",
                        json_text_new(json_text(reading->set->contacts, contact != NULL ? contact : "")));
    json_object_set_new(context, "verdict", json_string(auth_verdict_name(reading->auth->verdict)));
    json_object_set(context, "reasons", json_object_get(reading->auth->json, "reasons"));
    json_t *advice = rule != NULL && !forged ? rule->advice : NULL;
    bool said = rule != NULL && rule->answer != NULL && !forged;
    json_object_set_new(context, "answer",
                        json_text_new(said ? rule->answer : json_text(category, "answer")));
    json_object_set_new(context, "held", json_text_new(plan_held(reading, rule, decision)));
    json_object_set_new(context, "group", group_of(reading, rule, decision, contact));
    json_object_set_new(context, "people", group_people(reading, decision, contact));
    json_object_set_new(context, "deduping_id", deduping_id(reading));
    json_object_set_new(context, "drill", json_null());
    json_object_set_new(context, "advice", advice != NULL ? json_deep_copy(advice) : json_null());
    bool told = json_array_size(json_object_get(decision, "actions")) > 0;
    g_autofree char *text = told ? text_clip(message_text(reading->message), QUOTE_MAXIMUM) : g_strdup("");
    g_autofree char *quoted = notice_unwrap_links(reading->set, text);
    json_object_set_new(context, "text", json_text_new(quoted));
    json_object_set_new(context, "silenced", silenced_by(reading, decision, context));
    return context;
}

/* What is larger than the keeper takes is cut here, and said: a refused decision would cost the mail. */
static void decided_bound(struct decided *decided, const struct rule *rule)
{
    bool cut = false;
    decided->decision = decision_bound(decided->decision, &cut);
    decided->context = decision_bound_context(decided->context, &cut);
    json_t *errors = json_object_get(decided->decision, "errors");
    if (cut)
        json_array_insert_new(
            errors, 0,
            json_pack("{s:o, s:s, s:s}", "rule", json_text_new(rule != NULL ? rule->id : NULL), "kind",
                      "limit", "message", "the decision was too large: texts or lists in it are cut"));
    decided->decision = decision_bound(decided->decision, &cut);
}

static void reading_begin(struct reading *reading, const struct rule_set *set, struct message *message,
                          const struct decide_request *request)
{
    reading_start(reading, set, message);
    reading->spool = request->spool;
    reading->file = request->file;
    reading->recipient = request->recipient;
    reading->arrival = request->arrival;
    reading->every_account = request->every_account;
    reading->reached = request->reached;
    reading->trace = request->explain ? trace_new(request->since) : NULL;
    trace_step(reading->trace, "speaker");
    reading->auth = auth_read(message, set->senders, request->trust);
    if (request->drill != NULL) {
        reading->auth->amazon = false;
        auth_set_verdict(reading->auth, AUTH_PROVEN, "a drill");
    }
    lua_globals_set_time(sandbox_state(set->sandbox), request->arrival);
    reading->offering = request->every_rule ? NULL : offering_new(reading, set->index);
    sandbox_begin_mail(set->sandbox);
}

static void reading_end(struct reading *reading)
{
    offering_free(reading->offering);
    auth_free(reading->auth);
    reading_clear(reading);
}

static const char *find_account(struct reading *reading, const struct decide_request *request, bool *conflict)
{
    const char *account = account_of(reading, conflict);
    if (request->drill == NULL || request->drill->account == NULL)
        return account;
    *conflict = false;
    return request->drill->account;
}

/* Takes over into the decision what was read on the way. */
static void record_read(struct reading *reading, json_t *decision)
{
    trace_step(reading->trace, "record");
    json_object_set(decision, "found", reading->found);
    json_object_set(decision, "notice", notice_of(reading, true));
    json_object_set(decision, "tags", reading->tags);
    json_object_set(decision, "auth", reading->auth->json);
    json_object_set(decision, "errors", reading->errors);
}

void rule_set_decide(const struct rule_set *set, struct message *message,
                     const struct decide_request *request, struct decided *decided)
{
    struct reading reading;
    g_autoptr(GPtrArray) passing = g_ptr_array_new();
    bool conflict = false;
    reading_begin(&reading, set, message, request);
    trace_step(reading.trace, "rules");
    const struct rule *rule = find_rule(&reading, request, passing);
    trace_considered(reading.trace, rule != NULL ? rule->number : set->rules->len);
    step_enter(0);
    if (request->category != NULL) { /* what rules found stays; what they would do does not */
        rule = NULL;
        g_ptr_array_set_size(passing, 0);
        json_array_clear(reading.tags);
        g_ptr_array_set_size(reading.shadows, 0);
    }
    reading.rule = rule;
    explain_read(&reading); /* what the rules made us read; the rest of deciding may read more */
    trace_step(reading.trace, "signs");
    speaker_weigh_signs(&reading);
    enum auth_verdict before = reading.auth->verdict;
    trace_step(reading.trace, "account");
    speaker_weigh_rule(&reading, rule);
    const char *account = find_account(&reading, request, &conflict);
    const char *contact = account_contact(&reading, account, conflict);
    trace_step(reading.trace, "actions");
    json_t *decision = decision_new(&reading, rule, request);
    json_object_set_new(decision, "account", json_text_new(account));
    g_autoptr(json_t) values = values_of(&reading, decision);
    json_object_set_new(decision, "actions",
                        plan_actions(&reading, rule, passing, decision, values, request->category != NULL));
    record_read(&reading, decision);
    decided->decision = decision;
    decided->context = context_new(&reading, decision, rule, contact);
    json_object_set_new(decided->context, "shadow", shadows_of(&reading, before, decision));
    json_object_set_new(decision, "defects", defects_of(&reading, conflict));
    if (request->drill != NULL)
        drill_apply(request->drill, decided);
    decided_bound(decided, rule);
    decided->recipient = g_strdup(account_recipient(&reading));
    explain_account(&reading, account, contact, conflict);
    explain_asked(&reading, request->asked, request->skip);
    decided->explain = trace_free(reading.trace);
    reading_end(&reading);
}

void decided_clear(struct decided *decided)
{
    json_decref(decided->decision);
    json_decref(decided->context);
    g_free(decided->recipient);
    json_decref(decided->explain);
}
