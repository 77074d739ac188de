// SPDX-License-Identifier: Apache-2.0
//
// tap_relay NAME SOCKET: makes the TAP NAME and carries its Ethernet frames to and from gvproxy's -listen-bess socket, where
// each message is a frame. It prints "ready" and runs until one side ends. bin/netstack-bench compiles it.
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { MAX_FRAME = 65536 };

struct way {
    int from;
    int to;
};

static void fail(const char *what) {
    perror(what);
    exit(1);
}

// Carries one direction, one frame a call. A frame that the other side refuses, such as a TAP that is down, is lost.
static void *carry(void *argument) {
    const struct way *way = argument;
    static _Thread_local char frame[MAX_FRAME];
    ssize_t length;
    while ((length = read(way->from, frame, sizeof frame)) > 0) {
        if (write(way->to, frame, (size_t)length) < 0) {
            continue;
        }
    }
    exit(0);
}

int main(int count, char **arguments) {
    if (count != 3) {
        fprintf(stderr, "tap_relay NAME SOCKET\n");
        return 2;
    }
    int tap = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
    if (tap < 0) {
        fail("/dev/net/tun");
    }
    struct ifreq request = {.ifr_flags = IFF_TAP | IFF_NO_PI};
    strncpy(request.ifr_name, arguments[1], IFNAMSIZ - 1);
    if (ioctl(tap, TUNSETIFF, &request) < 0) {
        fail("TUNSETIFF");
    }
    int link = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    strncpy(address.sun_path, arguments[2], sizeof address.sun_path - 1);
    if (link < 0 || connect(link, (struct sockaddr *)&address, sizeof address) < 0) {
        fail(arguments[2]);
    }
    puts("ready");
    fflush(stdout);
    struct way out = {tap, link};
    struct way in = {link, tap};
    pthread_t thread;
    if (pthread_create(&thread, NULL, carry, &out) != 0) {
        fail("pthread_create");
    }
    carry(&in);
}
