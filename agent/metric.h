/* Metrics in Prometheus' text format: a head for each name, then its samples. Pure. */
#ifndef AGENT_METRIC_H
#define AGENT_METRIC_H

#include "lib/sbuf.h"

/* Appends what a metric is: 'type' is "gauge", "counter" or "histogram"; 'help' ends with a dot. */
void metric_head(struct sbuf *out, const char *name, const char *type, const char *help);

/* Appends the head and the one sample of a metric without labels. */
void metric_add(struct sbuf *out, const char *name, const char *type, const char *help,
                double value);

/* Appends a sample with the label room="'room'"; its head comes before the first one. */
void metric_of_room(struct sbuf *out, const char *name, const char *room, double value);

#endif
