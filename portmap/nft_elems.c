#include "portmap/nft_elems.h"

#include <libnftnl/set.h>
#include <linux/netfilter/nf_tables.h>
#include <string.h>

#include "lib/diff.h"

#define PER_MESSAGE 256 /* elements; one takes about 120 bytes, and an attribute has 64 KiB */

struct dump {
    struct elements *elements;
    bool too_many;
};

struct changes {
    struct elements gone, new;
};

static void on_elements(void *arg, const struct nlmsghdr *message);
static int on_element(struct nftnl_set_elem *e, void *arg);
static uint8_t copy_bytes(uint8_t *to, size_t size, struct nftnl_set_elem *e, uint16_t attribute);
static void sort_change(enum diff_op op, const void *wanted, const void *actual, void *arg);
static void add_messages(struct nft_batch *b, uint16_t type, const char *set,
                         const struct elements *l);
static void add_message(struct nft_batch *b, uint16_t type, const char *set,
                        const struct element *v, size_t n);
static struct nftnl_set *set_object(const char *name);
static struct nftnl_set_elem *element_object(const struct element *e, bool with_data);

int nft_elems_dump(struct nft *nft, uint8_t family, const char *set, struct elements *ret,
                   struct err **err)
{
    struct nlmsghdr *request = nft_request_of(nft, family, NFT_MSG_GETSETELEM, NLM_F_DUMP);
    const char *name = nft_family_name(family);
    struct nftnl_set *object = set_object(set);
    struct dump dump = {.elements = ret};
    bool exists;

    nftnl_set_elems_nlmsg_build_payload(request, object);
    nftnl_set_free(object);
    if (nft_query_if_any(nft, request, on_elements, &dump, &exists, err) < 0)
        return err_wrap(err, "set %s of table %s " NFT_TABLE, set, name);
    if (dump.too_many)
        return err_set(err, "set %s of table %s " NFT_TABLE " has more than %u elements", set, name,
                       NFT_ELEMS_MAX);
    elements_sort(ret);
    return 0;
}

void nft_elems_diff(struct nft_batch *b, const char *set, const struct elements *wanted,
                    const struct elements *actual)
{
    static const struct diff_rules rules = {sizeof(struct element), element_cmp, element_equal};
    struct changes changes = {0};

    diff_sorted(&rules, wanted->v, wanted->n, actual->v, actual->n, sort_change, &changes);
    add_messages(b, NFT_MSG_DELSETELEM, set, &changes.gone);
    add_messages(b, NFT_MSG_NEWSETELEM, set, &changes.new);
    elements_done(&changes.gone);
    elements_done(&changes.new);
}

static void on_elements(void *arg, const struct nlmsghdr *message)
{
    struct nftnl_set *object = nft_must(nftnl_set_alloc());

    if (nftnl_set_elems_nlmsg_parse(message, object) >= 0)
        nftnl_set_elem_foreach(object, on_element, arg);
    nftnl_set_free(object);
}

static int on_element(struct nftnl_set_elem *e, void *arg)
{
    struct dump *dump = arg;
    struct element element = {0};
    uint32_t len;

    dump->too_many |= dump->elements->n >= NFT_ELEMS_MAX;
    if (dump->too_many)
        return 0;
    element.key_len = copy_bytes(element.key, sizeof element.key, e, NFTNL_SET_ELEM_KEY);
    element.key_end_len =
        copy_bytes(element.key_end, sizeof element.key_end, e, NFTNL_SET_ELEM_KEY_END);
    element.data_len = copy_bytes(element.data, sizeof element.data, e, NFTNL_SET_ELEM_DATA);
    if (nftnl_set_elem_is_set(e, NFTNL_SET_ELEM_EXPIRATION))
        element.timeout = nftnl_set_elem_get_u64(e, NFTNL_SET_ELEM_EXPIRATION);
    if (nftnl_set_elem_is_set(e, NFTNL_SET_ELEM_USERDATA)) {
        const uint8_t *userdata = nftnl_set_elem_get(e, NFTNL_SET_ELEM_USERDATA, &len);
        element_set_comment(&element, userdata, len);
    }
    if (element.key_len)
        elements_add(dump->elements, &element);
    return 0;
}

/* Returns how many bytes were copied; 0 where there are none, or more than one of ours has. */
static uint8_t copy_bytes(uint8_t *to, size_t size, struct nftnl_set_elem *e, uint16_t attribute)
{
    uint32_t len = 0;
    const void *bytes =
        nftnl_set_elem_is_set(e, attribute) ? nftnl_set_elem_get(e, attribute, &len) : NULL;

    if (!bytes || len > size)
        return 0;
    memcpy(to, bytes, len);
    return (uint8_t)len;
}

static void sort_change(enum diff_op op, const void *wanted, const void *actual, void *arg)
{
    struct changes *changes = arg;

    if (op == DIFF_DELETE || op == DIFF_CHANGE)
        elements_add(&changes->gone, actual);
    if (op == DIFF_ADD || op == DIFF_CHANGE)
        elements_add(&changes->new, wanted);
}

static void add_messages(struct nft_batch *b, uint16_t type, const char *set,
                         const struct elements *l)
{
    for (size_t i = 0; i < l->n; i += PER_MESSAGE) {
        size_t left = l->n - i;

        add_message(b, type, set, &l->v[i], left < PER_MESSAGE ? left : PER_MESSAGE);
    }
}

static void add_message(struct nft_batch *b, uint16_t type, const char *set,
                        const struct element *v, size_t n)
{
    bool new = type == NFT_MSG_NEWSETELEM;
    struct nlmsghdr *message = nft_batch_message(b, type, new ? NLM_F_CREATE | NLM_F_EXCL : 0);
    struct nftnl_set *object = set_object(set);

    for (size_t i = 0; i < n; i++)
        nftnl_set_elem_add(object, element_object(&v[i], new));
    nftnl_set_elems_nlmsg_build_payload(message, object);
    nft_batch_end_message(b);
    nftnl_set_free(object);
}

static struct nftnl_set *set_object(const char *name)
{
    struct nftnl_set *object = nft_must(nftnl_set_alloc());

    nftnl_set_set_str(object, NFTNL_SET_TABLE, NFT_TABLE);
    nftnl_set_set_str(object, NFTNL_SET_NAME, name);
    return object;
}

static struct nftnl_set_elem *element_object(const struct element *e, bool with_data)
{
    struct nftnl_set_elem *object = nft_must(nftnl_set_elem_alloc());

    nftnl_set_elem_set(object, NFTNL_SET_ELEM_KEY, e->key, e->key_len);
    if (e->key_end_len)
        nftnl_set_elem_set(object, NFTNL_SET_ELEM_KEY_END, e->key_end, e->key_end_len);
    if (with_data && e->data_len)
        nftnl_set_elem_set(object, NFTNL_SET_ELEM_DATA, e->data, e->data_len);
    if (with_data && e->timeout)
        nftnl_set_elem_set_u64(object, NFTNL_SET_ELEM_TIMEOUT, e->timeout);
    if (with_data && e->comment[0]) {
        uint8_t userdata[ELEMENT_USERDATA_MAX];
        size_t len = element_get_userdata(e, userdata);

        nftnl_set_elem_set(object, NFTNL_SET_ELEM_USERDATA, userdata, (uint32_t)len);
    }
    return object;
}
