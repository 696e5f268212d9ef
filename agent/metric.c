#include "agent/metric.h"

void metric_head(struct sbuf *out, const char *name, const char *type, const char *help)
{
    sbuf_addf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

void metric_add(struct sbuf *out, const char *name, const char *type, const char *help,
                double value)
{
    metric_head(out, name, type, help);
    sbuf_addf(out, "%s %.15g\n", name, value);
}

void metric_of_room(struct sbuf *out, const char *name, const char *room, double value)
{
    sbuf_addf(out, "%s{room=\"%s\"} %.15g\n", name, room, value);
}
