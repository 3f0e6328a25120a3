/* Groups: what a mail has in common with others that are told at once. What makes it fail is a directory that
 * cannot be asked; the mail is then told by itself. What is urgent waits for nothing, unless the group says
 * so in words. */
#include "rules/group.h"
#include "rules/sandbox.h"
#include "base/json.h"

#include <lauxlib.h>
#include <string.h>

enum { ASKING_INSTRUCTIONS = 1000000 };

/* The rule's own word counts; false there means that the category's does not. */
static const json_t *terms_of(const struct reading *reading, const struct rule *rule, const json_t *decision)
{
    const json_t *category =
        json_object_get(reading->set->categories, json_text_or(decision, "category", ""));
    const json_t *terms =
        rule != NULL && rule->group != NULL ? rule->group : json_object_get(category, "group");
    bool urgent = strcmp(json_text_or(decision, "priority", ""), "urgent") == 0;
    return json_is_object(terms) && (!urgent || json_flag(terms, "urgent")) ? terms : NULL;
}

/* alone: by their addresses alone. */
static char *people_of(struct reading *reading, const char *contact, const char *role, bool alone)
{
    lua_State *lua = sandbox_state(reading->set->sandbox);
    g_autoptr(GError) error = NULL;
    lua_getfield(lua, LUA_REGISTRYINDEX, SANDBOX_PEOPLE);
    lua_pushstring(lua, contact);
    lua_pushstring(lua, role);
    lua_pushboolean(lua, alone);
    if (!sandbox_call(reading->set->sandbox, 3, 1, ASKING_INSTRUCTIONS, NULL, &error)) {
        reading_error(reading, "raised", error->message);
        return NULL;
    }
    const char *text = lua_type(lua, -1) == LUA_TSTRING ? lua_tostring(lua, -1) : NULL;
    char *hash = text != NULL ? g_compute_checksum_for_string(G_CHECKSUM_SHA256, text, -1) : NULL;
    lua_pop(lua, 1);
    return hash;
}

static void add_people(struct reading *reading, const char *contact, const char *role, const char *name,
                       bool alone, json_t *people)
{
    if (json_object_get(people, name) != NULL)
        return;
    g_autofree char *hash = people_of(reading, contact, role, alone);
    json_object_set_new(people, name, json_text_new(hash));
}

static json_t *people_named(struct reading *reading, const json_t *decision, const char *contact, bool alone)
{
    json_t *people = json_object(), *action;
    size_t index;
    json_array_foreach(json_object_get(decision, "actions"), index, action) {
        const char *role = json_text(json_object_get(action, "args"), "to");
        if (role != NULL)
            add_people(reading, contact, role, role, alone, people);
    }
    return people;
}

/* Those of each role that is told, whatever the group is by: nobody reads of another one's accounts. For what
 * names no role, such as a chat, the technical ones, where it is by contact. */
static json_t *people_told(struct reading *reading, const json_t *decision, const char *contact,
                           bool by_contact)
{
    json_t *people = people_named(reading, decision, contact, false);
    if (by_contact)
        add_people(reading, contact, "technical", "", false, people);
    return people;
}

json_t *group_people(struct reading *reading, const json_t *decision, const char *contact)
{
    return people_named(reading, decision, contact, true);
}

json_t *group_of(struct reading *reading, const struct rule *rule, const json_t *decision,
                 const char *contact)
{
    const json_t *terms = terms_of(reading, rule, decision), *by = json_object_get(terms, "by");
    const json_t *notice = json_object_get(decision, "notice");
    if (terms == NULL || json_array_size(json_object_get(decision, "actions")) == 0)
        return json_null();
    json_t *facts = json_object(), *entry;
    bool by_contact = false;
    size_t index;
    json_array_foreach((json_t *)by, index, entry) {
        const char *name = json_string_value(entry);
        json_t *own = json_object_get(decision, name);
        by_contact |= strcmp(name, "contact") == 0;
        if (strcmp(name, "contact") != 0)
            json_object_set(facts, name, own != NULL ? own : json_object_get(notice, name));
    }
    return json_pack("{s:O, s:s, s:s, s:o, s:o}", "by", by, "wait", json_text_or(terms, "wait", "5m"), "most",
                     json_text_or(terms, "most", "1h"), "facts", facts, "people",
                     people_told(reading, decision, contact, by_contact));
}
