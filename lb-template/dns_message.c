#include "lb-template/dns_message.h"

#include <ldns/ldns.h>
#include <stdlib.h>
#include <string.h>

#include "lb-template/dns_records.h"
#include "lib/clean.h"
#include "lib/xmalloc.h"

/* Places in a TSIG record's data. */
enum { TSIG_ALGORITHM, TSIG_TIME, TSIG_FUDGE, TSIG_MAC, TSIG_ID, TSIG_ERROR, TSIG_OTHER };

#define BADSIG 16 /* RFC 8945, section 3 */
#define BADKEY 17
#define BADTIME 18

CLEANER(pkt, ldns_pkt *, ldns_pkt_free);
CLEANER(rdf, ldns_rdf *, ldns_rdf_deep_free);
CLEANER(rrs, ldns_rr_list *, ldns_rr_list_deep_free);

static void add_prerequisites(ldns_rr_list *l, const struct dns_change *c, const char *mark,
                              const char *text);
static int add_updates(ldns_rr_list *l, const struct dns_change *c, const char *mark,
                       const char *text, struct err **err);
static ldns_rr *bare_rr(const char *name, ldns_rr_type type, ldns_rr_class class);
static ldns_rr *mark_rr(const char *mark, const char *text, uint32_t ttl);
static int finish(struct dns_message *ret, const struct dns_key *key, ldns_pkt *p,
                  struct err **err);
static void keep_mac(struct dns_message *m, const ldns_pkt *p);
static bool is_signed(struct dns_message *m, ldns_pkt *p, const uint8_t *wire, size_t len);
static enum dns_verdict judge(const struct dns_message *m, const ldns_pkt *p, bool good,
                              bool transfer, struct err **err);
static int refusal(const struct dns_message *m, const ldns_pkt *p, struct err **err);
static unsigned tsig_error(const ldns_pkt *p);
static enum dns_verdict read_records(struct dns_message *m, const ldns_pkt *p,
                                     struct dns_zone *zone);

int dns_message_update(struct dns_message *ret, const struct dns_key *key, const char *zone,
                       const char *owner, const struct dns_change *change, struct err **err)
{
    CLEAN(free_str) char *mark = xasprintf(DNS_MARK "%s", change->name);
    CLEAN(free_str) char *text = dns_mark_text(owner);
    CLEAN(rrs) ldns_rr_list *prerequisites = ldns_rr_list_new();
    CLEAN(rrs) ldns_rr_list *updates = ldns_rr_list_new();

    add_prerequisites(prerequisites, change, mark, text);
    if (add_updates(updates, change, mark, text, err))
        return -1;
    ldns_rdf *name = ldns_dname_new_frm_str(zone);
    CLEAN(pkt)
    ldns_pkt *p =
        name ? ldns_update_pkt_new(name, LDNS_RR_CLASS_IN, prerequisites, updates, NULL) : NULL;
    if (!p)
        return err_set(err, "cannot make an update of the zone %s", zone);
    return finish(ret, key, p, err);
}

int dns_message_transfer(struct dns_message *ret, const struct dns_key *key, const char *zone,
                         struct err **err)
{
    ldns_rdf *name = ldns_dname_new_frm_str(zone);
    CLEAN(pkt)
    ldns_pkt *p = name ? ldns_pkt_query_new(name, LDNS_RR_TYPE_AXFR, LDNS_RR_CLASS_IN, 0) : NULL;

    if (!p)
        return err_set(err, "cannot ask for the zone %s", zone);
    return finish(ret, key, p, err);
}

void dns_message_done(struct dns_message *m)
{
    free(m->wire);
    *m = (struct dns_message){0};
}

enum dns_verdict dns_message_read(struct dns_message *m, const uint8_t *wire, size_t len,
                                  struct dns_zone *zone, struct err **err)
{
    ldns_pkt *parsed = NULL;
    ldns_status status = ldns_wire2pkt(&parsed, wire, len);
    CLEAN(pkt) ldns_pkt *p = parsed;

