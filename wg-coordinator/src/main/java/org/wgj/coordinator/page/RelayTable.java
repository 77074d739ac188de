// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.page;

import org.wgj.mesh.status.LinkKind;
import org.wgj.mesh.status.MeshStatus;
import org.wgj.mesh.status.RelayLoad;

/** The load of the coordinator's relay, and how many links use any relay. */
final class RelayTable {
    private final Html html;
    private final MeshStatus status;

    RelayTable(Html html, MeshStatus status) {
        this.html = html;
        this.status = status;
    }

    void write() {
        html.open("section", "id", "relay", "aria-labelledby", "relay-title");
        html.element("h2", "Relay", "id", "relay-title");
        long reports =
                status.links().stream()
                        .filter(link -> link.peer().kind() == LinkKind.RELAY)
                        .count();
        html.element(
                "p",
                reports + (reports == 1 ? " report" : " reports") + " of links that use a relay.");
        RelayLoad load = status.relayOrNull();
        if (load == null) {
            html.element("p", "This coordinator does not relay.").close();
            return;
        }
        TableFrame.begin(
                html,
                "relay-title",
                "Members served",
                "Sessions",
                "Packets forwarded",
                "Bytes forwarded",
                "Packets dropped",
                "Dropped because of");
        html.open("tr");
        html.element("td", load.served() + " of " + load.members());
        html.element("td", Long.toString(load.sessions()));
        html.element("td", Long.toString(load.packets()));
        html.element("td", Long.toString(load.bytes()));
        html.element("td", Long.toString(load.dropped()));
        html.open("td");
        if (load.drops().isEmpty()) {
            html.text("-");
        }
        load.drops().forEach((reason, count) -> html.element("div", reason + ": " + count));
        html.close();
        html.close();
        TableFrame.end(html);
        html.element("p", "Of this coordinator's relay, since its start.", "class", "note");
        html.close();
    }
}
