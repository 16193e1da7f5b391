/* Lets the n-th call that changes a file fail or kill, in whatever library it is made: for LD_PRELOAD in tests. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

enum { COUNT, KILL, FAIL_ONCE, FULL };

static struct { long calls, at, mode, armed; } *state; /* shared with the children that are forked */

__attribute__((constructor)) static void begin(void) {
    state = mmap(NULL, sizeof *state, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
}

void fault_arm(long at, long mode) {
    state->calls = 0;
    state->at = at;
    state->mode = mode;
    state->armed = 1;
}

void fault_disarm(void) { state->armed = 0; }

long fault_calls(void) { return state->calls; }

/* Whether this call fails, with errno set. One that grows a file fails for good on a full disk, the others do not. */
static int fails(int grows) {
    if (!state->armed) return 0;
    long call = __atomic_add_fetch(&state->calls, 1, __ATOMIC_SEQ_CST);
    if (state->mode == KILL && call == state->at) kill(getpid(), SIGKILL);
    if (state->mode == FAIL_ONCE && call == state->at) { errno = EIO; return 1; }
    if (state->mode == FULL && grows && call >= state->at) { errno = ENOSPC; return 1; }
    return 0;
}

#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
#define WRAP(type, name, grows, parameters, ...) \
    type name parameters { return fails(grows) ? (type)-1 : NEXT(name)(__VA_ARGS__); }

/* A process that dies while it writes has written a part. */
ssize_t write(int file, const void *bytes, size_t count) {
    if (state->armed && state->mode == KILL && state->calls + 1 == state->at) NEXT(write)(file, bytes, count / 2);
    return fails(1) ? -1 : NEXT(write)(file, bytes, count);
}

WRAP(ssize_t, writev, 1, (int file, const struct iovec *parts, int count), file, parts, count)
WRAP(ssize_t, pwrite, 1, (int file, const void *bytes, size_t count, off_t at), file, bytes, count, at)
WRAP(ssize_t, pwrite64, 1, (int file, const void *bytes, size_t count, off64_t at), file, bytes, count, at)
WRAP(ssize_t, sendfile, 1, (int to, int from, off_t *at, size_t count), to, from, at, count)
WRAP(ssize_t, sendfile64, 1, (int to, int from, off64_t *at, size_t count), to, from, at, count)
WRAP(int, fsync, 1, (int file), file)
WRAP(int, fdatasync, 1, (int file), file)
WRAP(int, rename, 0, (const char *from, const char *to), from, to)
WRAP(int, renameat, 0, (int a, const char *from, int b, const char *to), a, from, b, to)
WRAP(int, mkdir, 1, (const char *path, mode_t mode), path, mode)
WRAP(int, unlink, 0, (const char *path), path)
WRAP(int, unlinkat, 0, (int folder, const char *path, int flags), folder, path, flags)
WRAP(int, rmdir, 0, (const char *path), path)
WRAP(int, ftruncate, 0, (int file, off_t size), file, size)
WRAP(int, ftruncate64, 0, (int file, off64_t size), file, size)

#define OPEN(name) \
    int name(const char *path, int flags, ...) { \
        va_list more; \
        va_start(more, flags); \
        mode_t mode = va_arg(more, mode_t); \
        va_end(more); \
        return (flags & (O_CREAT | O_WRONLY | O_RDWR)) && fails(1) ? -1 : NEXT(name)(path, flags, mode); \
    }
OPEN(open)
OPEN(open64)
