// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.page;

import org.wgj.mesh.status.LinkKind;
import org.wgj.mesh.status.NodeState;
import org.wgj.mesh.status.PeerReport;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The matrices of the planes: how each node of a row reaches each node of a column. A mesh that is
 * too large for that gets a line that says so, and {@link TroubleTable} has what matters.
 */
final class MatrixView {
    /** The most nodes in the columns of a matrix. */
    static final int MAX_NODES = PlaneLinks.MAX_KEPT;

    /** The most cells of all matrices together; then only one plane is shown. */
    private static final int MAX_CELLS = 8_000;

    private final Html html;
    private final PageState state;
    private final PageQuery query;
    private final Map<String, Trouble> explained = new HashMap<>();

    MatrixView(Html html, PageState state, PageQuery query) {
        this.html = html;
        this.state = state;
        this.query = query;
        TroubleTable.shown(state, query).forEach(t -> explained.put(t.anchor(), t));
    }

    void write() {
        html.open("section", "id", "links", "aria-labelledby", "links-title");
        html.element("h2", "Links", "id", "links-title");
        int chosen = chosen();
        if (state.planes().size() > 1) {
            tabs(chosen);
        }
        for (int i = 0; i < state.planes().size(); i++) {
            if (chosen < 0 || chosen == i) {
                plane(i, state.planes().get(i));
            }
        }
        html.element(
                "p",
                "D direct, L local network, R relay, - no session yet, ! broken, ? not reported of"
                        + " late. A row is what its node says; letters that are links lead to the"
                        + " reason.",
                "class",
                "note");
        html.close();
    }

    /** The number of the only plane to show; negative for all. */
    private int chosen() {
        for (int i = 0; i < state.planes().size(); i++) {
            if (state.planes().get(i).name().equals(query.plane())) {
                return i;
            }
        }
        return allHaveRoom() ? -1 : 0;
    }

    private boolean allHaveRoom() {
        return state.planes().stream().mapToInt(this::cells).sum() <= MAX_CELLS;
    }

    private int cells(PlaneLinks plane) {
        return columns(plane).size() > MAX_NODES ? 0 : rows(plane).size() * columns(plane).size();
    }

    private List<NodeState> rows(PlaneLinks plane) {
        return plane.nodes().stream().filter(query::fits).toList();
    }

    /** All nodes if they have room, so that a filtered row shows its whole line. */
    private List<NodeState> columns(PlaneLinks plane) {
        return plane.nodes().size() <= MAX_NODES ? plane.nodes() : rows(plane);
    }

    private void tabs(int chosen) {
        html.open("nav", "aria-label", "Planes", "class", "tabs").open("ul");
        if (allHaveRoom()) {
            tab("all", "", chosen < 0);
        }
        for (int i = 0; i < state.planes().size(); i++) {
            String name = state.planes().get(i).name();
            tab(name, name, i == chosen);
        }
        html.close().close();
    }

    private void tab(String text, String plane, boolean chosen) {
        html.open("li")
                .element("a", text, "href", href(plane), "aria-current", chosen ? "true" : null)
                .close();
    }

    private String href(String plane) {
        String find = query.isFiltered() ? "&" + PageQuery.FIND + "=" + encoded(query.find()) : "";
        return "/?" + PageQuery.PLANE + "=" + encoded(plane) + find + "#links";
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    private void plane(int number, PlaneLinks plane) {
        String title = "plane-" + number;
        String totals = state.planes().size() > 1 ? ": " + plane.totals() : "";
        html.element("h3", plane.name() + totals, "id", title);
        List<NodeState> rows = rows(plane);
        List<NodeState> columns = columns(plane);
        if (columns.size() > MAX_NODES) {
            html.element(
                    "p",
                    "A matrix of "
                            + columns.size()
                            + " nodes would not be readable: filter for up to "
                            + MAX_NODES
                            + " of them. Links that are not direct are below.");
            return;
        }
        if (rows.isEmpty() || columns.size() < 2) {
            html.element("p", "No links to show.");
            return;
        }
        TableFrame.frame(html, "matrix-" + number, title);
        html.open("table", "class", "matrix", "aria-labelledby", title);
        html.open("thead").open("tr").element("td", "");
        for (NodeState column : columns) {
            html.open("th", "scope", "col")
                    .element("span", column.id() + " " + column.name(), "title", column.name())
                    .close();
        }
        html.close().close().open("tbody");
        PlaneLinks links = plane.among(columns, state.status());
        for (NodeState row : rows) {
            html.open("tr");
            html.open("th", "scope", "row").text(row.id() + " ");
            html.element("a", row.name(), "href", "#node-" + row.id());
            html.text(row.online() || row.stock() ? "" : " (offline)").close();
            columns.forEach(column -> cell(number, links, row, column));
            html.close();
        }
        html.close().close().close();
    }

    private void cell(int number, PlaneLinks plane, NodeState row, NodeState column) {
        if (row.id() == column.id()) {
            html.element("td", ".", "class", "self");
            return;
        }
        PeerReport report = plane.reportOrNull(row.id(), column.id());
        if (report == null) {
            String unknown = row.name() + " has said nothing of " + column.name() + " of late";
            html.element("td", "?", "class", "unknown", "title", unknown);
            return;
        }
        LinkKind kind = report.kind();
        String letter = String.valueOf(kind.letter());
        String all = Words.link(row.name(), column.name(), report);
        Trouble trouble = explained.get(Trouble.anchor(number, row.id(), column.id()));
        if (trouble == null) {
            html.element("td", letter, "class", kind.word(), "title", all);
        } else {
            html.open("td", "class", kind.word());
            html.element("a", letter, "href", "#" + trouble.anchor(), "title", all).close();
        }
    }
}
