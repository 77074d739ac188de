// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.page;

import org.wgj.coordinator.registry.NodeInfo;
import org.wgj.coordinator.registry.TokenInfo;
import org.wgj.mesh.doctor.LiveDoctor;
import org.wgj.mesh.doctor.LiveView;
import org.wgj.mesh.doctor.Verdict;
import org.wgj.mesh.map.MeshMap;
import org.wgj.mesh.status.MeshStatus;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** The doctor's look at a mesh by what a coordinator knows; it tries nothing. Pure. */
final class Checkup {
    private Checkup() {}

    static List<Verdict> of(
            Instant now, MeshMap map, MeshStatus status, PageState.Records recordsOrNull) {
        return LiveDoctor.judge(
                new LiveView(
                        status,
                        null,
                        0, // nodes may need a moment for the newest revision
                        LiveView.publicPlaces(map),
                        Set.of(), // the status tells
                        map.planes().stream()
                                .map(plane -> new LiveView.PlanePort(plane.name(), plane.port()))
                                .toList(),
                        recordsOrNull == null ? null : administration(recordsOrNull, now),
                        null,
                        "", // the page's program is not a node's
                        now,
                        null));
    }

    private static LiveView.Administration administration(PageState.Records records, Instant now) {
        List<String> pending = new ArrayList<>();
        List<String> routes = new ArrayList<>();
        for (NodeInfo node : records.nodes()) {
            if (node.state() == NodeInfo.State.PENDING) {
                pending.add(node.name());
            }
            for (NodeInfo.Route route : node.routes()) {
                if (!route.approved()) {
                    routes.add(route.prefix() + " of " + node.name());
                }
            }
        }
        List<LiveView.Token> tokens = new ArrayList<>();
        for (TokenInfo token : records.tokens()) {
            if (token.isLive(now) && token.usesLeft() > 0) {
                tokens.add(
                        new LiveView.Token(
                                token.id(), token.usesLeft(), token.created(), token.expires()));
            }
        }
        return new LiveView.Administration(tokens, pending, routes);
    }
}
