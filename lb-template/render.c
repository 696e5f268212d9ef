#include "lb-template/render.h"

#define MAXCONN_MIN 100u
#define MAXCONN_MAX 100000u
#define RESERVE_MIN 256u /* descriptors for listeners and health checks, at least */

unsigned render_maxconn(uint64_t nofile, const struct routes *routes)
{
    uint64_t others = RESERVE_MIN;
    uint64_t needed = 0;

    for (size_t i = 0; i < routes->n; i++)
        needed += routes->v[i].n_servers + routes->v[i].n_service_ports;
    while (others < needed + needed / 4)
        others *= 2;
    if (others < nofile / 4)
        others = nofile / 4;
    uint64_t n = nofile > others ? (nofile - others) / 2 : 0;
    if (n > MAXCONN_MAX)
        return MAXCONN_MAX;
    return n < MAXCONN_MIN ? MAXCONN_MIN : (unsigned)n;
}

unsigned render_check_inter(unsigned before, size_t n_servers)
{
    unsigned inter = before ? before : RENDER_CHECK_INTER;

    while (n_servers > (size_t)inter * RENDER_CHECKS_MAX)
        inter *= 2;
    while (inter > RENDER_CHECK_INTER && n_servers * 4 < (size_t)inter * RENDER_CHECKS_MAX)
        inter /= 2;
    return inter;
}

size_t render_count_servers(const struct routes *routes)
{
    size_t n = 0;

    for (size_t i = 0; i < routes->n; i++)
        n += routes->v[i].n_servers;
    return n;
}
