/* What a DNS server answers: the message as a whole, and the records of a zone. */
#include <ldns/ldns.h>
#include <string.h>

#include "lb-template/dns_message.h"
#include "lb-template/dns_records.h"
#include "tests/fuzz/fuzz.h"

static void read_message(const uint8_t *data, size_t size, struct dns_zone *zone)
{
    static char name[] = "berth", secret[] = "c2VjcmV0LXNlY3JldC0wMQ==";
    static const struct dns_key key = {name, "hmac-sha256", secret};
    struct dns_message m = {.key = &key, .mac_len = 32};
    struct err *err = NULL;

    if (size >= 2)
        m.id = (uint16_t)(data[0] << 8 | data[1]);
    dns_message_read(&m, data, size, zone, &err);
    err_free(err);
}

static void read_zone(const uint8_t *data, size_t size, struct dns_zone *zone)
{
    ldns_pkt *p = NULL;

    if (ldns_wire2pkt(&p, data, size) == LDNS_STATUS_OK)
        dns_records_add(p, zone);
    ldns_pkt_free(p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct dns_zone zone = {0};
    struct dns_entries none = {0};
    struct dns_changes changes = {0};

    read_message(data, size, NULL);
    read_message(data, size, &zone);
    read_zone(data, size, &zone);
    dns_zone_sort(&zone);
    dns_plan(&none, &zone, "me", &changes, NULL);
    dns_changes_done(&changes);
    dns_zone_done(&zone);
    return 0;
}
