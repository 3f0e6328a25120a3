/* Offering rules in their order. A field is read and searched when the next rule that is known to be in play
 * stands behind one that has a key in that field; of several such fields the cheapest goes first, because
 * what it shows may decide the mail before the others are asked. */
#include "rules/offering.h"
#include "rules/literals.h"
#include "rules/pattern_index.h"

#include <string.h>

struct field_state {
    bool searched;
    bool given_up;     /* all of its needles count as there */
    uint64_t *present; /* a bit a needle */
    guint next;        /* of the field's keyed rules: the first that is not passed yet */
};

struct offering {
    struct reading *reading;
    const struct pattern_index *index;
    struct field_state *fields;
    uint64_t *offered; /* a bit a rule */
    uint32_t position; /* rules before it were offered or left out */
};

static const struct index_field *field_at(const struct offering *offering, guint number)
{
    return pattern_index_fields(offering->index)->pdata[number];
}

static guint field_count(const struct offering *offering)
{
    return pattern_index_fields(offering->index)->len;
}

struct offering *offering_new(struct reading *reading, const struct pattern_index *index)
{
    struct offering *offering = g_new0(struct offering, 1);
    offering->reading = reading;
    offering->index = index;
    offering->offered =
        g_memdup2(pattern_index_always(index), pattern_index_words(index) * sizeof *offering->offered);
    offering->fields = g_new0(struct field_state, field_count(offering) + 1);
    return offering;
}

void offering_free(struct offering *offering)
{
    if (offering == NULL)
        return;
    for (guint i = 0; i < field_count(offering); i++)
        g_free(offering->fields[i].present);
    g_free(offering->fields);
    g_free(offering->offered);
    g_free(offering);
}

static bool has_bit(const uint64_t *bits, uint32_t number)
{
    return (bits[number / 64] >> number % 64 & 1) != 0;
}

static void set_bit(uint64_t *bits, uint32_t number)
{
    bits[number / 64] |= UINT64_C(1) << number % 64;
}

struct search {
    struct offering *offering;
    const struct index_field *field;
    uint64_t *present;
};

static void on_needle(uint32_t number, void *data)
{
    struct search *search = data;
    if (has_bit(search->present, number))
        return;
    set_bit(search->present, number);
    for (uint32_t i = search->field->starts[number]; i < search->field->starts[number + 1]; i++)
        set_bit(search->offering->offered, g_array_index(search->field->keys, struct index_key, i).rule);
}

static bool on_text(const char *text, void *data)
{
    struct search *search = data;
    g_autofree char *squeezed = literals_squeeze(text);
    return !needles_scan(search->field->needles, squeezed, strlen(squeezed), on_needle, search);
}

static void search_field(struct offering *offering, guint number)
{
    struct field_state *state = &offering->fields[number];
    const struct index_field *field = field_at(offering, number);
    state->searched = true;
    state->present = g_new0(uint64_t, needles_count(field->needles) / 64 + 1);
    struct search search = {offering, field, state->present};
    state->given_up = reading_each_text(offering->reading, field->field, field->header, on_text, &search);
    for (uint32_t n = 0; state->given_up && n < needles_count(field->needles); n++)
        on_needle(n, &search);
}

/* The first offered rule from the position on; UINT32_MAX: none. */
static uint32_t next_offered(const struct offering *offering)
{
    size_t words = pattern_index_words(offering->index), word = offering->position / 64;
    uint64_t bits =
        word < words ? offering->offered[word] >> offering->position % 64 << offering->position % 64 : 0;
    while (bits == 0 && ++word < words)
        bits = offering->offered[word];
    return bits != 0 ? (uint32_t)(word * 64) + (uint32_t)__builtin_ctzll(bits) : UINT32_MAX;
}

/* The cheapest field not yet searched that could offer a rule before `next`; false: there is none. */
static bool find_field(struct offering *offering, uint32_t next, guint *number)
{
    bool any = false;
    for (guint i = 0; i < field_count(offering); i++) {
        const struct index_field *field = field_at(offering, i);
        struct field_state *state = &offering->fields[i];
        if (state->searched || (any && field->cost >= field_at(offering, *number)->cost))
            continue;
        while (state->next < field->keyed->len &&
               g_array_index(field->keyed, uint32_t, state->next) < offering->position)
            state->next++;
        if (state->next == field->keyed->len || g_array_index(field->keyed, uint32_t, state->next) >= next)
            continue;
        any = true;
        *number = i;
    }
    return any;
}

const struct rule *offering_next(struct offering *offering)
{
    guint number;
    uint32_t next = next_offered(offering);
    while (find_field(offering, next, &number)) {
        search_field(offering, number);
        next = next_offered(offering);
    }
    if (next == UINT32_MAX)
        return NULL;
    offering->position = next + 1;
    return offering->reading->set->rules->pdata[next];
}

bool offering_may_hold(struct offering *offering, const struct condition *condition)
{
    if (condition->needle == NEEDLES_NONE)
        return true;
    if (!offering->fields[condition->place].searched)
        search_field(offering, condition->place);
    return has_bit(offering->fields[condition->place].present, condition->needle);
}

json_t *offering_why(struct offering *offering, const struct rule *rule)
{
    uint32_t place = rule->number - 1;
    if (has_bit(pattern_index_always(offering->index), place))
        return json_string("always");
    json_t *why = json_array();
    for (guint i = 0; i < field_count(offering); i++) {
        const struct index_field *field = field_at(offering, i);
        bool known = offering->fields[i].searched && !offering->fields[i].given_up;
        for (guint k = 0; known && k < field->keys->len; k++) {
            const struct index_key *key = &g_array_index(field->keys, struct index_key, k);
            if (key->rule == place && has_bit(offering->fields[i].present, key->needle))
                json_array_append_new(why, json_pack("{s:s, s:s}", "field", field->field, "text",
                                                     needles_text(field->needles, key->needle)));
        }
    }
    if (json_array_size(why) > 0)
        return why;
    json_decref(why); /* a field whose search was given up */
    return json_string("always");
}
