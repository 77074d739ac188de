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
 * Reports the state of this process to the service manager, like sd_notify(3): each message is a
 * datagram to the socket in NOTIFY_SOCKET. This uses system calls, because Java has no Unix
 * datagram sockets.
 *
 * <p>Without NOTIFY_SOCKET nothing is sent. A failure is only logged, because a service must not
 * end when its manager does not listen.
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
     * @param socket the value of NOTIFY_SOCKET: a path, or {@code @name} in the abstract namespace;
     *     null or empty to report nothing
     */
    public ServiceManager(String socket) {
        this.socket = socket == null ? "" : socket;
    }

    /**
     * Reports that the service is ready.
     *
     * @param status for the manager's overview
     */
    public void ready(String status) {
        tell("READY=1\nSTATUS=" + status);
    }

    /** Reports that the files are being read again; {@link #ready} must follow. */
    public void reloading() {
        // systemd 253 and later need the time on CLOCK_MONOTONIC, which nanoTime reads.
        tell("RELOADING=1\nMONOTONIC_USEC=" + System.nanoTime() / 1000);
    }

    /** Reports that the service is ending. */
    public void stopping() {
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
            LOG.warn("{}: too long for the path of a socket", operation);
            return;
        }
        if (path[0] == '@') {
            path[0] = 0; // an abstract socket (unix(7)), whose name may contain any byte
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
