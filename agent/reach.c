#include "agent/reach.h"

#include <stdbool.h>
#include <string.h>

#include "lib/clean.h"

/* A word that a driver or a setting stands for. */
struct meaning {
    const char *word;
    enum endpoint_reach reach;
};

static const struct meaning values[] = {
    {"assigned", REACH_ASSIGNED}, {"direct", REACH_DIRECT}, {"none", REACH_NONE}};

/* The addresses of an overlay are reached by its members only, so it is none for all others. */
static const struct meaning built_in[] = {{"bridge", REACH_ASSIGNED},
                                          {"macvlan", REACH_DIRECT},
                                          {"ipvlan", REACH_DIRECT},
                                          {"overlay", REACH_NONE}};

static bool look_up(const struct meaning *v, size_t n, const char *word, enum endpoint_reach *ret);
static bool is_said(const struct reach_setting *v, size_t n, const char *name,
                    enum endpoint_reach *ret);

enum endpoint_reach reach_of_network(const struct reach_rules *rules, const char *name,
                                     const char *driver, enum reach_reason *ret_reason)
{
    enum endpoint_reach reach = REACH_NONE;

    if (!driver)
        driver = "bridge";
    if (is_said(rules->networks, rules->n_networks, name, &reach))
        *ret_reason = REACH_BY_NETWORK;
    else if (is_said(rules->drivers, rules->n_drivers, driver, &reach))
        *ret_reason = REACH_BY_DRIVER;
    else if (look_up(built_in, ARRAY_LEN(built_in), driver, &reach))
        *ret_reason = REACH_BUILT_IN;
    else
        *ret_reason = REACH_UNKNOWN;
    return reach;
}

size_t reach_rank(const struct reach_rules *rules, const char *name)
{
    size_t i = 0;

    while (i < rules->n_networks && strcmp(rules->networks[i].name, name))
        i++;
    return i;
}

int reach_parse(const char *word, enum endpoint_reach *ret)
{
    return look_up(values, ARRAY_LEN(values), word, ret) ? 0 : -1;
}

int reach_check(const char *value, struct err **err)
{
    enum endpoint_reach reach;

    if (!strcmp(value, "auto") || !reach_parse(value, &reach))
        return 0;
    return err_set(err, "it must be auto, assigned, direct or none");
}

static bool look_up(const struct meaning *v, size_t n, const char *word, enum endpoint_reach *ret)
{
    for (size_t i = 0; i < n; i++)
        if (!strcmp(v[i].word, word)) {
            *ret = v[i].reach;
            return true;
        }
    return false;
}

/* Does a section of that name say more than "auto"? */
static bool is_said(const struct reach_setting *v, size_t n, const char *name,
                    enum endpoint_reach *ret)
{
    for (size_t i = 0; i < n; i++)
        if (!strcmp(v[i].name, name))
            return !reach_parse(v[i].reach, ret);
    return false;
}
