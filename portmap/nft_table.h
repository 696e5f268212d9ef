/* The table `ip berth`: its map, sets, chains and rules.
 *
 *     map ports        protocol . host port -> container address . port
 *     set bridges      interfaces with mapped containers
 *     set hairpin      those interfaces with their networks
 *     set quarantine   protocol . host port of ports that were freed, for as long as they rest
 *     guard            keeps 127.0.0.0/8 away from those networks
 *     prerouting, output -> hostports    a hit in the map marks the connection and sends it on
 *     postrouting      connections from 127.0.0.1, or from the container's own network, get the
 *                      host's address as source: the answer has to come back through the host
 *
 * Elements are the business of nft_elems.h. */
#ifndef PORTMAP_NFT_TABLE_H
#define PORTMAP_NFT_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/err.h"
#include "portmap/nft.h"
#include "portmap/nft_batch.h"

#define NFT_MAP_PORTS "ports"
#define NFT_SET_BRIDGES "bridges"
#define NFT_SET_HAIRPIN "hairpin"
#define NFT_SET_QUARANTINE "quarantine"

/* Adds to 'b' what makes the table complete, whatever of it is there. Elements stay; rules are
 * written anew. 'mark' is the bit that our connections and packets carry. With 'replace' the table
 * is deleted first, elements included, in the same transaction. */
void nft_table_define(struct nft_batch *b, uint32_t mark, bool replace);

/* A number for the table as the kernel has it, elements aside: it changes when somebody changes,
 * deletes or restores a set, a chain or a rule. */
int nft_table_fingerprint(struct nft *nft, uint64_t *ret, struct err **err);

#endif
