package org.wgj.quick;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Whether this host knows IPv6; many containers do not. */
final class Ipv6 {
    private static final Path ADDRESSES = Path.of("/proc/net/if_inet6");
    private static final Path SWITCH = Path.of("/proc/sys/net/ipv6/conf/all/disable_ipv6");

    private Ipv6() {}

    /** Whether no interface can have it, so that nothing can go past a tunnel either. */
    static boolean isAbsent() {
        try {
            return Files.notExists(ADDRESSES) || Files.readString(SWITCH).strip().equals("1");
        } catch (IOException e) {
            return false; // unknown; what is refused will be told
        }
    }
}
