/* Hosts of destinations, in lower case. A secret that is not set has none, and the action that needs it says
 * so. */
#include "actor/hosts.h"
#include "actor/secret.h"
#include "base/json.h"

#include <string.h>

static void add_host(json_t *hosts, const char *destination, const char *url)
{
    g_autoptr(GUri) uri = url != NULL ? g_uri_parse(url, G_URI_FLAGS_PARSE_RELAXED, NULL) : NULL;
    const char *host = uri != NULL ? g_uri_get_host(uri) : NULL;
    if (host == NULL || host[0] == '\0')
        return;
    g_autofree char *lower = g_ascii_strdown(host, -1);
    json_object_set_new(hosts, destination, json_text_new(lower));
}

static void add_hosts(json_t *hosts, const char *kind, const json_t *list)
{
    const char *name;
    json_t *entry;
    json_object_foreach((json_t *)list, name, entry) {
        const char *secret = json_text(json_object_get(entry, "url"), "secret");
        char *hidden = secret != NULL ? secret_find(secret) : NULL;
        g_autofree char *destination = g_strconcat(kind, " ", name, NULL);
        add_host(hosts, destination, hidden != NULL ? hidden : json_text(entry, "url"));
        if (hidden != NULL)
            explicit_bzero(hidden, strlen(hidden));
        g_free(hidden);
    }
}

json_t *hosts_of(const json_t *config)
{
    json_t *hosts = json_object();
    add_hosts(hosts, "channel", json_object_get(config, "channels"));
    add_hosts(hosts, "webhook", json_object_get(config, "webhooks"));
    add_host(hosts, "mail", json_text(json_object_get(config, "smtp"), "url"));
    return hosts;
}
