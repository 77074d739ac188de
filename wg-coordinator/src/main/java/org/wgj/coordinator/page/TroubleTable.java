// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.page;

import org.wgj.mesh.map.JsonOut;
import org.wgj.mesh.status.PeerReport;

import java.util.List;

/** The links that are broken, missing or relayed, and why. */
final class TroubleTable {
    /** The most rows. */
    static final int MAX_ROWS = 300;

    private final Html html;
    private final PageState state;
    private final PageQuery query;

    TroubleTable(Html html, PageState state, PageQuery query) {
        this.html = html;
        this.state = state;
        this.query = query;
    }

    /** Returns what the table has rows for. */
    static List<Trouble> shown(PageState state, PageQuery query) {
        return state.troubles().stream().filter(query::fits).limit(MAX_ROWS).toList();
    }

    void write() {
        html.open("section", "id", "why", "aria-labelledby", "why-title");
        html.element("h2", "Not direct, and why", "id", "why-title");
        List<Trouble> rows = shown(state, query);
        if (rows.isEmpty()) {
            html.element("p", "Every link that was reported is direct.").close();
            return;
        }
        TableFrame.begin(
                html,
                "why-title",
                "Plane",
                "From",
                "To",
                "Path",
                "Why",
                "Sent to",
                "Round trip",
                "Handshake");
        rows.forEach(this::row);
        TableFrame.end(html);
        long left = state.troubles().stream().filter(query::fits).count() - rows.size();
        if (left > 0) {
            html.element(
                    "p",
                    left + " more are left out, the least bad ones. Filter for a node to see them.",
                    "class",
                    "left-out");
        }
        html.close();
    }

    private void row(Trouble trouble) {
        PeerReport report = trouble.report();
        html.open("tr", "id", trouble.anchor(), "tabindex", "-1");
        html.element("td", trouble.planeName());
        html.element("th", trouble.from().name(), "scope", "row");
        html.element("td", trouble.to().name());
        html.element(
                "td",
                report.kind().letter() + " " + Words.kind(report.kind()),
                "class",
                report.kind().word());
        html.element("td", Words.why(report));
        html.element(
                "td",
                report.endpointOrNull() == null ? "-" : JsonOut.endpoint(report.endpointOrNull()));
        html.element("td", Words.milliseconds(report.rttMs()));
        html.element("td", Words.ago(report.handshakeAgeS()));
        html.close();
    }
}
