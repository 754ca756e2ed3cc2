/* A disk whose fsync takes a millisecond longer, as a cloud disk's does: preloaded into PostgreSQL by bench.slow_disk. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <time.h>

static void wait_for_the_disk(void)
{
    const struct timespec millisecond = {0, 1000000};
    nanosleep(&millisecond, 0);
}

int fsync(int file)
{
    static int (*real)(int);
    if (!real) real = (int (*)(int)) dlsym(RTLD_NEXT, "fsync");
    wait_for_the_disk();
    return real(file);
}

int fdatasync(int file)
{
    static int (*real)(int);
    if (!real) real = (int (*)(int)) dlsym(RTLD_NEXT, "fdatasync");
    wait_for_the_disk();
    return real(file);
}
