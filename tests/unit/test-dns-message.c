#include <ldns/ldns.h>
#include <stdlib.h>
#include <string.h>

#include "lb-template/dns_message.h"
#include "lib/clean.h"
#include "lib/xmalloc.h"
#include "tests/tap.h"

static char key_name[] = "berth", secret[] = "c2VjcmV0LXNlY3JldC0wMQ==";
static char other_secret[] = "b3RoZXItb3RoZXItMDEyMw==";
static const struct dns_key key = {key_name, "hmac-sha256", secret};

static void drop_all(char *text, const char *what)
{
    size_t len = strlen(what);

    for (char *at = text; at && (at = strstr(at, what));)
        memmove(at, at + len, strlen(at + len) + 1);
}

/* Sections of the question, as text; the caller frees it. */
static char *sections(const struct dns_message *m)
{
    ldns_pkt *p = NULL;
    char *text = NULL;

    if (ldns_wire2pkt(&p, m->wire, m->len) == LDNS_STATUS_OK) {
        CLEAN(free_str) char *prerequisites = ldns_rr_list2str(ldns_pkt_answer(p));
        CLEAN(free_str) char *updates = ldns_rr_list2str(ldns_pkt_authority(p));

        text =
            xasprintf("%s--\n%s%s", prerequisites, updates, ldns_pkt_tsig(p) ? "" : "not signed\n");
    }
    ldns_pkt_free(p);
    for (char *c = text; c && *c; c++)
        if (*c == '\t')
            *c = ' ';
    drop_all(text, " \\# 0"); /* of a record without data, by libldns 1.8 */
    return text;
}

static void check_update(enum dns_action action, const char *record, const char *wanted)
{
    char name[] = "web.example.com";
    struct dns_change c = {.action = action, .name = name};
    struct dns_message m = {0};

    if (record)
        strv_add(&c.records, record);
    ok(!dns_message_update(&m, &key, "example.com", "me", &c, NULL), "an update is made");
    CLEAN(free_str) char *got = sections(&m);
    is_str(got, wanted, "%s", dns_action_name(action));
    dns_message_done(&m);
    strv_done(&c.records);
}

static void test_updates(void)
{
    check_update(DNS_ADD, "30 IN A 192.0.2.1",
                 "web.example.com. 0 NONE ANY\n_berth.web.example.com. 0 NONE ANY\n--\n"
                 "web.example.com. 30 IN A 192.0.2.1\n"
                 "_berth.web.example.com. 0 IN TXT \"owner=me\"\n");
    check_update(DNS_CHANGE, "30 IN SRV 0 0 8081 web.example.com.",
                 "_berth.web.example.com. 0 IN TXT \"owner=me\"\n--\n"
                 "web.example.com. 0 ANY A\nweb.example.com. 0 ANY AAAA\n"
                 "web.example.com. 0 ANY SRV\n"
                 "web.example.com. 30 IN SRV 0 0 8081 web.example.com.\n");
    check_update(DNS_REMOVE, NULL,
                 "_berth.web.example.com. 0 IN TXT \"owner=me\"\n--\n"
                 "web.example.com. 0 ANY A\nweb.example.com. 0 ANY AAAA\n"
                 "web.example.com. 0 ANY SRV\n_berth.web.example.com. 0 ANY TXT\n");
}

/* The server's side: an answer to 'm' with 'rcode', signed with 'with' unless that is NULL, with
 * the records of 'zone' (lines). 'timers': not the first one of a transfer. */
static uint8_t *answer(const struct dns_message *m, ldns_pkt_rcode rcode, const char *with,
                       const char *const zone[], ldns_rdf **mac, bool timers, size_t *ret_len)
{
    ldns_pkt *p = ldns_pkt_new();
    uint8_t *wire = NULL;

    ldns_pkt_set_id(p, m->id);
    ldns_pkt_set_qr(p, true);
    ldns_pkt_set_rcode(p, rcode);
    for (size_t i = 0; zone && zone[i]; i++) {
        ldns_rr *rr = NULL;

        if (ldns_rr_new_frm_str(&rr, zone[i], 300, NULL, NULL) == LDNS_STATUS_OK)
            ldns_pkt_push_rr(p, LDNS_SECTION_ANSWER, rr);
    }
    if (with) {
        ldns_pkt_tsig_sign_next(p, key_name, with, 300, "hmac-sha256", *mac, timers);
        ldns_rdf_deep_free(*mac);
        *mac = ldns_rdf_clone(ldns_rr_rdf(ldns_pkt_tsig(p), 3));
    }
    ldns_pkt2wire(&wire, p, ret_len);
    ldns_pkt_free(p);
    return wire;
}

static ldns_rdf *mac_of(const struct dns_message *m)
{
    return ldns_rdf_new_frm_data(LDNS_RDF_TYPE_INT16_DATA, m->mac_len, m->mac);
}

static void check_answer(ldns_pkt_rcode rcode, const char *with, int id_change,
                         enum dns_verdict wanted, const char *name)
{
    char target[] = "web.example.com";
    struct dns_change c = {.action = DNS_REMOVE, .name = target};
    struct dns_message m = {0};
    CLEAN(err) struct err *err = NULL;
    size_t len = 0;

