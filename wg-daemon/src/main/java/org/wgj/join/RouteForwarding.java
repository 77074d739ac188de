// SPDX-License-Identifier: Apache-2.0
package org.wgj.join;

import org.wgj.mesh.node.NodeOptions;
import org.wgj.protocol.IpPrefix;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * Looks whether this machine forwards packets to the networks that its node announces. It changes
 * nothing: forwarding for all interfaces is for the machine's administrator to switch on.
 */
public final class RouteForwarding {
    private static final String IPV4 = "net.ipv4.ip_forward";
    private static final String IPV6 = "net.ipv6.conf.all.forwarding";

    private RouteForwarding() {}

    /**
     * A network that cannot be reached through this machine.
     *
     * @param what the network and the reason, in words
     * @param fix the command that helps
     */
    public record Fault(String what, String fix) {}

    /**
     * Finds announced networks for which this machine does not forward.
     *
     * @param networks the networks
     * @return one fault for each family that is not forwarded, at most two
     */
    public static List<Fault> faults(Collection<IpPrefix> networks) {
        return faults(networks, Path.of("/proc/sys"));
    }

    static List<Fault> faults(Collection<IpPrefix> networks, Path settings) {
        List<Fault> faults = new ArrayList<>();
        for (boolean ipv6 : new boolean[] {false, true}) {
            List<String> affected =
                    networks.stream()
                            .filter(network -> network.ipv6() == ipv6)
                            .map(IpPrefix::toString)
                            .toList();
            String setting = ipv6 ? IPV6 : IPV4;
            if (!affected.isEmpty() && isOff(settings.resolve(setting.replace('.', '/')))) {
                faults.add(
                        new Fault(
                                "%s cannot be reached through this node: this machine does not forward %s"
                                        .formatted(
                                                String.join(", ", affected),
                                                ipv6 ? "IPv6" : "IPv4"),
                                "sysctl -w %s=1, and the line %s=1 in /etc/sysctl.d/90-wgj.conf"
                                        .formatted(setting, setting)));
            }
        }
        return faults;
    }

    /** A setting that cannot be read says nothing. */
    private static boolean isOff(Path setting) {
        try {
            return Files.readString(setting).strip().equals("0");
        } catch (IOException e) {
            return false;
        }
    }

    /** Says what keeps a node's announced networks from being reached through it. */
    static List<String> warnings(NodeOptions options) {
        if (options.advertised().isEmpty()) {
            return List.of();
        }
        if (options.userspace()) {
            return List.of(
                    "--advertise has no effect: a node in user space forwards nothing. Run it as"
                            + " root, with an interface");
        }
        return faults(options.advertised()).stream()
                .map(fault -> fault.what() + ": " + fault.fix())
                .toList();
    }
}
