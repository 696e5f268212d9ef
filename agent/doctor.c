#include "agent/doctor.h"

#include <string.h>

#include "agent/check.h"
#include "lib/json.h"

#define CHECK_WIDTH 18

#define COLOUR_OFF "\033[0m"

static const struct {
    const char *name;
    void (*run)(const struct host *h, struct findings *out);
} checks[] = {
    {"kernel", check_kernel},
    {"limits", check_limits},
    {"forwarding", check_forwarding},
    {"forward-policy", check_forward_policy},
    {"docker-firewall", check_docker_firewall},
    {"iptables", check_iptables_backends},
    {"firewall-services", check_firewall_services},
    {"mark", check_mark},
    {"rp-filter", check_rp_filter},
    {"route-localnet", check_route_localnet},
    {"bridge-netfilter", check_bridge_netfilter},
    {"bridge-mac", check_bridge_mac},
    {"mtu", check_mtu},
    {"conntrack-size", check_conntrack_size},
    {"conntrack-drops", check_conntrack_drops},
    {"conntrack-timeouts", check_conntrack_timeouts},
    {"conntrack-windows", check_conntrack_windows},
    {"port-range", check_port_range},
    {"mesos", check_mesos},
    {"mappings", check_mappings},
    {"userland-proxy", check_userland_proxy},
    {"haproxy", check_haproxy},
    {"dubbo", check_dubbo},
    {"dns", check_dns},
};

static void print_finding(const struct finding *f, bool colour, struct sbuf *out);
static void print_note(const char *label, const char *text, struct sbuf *out);
static void print_fixes(const struct doctor_fixes *fixes, struct sbuf *out);
static void print_summary(const struct findings *l, struct sbuf *out);
static const char *colour_of(enum finding_level level);
static json_t *strings(const struct strv *l);

void doctor_examine(const struct host *h, struct findings *ret)
{
    for (size_t i = 0; i < ARRAY_LEN(checks); i++) {
        ret->check = checks[i].name;
        checks[i].run(h, ret);
    }
}

void doctor_print(const struct findings *l, const struct doctor_fixes *fixes, bool colour,
                  struct sbuf *out)
{
    for (size_t i = 0; i < l->n; i++)
        print_finding(&l->v[i], colour, out);
    if (l->left_out)
        sbuf_addf(out, "%zu more findings are left out\n", l->left_out);
    if (fixes)
        print_fixes(fixes, out);
    print_summary(l, out);
}

json_t *doctor_json(const struct findings *l, const struct doctor_fixes *fixes)
{
    json_t *doc = json_object(), *list = json_array();

    for (size_t i = 0; i < l->n; i++) {
        const struct finding *f = &l->v[i];
        json_t *j = json_object();

        json_set_str(j, "check", f->check);
        json_set_str(j, "level", finding_level_name(f->level));
        json_set_str(j, "found", f->found);
        json_set_str(j, "why", f->why);
        json_set_str(j, "remedy", f->remedy);
        json_object_set_new(j, "fixable", json_boolean(f->n_fixes));
        json_array_append_new(list, j);
    }
    json_object_set_new(doc, "status", json_integer(doctor_status(l)));
    json_object_set_new(doc, "findings", list);
    json_object_set_new(doc, "left_out", json_integer((json_int_t)l->left_out));
    if (fixes) {
        json_object_set_new(doc, "fixed", strings(&fixes->done));
        json_object_set_new(doc, "not_fixed", strings(&fixes->failed));
    }
    return doc;
}

int doctor_status(const struct findings *l)
{
    switch (findings_worst(l)) {
    case FINDING_OK:
    case FINDING_INFO:
        return 0;
    case FINDING_UNKNOWN:
    case FINDING_WARN:
        return 1;
    case FINDING_FAIL:
        return 2;
    }
    return 2;
}

void doctor_fixes_done(struct doctor_fixes *f)
{
    strv_done(&f->done);
    strv_done(&f->failed);
}

static void print_finding(const struct finding *f, bool colour, struct sbuf *out)
{
    const char *level = finding_level_name(f->level);

    if (colour)
        sbuf_addf(out, "%s%-7s" COLOUR_OFF, colour_of(f->level), level);
    else
        sbuf_addf(out, "%-7s", level);
    sbuf_addf(out, "  %-*s  ", CHECK_WIDTH, f->check);
    sbuf_add_printable(out, f->found);
    sbuf_addch(out, '\n');
    print_note("why", f->why, out);
    print_note(f->n_fixes ? "fix" : "do", f->remedy, out);
}

/* Below what was found. */
static void print_note(const char *label, const char *text, struct sbuf *out)
{
    if (!text)
        return;
    sbuf_addf(out, "%*s  %-4s ", 7 + 2 + CHECK_WIDTH, "", label);
    sbuf_add_printable(out, text);
    sbuf_addch(out, '\n');
}

static void print_fixes(const struct doctor_fixes *fixes, struct sbuf *out)
{
    const struct strv *lists[] = {&fixes->done, &fixes->failed};
    static const char *const labels[] = {"fixed", "not fixed"};

    sbuf_addch(out, '\n');
    for (size_t l = 0; l < ARRAY_LEN(lists); l++)
        for (size_t i = 0; i < lists[l]->n; i++) {
            sbuf_addf(out, "%s: ", labels[l]);
            sbuf_add_printable(out, lists[l]->v[i]);
            sbuf_addch(out, '\n');
        }
    if (!fixes->done.n && !fixes->failed.n)
        sbuf_adds(out, "there was nothing to fix\n");
}

static void print_summary(const struct findings *l, struct sbuf *out)
{
    size_t count[FINDING_FAIL + 1] = {0}, fixable = 0;

    for (size_t i = 0; i < l->n; i++) {
        count[l->v[i].level]++;
        fixable += l->v[i].n_fixes != 0;
    }
    sbuf_addf(out, "\n%zu failure%s, %zu warning%s, %zu unknown, %zu good\n", count[FINDING_FAIL],
              count[FINDING_FAIL] == 1 ? "" : "s", count[FINDING_WARN],
              count[FINDING_WARN] == 1 ? "" : "s", count[FINDING_UNKNOWN],
              count[FINDING_OK] + count[FINDING_INFO]);
    if (fixable)
        sbuf_addf(out, "berth doctor --fix mends the %zu with the word fix\n", fixable);
}

static const char *colour_of(enum finding_level level)
{
    switch (level) {
    case FINDING_OK:
        return "\033[32m";
    case FINDING_INFO:
        return "\033[36m";
    case FINDING_UNKNOWN:
        return "\033[35m";
    case FINDING_WARN:
        return "\033[33m";
    case FINDING_FAIL:
        return "\033[31m";
    }
    return "";
}

static json_t *strings(const struct strv *l)
{
    json_t *list = json_array();

    for (size_t i = 0; i < l->n; i++) {
        json_t *item = json_object();

        json_set_str(item, "text", l->v[i]);
        json_array_append_new(list, item);
    }
    return list;
}
