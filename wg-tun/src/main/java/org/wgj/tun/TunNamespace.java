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
 * The network namespace that a TUN's interface is in now, which need not be the caller's.
 *
 * <p>It is asked about by its number in the caller's namespace (IFLA_TARGET_NETNSID) and never
 * entered: that takes no more than CAP_NET_ADMIN there, and nothing of ours stays open in it. A
 * socket that did would keep the namespace, and all interfaces in it, alive after {@code ip netns
 * delete}. Owned by the thread that opened it, which closes it at once.
 */
final class TunNamespace implements AutoCloseable {
    /** The link of /proc that names a namespace: {@code net:[4026531840]}. */
    private static final Path OWN = Path.of("/proc/thread-self/ns/net");

    private final int fd;

    private TunNamespace(int fd) {
        this.fd = fd;
    }

    /**
     * Opens it.
     *
     * @throws ErrnoException without CAP_NET_ADMIN there, before Linux 5.8, or when the interface
     *     is gone
     */
    static TunNamespace of(int tun) throws ErrnoException {
        return new TunNamespace(TunDescriptor.openNamespace(tun));
    }

    /** The name of the calling thread's namespace; "" where there is no /proc. */
    static String nameOfOwn() {
        try {
            return Files.readSymbolicLink(OWN).toString();
        } catch (IOException e) {
            return "";
        }
    }

    /** Its name, by which it can be told from others. */
    String name() throws IOException {
        return Files.readSymbolicLink(Path.of("/proc/thread-self/fd/" + fd)).toString();
    }

    /** Looks at the interface of that name; ENODEV when it has none. */
    LinkState link(String name) throws IOException {
        try (RtNetlink kernel = RtNetlink.open()) {
            return kernel.link(name, kernel.namespaceId(fd));
        }
    }

    /** See {@link RtNetlink#tunGivesPacketInformation(String)}. */
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
