/* The conversation with nf_tables in the kernel: requests, dumps, and the socket below both.
 *
 * The kernel answers at once, so calls wait for the answer. After a failed conversation the socket
 * is opened anew, so that no late answer is taken for another one's.
 *
 * Two error codes mean "somebody changed the ruleset meanwhile, look again": EINTR from a dump,
 * ERESTART from a transaction. nft_is_stale() knows them. */
#ifndef PORTMAP_NFT_H
#define PORTMAP_NFT_H

#include <libmnl/libmnl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/err.h"

#define NFT_TABLE "berth" /* the name of our tables, families ip and ip6 */

struct nft;

/* Fails with EPERM where the process lacks CAP_NET_ADMIN. */
struct nft *nft_new(struct err **err);

void nft_free(struct nft *nft);

/* Starts a request of NFT_MSG_* 'type' for the family ip; the caller puts attributes behind it.
 * 'flags' are NLM_F_DUMP or 0. Valid until the next nft_ call. */
struct nlmsghdr *nft_request(struct nft *nft, uint16_t type, uint16_t flags);

/* The same for 'family', AF_INET or AF_INET6; AF_UNSPEC asks for things of every family. */
struct nlmsghdr *nft_request_of(struct nft *nft, uint8_t family, uint16_t type, uint16_t flags);

/* Sends the request and calls 'on_message' for each message of the answer. Error codes: EINTR, the
 * dump is incomplete; ENOENT, there is no such thing; and what else the kernel says. */
int nft_query(struct nft *nft, struct nlmsghdr *request,
              void (*on_message)(void *arg, const struct nlmsghdr *message), void *arg,
              struct err **err);

/* The same, except that a missing thing is no error: '*ret_exists' becomes false. */
int nft_query_if_any(struct nft *nft, struct nlmsghdr *request,
                     void (*on_message)(void *arg, const struct nlmsghdr *message), void *arg,
                     bool *ret_exists, struct err **err);

/* Sends 'len' bytes, then passes on what arrives until 'on_answer' returns true. For nft_query()
 * and transactions. */
int nft_talk(struct nft *nft, const void *request, size_t len,
             bool (*on_answer)(void *arg, const struct nlmsghdr *message), void *arg,
             struct err **err);

/* The next sequence number. */
uint32_t nft_next_seq(struct nft *nft);

/* The netlink port from which the conversation is held at present; 0: none. The kernel names it as
 * the author of what berth changes. */
uint32_t nft_port(const struct nft *nft);

/* The number that counts the changes of all rulesets in this network namespace. */
int nft_generation(struct nft *nft, uint32_t *ret, struct err **err);

/* "ip" or "ip6", as nft calls the families AF_INET and AF_INET6. */
const char *nft_family_name(uint8_t family);

/* Did 'err' come about because the ruleset changed between looking and acting? */
bool nft_is_stale(const struct err *err);

/* May another try, a little later, end otherwise? True for the same, and where the kernel's answer
 * was lost (ENOBUFS) or late (EAGAIN). */
bool nft_is_passing(const struct err *err);

/* Passes on what libnftnl allocated; ends the program where that is nothing. */
void *nft_must(void *p);

#endif
