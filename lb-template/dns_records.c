#include "lb-template/dns_records.h"

#include <ldns/ldns.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clean.h"
#include "lib/sbuf.h"

static void add_record(const ldns_rr *rr, struct dns_zone *zone);
static char *rdf_text(const ldns_rdf *rdf);
static char *record_data(const ldns_rr *rr);
static void lower(char *s);

unsigned dns_records_add(const ldns_pkt *p, struct dns_zone *zone)
{
    const ldns_rr_list *l = ldns_pkt_answer(p);
    unsigned soa = 0;

    for (size_t i = 0; i < ldns_rr_list_rr_count(l); i++) {
        const ldns_rr *rr = ldns_rr_list_rr(l, i);

        soa += ldns_rr_get_type(rr) == LDNS_RR_TYPE_SOA;
        add_record(rr, zone);
    }
    return soa;
}

static void add_record(const ldns_rr *rr, struct dns_zone *zone)
{
    CLEAN(free_str) char *name = rdf_text(ldns_rr_owner(rr));
    CLEAN(free_str) char *type = ldns_rr_type2str(ldns_rr_get_type(rr));
    CLEAN(free_str) char *data = record_data(rr);
    size_t len = name ? strlen(name) : 0;

    if (!len || !type)
        return;
    lower(name);
    if (name[len - 1] == '.')
        name[len - 1] = '\0';
    dns_zone_add(zone, name, ldns_rr_ttl(rr), type, data);
}

static char *rdf_text(const ldns_rdf *rdf)
{
    return rdf ? ldns_rdf2str(rdf) : NULL;
}

/* The fields with a blank between them, as a zone file has them; a text without its quotes. */
static char *record_data(const ldns_rr *rr)
{
    struct sbuf out = SBUF_INIT;

    sbuf_adds(&out, "");
    for (size_t i = 0; i < ldns_rr_rd_count(rr); i++) {
        CLEAN(free_str) char *field = rdf_text(ldns_rr_rdf(rr, i));
        bool quoted = field && ldns_rr_get_type(rr) == LDNS_RR_TYPE_TXT && *field == '"';
        size_t len = field ? strlen(field) : 0;

        sbuf_adds(&out, i ? " " : "");
        if (quoted && len >= 2)
            sbuf_add(&out, field + 1, len - 2);
        else
            sbuf_adds(&out, field ? field : "");
    }
    if (ldns_rr_get_type(rr) == LDNS_RR_TYPE_SRV)
        lower(out.data);
    return sbuf_take(&out);
}

static void lower(char *s)
{
    for (; *s; s++)
        if (*s >= 'A' && *s <= 'Z')
            *s = (char)(*s - 'A' + 'a');
}
