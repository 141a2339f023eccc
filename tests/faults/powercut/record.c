/* Records what a process does to one SQLite database on disk, in order: preloaded by tests/faults/powercut.
 *
 * POWERCUT_DATABASE   the database's resolved path; its -wal and -journal and its folder are watched too
 * POWERCUT_LOG        where the records are appended
 *
 * Each call is made and recorded under one lock, so that the order in the log is the order on the file: a write can
 * never stand before a sync that had begun without it. Between processes the lock is flock() on the log.
 *
 * SQLite as Debian builds it calls open64, pwrite64, ftruncate64, fdatasync and unlink; other builds call the plain
 * names, fsync, or write after lseek. What could change a watched file and is not understood here (a shared writable
 * mapping, a vectored write, fallocate, a second name) is recorded as NOT_MODELLED, and the suite fails aloud on it.
 *
 * The -shm file is not watched: SQLite never syncs it and makes it anew from the WAL when the first connection opens.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

enum kind { CREATE = 1, WRITE, TRUNCATE, SYNC, UNLINK, RENAME, MARK, NOT_MODELLED };
enum { DATABASE, WAL, JOURNAL, FOLDER, FILES, NONE = -1 };

struct record { uint8_t kind, file, unused[6]; int64_t at, size; };

static char paths[FILES][PATH_MAX];
static int logged = -1; /* the log's descriptor; -1: nothing is recorded */
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

#define REAL(name) ({ static __typeof__(&name) found; if (!found) found = dlsym(RTLD_NEXT, #name); found; })

static void give_up(const char *why) {
    fprintf(stderr, "powercut recorder: %s: %s\n", why, strerror(errno));
    abort();
}

