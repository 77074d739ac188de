// SPDX-License-Identifier: Apache-2.0
package org.wgj.join;

import org.wgj.mesh.map.JsonOut;
import org.wgj.mesh.status.NodeStatus;
import org.wgj.mesh.status.PeerReport;
import org.wgj.mesh.status.StatusText;
import org.wgj.protocol.IpText;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** Prints the view of a node as text for a terminal. */
public final class NodeText {
    private NodeText() {}

    /**
     * Formats a status without the whole mesh.
     *
     * @param status any status
     * @return lines, each with its end
     */
    public static String format(NodeStatus status) {
        StringBuilder text = new StringBuilder();
        text.append(
                "node %d %s of mesh %s%n"
                        .formatted(
                                status.id(),
                                StatusText.visible(status.name()),
                                StatusText.visible(status.mesh())));
        for (NodeStatus.PlaneState plane : status.planes()) {
            text.append(
                    "%s: %s, UDP port %d%s%n"
                            .formatted(
                                    StatusText.visible(plane.name()),
                                    plane.addresses().stream()
                                            .map(IpText::format)
                                            .collect(Collectors.joining(", ")),
                                    plane.port(),
                                    isShared(status, plane) ? " (shared)" : ""));
            if (!plane.proxies().isEmpty()) {
                text.append("  in user space: ");
                text.append(StatusText.visible(plane.proxies())).append('\n');
            }
        }
        NodeStatus.Control control = status.control();
        text.append(
                control.connected()
                        ? "coordinator %s: connected for %s%n"
                                .formatted(control.coordinator(), StatusText.age(control.sinceS()))
                        : "coordinator: not connected for %s (%s)%n"
                                .formatted(
                                        StatusText.age(control.sinceS()),
                                        StatusText.visible(control.problem())));
        if (!status.peers().isEmpty()) {
            text.append('\n');
            text.append(StatusText.table(rows(status)));
        }
        if (status.relayOrNull() != null) {
            text.append("relay of this node: ")
                    .append(StatusText.visible(status.relayOrNull().toString()))
                    .append('\n');
        }
        return text.toString();
    }

    private static boolean isShared(NodeStatus status, NodeStatus.PlaneState plane) {
        return status.planes().stream().filter(other -> other.port() == plane.port()).count() > 1;
    }

    private static List<List<String>> rows(NodeStatus status) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("NODE", "PLANE", "PATH", "REASON", "RTT", "HANDSHAKE", "ENDPOINT"));
        for (NodeStatus.Peer peer : status.peers()) {
            PeerReport link = peer.report();
            rows.add(
                    List.of(
                            StatusText.visible(peer.name()),
                            StatusText.visible(link.plane()),
                            link.kind().word(),
                            link.reason().isEmpty() ? "-" : StatusText.visible(link.reason()),
                            link.rttMs() < 0
                                    ? "-"
                                    : String.format(Locale.ROOT, "%.1f ms", link.rttMs()),
                            StatusText.age(link.handshakeAgeS()),
                            link.endpointOrNull() == null
                                    ? "-"
                                    : JsonOut.endpoint(link.endpointOrNull())));
        }
        return rows;
    }
}
