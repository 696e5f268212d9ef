/* IPv4 and IPv6 addresses as values. */
#ifndef LIB_IPADDR_H
#define LIB_IPADDR_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ipaddr {
    uint8_t family; /* AF_INET, AF_INET6, or 0: no address */
    uint8_t b[16];  /* network byte order; IPv4 uses the first four, the rest is zero */
};

/* Room for "[address]:port" and a NUL. */
#define IPADDR_STRLEN (INET6_ADDRSTRLEN + 8)

/* Reads a numeric address without port, prefix or brackets. Returns 0, or -1. */
int ipaddr_parse(const char *s, struct ipaddr *ret);

/* Writes the address to 'buf' and returns it; "" for no address. */
const char *ipaddr_format(const struct ipaddr *a, char buf[IPADDR_STRLEN]);

/* Writes "1.2.3.4:80" or "[2001:db8::1]:80" to 'buf' and returns it. */
const char *ipaddr_format_port(const struct ipaddr *a, unsigned port, char buf[IPADDR_STRLEN]);

/* Total order: family, then bytes. */
int ipaddr_cmp(const struct ipaddr *a, const struct ipaddr *b);

bool ipaddr_is_any(const struct ipaddr *a);
bool ipaddr_is_loopback(const struct ipaddr *a);

/* 0.0.0.0 as a value. */
struct ipaddr ipaddr_any4(void);

#endif
