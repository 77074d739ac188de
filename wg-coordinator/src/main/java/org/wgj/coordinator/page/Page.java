// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.page;

import org.wgj.mesh.status.NodeState;

import java.util.List;

/** The page as a whole. Pure. */
final class Page {
    static final String CONTENT = "content";
    static final String TOTALS = "totals";

    /** The number of nodes with a fault that are named. */
    private static final int MAX_NODES = 50;

    /** Up to this number of nodes a wide window has room for matrix and drawing in one row. */
    private static final int MAX_BESIDE = 15;

    private final PageState state;
    private final PageQuery query;
    private final Html html = new Html();

    private Page(PageState state, PageQuery query) {
        this.state = state;
        this.query = query;
    }

    /** Writes the page. */
    static String html(PageState state, PageQuery query) {
        return new Page(state, query).write();
    }

    private String write() {
        String title = "Mesh " + state.map().mesh();
        html.open("html", "lang", "en");
        html.open("head");
        html.single("meta", "charset", "utf-8");
        html.single("meta", "name", "viewport", "content", "width=device-width, initial-scale=1");
        html.single("meta", "name", "color-scheme", "content", "light dark");
        html.element("title", title + ": " + state.totals());
        html.single("link", "rel", "icon", "href", "/page/icon.svg", "type", "image/svg+xml");
        html.single("link", "rel", "stylesheet", "href", "/page/page.css");
        html.element("script", "", "src", "/page/page.js", "defer", "");
        html.close();
        html.open("body");
        header(title);
        html.open("main", "id", CONTENT);
        faults();
        html.open("div", "class", state.status().nodes().size() <= MAX_BESIDE ? "beside" : null);
        new MatrixView(html, state, query).write();
        new Drawing(html, state, query).write();
        html.close();
        new TroubleTable(html, state, query).write();
        new DoctorTable(html, state.verdicts()).write();
        new RelayTable(html, state.status(), state.recordsOrNull() != null).write();
        new NodeTable(html, state, query).write();
        if (state.recordsOrNull() != null) {
            new RecordTables(html, state.recordsOrNull(), state.at()).write();
        }
        html.close();
        footer();
        html.close();
        html.close();
        return html.document();
    }

    private void header(String title) {
        html.open("header");
        html.element("h1", title);
        html.element("p", state.totals().toString(), "id", TOTALS, "role", "status");
        html.open("nav", "aria-label", "Parts of this page").open("ul");
        anchor("faults", "Faults");
        anchor("links", "Links");
        anchor("drawing", "Drawing");
        anchor("why", "Not direct");
        anchor("doctor", "Doctor");
        anchor("relay", "Relay");
        anchor("nodes", "Nodes");
        if (state.recordsOrNull() != null) {
            anchor("approvals", "Approvals");
            anchor("tokens", "Tokens");
            anchor("audit", "Audit");
        }
        html.close().close();
        html.open("form", "method", "get", "action", "/", "role", "search");
        html.element("label", "Nodes with", "for", PageQuery.FIND);
        html.single(
                "input",
                "type",
                "search",
                "id",
                PageQuery.FIND,
                "name",
                PageQuery.FIND,
                "maxlength",
                Integer.toString(PageQuery.MAX_FIND),
                "autocomplete",
                "off",
                "value",
                query.find());
        if (!query.plane().isEmpty()) {
            html.single("input", "type", "hidden", "name", PageQuery.PLANE, "value", query.plane());
        }
        html.element("button", "Filter");
        if (query.isFiltered()) {
            html.element("a", "Show all", "href", "/");
        }
        html.close();
        html.close();
    }

    private void anchor(String id, String text) {
        html.open("li").element("a", text, "href", "#" + id).close();
    }

    /** Names the nodes with a fault of their own. */
    private void faults() {
        html.open("section", "id", "faults", "aria-labelledby", "faults-title");
        html.element("h2", "Faults", "id", "faults-title");
        List<String> lines =
                state.status().nodes().stream()
                        .filter(query::fits)
                        .flatMap(node -> faults(node).stream())
                        .toList();
        long broken =
                state.troubles().stream()
                        .filter(query::fits)
                        .filter(trouble -> !trouble.report().kind().isUp())
                        .count();
        if (lines.isEmpty() && broken == 0) {
            html.element("p", query.isFiltered() ? "None with this filter." : "None.");
        } else {
            html.open("ul");
            if (broken > 0) {
                html.open("li").text(broken + (broken == 1 ? " report" : " reports"));
                html.text(" of broken or missing links: ");
                html.element("a", "which, and why", "href", "#why").text(".").close();
            }
            lines.stream().limit(MAX_NODES).forEach(line -> html.element("li", line));
            if (lines.size() > MAX_NODES) {
                html.element("li", "and " + (lines.size() - MAX_NODES) + " more nodes.");
            }
            html.close();
        }
        html.close();
    }

    private List<String> faults(NodeState node) {
        if (state.clones().contains(node.id())) {
            return List.of(
                    node.name()
                            + ": two machines seem to use its key, as copies of one image do. On"
                            + " the copy run wgj leave --forget, then wgj join with a token.");
        }
        if (node.online() || node.stock()) {
            return List.of();
        }
        return List.of(
                node.name()
                        + " is offline: the coordinator "
                        + (node.controlAgeS() < 0
                                ? "has never heard of it."
                                : "heard of it " + Words.ago(node.controlAgeS()) + "."));
    }

    private void footer() {
        html.open("footer");
        html.element(
                "p",
                "State of "
                        + Words.time(state.at())
                        + " UTC, revision "
                        + state.map().revision()
                        + " of the map. This page only shows; wgj mesh changes.");
        html.close();
    }
}
