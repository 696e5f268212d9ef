/* Members of our nftables maps and sets, as bytes, and what they mean.
 *
 * Pure. The kernel's form pads each field of a key or value to four bytes:
 *
 *     map ports       protocol . port -> address . port, comment: container id
 *     map ports_ip    host address . protocol . port -> the same
 *     set bridges     interface name
 *     set hairpin     interface name . first address  ..  interface name . last address
 *     set quarantine  protocol . port, with a timeout
 *
 * Addresses are of the table's family; the lengths of key and value tell which it is. Arrays of
 * elements are sorted by element_cmp(). What the kernel holds may come from other hands: elements
 * of another shape are kept as bytes, so that they can be deleted. */
#ifndef PORTMAP_ELEMENT_H
#define PORTMAP_ELEMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "portmap/bridge.h"
#include "portmap/mapping.h"
#include "portmap/quarantine.h"

#define ELEMENT_KEY_MAX 32
#define ELEMENT_DATA_MAX 20
#define ELEMENT_COMMENT_MAX CONTAINER_ID_LEN
#define ELEMENT_USERDATA_MAX (ELEMENT_COMMENT_MAX + 3) /* with type, length and NUL */

#define ELEMENT_PORTS_KEY_LEN 8
#define ELEMENT_BRIDGES_KEY_LEN 16
/* With an address of 'addr_len' bytes, 4 or 16, in it. */
#define ELEMENT_PORTS_IP_KEY_LEN(addr_len) ((addr_len) + ELEMENT_PORTS_KEY_LEN)
#define ELEMENT_PORTS_DATA_LEN(addr_len) ((addr_len) + 4)
#define ELEMENT_HAIRPIN_KEY_LEN(addr_len) ((addr_len) + ELEMENT_BRIDGES_KEY_LEN)

struct element {
    uint8_t key[ELEMENT_KEY_MAX]; /* unused bytes are zero, here and below */
    uint8_t key_end[ELEMENT_KEY_MAX];
    uint8_t data[ELEMENT_DATA_MAX];
    uint8_t key_len;
    uint8_t key_end_len; /* 0: the key is no range */
    uint8_t data_len;    /* 0: in a set */
    uint64_t timeout;    /* milliseconds until the kernel drops it; 0: it stays */
    char comment[ELEMENT_COMMENT_MAX + 1];
};

struct elements {
    struct element *v;
    size_t n;
    size_t cap;
};

void elements_done(struct elements *l);
void elements_add(struct elements *l, const struct element *e);

/* Makes 'dst' the same as 'src'. */
void elements_copy(struct elements *dst, const struct elements *src);

void elements_sort(struct elements *l);

/* Drops the later ones of elements with one key; 'l' is sorted. */
void elements_unique(struct elements *l);

/* By key, and end of key for ranges. */
int element_cmp(const void *a, const void *b);

/* Same data and comment? For elements of one key. */
int element_equal(const void *a, const void *b);

/* Reads the comment from the 'len' bytes of user data that came with an element: attributes of one
 * byte type, one byte length, value. "" where there is none, or none that could be an id. */
void element_set_comment(struct element *e, const uint8_t *userdata, size_t len);

/* Writes the comment as user data to 'buf' and returns its length in bytes. */
size_t element_get_userdata(const struct element *e, uint8_t buf[ELEMENT_USERDATA_MAX]);

/* The member of map ports, or of ports_ip where 'm' is for one address, in the table of 'family',
 * AF_INET or AF_INET6. 'm' has a target in it. */
struct element element_from_mapping(const struct mapping *m, uint8_t family);
struct element element_from_ifname(const char *name);
struct element element_from_bridge(const struct bridge *b);

/* 'now' is the time of the rest's clock; its end must be later. */
struct element element_from_rest(const struct rest *r, double now);

/* The mapping that 'e' stands for, with the target of its family. Returns -1 where it is none of
 * ours by its shape. */
int element_to_mapping(const struct element *e, struct mapping *ret);

/* The rest that 'e' stands for. Returns -1 where it is none of ours by its shape. */
int element_to_rest(const struct element *e, double now, struct rest *ret);

/* The interface that 'e' names. Returns -1 where it names none. */
int element_to_ifname(const struct element *e, char ret[IFNAMSIZ]);

#endif
