// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.generate;

import org.wgj.protocol.IpPrefix;
import org.wgj.protocol.IpText;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** Writes what belongs to a mesh beside its tunnels: a firewall, the LANs' routes, a picture. */
final class OtherTexts {
    private OtherTexts() {}

    /** The guide's ruleset for a node, with the ports of all planes open. */
    static String nft(PeerEntries links, List<PlaneFiles> planes, ListedNode node) {
        String ports =
                planes.stream()
                        .map(plane -> Integer.toString(plane.port(node)))
                        .collect(Collectors.joining(", "));
        StringBuilder out = new StringBuilder();
        out.append("# A firewall for ").append(node.name()).append(". Load it with: nft -f FILE\n");
        out.append("# It closes every port that it does not name, SSH from outside the mesh");
        out.append(" included. It replaces its own\n# table alone.\n");
        out.append("table inet wgj_mesh\ndelete table inet wgj_mesh\ntable inet wgj_mesh {\n");
        out.append("  chain input {\n");
        out.append("    type filter hook input priority filter; policy drop;\n");
        out.append("    ct state established,related accept\n");
        out.append("    iifname \"lo\" accept\n");
        out.append("    icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert, nd-router-advert,");
        out.append(" packet-too-big } accept\n");
        out.append("    icmp type { destination-unreachable, time-exceeded } accept\n");
        out.append("    udp dport { ").append(ports).append(" } accept\n");
        String management = planes.size() > 1 ? "wg1" : "wg0";
        out.append("    iifname \"").append(management).append("\" tcp dport 22 accept\n");
        if (planes.size() > 1) {
            out.append("    iifname \"wg2\" tcp dport { 9090, 9100 } accept\n");
            out.append("    iifname \"wg3\" tcp dport 22 accept\n");
        }
        out.append("    iifname \"wg*\" icmp type echo-request accept\n");
        out.append("    iifname \"wg*\" icmpv6 type echo-request accept\n");
        out.append("  }\n");
        if (links.forwards(node)) {
            out.append("\n  chain forward {\n");
            out.append("    type filter hook forward priority filter; policy drop;\n");
            out.append("    ct state established,related accept\n");
            out.append("    iifname \"wg0\" oifname \"wg0\" accept\n");
            for (IpPrefix lan : node.lans()) {
                String family = lan.ipv6() ? "ip6" : "ip";
                out.append("    iifname \"wg0\" %s daddr %s accept\n".formatted(family, lan));
                out.append("    oifname \"wg0\" %s saddr %s accept\n".formatted(family, lan));
            }
            if (node.outboundOrNull() != null) {
                out.append("    iifname \"wg0\" oifname \"")
                        .append(node.outboundOrNull())
                        .append("\" accept\n");
            }
            out.append("  }\n");
        }
        return out.append("}\n").toString();
    }

    /** The commands for machines in a node's LAN, which reach the other LANs through it. */
    static String routes(NodeList list, ListedNode node) {
        StringBuilder out = new StringBuilder();
        String lans =
                node.lans().stream().map(IpPrefix::toString).collect(Collectors.joining(", "));
        out.append("# On each machine in ").append(lans).append(", or on its router:\n");
        String gateway =
                node.gatewayOrNull() == null
                        ? "ADDRESS-OF-" + node.name()
                        : IpText.format(node.gatewayOrNull());
        for (ListedNode other : list.nodes()) {
            if (other != node) {
                for (IpPrefix lan : other.lans()) {
                    out.append("ip route add %s via %s\n".formatted(lan, gateway));
                }
            }
        }
        return out.toString();
    }

    /** A graph for Graphviz: an edge for each tunnel, dashed nodes behind NAT. */
    static String dot(NodeList list, PeerEntries links) {
        StringBuilder out =
                new StringBuilder("graph mesh {\n  layout=circo;\n  node [shape=box];\n");
        PlaneFiles plane = new PlaneFiles(0);
        for (ListedNode node : list.nodes()) {
            String label =
                    node.name()
                            + node.addresses().stream()
                                    .map(a -> "\\n" + IpText.format(a.address()))
                                    .collect(Collectors.joining());
            out.append(
                    "  \"%s\" [label=\"%s\"%s];\n"
                            .formatted(
                                    node.name(), label, node.behindNat() ? ", style=dashed" : ""));
        }
        Set<String> done = new HashSet<>();
        for (ListedNode node : list.nodes()) {
            done.add(node.name());
            for (PeerEntry link : links.of(node, plane)) {
                if (!done.contains(link.peer().name())) {
                    out.append("  \"%s\" -- \"%s\";\n".formatted(node.name(), link.peer().name()));
                }
            }
        }
        return out.append("}\n").toString();
    }
}