    dns_message_update(&m, &key, "example.com", "me", &c, NULL);
    ldns_rdf *mac = mac_of(&m);
    m.id = (uint16_t)(m.id + id_change);
    uint8_t *wire = answer(&m, rcode, with, NULL, &mac, false, &len);
    m.id = (uint16_t)(m.id - id_change);
    is_int(dns_message_read(&m, wire, len, NULL, &err), wanted, "%s", name);
    ok(!err == (wanted != DNS_FAILED && wanted != DNS_DECLINED), "%s: %s", name,
       err ? err_msg(err) : "no error");
    free(wire);
    ldns_rdf_deep_free(mac);
    dns_message_done(&m);
}

static void test_answers(void)
{
    check_answer(LDNS_RCODE_NOERROR, secret, 0, DNS_DONE, "a good answer");
    check_answer(LDNS_RCODE_NOERROR, NULL, 0, DNS_FAILED, "without a signature");
    check_answer(LDNS_RCODE_NOERROR, other_secret, 0, DNS_FAILED, "with another secret");
    check_answer(LDNS_RCODE_NOERROR, secret, 1, DNS_STRANGE, "to another question");
    check_answer(LDNS_RCODE_YXDOMAIN, secret, 0, DNS_REFUSED, "the name is taken");
    check_answer(LDNS_RCODE_NXRRSET, secret, 0, DNS_REFUSED, "the mark is not ours");
    check_answer(LDNS_RCODE_YXDOMAIN, NULL, 0, DNS_FAILED, "the same without a signature");
    check_answer(LDNS_RCODE_REFUSED, secret, 0, DNS_DECLINED, "this update is refused");
    check_answer(LDNS_RCODE_REFUSED, NULL, 0, DNS_FAILED, "refused by who knows whom");
    check_answer(LDNS_RCODE_NOTAUTH, NULL, 0, DNS_FAILED, "not its zone");
}

static void test_transfer(void)
{
    static const char *const first[] = {
        "example.com. 300 IN SOA ns.example.com. admin.example.com. 1 2 3 4 5",
        "WEB.example.com. 30 IN A 192.0.2.1", "_Berth.web.example.com. 0 IN TXT \"owner=me\"",
        "_web._tcp.example.com. 30 IN SRV 0 0 8081 Web.example.com.", NULL};
    static const char *const last[] = {
        "web.example.com. 30 IN AAAA 2001:db8::1",
        "example.com. 300 IN SOA ns.example.com. admin.example.com. 1 2 3 4 5", NULL};
    struct dns_zone zone = {0};
    struct dns_message m = {0};
    size_t len = 0, last_len = 0;

    ok(!dns_message_transfer(&m, &key, "example.com", NULL), "a transfer is asked for");
    ldns_rdf *mac = mac_of(&m);
    uint8_t *wire = answer(&m, LDNS_RCODE_NOERROR, secret, first, &mac, false, &len);
    uint8_t *rest = answer(&m, LDNS_RCODE_NOERROR, secret, last, &mac, true, &last_len);
    is_int(dns_message_read(&m, wire, len, &zone, NULL), DNS_MORE, "the first message");
    is_int(dns_message_read(&m, rest, last_len, &zone, NULL), DNS_DONE, "the last one");
    dns_zone_sort(&zone);
    const struct dns_entry *web = dns_entries_find(&zone.used, "web.example.com");
    CLEAN(free_str) char *records = web ? strv_join(&web->records, "; ") : NULL;
    is_str(records, "30 IN A 192.0.2.1; 30 IN AAAA 2001:db8::1", "records from both");
    const struct dns_entry *srv = dns_entries_find(&zone.used, "_web._tcp.example.com");
    is_str(srv ? srv->records.v[0] : NULL, "30 IN SRV 0 0 8081 web.example.com.", "a port");
    const struct dns_entry *mark = dns_entries_find(&zone.marks, "web.example.com");
    is_str(mark ? mark->records.v[0] : NULL, "owner=me", "the mark, in lower case");
    dns_zone_done(&zone);
    free(wire);
    free(rest);
    ldns_rdf_deep_free(mac);
    dns_message_done(&m);
}

static void test_forged_rest(void)
{
    static const char *const soa[] = {
        "example.com. 300 IN SOA ns.example.com. admin.example.com. 1 2 3 4 5", NULL};
    struct dns_zone zone = {0};
    struct dns_message m = {0};
    CLEAN(err) struct err *err = NULL;
    size_t len = 0, rest_len = 0;

    dns_message_transfer(&m, &key, "example.com", NULL);
    ldns_rdf *mac = mac_of(&m);
    uint8_t *wire = answer(&m, LDNS_RCODE_NOERROR, secret, soa, &mac, false, &len);
    uint8_t *rest = answer(&m, LDNS_RCODE_NOERROR, NULL, soa, &mac, true, &rest_len);
    is_int(dns_message_read(&m, wire, len, &zone, NULL), DNS_MORE, "a good first message");
    is_int(dns_message_read(&m, wire, len, &zone, &err), DNS_FAILED, "the same once more");
    err_free(err);
    err = NULL;
    is_int(dns_message_read(&m, rest, rest_len, &zone, &err), DNS_FAILED, "one without signature");
    dns_zone_done(&zone);
    free(wire);
    free(rest);
    ldns_rdf_deep_free(mac);
    dns_message_done(&m);
}

int main(void)
{
    test_updates();
    test_answers();
    test_transfer();
    test_forged_rest();
    return tap_done();
}
