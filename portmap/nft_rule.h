/* Expressions of nftables rules, one function each, in the order in which a packet meets them.
 *
 * Registers are the 32-bit ones, NFT_REG32_00 and up; a value longer than four bytes fills the
 * following ones too. Each function appends to a rule that nft_rule_new() gave. */
#ifndef PORTMAP_NFT_RULE_H
#define PORTMAP_NFT_RULE_H

#include <stdio.h> /* the next one needs it */
#include <libnftnl/expr.h>
#include <libnftnl/rule.h>
#include <stddef.h>
#include <stdint.h>

/* A rule without expressions; its family is that of the message that carries it. The caller frees
 * it with nftnl_rule_free(). */
struct nftnl_rule *nft_rule_new(const char *table, const char *chain);

/* Appends an expression of that name, which belongs to the rule. */
struct nftnl_expr *nft_rule_expr(struct nftnl_rule *r, const char *name);

/* 'reg' = NFT_META_* 'key' of the packet. */
void nft_rule_load_meta(struct nftnl_rule *r, uint32_t key, uint32_t reg);

/* 'reg' = 'len' bytes at 'offset' of the header NFT_PAYLOAD_* 'base'. */
void nft_rule_load_payload(struct nftnl_rule *r, uint32_t base, uint32_t offset, uint32_t len,
                           uint32_t reg);

/* 'reg' = type of the destination address, RTN_LOCAL for the host's own. */
void nft_rule_load_daddr_type(struct nftnl_rule *r, uint32_t reg);

/* 'reg' = mark of the packet's connection. */
void nft_rule_load_ct_mark(struct nftnl_rule *r, uint32_t reg);

/* Mark of the packet, or of its connection, |= 'mark'. 'reg' is overwritten. */
void nft_rule_add_mark(struct nftnl_rule *r, uint32_t mark, uint32_t reg);
void nft_rule_add_ct_mark(struct nftnl_rule *r, uint32_t mark, uint32_t reg);

/* Goes on only where the first 'len' bytes at 'reg' are 'data'. */
void nft_rule_equals(struct nftnl_rule *r, uint32_t reg, const void *data, uint32_t len);

/* Goes on only where they are not. */
void nft_rule_differs(struct nftnl_rule *r, uint32_t reg, const void *data, uint32_t len);

/* 'reg' &= 'mask'. */
void nft_rule_mask(struct nftnl_rule *r, uint32_t reg, uint32_t mask);

/* Goes on only where the value at 'reg' is in the set. */
void nft_rule_in_set(struct nftnl_rule *r, uint32_t reg, const char *set);

/* 'ret_reg' = what the map has for the value at 'reg'; goes on only where it has something. */
void nft_rule_look_up(struct nftnl_rule *r, uint32_t reg, const char *map, uint32_t ret_reg);

/* Ends with NF_ACCEPT or NF_DROP, or with NFT_GOTO to 'chain' (else NULL). */
void nft_rule_verdict(struct nftnl_rule *r, int verdict, const char *chain);

/* Ends by sending the connection to the address of 'family', AF_INET or AF_INET6, and the port at
 * the two registers. */
void nft_rule_dnat(struct nftnl_rule *r, uint8_t family, uint32_t addr_reg, uint32_t port_reg);

/* Ends by giving the connection the host's address as its source. */
void nft_rule_masquerade(struct nftnl_rule *r);

#endif
