// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.page;

import org.wgj.mesh.status.LinkKind;
import org.wgj.mesh.status.NodeState;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * The topology as a circle of nodes, in SVG. A line stands for the worst of what a pair's ends say
 * in all planes; relayed links bend towards the middle and carry an R, broken ones a mark. The
 * tables have the same as text.
 */
final class Drawing {
    /** The most nodes of a drawing. */
    private static final int MAX_NODES = PlaneLinks.MAX_KEPT;

    /** Above this number of nodes direct links step back behind the others. */
    private static final int DENSE = 12;

    private static final int SIZE = 640;
    private static final double MIDDLE = SIZE / 2.0;
    private static final double RADIUS = 235;
    private static final double NODE = 9;

    /**
     * The distance by which a relayed link, and its letter, bend from the straight line to the
     * middle.
     */
    private static final double BEND = 0.45;

    private static final int MAX_LABEL = 14;

    private final Html html;
    private final PageState state;
    private final List<NodeState> nodes;
    private final List<PlaneLinks> planes = new ArrayList<>();

    Drawing(Html html, PageState state, PageQuery query) {
        this.html = html;
        this.state = state;
        nodes = state.status().nodes().stream().filter(query::fits).toList();
    }

    void write() {
        html.open("section", "id", "drawing", "aria-labelledby", "drawing-title");
        html.element("h2", "Drawing", "id", "drawing-title");
        if (nodes.isEmpty() || nodes.size() > MAX_NODES) {
            html.element(
                    "p",
                    nodes.isEmpty()
                            ? "No nodes to draw."
                            : nodes.size()
                                    + " nodes would not be readable: filter for up to "
                                    + MAX_NODES
                                    + " of them.");
            html.close();
            return;
        }
        html.open(
                "svg",
                "class",
                nodes.size() > DENSE ? "dense" : null,
                "viewBox",
                "0 0 " + SIZE + " " + SIZE,
                "role",
                "img",
                "aria-labelledby",
                "drawing-text");
        html.element(
                "title",
                nodes.size() + " nodes in a circle with their links: the tables say the same.",
                "id",
                "drawing-text");
        state.planes().forEach(plane -> planes.add(plane.among(nodes, state.status())));
        for (int a = 0; a < nodes.size(); a++) {
            for (int b = a + 1; b < nodes.size(); b++) {
                line(a, b);
            }
        }
        for (int a = 0; a < nodes.size(); a++) {
            for (int b = a + 1; b < nodes.size(); b++) {
                letter(a, b); // above all lines
            }
        }
        for (int i = 0; i < nodes.size(); i++) {
            node(i);
        }
        html.close();
        html.element(
                "p",
                "Line: direct. Thick: local network. Dashed, R: relay. Dotted, !: broken. A node"
                        + " with a dashed edge is offline.",
                "class",
                "note");
        html.close();
    }

    private double x(int i) {
        return MIDDLE + RADIUS * Math.sin(2 * Math.PI * i / nodes.size());
    }

    private double y(int i) {
        return MIDDLE - RADIUS * Math.cos(2 * Math.PI * i / nodes.size());
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, "%.1f", value);
    }

    private LinkKind worst(int a, int b) {
        LinkKind worst = null;
        for (PlaneLinks plane : planes) {
            LinkKind kind = plane.worse(nodes.get(a).id(), nodes.get(b).id());
            if (kind != LinkKind.NONE && (worst == null || kind.compareTo(worst) > 0)) {
                worst = kind;
            }
        }
        return worst == null ? LinkKind.NONE : worst;
    }

    /** A point between the middle of the straight line and the middle of the drawing. */
    private static double bent(LinkKind kind, double a, double b, double share) {
        double straight = (a + b) / 2;
        return kind == LinkKind.RELAY ? straight + (MIDDLE - straight) * share : straight;
    }

    private void line(int a, int b) {
        LinkKind kind = worst(a, b);
        if (kind != LinkKind.NONE) {
            html.element(
                    "path",
                    "",
                    "class",
                    kind.word(),
                    "d",
                    "M%s %sQ%s %s %s %s"
                            .formatted(
                                    number(x(a)),
                                    number(y(a)),
                                    number(bent(kind, x(a), x(b), BEND)),
                                    number(bent(kind, y(a), y(b), BEND)),
                                    number(x(b)),
                                    number(y(b))));
        }
    }

    private void letter(int a, int b) {
        LinkKind kind = worst(a, b);
        if (kind != LinkKind.RELAY && kind != LinkKind.BROKEN) {
            return;
        }
        // A quadratic curve passes half-way to the point that it bends to.
        double x = bent(kind, x(a), x(b), BEND / 2);
        double y = bent(kind, y(a), y(b), BEND / 2);
        html.element("circle", "", "class", "plate", "cx", number(x), "cy", number(y), "r", "10");
        html.element(
                "text",
                String.valueOf(kind.letter()),
                "class",
                kind.word(),
                "x",
                number(x),
                "y",
                number(y + 5));
    }

    private void node(int i) {
        NodeState node = nodes.get(i);
        boolean there = node.online() || node.stock();
        html.open("g", "class", there ? "node" : "node away");
        html.element("title", node.name() + (there ? "" : ", offline"));
        html.element("circle", "", "cx", number(x(i)), "cy", number(y(i)), "r", number(NODE));
        double labelX = x(i) + (x(i) - MIDDLE) * 0.07;
        double labelY = y(i) + (y(i) - MIDDLE) * 0.09 + 4;
        String anchor = "middle";
        if (Math.abs(x(i) - MIDDLE) > RADIUS / 3) {
            anchor = x(i) > MIDDLE ? "start" : "end";
        }
        String name = node.name();
        int end =
                name.offsetByCodePoints(
                        0, Math.min(name.codePointCount(0, name.length()), MAX_LABEL));
        html.element(
                "text",
                end < name.length() ? name.substring(0, end) + "\u2026" : name,
                "x",
                number(labelX),
                "y",
                number(labelY),
                "text-anchor",
                anchor);
        html.close();
    }
}