    if (status != LDNS_STATUS_OK || !ldns_pkt_qr(p) || ldns_pkt_id(p) != m->id)
        return DNS_STRANGE;
    if (ldns_pkt_tc(p))
        return DNS_TRUNCATED;
    bool good = is_signed(m, p, wire, len);
    enum dns_verdict verdict = judge(m, p, good, zone != NULL, err);
    return verdict == DNS_DONE && zone ? read_records(m, p, zone) : verdict;
}

/* ---- making it ---- */

/* RFC 2136, 2.4: a name that is to be added is not in use; of another one, the mark is ours. */
static void add_prerequisites(ldns_rr_list *l, const struct dns_change *c, const char *mark,
                              const char *text)
{
    if (c->action != DNS_ADD) {
        ldns_rr_list_push_rr(l, mark_rr(mark, text, 0));
        return;
    }
    ldns_rr_list_push_rr(l, bare_rr(c->name, LDNS_RR_TYPE_ANY, LDNS_RR_CLASS_NONE));
    ldns_rr_list_push_rr(l, bare_rr(mark, LDNS_RR_TYPE_ANY, LDNS_RR_CLASS_NONE));
}

/* RFC 2136, 2.5: the old records go as whole sets, the new ones come, in one step. */
static int add_updates(ldns_rr_list *l, const struct dns_change *c, const char *mark,
                       const char *text, struct err **err)
{
    static const ldns_rr_type ours[] = {LDNS_RR_TYPE_A, LDNS_RR_TYPE_AAAA, LDNS_RR_TYPE_SRV};

    for (size_t i = 0; c->action != DNS_ADD && i < ARRAY_LEN(ours); i++)
        ldns_rr_list_push_rr(l, bare_rr(c->name, ours[i], LDNS_RR_CLASS_ANY));
    for (size_t i = 0; i < c->records.n; i++) {
        CLEAN(free_str) char *line = xasprintf("%s. %s", c->name, c->records.v[i]);
        ldns_rr *rr = NULL;

        if (ldns_rr_new_frm_str(&rr, line, 0, NULL, NULL) != LDNS_STATUS_OK)
            return err_set(err, "this is no DNS record: %s", line);
        ldns_rr_list_push_rr(l, rr);
    }
    if (c->action == DNS_ADD)
        ldns_rr_list_push_rr(l, mark_rr(mark, text, 0));
    if (c->action == DNS_REMOVE)
        ldns_rr_list_push_rr(l, bare_rr(mark, LDNS_RR_TYPE_TXT, LDNS_RR_CLASS_ANY));
    return 0;
}

static ldns_rr *bare_rr(const char *name, ldns_rr_type type, ldns_rr_class class)
{
    ldns_rr *rr = ldns_rr_new();

    ldns_rr_set_owner(rr, ldns_dname_new_frm_str(name));
    ldns_rr_set_type(rr, type);
    ldns_rr_set_class(rr, class);
    ldns_rr_set_ttl(rr, 0);
    return rr;
}

static ldns_rr *mark_rr(const char *mark, const char *text, uint32_t ttl)
{
    ldns_rr *rr = bare_rr(mark, LDNS_RR_TYPE_TXT, LDNS_RR_CLASS_IN);

    ldns_rr_set_ttl(rr, ttl);
    ldns_rr_push_rdf(rr, ldns_rdf_new_frm_str(LDNS_RDF_TYPE_STR, text));
    return rr;
}

static int finish(struct dns_message *ret, const struct dns_key *key, ldns_pkt *p, struct err **err)
{
    struct dns_message m = {.key = key};

    ldns_pkt_set_random_id(p);
    m.id = ldns_pkt_id(p);
    if (ldns_pkt_tsig_sign(p, key->name, key->secret, DNS_FUDGE, key->algorithm, NULL) !=
        LDNS_STATUS_OK)
        return err_set(err, "cannot sign with the DNS key %s", key->name);
    keep_mac(&m, p);
    if (ldns_pkt2wire(&m.wire, p, &m.len) != LDNS_STATUS_OK)
        return err_set(err, "cannot write a DNS message");
    *ret = m;
    return 0;
}

/* The bytes behind the length that the record has before them. */
static void keep_mac(struct dns_message *m, const ldns_pkt *p)
{
    const ldns_rdf *mac = ldns_rr_rdf(ldns_pkt_tsig(p), TSIG_MAC);
    size_t len = ldns_rdf_size(mac);

    m->mac_len = len <= sizeof m->mac ? len : 0;
    memcpy(m->mac, ldns_rdf_data(mac), m->mac_len);
}

