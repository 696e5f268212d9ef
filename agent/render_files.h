/* The files that templates read, watched while they are used. The kernel tells of changes. */
#ifndef AGENT_RENDER_FILES_H
#define AGENT_RENDER_FILES_H

#include <ev.h>
#include <stddef.h>

struct render_files;

/* 'on_change' is called from the loop when a file appears, changes or goes. */
struct render_files *render_files_new(struct ev_loop *loop,
                                      void (*on_change)(void *arg, const char *path), void *arg);
void render_files_free(struct render_files *f);

/* As render_watch_begin() and its kin. */
void render_files_begin(struct render_files *f);
void render_files_use(struct render_files *f, const char *path);
void render_files_end(struct render_files *f);

#endif
