#include "portmap/nft_fingerprint.h"

#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <string.h>

static void hash_message(void *arg, const struct nlmsghdr *message);
static void hash_set(void *arg, const struct nlmsghdr *message);
static bool is_of_our_table(const struct nlmsghdr *message);
static void hash_bytes(uint64_t *hash, const void *data, size_t len);

/* Handles of rules are never given twice while the table lives, and the kernel's answer has them:
 * a rule that was deleted and written again counts as a change. */
int nft_fingerprint(struct nft *nft, uint8_t family, uint64_t *ret, bool *ret_exists,
                    struct err **err)
{
    static const struct {
        uint16_t type;
        void (*hash)(void *arg, const struct nlmsghdr *message);
    } questions[] = {{NFT_MSG_GETTABLE, hash_message},
                     {NFT_MSG_GETSET, hash_set},
                     {NFT_MSG_GETCHAIN, hash_message},
                     {NFT_MSG_GETRULE, hash_message}};
    const uint64_t start = 14695981039346656037u; /* FNV-1a */
    uint64_t hash = start;
    bool exists;

    for (size_t i = 0; i < ARRAY_LEN(questions); i++) {
        struct nlmsghdr *request = nft_request_of(nft, family, questions[i].type, NLM_F_DUMP);

        mnl_attr_put_strz(request, NFTA_RULE_TABLE, NFT_TABLE);
        if (nft_query_if_any(nft, request, questions[i].hash, &hash, &exists, err) < 0)
            return err_wrap(err, "table %s " NFT_TABLE, nft_family_name(family));
    }
    *ret = hash;
    *ret_exists = hash != start;
    return 0;
}

/* What precedes the attributes has the generation in it and is left out. */
static void hash_message(void *arg, const struct nlmsghdr *message)
{
    size_t head = sizeof(struct nfgenmsg);

    if (is_of_our_table(message))
        hash_bytes(arg, mnl_nlmsg_get_payload_offset(message, head),
                   mnl_nlmsg_get_payload_len(message) - head);
}

/* Of a set, what it is: newer kernels also say how many elements it has. */
static void hash_set(void *arg, const struct nlmsghdr *message)
{
    const struct nlattr *attr;

    if (!is_of_our_table(message))
        return;
    mnl_attr_for_each(attr, message, sizeof(struct nfgenmsg))
    {
        uint16_t type = mnl_attr_get_type(attr);

        if (type <= NFTA_SET_DATA_LEN || type == NFTA_SET_HANDLE)
            hash_bytes(arg, attr, attr->nla_len);
    }
}

/* The name of the table is attribute 1 of tables, sets, chains and rules; not every kernel filters
 * a dump by it. */
static bool is_of_our_table(const struct nlmsghdr *message)
{
    const struct nlattr *attr;

    mnl_attr_for_each(attr, message, sizeof(struct nfgenmsg))
    {
        if (mnl_attr_get_type(attr) == NFTA_RULE_TABLE)
            return mnl_attr_validate(attr, MNL_TYPE_NUL_STRING) >= 0 &&
                   !strcmp(mnl_attr_get_str(attr), NFT_TABLE);
    }
    return false;
}

static void hash_bytes(uint64_t *hash, const void *data, size_t len)
{
    const uint8_t *bytes = data;

    for (size_t i = 0; i < len; i++)
        *hash = (*hash ^ bytes[i]) * 1099511628211u;
}
