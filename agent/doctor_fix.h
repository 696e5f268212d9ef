/* Carries out what --fix may: writes values to files of /proc/sys and /sys. */
#ifndef AGENT_DOCTOR_FIX_H
#define AGENT_DOCTOR_FIX_H

#include "agent/doctor.h"

/* Writes every fix of 'l' below 'root', in order, and adds to 'ret' what was done and what was
 * refused. What has the value already is left alone. */
void doctor_fix(const struct findings *l, const char *root, struct doctor_fixes *ret);

#endif