__attribute__((constructor)) static void start(void) {
    const char *database = getenv("POWERCUT_DATABASE"), *path = getenv("POWERCUT_LOG");
    if (!database || !path) return;
    if (strlen(database) + 16 > PATH_MAX) give_up("the path is too long");
    strcpy(paths[DATABASE], database);
    sprintf(paths[WAL], "%s-wal", database);
    sprintf(paths[JOURNAL], "%s-journal", database);
    strcpy(paths[FOLDER], database);
    *strrchr(paths[FOLDER], '/') = 0;
    int low = REAL(open)(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    /* High up, where no program closes descriptors that it did not open. */
    logged = low < 0 ? -1 : fcntl(low, F_DUPFD_CLOEXEC, 500);
    if (logged < 0) give_up("the log cannot be opened");
    close(low);
}

static int named(const char *path) {
    for (int file = 0; file < FILES; file++)
        if (!strcmp(path, paths[file])) return file;
    return NONE;
}

/* Which watched file a descriptor is, by the kernel's word: so dup, fork and close need no book-keeping. */
static int opened(int fd) {
    char link[40], path[PATH_MAX];
    if (logged < 0 || fd < 0) return NONE;
    int before = errno;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    errno = before;
    if (length < 0) return NONE;
    path[length] = 0;
    return named(path);
}

/* Which watched file a path leads to, before it is opened, unlinked or renamed; it need not exist. */
static int leads_to(int folder, const char *path) {
    char resolved[PATH_MAX], full[PATH_MAX * 2];
    if (logged < 0 || !path) return NONE;
    const char *name = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
    if (strncmp(name, strrchr(paths[DATABASE], '/') + 1, strlen(strrchr(paths[DATABASE], '/') + 1))) return NONE;
    if (path[0] == '/') snprintf(full, sizeof full, "%.*s", (int)(name - path), path);
    else if (folder == AT_FDCWD) snprintf(full, sizeof full, "./%.*s", (int)(name - path), path);
    else snprintf(full, sizeof full, "/proc/self/fd/%d/%.*s", folder, (int)(name - path), path);
    int before = errno;
    char *known = realpath(full, resolved);
    errno = before;
    if (!known || strcmp(resolved, paths[FOLDER])) return NONE;
    snprintf(full, sizeof full, "%s/%s", resolved, name);
    return named(full);
}

static void lock(void) {
    pthread_mutex_lock(&mutex);
    int before = errno;
    while (flock(logged, LOCK_EX))
        if (errno != EINTR) give_up("the log cannot be locked");
    errno = before;
}

static void unlock(void) {
    int before = errno;
    flock(logged, LOCK_UN);
    errno = before;
    pthread_mutex_unlock(&mutex);
}

/* Only under the lock. */
static void record(enum kind kind, int file, int64_t at, const void *bytes, int64_t size) {
    struct record head = {.kind = kind, .file = (uint8_t)file, .at = at, .size = size};
    struct iovec parts[] = {{&head, sizeof head}, {(void *)bytes, bytes ? (size_t)size : 0}};
    int before = errno;
    ssize_t wanted = (ssize_t)(parts[0].iov_len + parts[1].iov_len);
    if (REAL(writev)(logged, parts, 2) != wanted) give_up("the log cannot be written");
    errno = before;
}

static void refuse(int file, const char *call) {
    lock();
    record(NOT_MODELLED, file, 0, call, (int64_t)strlen(call));
    unlock();
}

/* What the worker had been told was done; called by the test. */
void powercut_mark(const char *text, int64_t size) {
    lock();
    record(MARK, 0, 0, text, size);
    unlock();
}

/* ------------------------------------------------------------------------------------------------------- opening */

static int recorded_open(int folder, const char *path, int flags, mode_t mode) {
    int file = flags & (O_CREAT | O_TRUNC) ? leads_to(folder, path) : NONE;
    if (file == NONE) return REAL(openat)(folder, path, flags, mode);
    lock();
    int existed = faccessat(folder, path, F_OK, 0) == 0;
    int fd = REAL(openat)(folder, path, flags, mode);
    if (fd >= 0 && !existed) record(CREATE, file, 0, NULL, 0);
    if (fd >= 0 && existed && flags & O_TRUNC) record(TRUNCATE, file, 0, NULL, 0);
    unlock();
    return fd;
}

static mode_t given_mode(int flags, va_list rest) {
    return flags & O_CREAT || (flags & O_TMPFILE) == O_TMPFILE ? va_arg(rest, mode_t) : 0;
}

#define OPENS(name, extra)                                                 \
    int name(const char *path, int flags, ...) {                           \
        va_list rest;                                                      \
        va_start(rest, flags);                                             \
        mode_t mode = given_mode(flags, rest);                             \
        va_end(rest);                                                      \
        return recorded_open(AT_FDCWD, path, flags | (extra), mode);       \
    }
#define OPENS_AT(name, extra)                                              \
    int name(int folder, const char *path, int flags, ...) {               \
        va_list rest;                                                      \
        va_start(rest, flags);                                             \
        mode_t mode = given_mode(flags, rest);                             \
        va_end(rest);                                                      \
        return recorded_open(folder, path, flags | (extra), mode);         \
    }
OPENS(open, 0)
OPENS(open64, O_LARGEFILE)
OPENS_AT(openat, 0)
OPENS_AT(openat64, O_LARGEFILE)

/* What a program built with _FORTIFY_SOURCE calls where no file can be created. */
int __open_2(const char *path, int flags) { return recorded_open(AT_FDCWD, path, flags, 0); }
int __open64_2(const char *path, int flags) { return recorded_open(AT_FDCWD, path, flags | O_LARGEFILE, 0); }
int creat(const char *path, mode_t mode) {
    return recorded_open(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode);
}
int creat64(const char *path, mode_t mode) {
    return recorded_open(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC | O_LARGEFILE, mode);
}

/* ------------------------------------------------------------------------------------------- writing and syncing */

#define WRITES(name, type)                                                 \
    ssize_t name(int fd, const void *bytes, size_t size, type at) {        \
        int file = opened(fd);                                             \
        if (file == NONE) return REAL(name)(fd, bytes, size, at);          \
        lock();                                                            \
        ssize_t done = REAL(name)(fd, bytes, size, at);                    \
        if (done > 0) record(WRITE, file, at, bytes, done);                \
        unlock();                                                          \
        return done;                                                       \
    }
WRITES(pwrite, off_t)
WRITES(pwrite64, off64_t)

ssize_t write(int fd, const void *bytes, size_t size) {
    int file = opened(fd);
    if (file == NONE) return REAL(write)(fd, bytes, size);
    lock();
    ssize_t done = REAL(write)(fd, bytes, size);
    /* The descriptor's place after the write tells where it went, appended or not. */
    if (done > 0) record(WRITE, file, lseek(fd, 0, SEEK_CUR) - done, bytes, done);
    unlock();
    return done;
}

#define TRUNCATES(name, type)                                              \
    int name(int fd, type size) {                                          \
        int file = opened(fd);                                             \
        if (file == NONE) return REAL(name)(fd, size);                     \
        lock();                                                            \
        int failed = REAL(name)(fd, size);                                 \
        if (!failed) record(TRUNCATE, file, size, NULL, 0);                \
        unlock();                                                          \
        return failed;                                                     \
    }
TRUNCATES(ftruncate, off_t)
TRUNCATES(ftruncate64, off64_t)

#define SYNCS(name)                                                        \
    int name(int fd) {                                                     \
        int file = opened(fd);                                             \
        if (file == NONE) return REAL(name)(fd);                           \
        lock();                                                            \
        int failed = REAL(name)(fd);                                       \
        if (!failed) record(SYNC, file, 0, NULL, 0);                       \
        unlock();                                                          \
        return failed;                                                     \
    }
SYNCS(fsync)
SYNCS(fdatasync)

/* --------------------------------------------------------------------------------------------------------- names */

#define UNLINKS(file, call)                                                \
    lock();                                                                \
    int failed = call;                                                     \
    if (!failed) record(UNLINK, file, 0, NULL, 0);                         \
    unlock();                                                              \
    return failed;

int unlink(const char *path) {
    int file = leads_to(AT_FDCWD, path);
    if (file == NONE) return REAL(unlink)(path);
    UNLINKS(file, REAL(unlink)(path))
}

int unlinkat(int folder, const char *path, int flags) {
    int file = leads_to(folder, path);
    if (file == NONE) return REAL(unlinkat)(folder, path, flags);
    UNLINKS(file, REAL(unlinkat)(folder, path, flags))
}

/* `at` is the watched file that the new name is, or -1. */
static int recorded_rename(int from_folder, const char *from, int to_folder, const char *to) {
    int file = leads_to(from_folder, from), target = leads_to(to_folder, to);
    if (file == NONE && target == NONE) return REAL(renameat)(from_folder, from, to_folder, to);
    lock();
    int failed = REAL(renameat)(from_folder, from, to_folder, to);
    if (!failed) record(RENAME, file, target, NULL, 0);
    unlock();
    return failed;
}

int rename(const char *from, const char *to) { return recorded_rename(AT_FDCWD, from, AT_FDCWD, to); }
int renameat(int from_folder, const char *from, int to_folder, const char *to) {
    return recorded_rename(from_folder, from, to_folder, to);
}

/* -------------------------------------------------------------------------------------- what is not modelled here */

ssize_t writev(int fd, const struct iovec *parts, int count) {
    int file = opened(fd);
    if (file != NONE) refuse(file, "writev");
    return REAL(writev)(fd, parts, count);
}

#define REFUSES(result, name, arguments, call)                             \
    result name arguments {                                                \
        int file = opened(fd);                                             \
        if (file != NONE) refuse(file, #name);                             \
        return REAL(name) call;                                            \
    }
REFUSES(ssize_t, pwritev, (int fd, const struct iovec *parts, int count, off_t at), (fd, parts, count, at))
REFUSES(ssize_t, pwritev64, (int fd, const struct iovec *parts, int count, off64_t at), (fd, parts, count, at))
REFUSES(int, posix_fallocate, (int fd, off_t at, off_t size), (fd, at, size))
REFUSES(int, posix_fallocate64, (int fd, off64_t at, off64_t size), (fd, at, size))
REFUSES(int, fallocate, (int fd, int mode, off_t at, off_t size), (fd, mode, at, size))
REFUSES(int, fallocate64, (int fd, int mode, off64_t at, off64_t size), (fd, mode, at, size))

#define MAPS(name, type)                                                                        \
    void *name(void *where, size_t size, int protection, int flags, int fd, type at) {          \
        int file = protection & PROT_WRITE && flags & MAP_SHARED ? opened(fd) : NONE;           \
        if (file != NONE) refuse(file, #name);                                                  \
        return REAL(name)(where, size, protection, flags, fd, at);                              \
    }
MAPS(mmap, off_t)
MAPS(mmap64, off64_t)

int link(const char *from, const char *to) {
    int file = leads_to(AT_FDCWD, from), target = leads_to(AT_FDCWD, to);
    if (file != NONE || target != NONE) refuse(file, "link");
    return REAL(link)(from, to);
}

int truncate(const char *path, off_t size) {
    int file = leads_to(AT_FDCWD, path);
    if (file != NONE) refuse(file, "truncate");
    return REAL(truncate)(path, size);
}
int truncate64(const char *path, off64_t size) {
    int file = leads_to(AT_FDCWD, path);
    if (file != NONE) refuse(file, "truncate64");
    return REAL(truncate64)(path, size);
}
