/* Tables of endpoints and what becomes of them: the rows are text, so is the result. */
#ifndef TESTS_UNIT_ENDPOINT_TABLE_H
#define TESTS_UNIT_ENDPOINT_TABLE_H

#include "registrator/metadata.h"

#define ID_1 "1111111111111111111111111111111111111111111111111111111111111111"
#define ID_2 "2222222222222222222222222222222222222222222222222222222222222222"
#define PAIRS_MAX 8
#define ENDPOINTS_MAX 4

/* One endpoint as a table says it; what is 0 or NULL gets a default. */
struct row {
    const char *id, *name, *image;
    uint16_t port, host_port;
    enum endpoint_reach reach; /* REACH_NONE: REACH_PUBLISHED */
    const char *host_addr;
    const char *env[PAIRS_MAX], *labels[PAIRS_MAX]; /* "KEY=VALUE" */
    uint8_t protocol;
    bool draining, unreachable, paused;
    unsigned index;
    enum endpoint_health health;
    const char *inside, *inside6; /* the container's addresses; NULL: 172.17.0.2 and none */
};

/* One container, or several, and the instances with their problems, one a line. */
struct endpoint_test {
    const char *name;
    struct row rows[ENDPOINTS_MAX];
    const char *wanted;
};

/* The endpoint of a row; 'env' and 'labels' are empty and become the row's. */
struct endpoint endpoint_of_row(const struct row *r, struct kvs *env, struct kvs *labels);

/* One check for each test. 'base' has what differs from the usual configuration, NULL: nothing. */
void endpoint_table_run(const struct registrator_config *base, const struct endpoint_test *tests,
                        size_t n);

#endif
