/* User data and keys of elements that anybody with nft may have put into our table. */
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "portmap/element.h"
#include "tests/fuzz/fuzz.h"

/* The input: length of the key, of the data, then key, data, user data. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct element e = {0};
    struct mapping m;
    char name[IFNAMSIZ];

    if (len < 2 + sizeof e.key + sizeof e.data)
        return 0;
    e.key_len = data[0] % (ELEMENT_KEY_MAX + 1);
    e.data_len = data[1] % (ELEMENT_DATA_MAX + 1);
    memcpy(e.key, data + 2, sizeof e.key);
    memcpy(e.data, data + 2 + sizeof e.key, sizeof e.data);
    size_t head = 2 + sizeof e.key + sizeof e.data;
    element_set_comment(&e, data + head, len - head);
    if (!element_to_mapping(&e, &m)) {
        struct element back =
            element_from_mapping(&m, m.container_addr.family ? AF_INET : AF_INET6);
        struct mapping again;

        if (element_to_mapping(&back, &again) || mapping_cmp_key(&m, &again) ||
            !mapping_equal(&m, &again))
            abort();
    }
    if (!element_to_ifname(&e, name)) {
        struct element back = element_from_ifname(name);

        if (element_to_ifname(&back, name))
            abort();
    }
    return 0;
}
