// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.page;

import org.wgj.mesh.map.Candidate;
import org.wgj.mesh.map.JsonOut;
import org.wgj.mesh.map.MapNode;
import org.wgj.mesh.map.Membership;
import org.wgj.mesh.status.NodeState;
import org.wgj.protocol.IpText;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;

/** The nodes. */
final class NodeTable {
    /** The most rows. */
    static final int MAX_ROWS = 500;

    private final Html html;
    private final PageState state;
    private final PageQuery query;

    NodeTable(Html html, PageState state, PageQuery query) {
        this.html = html;
        this.state = state;
        this.query = query;
    }

    void write() {
        html.open("section", "id", "nodes", "aria-labelledby", "nodes-title");
        html.element("h2", "Nodes", "id", "nodes-title");
        List<NodeState> all = state.status().nodes().stream().filter(query::fits).toList();
        if (all.isEmpty()) {
            html.element("p", query.isFiltered() ? "None with this filter." : "None yet.").close();
            return;
        }
        TableFrame.begin(
                html,
                "nodes-title",
                "Id",
                "Name",
                "State",
                "Addresses",
                "Endpoints",
                "NAT",
                "Routes",
                "Last contact",
                "Last handshake",
                "Key from",
                "Map",
                "Version");
        all.stream().limit(MAX_ROWS).forEach(this::row);
        TableFrame.end(html);
        if (all.size() > MAX_ROWS) {
            html.element(
                    "p",
                    (all.size() - MAX_ROWS) + " more are left out. Filter for a node to see it.",
                    "class",
                    "left-out");
        }
        html.close();
    }

    private void row(NodeState node) {
        MapNode member = state.map().nodes().get(node.id());
        html.open("tr", "id", "node-" + node.id(), "tabindex", "-1");
        html.element("td", Long.toString(node.id()));
        html.element("th", node.name(), "scope", "row");
        html.element("td", states(node), "class", node.online() ? "online" : "offline");
        list(member, m -> m.addresses().stream().map(IpText::format));
        list(
                member,
                m ->
                        m.candidates().stream()
                                .map(
                                        c ->
                                                JsonOut.endpoint(c.endpoint())
                                                        + " "
                                                        + c.kind()
                                                                .name()
                                                                .toLowerCase(Locale.ROOT)));
        list(member, m -> Stream.of(nat(m.candidates())));
        html.open("td");
        if (member != null) {
            member.routes().forEach(route -> html.element("div", route.toString()));
        }
        html.close();
        html.element("td", Words.ago(node.controlAgeS()));
        html.element("td", Words.ago(node.dataAgeS()));
        html.element("td", node.keyAgeS() < 0 ? "-" : Words.ago(node.keyAgeS()));
        html.element("td", behind(node));
        html.element("td", node.version().isEmpty() ? "-" : node.version());
        html.close();
    }

    /** Guesses from its own addresses and from those that coordinators see what translates them. */
    static String nat(List<Candidate> candidates) {
        Set<InetSocketAddress> seen = new LinkedHashSet<>();
        Set<InetAddress> own = new HashSet<>();
        Set<Integer> ports = new HashSet<>();
        for (Candidate candidate : candidates) {
            InetSocketAddress endpoint = candidate.endpoint();
            if (candidate.kind() == Candidate.Kind.OBSERVED) {
                seen.add(endpoint);
            } else if (candidate.kind() == Candidate.Kind.LOCAL) {
                own.add(endpoint.getAddress());
                ports.add(endpoint.getPort());
            }
        }
        if (seen.stream().anyMatch(NodeTable::isIpv4)) {
            seen.removeIf(endpoint -> !isIpv4(endpoint)); // IPv6 is as a rule not translated
        }
        if (seen.isEmpty()) {
            return "-";
        }
        if (seen.stream().anyMatch(endpoint -> own.contains(endpoint.getAddress()))) {
            return "none";
        }
        if (seen.stream().map(InetSocketAddress::getAddress).distinct().count() < seen.size()) {
            return "a port for each destination";
        }
        return seen.stream().anyMatch(endpoint -> ports.contains(endpoint.getPort()))
                ? "same port"
                : "other port";
    }

    /** Writes a cell with a line for each different value of all planes. */
    private void list(MapNode memberOrNull, Function<Membership, Stream<String>> values) {
        html.open("td");
        if (memberOrNull != null) {
            Set<String> lines = new LinkedHashSet<>();
            memberOrNull.planes().values().forEach(m -> values.apply(m).forEach(lines::add));
            lines.forEach(line -> html.element("div", line));
        }
        html.close();
    }

    private String states(NodeState node) {
        StringBuilder text = new StringBuilder();
        text.append(node.stock() ? "not wgj" : node.online() ? "online" : "offline");
        if (node.relay()) {
            text.append(", relay");
        }
        if (node.directOnly()) {
            text.append(", direct-only");
        }
        if (state.clones().contains(node.id())) {
            text.append(", copied");
        }
        return text.toString();
    }

    private String behind(NodeState node) {
        if (node.revision() == 0) {
            return "-";
        }
        long behind = state.status().revision() - node.revision();
        return behind <= 0 ? "current" : behind + " behind";
    }

    private static boolean isIpv4(InetSocketAddress endpoint) {
        return endpoint.getAddress() instanceof Inet4Address;
    }
}