/* ---- reading answers ---- */

/* An answer to a question with a signature is bound to it, so that an old one cannot be played
 * back; libldns does not compare the algorithm with ours. */
static bool is_signed(struct dns_message *m, ldns_pkt *p, const uint8_t *wire, size_t len)
{
    ldns_rr *tsig = ldns_pkt_tsig(p);

    if (!tsig || ldns_rr_rd_count(tsig) <= TSIG_OTHER || !m->mac_len)
        return false;
    CLEAN(rdf) ldns_rdf *name = ldns_dname_new_frm_str(m->key->name);
    CLEAN(rdf) ldns_rdf *algorithm = ldns_dname_new_frm_str(m->key->algorithm);
    CLEAN(rdf)
    ldns_rdf *mac = ldns_rdf_new_frm_data(LDNS_RDF_TYPE_INT16_DATA, m->mac_len, m->mac);
    if (ldns_dname_compare(algorithm, ldns_rr_rdf(tsig, TSIG_ALGORITHM)) ||
        ldns_dname_compare(name, ldns_rr_owner(tsig)) ||
        !ldns_pkt_tsig_verify_next(p, wire, len, m->key->name, m->key->secret, mac, m->more))
        return false;
    keep_mac(m, p);
    return true;
}

/* An update that was refused says so under a good signature; who does not know our key, or finds
 * it wrong, cannot sign. */
static enum dns_verdict judge(const struct dns_message *m, const ldns_pkt *p, bool good,
                              bool transfer, struct err **err)
{
    switch (ldns_pkt_get_rcode(p)) {
    case LDNS_RCODE_NOERROR:
        if (good)
            return DNS_DONE;
        err_set(err, "the DNS server's answer has no good signature with the key %s", m->key->name);
        return DNS_FAILED;
    case LDNS_RCODE_YXDOMAIN:
    case LDNS_RCODE_YXRRSET:
    case LDNS_RCODE_NXRRSET:
        if (good && !transfer)
            return DNS_REFUSED;
        break;
    default:
        break;
    }
    refusal(m, p, err);
    return good && !transfer && ldns_pkt_get_rcode(p) == LDNS_RCODE_REFUSED ? DNS_DECLINED
                                                                            : DNS_FAILED;
}

static int refusal(const struct dns_message *m, const ldns_pkt *p, struct err **err)
{
    ldns_lookup_table *rcode = ldns_lookup_by_id(ldns_rcodes, ldns_pkt_get_rcode(p));
    const char *name = rcode ? rcode->name : "an unknown code", *key = m->key->name;

    switch (tsig_error(p)) {
    case BADKEY:
        return err_set(err, "%s (BADKEY): the DNS server has no key %s with %s", name, key,
                       m->key->algorithm);
    case BADSIG:
        return err_set(err, "%s (BADSIG): the DNS server has another secret for the key %s", name,
                       key);
    case BADTIME:
        return err_set(err,
                       "%s (BADTIME): the clocks of this host and of the DNS server differ by more "
                       "than %d s",
                       name, DNS_FUDGE);
    default:
        return err_set(err,
                       "%s: the DNS server refuses it; the key %s must be allowed to update the "
                       "zone and to transfer it, and the server must be its primary",
                       name, key);
    }
}

static unsigned tsig_error(const ldns_pkt *p)
{
    ldns_rr *tsig = ldns_pkt_tsig(p);
    const ldns_rdf *error =
        tsig && ldns_rr_rd_count(tsig) > TSIG_ERROR ? ldns_rr_rdf(tsig, TSIG_ERROR) : NULL;

    return error && ldns_rdf_size(error) == 2 ? ldns_rdf2native_int16(error) : 0;
}

/* A transfer begins and ends with the zone's SOA record. */
static enum dns_verdict read_records(struct dns_message *m, const ldns_pkt *p,
                                     struct dns_zone *zone)
{
    m->soa += dns_records_add(p, zone);
    m->more = true;
    return m->soa >= 2 ? DNS_DONE : DNS_MORE;
}
