// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.page;

import org.wgj.coordinator.registry.AuditEntry;
import org.wgj.coordinator.registry.NodeInfo;
import org.wgj.coordinator.registry.TokenInfo;
import org.wgj.protocol.IpText;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.TreeSet;

/** The tables of waiting nodes, of tokens and of the end of the audit. */
final class RecordTables {
    /** The most rows of a table. */
    static final int MAX_ROWS = 100;

    private final Html html;
    private final PageState.Records records;
    private final Instant now;

    RecordTables(Html html, PageState.Records records, Instant now) {
        this.html = html;
        this.records = records;
        this.now = now;
    }

    void write() {
        approvals();
        tokens();
        audit();
    }

    private void begin(String id, String title) {
        html.open("section", "id", id, "aria-labelledby", id + "-title");
        html.element("h2", title, "id", id + "-title");
    }

    private void end(int all, String command) {
        TableFrame.end(html);
        if (all > MAX_ROWS) {
            html.element(
                    "p",
                    (all - MAX_ROWS) + " more are left out: " + command + " shows all.",
                    "class",
                    "left-out");
        }
        html.close();
    }

    private record Wish(NodeInfo node, NodeInfo.Route routeOrNull) {}

    private void approvals() {
        begin("approvals", "Waiting for approval");
        List<Wish> wishes = new ArrayList<>();
        for (NodeInfo node : records.nodes()) {
            if (node.state() == NodeInfo.State.PENDING) {
                wishes.add(new Wish(node, null));
            }
            for (NodeInfo.Route route : node.routes()) {
                if (!route.approved()) {
                    wishes.add(new Wish(node, route));
                }
            }
        }
        if (wishes.isEmpty()) {
            html.element("p", "Nothing waits.").close();
            return;
        }
        TableFrame.begin(
                html,
                "approvals-title",
                "Node",
                "Wants",
                "Addresses",
                "Token",
                "Since (UTC)",
                "Public key",
                "Approve with");
        wishes.stream().limit(MAX_ROWS).forEach(this::approval);
        end(wishes.size(), "wgj mesh status");
    }

    private void approval(Wish wish) {
        NodeInfo node = wish.node();
        String route = wish.routeOrNull() == null ? "" : wish.routeOrNull().prefix().toString();
        html.open("tr");
        html.element("th", node.name(), "scope", "row");
        html.element("td", route.isEmpty() ? "to join" : "the route " + route);
        html.open("td");
        node.planes()
                .values()
                .forEach(in -> in.addresses().forEach(a -> html.element("div", IpText.format(a))));
        html.close();
        html.element("td", node.tokenOrNull() == null ? "-" : node.tokenOrNull().toString());
        html.element("td", Words.time(node.joined()), "class", "time");
        html.open("td");
        node.planes().values().stream()
                .limit(1)
                .forEach(in -> html.element("code", in.key().toBase64()));
        html.close();
        String command =
                "wgj mesh approve " + node.id() + (route.isEmpty() ? "" : " --route " + route);
        html.open("td").element("code", command).close();
        html.close();
    }

    private void tokens() {
        begin("tokens", "Tokens");
        if (records.tokens().isEmpty()) {
            html.element("p", "None.").close();
            return;
        }
        TableFrame.begin(
                html,
                "tokens-title",
                "Id",
                "For",
                "Planes",
                "State",
                "Uses left",
                "Made (UTC)",
                "Expires (UTC)",
                "Nodes",
                "Public key");
        records.tokens().stream()
                .sorted(
                        Comparator.comparing((TokenInfo token) -> !token.isLive(now))
                                .thenComparing(TokenInfo::id, Comparator.reverseOrder()))
                .limit(MAX_ROWS)
                .forEach(this::token);
        end(records.tokens().size(), "wgj mesh tokens");
    }

    private void token(TokenInfo token) {
        html.open("tr");
        html.element("th", Long.toString(token.id()), "scope", "row");
        html.element("td", token.nameOrNull() == null ? "any name" : token.nameOrNull());
        html.element(
                "td",
                token.planes().isEmpty() ? "all" : String.join(" ", new TreeSet<>(token.planes())));
        html.element("td", state(token));
        html.element("td", token.usesLeft() + " of " + token.uses());
        html.element("td", Words.time(token.created()), "class", "time");
        html.element("td", Words.time(token.expires()), "class", "time");
        html.element("td", nodes(token));
        html.open("td").element("code", token.key().toBase64()).close();
        html.close();
    }

    private String state(TokenInfo token) {
        if (token.revokedOrNull() != null) {
            return "revoked";
        }
        if (!now.isBefore(token.expires())) {
            return "expired";
        }
        return token.usesLeft() > 0 ? "live" : "used";
    }

    private static String nodes(TokenInfo token) {
        List<String> words = new ArrayList<>();
        if (token.approve()) {
            words.add("wait for approval");
        }
        if (token.ephemeral()) {
            words.add("ephemeral");
        }
        if (token.replace()) {
            words.add("may replace");
        }
        return words.isEmpty() ? "-" : String.join(", ", words);
    }

    private void audit() {
        begin("audit", "Audit");
        if (records.audit().isEmpty()) {
            html.element("p", "Empty.").close();
            return;
        }
        TableFrame.begin(
                html, "audit-title", "Number", "Time (UTC)", "Who", "Did", "To", "Before", "After");
        records.audit().stream().limit(MAX_ROWS).forEach(this::entry);
        TableFrame.end(html);
        html.element(
                "p",
                "The newest "
                        + Math.min(records.audit().size(), MAX_ROWS)
                        + " entries. wgj mesh audit shows all, and checks that none was changed.",
                "class",
                "note");
        html.close();
    }

    private void entry(AuditEntry entry) {
        html.open("tr");
        html.element("th", Long.toString(entry.seq()), "scope", "row");
        html.element("td", Words.time(entry.at()), "class", "time");
        html.element("td", entry.actor());
        html.element("td", entry.verb());
        html.element("td", entry.object());
        html.element("td", entry.before());
        html.element("td", entry.after());
        html.close();
    }
}
