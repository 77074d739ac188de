// SPDX-License-Identifier: Apache-2.0
package org.wgj.join;

import org.wgj.crypto.PublicKey;
import org.wgj.mesh.map.MapNode;
import org.wgj.mesh.map.Membership;
import org.wgj.mesh.map.MeshMap;
import org.wgj.mesh.node.MeshNode;
import org.wgj.mesh.node.NodeOptions;
import org.wgj.metrics.Interfaces;
import org.wgj.metrics.ListenAddress;
import org.wgj.metrics.MeshFigures;
import org.wgj.metrics.MetricsService;
import org.wgj.metrics.PeerSelection;
import org.wgj.quick.Output;
import org.wgj.tunnel.Configurable;
import org.wgj.tunnel.config.FileErrors;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/**
 * The metrics of the node that runs in this process. An address that is taken stops no node: others
 * may be reached through it alone. For one thread, except where said.
 */
final class NodeMetrics implements AutoCloseable {
    private final Output output;
    private final NodeOptions.Metrics givenOrNull;
    private final Interfaces interfaces = new Interfaces(false);
    private final List<Configurable> served = new ArrayList<>();
    private volatile MeshMap map; // null before the first
    private MetricsService serviceOrNull;
    private boolean tried;

    /**
     * @param givenOrNull where to serve; null for where the node's options say
     */
    NodeMetrics(Output output, NodeOptions.Metrics givenOrNull) {
        this.output = output;
        this.givenOrNull = givenOrNull;
    }

    /** Returns what takes the node's maps, for the names of peers; for any thread. */
    Consumer<MeshMap> maps() {
        return taken -> map = taken;
    }

    /** A node is up. */
    void began(MeshNode node, NodeOptions options) {
        NodeOptions.Metrics wanted = givenOrNull == null ? options.metricsOrNull() : givenOrNull;
        if (wanted == null) {
            return;
        }
        node.tunnels()
                .forEach(
                        (plane, tunnel) -> {
                            served.add(tunnel);
                            interfaces.addNamed(plane, tunnel, () -> names(plane));
                        });
        interfaces.setMesh(() -> node.ownStatus().thenApply(MeshFigures::of));
        if (!tried) {
            tried = true;
            start(wanted);
        }
    }

    private void start(NodeOptions.Metrics wanted) {
        try {
            ListenAddress address = ListenAddress.parse(wanted.address());
            serviceOrNull =
                    MetricsService.start(address, interfaces, PeerSelection.parse(wanted.peers()));
            if (address.warningOrNull() != null) {
                output.warn(address.warningOrNull());
            }
        } catch (IOException e) {
            output.warn(FileErrors.text(e) + ": the node runs without metrics");
        } catch (IllegalArgumentException e) {
            output.warn(e.getMessage() + ": the node runs without metrics");
        }
    }

    /** For any thread. */
    private Map<PublicKey, String> names(String plane) {
        MeshMap now = map;
        Map<PublicKey, String> names = new HashMap<>();
        if (now == null) {
            return names;
        }
        now.coordinators().forEach(one -> names.put(one.key(), "coordinator-" + one.id()));
        for (MapNode node : now.nodes().values()) {
            Membership member = node.planes().get(plane);
            if (member != null) {
                names.put(member.key(), node.name());
                if (member.pendingKeyOrNull() != null) {
                    names.put(member.pendingKeyOrNull(), node.name());
                }
            }
        }
        return names;
    }

    /** The node has ended; another one may begin. */
    void ended() {
        interfaces.setMesh(() -> CompletableFuture.completedFuture(null));
        served.forEach(interfaces::remove);
        served.clear();
    }

    @Override
    public void close() {
        if (serviceOrNull != null) {
            serviceOrNull.close();
            serviceOrNull = null;
        }
    }
}
