/* Descriptors that the service manager is to let go, and that are ours until it has: a list.
 *
 * For lib/fdstore.c, which sends the messages. */
#ifndef LIB_FDSTORE_LEAVING_H
#define LIB_FDSTORE_LEAVING_H

#include <stdbool.h>
#include <stddef.h>

struct leaving {
    char *name;  /* owned */
    int fd;      /* owned */
    bool told;   /* the manager has been asked to let it go */
    bool fenced; /* ... before the fence that is out */
};

struct leaving_list {
    struct leaving *v; /* in the order of the calls: what is fenced comes first */
    size_t n;
    size_t cap;
};

/* Closes all. */
void leaving_done(struct leaving_list *l);

/* Takes 'name' and 'fd' over. */
void leaving_add(struct leaving_list *l, char *name, int fd);

/* Hands back the descriptor of that name, which leaves the list, and whether the manager has been
 * told; -1: there is none. */
int leaving_take(struct leaving_list *l, const char *name, bool *ret_told);

/* Is there one that no fence is out for? */
bool leaving_wants_fence(const struct leaving_list *l);

/* A fence is out for all that are in the list. */
void leaving_set_fenced(struct leaving_list *l);

/* The fence has been answered: closes what it was for. Returns how many. */
size_t leaving_close_fenced(struct leaving_list *l);

#endif
