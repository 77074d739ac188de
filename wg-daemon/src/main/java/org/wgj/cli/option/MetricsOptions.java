// SPDX-License-Identifier: Apache-2.0
package org.wgj.cli.option;

import org.wgj.mesh.node.NodeOptions;
import org.wgj.metrics.Interfaces;
import org.wgj.metrics.ListenAddress;
import org.wgj.metrics.MetricsService;
import org.wgj.metrics.PeerSelection;

import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

import java.io.IOException;
import java.util.List;
import java.util.function.Consumer;

/** The options of programs that serve metrics. */
public final class MetricsOptions {
    @Option(
            names = "--metrics",
            paramLabel = "ADDRESS:PORT",
            description = {
                "Serve metrics for Prometheus at /metrics, and probes at /healthz and /readyz:"
                        + " 127.0.0.1:9586, [::1]:9586, a port alone for 127.0.0.1, or unix:PATH."
            })
    private String metrics;

    @Mixin private PeerSeriesOption peers = new PeerSeriesOption();

    /** Creates options without a value. */
    public MetricsOptions() {}

    /**
     * Begins to serve, if asked to.
     *
     * @param warn takes a warning for the user
     * @return null if not asked to
     * @throws IllegalArgumentException if an option is wrong
     * @throws IOException if the address cannot be had
     */
    public MetricsService startOrNull(Interfaces interfaces, Consumer<String> warn)
            throws IOException {
        PeerSelection selection = peers.selection();
        if (metrics == null) {
            return null;
        }
        ListenAddress address = ListenAddress.parse(metrics);
        MetricsService service = MetricsService.start(address, interfaces, selection);
        if (address.warningOrNull() != null) {
            warn.accept(address.warningOrNull());
        }
        return service;
    }

    /**
     * Returns the options for a node of a mesh to keep.
     *
     * @return null if not asked to
     * @throws IllegalArgumentException if an option is wrong
     */
    public NodeOptions.Metrics keptOrNull() {
        peers.selection();
        return metrics == null
                ? null
                : new NodeOptions.Metrics(ListenAddress.parse(metrics).toString(), peers.word());
    }

    /**
     * Returns the options for another program that is to serve instead, an option and its value
     * each; an empty list if not asked to.
     *
     * @throws IllegalArgumentException if an option is wrong
     */
    public List<String> words() {
        peers.selection();
        if (metrics == null) {
            return List.of();
        }
        ListenAddress address = ListenAddress.parse(metrics);
        return List.of("--metrics", address.toString(), PeerSeriesOption.NAME, peers.word());
    }
}
