/* What a reload of the configuration comes to. */
#include "agent/config_change.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/xmalloc.h"
#include "tests/tap.h"

/* Sets '*ret', zeroed, to the defaults with "key=value" words of 'words', and checks the whole. */
static void make(struct config *ret, const char *words)
{
    CLEAN(err) struct err *err = NULL;
    struct strv l = {0};

    conf_defaults(&config_table, ret);
    for (const char *p = words; *p; p += strcspn(p, " "), p += strspn(p, " "))
        strv_addn(&l, p, strcspn(p, " "));
    for (size_t i = 0; i < l.n; i++)
        if (conf_set(&config_table, ret, l.v[i], &err))
            break;
    if (err || config_finish(ret, &err)) {
        fprintf(stderr, "%s: %s\n", words, err_msg(err));
        abort();
    }
    strv_done(&l);
}

static void test_changes(void)
{
    static const struct {
        const char *running, *next; /* options */
        const char *text;
        const char *outcome; /* what runs then, as options that give the same */
    } rows[] = {
        {"", "", "changed=none", ""},
        {"", "lb.http_port=8080 agent.log_level=debug", "changed=agent.log_level,lb.http_port",
         "lb.http_port=8080 agent.log_level=debug"},
        {"lb.http_port=8080", "", "changed=lb.http_port", ""},
        {"", "agent.node=other", "changed=none needs-restart=agent.node", ""},
        {"agent.node=one", "agent.node=two portmap.quarantine=5",
         "changed=portmap.quarantine needs-restart=agent.node",
         "agent.node=one portmap.quarantine=5"},
        {"", "portmap.pool=20000-20100", "changed=portmap.pool", "portmap.pool=20000-20100"},
        {"", "network.calico.reach=direct driver.x.reach=none",
         "changed=network.calico.reach,driver.x.reach",
         "network.calico.reach=direct driver.x.reach=none"},
        {"network.calico.reach=direct", "", "changed=network.calico.reach", ""},
        /* An equal value in other words. */
        {"portmap.quarantine=5", "portmap.quarantine=5.0", "changed=none", "portmap.quarantine=5"},
        /* What is switched off by another option. */
        {"docker.enabled=no", "docker.enabled=no portmap.enabled=no", "changed=none",
         "docker.enabled=no"},
        {"docker.enabled=yes", "docker.enabled=no",
         "changed=none needs-restart=docker.enabled,portmap.enabled", ""},
        /* Good after a restart alone: HAProxy would have its port in the pool. */
        {"", "lb.enabled=no lb.http_port=28000 portmap.quarantine=5",
         "changed=none needs-restart=lb.enabled,portmap.quarantine,lb.http_port", NULL},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct config running = {0}, next = {0}, wanted = {0};
        struct config_change change = {0};
        CLEAN(sbuf) struct sbuf text = SBUF_INIT, is = SBUF_INIT, should = SBUF_INIT;

        make(&running, rows[i].running);
        make(&next, rows[i].next);
        make(&wanted, rows[i].outcome ? rows[i].outcome : rows[i].running);
        int useless = config_change_make(&change, &running, &next);
        config_change_add_text(&change, &text);
        is_str(sbuf_str(&text), rows[i].text, "'%s' to '%s'", rows[i].running, rows[i].next);
        is_int(useless, !rows[i].outcome, "it can be used, or not");
        conf_dump(&config_table, useless ? &running : &next, NULL, &is);
        conf_dump(&config_table, &wanted, NULL, &should);
        is_str(sbuf_str(&is), sbuf_str(&should), "and runs as it should");
        config_change_done(&change);
        conf_done(&config_table, &running);
        conf_done(&config_table, &next);
        conf_done(&config_table, &wanted);
    }
}

static void test_json(void)
{
    struct config_change c = {0};

    strv_add(&c.changed, "lb.http_port");
    strv_add(&c.changed, "lb.template");
    strv_add(&c.pending, "agent.node");
    config_change_defer(&c, "lb.template");
    json_t *doc = config_change_json(&c);
    char *text = json_dumps(doc, JSON_COMPACT);
    is_str(text,
           "{\"ok\":true,\"error\":null,\"changed\":[\"lb.http_port\"],"
           "\"needs_restart\":[\"agent.node\",\"lb.template\"]}",
           "what changes, and what takes a restart");
    free(text);
    json_decref(doc);
    config_change_done(&c);
    c.error = xstrdup("no");
    doc = config_change_json(&c);
    text = json_dumps(doc, JSON_COMPACT);
    is_str(text, "{\"ok\":false,\"error\":\"no\",\"changed\":[],\"needs_restart\":[]}", "an error");
    free(text);
    json_decref(doc);
    config_change_done(&c);
}

int main(void)
{
    test_changes();
    test_json();
    return tap_done();
}
