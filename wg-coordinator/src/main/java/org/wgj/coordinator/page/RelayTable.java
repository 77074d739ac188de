// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.page;

import org.wgj.mesh.status.LinkKind;
import org.wgj.mesh.status.MeshStatus;
import org.wgj.mesh.status.RelayLoad;

/**
 * How many links use any relay, and the load of the coordinator's relay, which a member is not
 * shown: it is that of all planes together.
 */
final class RelayTable {
    private final Html html;
    private final MeshStatus status;
    private final boolean withLoad;

    RelayTable(Html html, MeshStatus status, boolean withLoad) {
        this.html = html;
        this.status = status;
        this.withLoad = withLoad;
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
        if (!withLoad) {
            html.close();
            return;
        }
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
