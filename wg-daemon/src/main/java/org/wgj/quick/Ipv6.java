// SPDX-License-Identifier: Apache-2.0
package org.wgj.quick;

import org.wgj.tun.linux.LinkState;
import org.wgj.tun.linux.RtNetlink;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Tells whether an interface can carry IPv6, and switches it on. Containers often have IPv6
 * switched off for new interfaces while another interface has it; its packets would go past the
 * tunnel.
 */
final class Ipv6 {
    private static final Path ADDRESSES = Path.of("/proc/net/if_inet6");

    private final String interfaceName;
    private final RtNetlink net;
    private final Output output;

    Ipv6(String interfaceName, RtNetlink net, Output output) {
        this.interfaceName = interfaceName;
        this.net = net;
        this.output = output;
    }

    /**
     * Returns whether the interface has IPv6 or could get it. Also works before the interface
     * exists.
     */
    boolean isPossible() throws IOException {
        if (Files.notExists(ADDRESSES)) {
            return false;
        }
        boolean made = Files.exists(switchOf(interfaceName));
        return !isOff(made ? interfaceName : "default") || isUsedElsewhere();
    }

    /**
     * Switches IPv6 on for the interface if needed. The switch belongs to the interface and
     * disappears with it.
     *
     * @return false if this host has no IPv6, so that no packet can go past a tunnel either
     * @throws IOException if this host has IPv6 and the interface cannot get it
     */
    boolean enable() throws IOException {
        if (!isPossible()) {
            return false;
        }
        if (!isOff(interfaceName)) {
            return true;
        }
        String name = "net.ipv6.conf." + interfaceName + ".disable_ipv6";
        output.step("sysctl -q " + name + "=0");
        try {
            Files.writeString(switchOf(interfaceName), "0\n");
        } catch (IOException e) {
            throw new IOException(
                    "IPv6 is switched off for "
                            + interfaceName
                            + " and on for another interface, so it would go past the tunnel; "
                            + name
                            + " cannot be set because /proc/sys is not writable: set"
                            + " net.ipv6.conf.default.disable_ipv6=0 before (docker run --sysctl),"
                            + " or remove the IPv6 lines of the file",
                    e);
        }
        return true;
    }

    private static Path switchOf(String link) {
        return Path.of("/proc/sys/net/ipv6/conf", link, "disable_ipv6");
    }

    private static boolean isOff(String link) throws IOException {
        Path file = switchOf(link);
        return Files.exists(file) && !Files.readString(file).strip().equals("0");
    }

    /** Returns whether another interface than the loopback has an address or a route. */
    private boolean isUsedElsewhere() throws IOException {
        boolean routes =
                net.routes().stream()
                        .anyMatch(
                                route ->
                                        !route.destination().isIpv4()
                                                && route.link() != null
                                                && isOther(route.link()));
        if (routes) {
            return true;
        }
        for (LinkState link : net.links()) {
            if (isOther(link.name())
                    && net.addresses(link.name()).stream().anyMatch(a -> !a.isIpv4())) {
                return true;
            }
        }
        return false;
    }

    private boolean isOther(String link) {
        return !link.equals("lo") && !link.equals(interfaceName);
    }
}
