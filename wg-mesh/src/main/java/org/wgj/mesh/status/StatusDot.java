// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.status;

import java.util.Map;

/** A status as a graph for Graphviz: nodes, and for each plane the links between them. */
public final class StatusDot {
    private StatusDot() {}

    /**
     * Formats a status.
     *
     * @param status any status
     * @return a graph in the language of {@code dot}
     */
    public static String format(MeshStatus status) {
        Map<MeshStatus.Way, PeerReport> ways = status.ways();
        StringBuilder text = new StringBuilder();
        text.append("graph ").append(quoted(status.mesh())).append(" {\n");
        text.append("  layout=circo;\n  node [shape=box];\n");
        for (NodeState node : status.nodes()) {
            text.append("  n").append(node.id()).append(" [label=").append(quoted(node.name()));
            if (!node.online() && !node.stock()) {
                text.append(", style=dashed");
            }
            text.append("];\n");
        }
        for (String plane : status.planes()) {
            for (int a = 0; a < status.nodes().size(); a++) {
                for (int b = a + 1; b < status.nodes().size(); b++) {
                    long from = status.nodes().get(a).id();
                    long to = status.nodes().get(b).id();
                    LinkKind kind = Totals.worse(ways, plane, from, to);
                    if (kind != LinkKind.NONE) {
                        text.append("  n").append(from).append(" -- n").append(to);
                        text.append(" [label=").append(quoted(plane + " " + kind.letter()));
                        text.append(style(kind)).append("];\n");
                    }
                }
            }
        }
        return text.append("}\n").toString();
    }

    private static String style(LinkKind kind) {
        return switch (kind) {
            case RELAY -> ", style=dashed";
            case BROKEN -> ", color=red, style=bold";
            default -> "";
        };
    }

    private static String quoted(String text) {
        return '"' + StatusText.visible(text).replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    }
}
