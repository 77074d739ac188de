// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.status;

import org.wgj.protocol.IpText;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * A status as text for a terminal: the totals, a matrix for each plane, what is wrong with links,
 * and the nodes. Names of nodes are shown without control characters.
 */
public final class StatusText {
    /** Above this number of nodes a matrix would not fit a terminal and is left out. */
    private static final int MAX_MATRIX = 60;

    /** The number of links that are explained if they are not direct. */
    private static final int MAX_REASONS = 40;

    /** Up to this number of nodes all links are made before there is data. */
    private static final int EAGER = 50;

    private StatusText() {}

    /**
     * Formats a status.
     *
     * @param status any status
     * @return lines, each with its end
     */
    public static String format(MeshStatus status) {
        StringBuilder text = new StringBuilder();
        text.append(visible(status.mesh())).append(": ").append(Totals.of(status)).append('\n');
        Map<MeshStatus.Way, PeerReport> ways = status.ways();
        if (status.nodes().size() > 1 && status.nodes().size() <= MAX_MATRIX) {
            for (String plane : status.planes()) {
                text.append('\n');
                matrix(text, status, plane, ways);
            }
            text.append("D direct, L local network, R relay, - never, ! broken; row to column\n");
        }
        reasons(text, status, ways);
        text.append('\n');
        nodes(text, status);
        if (status.relayOrNull() != null) {
            text.append("relay of the coordinator: ")
                    .append(visible(status.relayOrNull().toString()))
                    .append('\n');
        }
        return text.toString();
    }

    /**
     * Returns whether all links between nodes that are online carry packets. In a mesh of more than
     * 50 nodes a link without traffic may be missing.
     *
     * @param status any status
     * @return false if a link is broken, or missing in a small mesh
     */
    public static boolean isWhole(MeshStatus status) {
        Map<MeshStatus.Way, PeerReport> ways = status.ways();
        List<NodeState> online =
                status.nodes().stream().filter(node -> node.online() && !node.stock()).toList();
        boolean eager = status.nodes().size() <= EAGER;
        for (String plane : status.planes()) {
            for (NodeState from : online) {
                for (NodeState to : online) {
                    PeerReport report = ways.get(new MeshStatus.Way(plane, from.id(), to.id()));
                    if (report != null
                            && (report.kind() == LinkKind.BROKEN
                                    || eager && report.kind() == LinkKind.NONE)) {
                        return false;
                    }
                }
            }
        }
        return true;
    }

    private static void matrix(
            StringBuilder text,
            MeshStatus status,
            String plane,
            Map<MeshStatus.Way, PeerReport> ways) {
        int width = 0;
        for (NodeState node : status.nodes()) {
            width = Math.max(width, label(node).length());
        }
        text.append(pad(visible(plane), width)).append(' ');
        for (NodeState column : status.nodes()) {
            text.append(' ').append(pad(Long.toString(column.id()), 3));
        }
        trimEnd(text);
        text.append('\n');
        for (NodeState row : status.nodes()) {
            text.append(pad(label(row), width)).append(' ');
            for (NodeState column : status.nodes()) {
                text.append(' ').append(pad(cell(ways, plane, row, column), 3));
            }
            trimEnd(text);
            text.append('\n');
        }
    }

    private static String cell(
            Map<MeshStatus.Way, PeerReport> ways, String plane, NodeState row, NodeState column) {
        if (row.id() == column.id()) {
            return ".";
        }
        PeerReport report = ways.get(new MeshStatus.Way(plane, row.id(), column.id()));
        return report == null ? "?" : String.valueOf(report.kind().letter());
    }

    private static void reasons(
            StringBuilder text, MeshStatus status, Map<MeshStatus.Way, PeerReport> ways) {
        Map<Long, NodeState> nodes =
                status.nodes().stream().collect(Collectors.toMap(NodeState::id, node -> node));
        List<String> lines = new ArrayList<>();
        int left = 0;
        for (String plane : status.planes()) {
            for (NodeState from : status.nodes()) {
                for (NodeState to : nodes.values()) {
                    PeerReport report = ways.get(new MeshStatus.Way(plane, from.id(), to.id()));
                    if (report == null || report.reason().isEmpty()) {
                        continue;
                    }
                    if (lines.size() == MAX_REASONS) {
                        left++;
                        continue;
                    }
                    lines.add(
                            "%s: %s to %s: %s (%s)%n"
                                    .formatted(
                                            visible(plane),
                                            visible(from.name()),
                                            visible(to.name()),
                                            report.kind().word(),
                                            reason(report.reason(), from, to)));
                }
            }
        }
        if (!lines.isEmpty()) {
            text.append('\n');
            lines.forEach(text::append);
        }
        if (left > 0) {
            text.append("and ").append(left).append(" more\n");
        }
    }

