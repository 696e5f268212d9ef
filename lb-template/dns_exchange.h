/* One question to a DNS server and its answers, beside the loop: over UDP, repeated a few times,
 * then over TCP; or over TCP alone.
 *
 * A question may be received twice: what is sent must be of a kind that this does no harm. */
#ifndef LB_TEMPLATE_DNS_EXCHANGE_H
#define LB_TEMPLATE_DNS_EXCHANGE_H

#include <ev.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/err.h"
#include "lib/ipaddr.h"

#define DNS_UDP_MAX 512                    /* bytes; what is longer goes over TCP */
#define DNS_ANSWERS_MAX (64 * 1024 * 1024) /* bytes of all answers to one question */

enum dns_reply {
    DNS_REPLY_STRANGE,   /* it answers nothing of ours: it is passed over */
    DNS_REPLY_TRUNCATED, /* the question is asked again over TCP */
    DNS_REPLY_MORE,      /* another answer is to come */
    DNS_REPLY_LAST,
};

struct dns_exchange_call {
    struct ipaddr server;
    uint16_t port;
    const uint8_t *question; /* without the length that TCP wants; valid until the end */
    size_t len;
    bool tcp; /* not over UDP */
    /* Called for each answer. */
    enum dns_reply (*on_answer)(void *arg, const uint8_t *answer, size_t len);
    /* Called once, after the exchange has ended: 'err', which stays the exchange's, is NULL after
     * the last answer. */
    void (*on_end)(void *arg, const struct err *err);
    void *arg;
};

struct dns_exchange;

/* 'call' is copied. Calls back from the loop only. */
struct dns_exchange *dns_exchange_start(struct ev_loop *loop, const struct dns_exchange_call *call);

/* Forgets it without calling back. */
void dns_exchange_cancel(struct dns_exchange *x);

#endif
