// SPDX-License-Identifier: Apache-2.0
package org.wgj.tun;

import org.wgj.tun.linux.ErrnoException;
import org.wgj.tun.linux.Libc;
import org.wgj.tun.linux.LinkState;
import org.wgj.tun.linux.RtNetlink;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The network namespace that a TUN's interface is in now, which may not be the caller's.
 *
 * <p>Its interfaces are looked up by the namespace's number in the caller's one
 * (IFLA_TARGET_NETNSID), without entering it. That needs only CAP_NET_ADMIN there, and leaves
 * nothing open in it: a socket there would keep the namespace and all its interfaces alive after
 * {@code ip netns delete}. Owned by the thread that opened it, which closes it at once.
 */
final class TunNamespace implements AutoCloseable {
    /** The link of /proc with the name of a namespace: {@code net:[4026531840]}. */
    private static final Path OWN = Path.of("/proc/thread-self/ns/net");

    private final int fd;

    private TunNamespace(int fd) {
        this.fd = fd;
    }

    /**
     * Opens the namespace of a TUN's interface.
     *
     * @throws ErrnoException without CAP_NET_ADMIN there, before Linux 5.8, or if the interface is
     *     gone
     */
    static TunNamespace of(int tun) throws ErrnoException {
        return new TunNamespace(TunDescriptor.openNamespace(tun));
    }

    /** Returns the name of the calling thread's namespace; "" without /proc. */
    static String nameOfOwn() {
        try {
            return Files.readSymbolicLink(OWN).toString();
        } catch (IOException e) {
            return "";
        }
    }

    /** Returns the namespace's name, which differs from that of every other namespace. */
    String name() throws IOException {
        return Files.readSymbolicLink(Path.of("/proc/thread-self/fd/" + fd)).toString();
    }

    /** Looks up the interface of that name; ENODEV if the interface does not exist. */
    LinkState link(String name) throws IOException {
        try (RtNetlink kernel = RtNetlink.open()) {
            return kernel.link(name, kernel.namespaceId(fd));
        }
    }

    /** Does what {@link RtNetlink#tunGivesPacketInformation(String)} says. */
    boolean givesPacketInformation(String name) throws IOException {
        try (RtNetlink kernel = RtNetlink.open()) {
            return kernel.tunGivesPacketInformation(name, kernel.namespaceId(fd));
        }
    }

    @Override
    public void close() {
        Libc.close(fd);
    }
}
