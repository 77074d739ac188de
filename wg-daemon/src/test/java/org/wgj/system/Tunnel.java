// SPDX-License-Identifier: Apache-2.0
package org.wgj.system;

import org.wgj.lab.Host;
import org.wgj.lab.Implementation;
import org.wgj.lab.WgInterface;

import java.util.Map;

/**
 * Two WireGuard interfaces that can reach each other over IPv4 and IPv6, with addresses inside:
 * 10.9.0.1 and fd09::1 on the left, 10.9.0.2 and fd09::2 on the right.
 */
record Tunnel(WgInterface left, WgInterface right, Outside leftOutside, Outside rightOutside) {
    static final int LEFT_PORT = 51001;
    static final int RIGHT_PORT = 51002;

    /** The addresses of one end in the network that carries the tunnel. */
    record Outside(String ipv4, String ipv6) {}

    /** Which end speaks first, being the only one that knows the other's endpoint. */
    enum Initiator {
        LEFT,
        RIGHT,
        EITHER
    }

    enum Carrier {
        IPV4,
        IPV6
    }

    /** A tunnel between two new hosts joined by a cable. */
    static Tunnel between(Lab lab, Implementation left, Implementation right) {
        return between(lab, left, right, Map.of());
    }

    /** The same with something in the environment of both daemons. */
    static Tunnel between(
            Lab lab, Implementation left, Implementation right, Map<String, String> environment) {
        Host a = lab.host("left");
        Host b = lab.host("right");
        Host.connect(a, "eth0", b, "eth0");
        a.address("eth0", "10.1.0.1/24");
        a.address("eth0", "fd01::1/64");
        b.address("eth0", "10.1.0.2/24");
        b.address("eth0", "fd01::2/64");
        return up(
                lab.wireguard(a, left, "wg0", environment),
                lab.wireguard(b, right, "wg0", environment),
                new Outside("10.1.0.1", "fd01::1"),
                new Outside("10.1.0.2", "fd01::2"));
    }

    /** A tunnel between a new host and a virtual machine with the kernel's own WireGuard. */
    static Tunnel toKernel(Lab lab, Implementation left) {
        Host a = lab.host("left");
        KernelVm kernel = lab.kernel(a);
        return up(
                lab.wireguard(a, left, "wg0"),
                lab.wireguard(kernel, Implementation.KERNEL, "wg0"),
                new Outside(KernelVm.HOST_IPV4, KernelVm.HOST_IPV6),
                new Outside(KernelVm.IPV4, KernelVm.IPV6));
    }

    private static Tunnel up(
            WgInterface left, WgInterface right, Outside leftOutside, Outside rightOutside) {
        left.up("10.9.0.1/24", "fd09::1/64");
        right.up("10.9.0.2/24", "fd09::2/64");
        return new Tunnel(left, right, leftOutside, rightOutside);
    }

    /** Replaces both configurations and so all sessions; an empty key means no preshared key. */
    void configure(
            Initiator initiator,
            Carrier carrier,
            String leftPresharedKey,
            String rightPresharedKey) {
        String toRight =
                initiator == Initiator.RIGHT ? "" : "Endpoint = " + rightEndpoint(carrier) + "\n";
        String toLeft =
                initiator == Initiator.LEFT ? "" : "Endpoint = " + leftEndpoint(carrier) + "\n";
        right.configure(
                RIGHT_PORT,
                left.asPeer("10.9.0.1/32, fd09::1/128", toLeft + preshared(rightPresharedKey)));
        left.configure(
                LEFT_PORT,
                right.asPeer("10.9.0.2/32, fd09::2/128", toRight + preshared(leftPresharedKey)));
    }

    void configure(Initiator initiator, Carrier carrier) {
        configure(initiator, carrier, "", "");
    }

    private static String preshared(String key) {
        return key.isEmpty() ? "" : "PresharedKey = " + key;
    }

    String leftEndpoint(Carrier carrier) {
        return endpoint(leftOutside, carrier, LEFT_PORT);
    }

    String rightEndpoint(Carrier carrier) {
        return endpoint(rightOutside, carrier, RIGHT_PORT);
    }

    private static String endpoint(Outside outside, Carrier carrier, int port) {
        return switch (carrier) {
            case IPV4 -> outside.ipv4() + ":" + port;
            case IPV6 -> "[" + outside.ipv6() + "]:" + port;
        };
    }
}
