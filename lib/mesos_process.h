/* What a running Mesos agent was told of its resources, from /proc. */
#ifndef LIB_MESOS_PROCESS_H
#define LIB_MESOS_PROCESS_H

/* The resources of process 'pid', for mesos_ports(): from its arguments, its environment, or the
 * file that either names, as the process itself sees the file. A file that cannot be read stays the
 * name of a file. NULL where it was told nothing, or has ended. 'root' is put before "/proc". The
 * caller frees the result. */
char *mesos_process_resources(const char *root, int pid);

#endif
