#include "agent/chain_dubbo.h"

#include <stdbool.h>
#include <string.h>

#include "agent/chain.h"
#include "lib/clean.h"
#include "lib/json.h"
#include "lib/xmalloc.h"

#define SUBJECT "interface " /* of a problem */

static void add_provider(json_t *part, const json_t *provider);
static void add_problems(json_t *part, const json_t *doc, const char *interface, size_t len);
static bool is_of(const json_t *provider, const char *interface);

void chain_dubbo_add(json_t *part, const json_t *doc, long long host_port)
{
    const json_t *provider;
    size_t i;

    json_array_foreach(json_arr(doc, "dubbo"), i, provider) {
        const char *title = json_str(provider, "provider");

        if (!title || json_is_true(json_object_get(provider, "machine")) ||
            json_integer_value(json_object_get(provider, "host_port")) != host_port)
            continue;
        add_provider(part, provider);
        add_problems(part, doc, title, strcspn(title, ": "));
    }
}

json_t *chain_dubbo_interface(const json_t *doc, const char *name)
{
    json_t *part = chain_part("Dubbo interface %s", name);
    const json_t *provider;
    size_t i;

    json_array_foreach(json_arr(doc, "dubbo"), i, provider)
        if (is_of(provider, name))
            add_provider(part, provider);
    add_problems(part, doc, name, strlen(name));
    if (json_array_size(json_arr(part, "steps")))
        return part;
    json_decref(part);
    return NULL;
}

static void add_provider(json_t *part, const json_t *provider)
{
    const char *state = json_str(provider, "state");
    bool wanted = json_is_true(json_object_get(provider, "wanted"));

    chain_step(part, "dubbo", "%s: %s%s", json_str(provider, "provider"), state ? state : "?",
               wanted ? "" : ", to be removed");
}

/* 'interface' has 'len' bytes. */
static void add_problems(json_t *part, const json_t *doc, const char *interface, size_t len)
{
    CLEAN(free_str) char *subject = xasprintf(SUBJECT "%.*s", (int)len, interface);
    const json_t *problem;
    size_t i;

    json_array_foreach(json_arr(doc, "problems"), i, problem) {
        const char *about = json_str(problem, "subject"), *text = json_str(problem, "text");

        if (about && text && !strcmp(about, subject))
            chain_step(part, "problem", "%s", text);
    }
}

/* A provider's title begins with its interface: "com.acme.Greeting:1.0 at 192.0.2.10:28001". */
static bool is_of(const json_t *provider, const char *interface)
{
    const char *title = json_str(provider, "provider");
    size_t len = strlen(interface);

    return title && len && strcspn(title, ": ") == len && !strncmp(title, interface, len);
}
