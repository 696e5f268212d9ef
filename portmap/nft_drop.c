#include "portmap/nft_drop.h"

#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include "portmap/nft_batch.h"

static void set_family(struct nlmsghdr *message, uint8_t family);

int nft_table_drop(struct nft *nft, uint8_t family, bool dry_run, bool *ret_there, struct err **err)
{
    CLEAN(nft_batch) struct nft_batch b = {0};
    uint32_t generation;

    if (nft_generation(nft, &generation, err) < 0)
        return -1;
    struct nlmsghdr *request = nft_request(nft, NFT_MSG_GETTABLE, 0);
    set_family(request, family);
    mnl_attr_put_strz(request, NFTA_TABLE_NAME, NFT_TABLE);
    if (nft_query_if_any(nft, request, NULL, NULL, ret_there, err) < 0)
        return -1;
    if (!*ret_there || dry_run)
        return 0;
    nft_batch_init(&b, nft, generation);
    struct nlmsghdr *message = nft_batch_message(&b, NFT_MSG_DELTABLE, 0);
    set_family(message, family);
    mnl_attr_put_strz(message, NFTA_TABLE_NAME, NFT_TABLE);
    nft_batch_end_message(&b);
    return nft_batch_commit(&b, err);
}

static void set_family(struct nlmsghdr *message, uint8_t family)
{
    struct nfgenmsg *head = mnl_nlmsg_get_payload(message);

    head->nfgen_family = family;
}
