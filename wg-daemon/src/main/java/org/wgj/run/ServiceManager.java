// SPDX-License-Identifier: Apache-2.0
package org.wgj.run;

import static org.wgj.tun.linux.ErrnoException.check;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.wgj.tun.linux.ErrnoException;
import org.wgj.tun.linux.Libc;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;

/**
 * Tells the service manager how this process fares, as sd_notify(3) does: one datagram for each
 * message to the socket that NOTIFY_SOCKET names. Java has no datagram sockets of the Unix domain.
 *
 * <p>Where nobody asked to be told, nothing is sent; where sending fails, that is logged and no
 * more: a service must not end because its manager does not listen.
 */
public final class ServiceManager {
    private static final Logger LOG = LoggerFactory.getLogger(ServiceManager.class);

    private static final int AF_UNIX = 1; // sys/socket.h
    private static final int SOCK_DGRAM = 2;
    private static final int SOCK_CLOEXEC = 0x80000;
    private static final int MSG_NOSIGNAL = 0x4000;

    /** sun_family, then sun_path (unix(7)). */
    private static final int PATH_OFFSET = 2;

    private static final int MAX_PATH_BYTES = 108;

    private final String socket;

    /**
     * @param socket what NOTIFY_SOCKET says: a path, or {@code @name} of the abstract namespace;
     *     null or empty where nobody wants to be told
     */
    public ServiceManager(String socket) {
        this.socket = socket == null ? "" : socket;
    }

    /** All interfaces are up. */
    void ready(String status) {
        tell("READY=1\nSTATUS=" + status);
    }

    /** The files are being read again; {@link #ready} is to follow. */
    void reloading() {
        // Since version 253 systemd wants to know since when, on CLOCK_MONOTONIC, which nanoTime
        // is.
        tell("RELOADING=1\nMONOTONIC_USEC=" + System.nanoTime() / 1000);
    }

    void stopping() {
        tell("STOPPING=1");
    }

    private void tell(String state) {
        if (socket.isEmpty()) {
            return;
        }
        try {
            send(state.getBytes(StandardCharsets.UTF_8));
        } catch (ErrnoException e) {
            LOG.warn("cannot tell the service manager: {}", e.getMessage());
        }
    }

    private void send(byte[] message) throws ErrnoException {
        byte[] path = socket.getBytes(StandardCharsets.UTF_8);
        String operation = "send to NOTIFY_SOCKET " + socket;
        if (path.length > MAX_PATH_BYTES) {
            LOG.warn("{}: longer than a socket's path can be", operation);
            return;
        }
        if (path[0] == '@') {
            path[0] = 0; // unix(7), abstract sockets: all bytes of the address count
        }
        int fd = check(operation, Libc.socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment address = arena.allocate(PATH_OFFSET + (long) path.length, Long.BYTES);
            address.set(JAVA_SHORT_UNALIGNED, 0, (short) AF_UNIX);
            MemorySegment.copy(path, 0, address, JAVA_BYTE, PATH_OFFSET, path.length);
            check(operation, Libc.connect(fd, address.address(), (int) address.byteSize()));
            MemorySegment bytes = arena.allocateFrom(JAVA_BYTE, message);
            if (Libc.send(fd, bytes.address(), bytes.byteSize(), MSG_NOSIGNAL) < 0) {
                throw new ErrnoException(operation, Libc.errno());
            }
        } finally {
            Libc.close(fd);
        }
    }
}
