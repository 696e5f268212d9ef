#include "lb-template/dns_plan.h"

#include <stdlib.h>
#include <string.h>

#include "lib/clean.h"
#include "lib/xmalloc.h"

static bool is_ours(const struct dns_zone *zone, const char *name, const char *owner);
static void plan_name(const struct dns_entry *wanted, const struct dns_zone *zone,
                      const char *owner, struct dns_changes *ret, struct problems *problems);
static void refuse(const struct dns_zone *zone, const char *name, struct problems *problems);
static void add_change(struct dns_changes *l, enum dns_action action, const char *name,
                       const struct strv *records);

void dns_zone_add(struct dns_zone *z, const char *name, uint32_t ttl, const char *type,
                  const char *data)
{
    size_t mark = strlen(DNS_MARK);
    bool is_mark = !strncmp(name, DNS_MARK, mark);

    if (is_mark && strcmp(type, "TXT"))
        return; /* a signature of a signed zone, at most */
    struct dns_entry *e = dns_entries_add(is_mark ? &z->marks : &z->used, name + is_mark * mark);
    if (is_mark)
        strv_add(&e->records, data);
    else if (!strcmp(type, "A") || !strcmp(type, "AAAA") || !strcmp(type, "SRV"))
        strv_add_take(&e->records, xasprintf("%u IN %s %s", ttl, type, data));
}

void dns_zone_sort(struct dns_zone *z)
{
    dns_entries_sort(&z->used);
    dns_entries_sort(&z->marks);
}

void dns_zone_done(struct dns_zone *z)
{
    dns_entries_done(&z->used);
    dns_entries_done(&z->marks);
}

void dns_plan(const struct dns_entries *wanted, const struct dns_zone *zone, const char *owner,
              struct dns_changes *ret, struct problems *problems)
{
    for (size_t i = 0; i < wanted->n; i++)
        plan_name(&wanted->v[i], zone, owner, ret, problems);
    for (size_t i = 0; i < zone->marks.n; i++) {
        const char *name = zone->marks.v[i].name;

        if (!dns_entries_find(wanted, name) && is_ours(zone, name, owner))
            add_change(ret, DNS_REMOVE, name, NULL);
    }
}

void dns_changes_done(struct dns_changes *l)
{
    for (size_t i = 0; i < l->n; i++) {
        free(l->v[i].name);
        strv_done(&l->v[i].records);
    }
    free(l->v);
    *l = (struct dns_changes){0};
}

const char *dns_action_name(enum dns_action action)
{
    switch (action) {
    case DNS_ADD:
        return "added";
    case DNS_CHANGE:
        return "changed";
    case DNS_REMOVE:
        return "removed";
    }
    return "?";
}

char *dns_mark_text(const char *owner)
{
    return xasprintf("owner=%s", owner);
}

static bool is_ours(const struct dns_zone *zone, const char *name, const char *owner)
{
    const struct dns_entry *mark = dns_entries_find(&zone->marks, name);
    CLEAN(free_str) char *text = dns_mark_text(owner);

    return mark && mark->records.n == 1 && !strcmp(mark->records.v[0], text);
}

static void plan_name(const struct dns_entry *wanted, const struct dns_zone *zone,
                      const char *owner, struct dns_changes *ret, struct problems *problems)
{
    const struct dns_entry *has = dns_entries_find(&zone->used, wanted->name);

    if (!is_ours(zone, wanted->name, owner)) {
        if (has || dns_entries_find(&zone->marks, wanted->name))
            refuse(zone, wanted->name, problems);
        else
            add_change(ret, DNS_ADD, wanted->name, &wanted->records);
    } else if (!has || !strv_equal(&has->records, &wanted->records)) {
        add_change(ret, DNS_CHANGE, wanted->name, &wanted->records);
    }
}

static void refuse(const struct dns_zone *zone, const char *name, struct problems *problems)
{
    const struct dns_entry *mark = dns_entries_find(&zone->marks, name);

    if (mark)
        problems_add(problems, name,
                     "the name in DNS belongs to another berth (%s): it is left alone; give each "
                     "name to one [dns] owner",
                     mark->records.v[0]);
    else
        problems_add(problems, name,
                     "somebody else has this name in DNS: it is left alone; remove it there, or "
                     "choose another host name");
}

/* 'records' may be NULL. */
static void add_change(struct dns_changes *l, enum dns_action action, const char *name,
                       const struct strv *records)
{
    l->v = xgrow(l->v, l->n, &l->cap, sizeof *l->v);
    struct dns_change *c = &l->v[l->n++];
    *c = (struct dns_change){.action = action, .name = xstrdup(name)};
    if (records)
        strv_copy(&c->records, records);
}
