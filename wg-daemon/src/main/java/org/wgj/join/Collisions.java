// SPDX-License-Identifier: Apache-2.0
package org.wgj.join;

import org.wgj.mesh.map.Plane;
import org.wgj.protocol.IpPrefix;
import org.wgj.protocol.IpText;
import org.wgj.tun.linux.Route;
import org.wgj.tun.linux.RtNetlink;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Finds out whether a plane's addresses are in use here already. A plane that covers a local
 * network, a bridge of containers or a name server would cut this machine off from it.
 */
public final class Collisions {
    /**
     * The findings, in words.
     *
     * @param errors what is in the way
     * @param warnings what will be hidden, but may be meant so
     */
    public record Found(List<String> errors, List<String> warnings) {}

    private Collisions() {}

    /**
     * Looks at this machine.
     *
     * @param planes the mesh's
     * @return what was found; both lists are empty if nothing was
     * @throws IOException if its routes cannot be listed
     */
    public static Found find(List<Plane> planes) throws IOException {
        try (RtNetlink net = RtNetlink.open()) {
            return find(planes, net.routes(), nameServers(Path.of("/etc/resolv.conf")));
        }
    }

    static Found find(List<Plane> planes, List<Route> routes, List<InetAddress> nameServers) {
        List<String> errors = new ArrayList<>();
        List<String> warnings = new ArrayList<>();
        Set<String> own = new HashSet<>();
        planes.forEach(plane -> own.add(plane.name()));
        for (Plane plane : planes) {
            for (IpPrefix range : plane.ranges()) {
                for (Route route : routes) {
                    if (route.kind() != Route.Kind.UNICAST || own.contains(route.link())) {
                        continue;
                    }
                    IpPrefix other = prefix(route);
                    if (other.length() == 0 || !range.overlaps(other)) {
                        continue;
                    }
                    boolean wider = other.length() < range.length();
                    String what =
                            "plane %s has the range %s, but this machine has the route %s"
                                    .formatted(plane.name(), range, route);
                    // A wider network behind a router is only hidden where the plane is.
                    (wider && route.gateway() != null ? warnings : errors).add(what);
                }
                for (InetAddress server : nameServers) {
                    if (range.contains(server)) {
                        errors.add(
                                "plane %s has the range %s, in which the name server %s is"
                                        .formatted(plane.name(), range, IpText.format(server)));
                    }
                }
            }
        }
        return new Found(
                errors.stream().distinct().toList(), warnings.stream().distinct().toList());
    }

    private static IpPrefix prefix(Route route) {
        return IpPrefix.networkOf(route.destination().address(), route.destination().length());
    }

    static List<InetAddress> nameServers(Path file) {
        List<InetAddress> servers = new ArrayList<>();
        try {
            for (String line : Files.readAllLines(file)) {
                String[] words = line.strip().split("\\s+");
                if (words.length >= 2 && words[0].equals("nameserver")) {
                    try {
                        servers.add(InetAddress.ofLiteral(words[1].replaceFirst("%.*", "")));
                    } catch (IllegalArgumentException e) {
                        // not an address: the resolver does not use it either
                    }
                }
            }
        } catch (IOException e) {
            // without the file there is no name server to hide
        }
        return servers;
    }
}
