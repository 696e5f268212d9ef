/* One HAPROXY_{n}_ label -> one member of a service. Pure. */
#ifndef LB_TEMPLATE_MLB_LABEL_H
#define LB_TEMPLATE_MLB_LABEL_H

#include "lb-template/mlb/service.h"

/* Reads label 'key' of app 'app', whose part behind the index is 'name'. What is wrong with it goes
 * to 'problems', and the service is refused; a label that means nothing here does nothing. */
void mlb_label_read(struct mlb_service *s, const char *app, const char *key, const char *name,
                    const char *value, struct problems *problems);

/* Refuses 's' of app 'app' for that reason. */
void mlb_label_refuse(struct mlb_service *s, const char *app, struct problems *problems,
                      const char *format, ...) __attribute__((format(printf, 4, 5)));

#endif