    private static String reason(String code, NodeState from, NodeState to) {
        if (!code.equals("direct_only")) {
            return visible(code);
        }
        String asker =
                to.directOnly()
                        ? visible(to.name())
                        : from.directOnly() ? visible(from.name()) : "";
        return asker.isEmpty() ? code : code + ": no direct path, and " + asker + " takes no relay";
    }

    private static void nodes(StringBuilder text, MeshStatus status) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("ID", "NAME", "STATE", "ADDRESSES", "CONTROL", "DATA", "MAP", "VERSION"));
        for (NodeState node : status.nodes()) {
            rows.add(
                    List.of(
                            Long.toString(node.id()),
                            visible(node.name()),
                            state(node),
                            node.addresses().stream()
                                    .map(IpText::format)
                                    .collect(Collectors.joining(" ")),
                            age(node.controlAgeS()),
                            age(node.dataAgeS()),
                            lag(status, node),
                            node.version().isEmpty() ? "-" : visible(node.version())));
        }
        text.append(table(rows));
    }

    private static String state(NodeState node) {
        String state = node.stock() ? "stock" : node.online() ? "online" : "offline";
        return state + (node.relay() ? ",relay" : "") + (node.directOnly() ? ",direct-only" : "");
    }

    private static String lag(MeshStatus status, NodeState node) {
        if (node.revision() == 0) {
            return "-";
        }
        long behind = status.revision() - node.revision();
        return behind <= 0 ? "current" : behind + " behind";
    }

    /**
     * Formats an age.
     *
     * @param seconds negative for never
     * @return such as {@code 12s}, {@code 5m}, {@code 3h}, {@code 2d}; {@code -} for never
     */
    public static String age(long seconds) {
        if (seconds < 0) {
            return "-";
        }
        if (seconds < 120) {
            return seconds + "s";
        }
        if (seconds < 7_200) {
            return seconds / 60 + "m";
        }
        return seconds < 172_800 ? seconds / 3_600 + "h" : seconds / 86_400 + "d";
    }

    /**
     * Formats rows so that their columns stand below one another.
     *
     * @param rows each with the same number of cells
     * @return lines, each with its end
     */
    public static String table(List<List<String>> rows) {
        int columns = rows.getFirst().size();
        int[] widths = new int[columns];
        for (List<String> row : rows) {
            for (int i = 0; i < columns; i++) {
                widths[i] = Math.max(widths[i], row.get(i).length());
            }
        }
        StringBuilder text = new StringBuilder();
        for (List<String> row : rows) {
            for (int i = 0; i < columns; i++) {
                text.append(pad(row.get(i), widths[i])).append("  ");
            }
            trimEnd(text);
            text.append('\n');
        }
        return text.toString();
    }

    private static String label(NodeState node) {
        return node.id() + " " + visible(node.name());
    }

    /**
     * Returns a text in which a terminal finds nothing to obey.
     *
     * @param text from a foreign source
     * @return the text with {@code ?} in place of control characters and the like
     */
    public static String visible(String text) {
        StringBuilder visible = new StringBuilder(text.length());
        text.codePoints()
                .forEach(
                        c -> {
                            int type = Character.getType(c);
                            boolean hidden =
                                    type == Character.CONTROL
                                            || type == Character.FORMAT
                                            || type == Character.SURROGATE
                                            || type == Character.LINE_SEPARATOR
                                            || type == Character.PARAGRAPH_SEPARATOR;
                            visible.appendCodePoint(hidden ? '?' : c);
                        });
        return visible.toString();
    }

    private static String pad(String text, int width) {
        return text + " ".repeat(Math.max(0, width - text.length()));
    }

    private static void trimEnd(StringBuilder text) {
        while (text.charAt(text.length() - 1) == ' ') {
            text.setLength(text.length() - 1);
        }
    }
}
