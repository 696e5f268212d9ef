/* The tables `ip berth` and `ip6 berth`: their maps, sets, chains and rules.
 *
 *     map ports        protocol . host port -> container address . port
 *     map ports_ip     host address . protocol . host port -> the same; looked up first
 *     set hairpin      interfaces with mapped containers, with their networks
 *     prerouting, output -> hostports    a hit in a map marks the connection and sends it on
 *     postrouting      connections from the container's own network, or from 127.0.0.1, get the
 *                      host's address as source: the answer has to come back through the host
 *
 * Only `ip berth` has set bridges with chain guard, which keeps 127.0.0.0/8 away from containers,
 * and set quarantine, the ports that rest: a port rests in both families or in none. IPv6 has no
 * way from ::1 to another host, so what asks for ::1 passes by. Elements: see nft_elems.h. */
#ifndef PORTMAP_NFT_TABLE_H
#define PORTMAP_NFT_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "portmap/nft_batch.h"

#define NFT_MAP_PORTS "ports"
#define NFT_MAP_PORTS_IP "ports_ip"
#define NFT_SET_HAIRPIN "hairpin"
#define NFT_SET_BRIDGES "bridges"
#define NFT_SET_QUARANTINE "quarantine"

/* Adds to 'b' what makes our table of its family complete, whatever of it is there. Elements stay;
 * rules are written anew. 'mark' is the bit that our connections and packets carry. With 'replace'
 * the table is deleted first, elements included, in the same transaction. */
void nft_table_define(struct nft_batch *b, uint32_t mark, bool replace);

#endif
