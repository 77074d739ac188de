// SPDX-License-Identifier: Apache-2.0
package org.wgj.metrics;

import java.time.Instant;
import java.util.List;

/** The usual page as text, for a file or the standard output. */
public final class MetricsPage {
    private MetricsPage() {}

    /**
     * Returns the page in Prometheus' text format, as node_exporter's textfile collector reads it.
     *
     * @param now decides which peers are connected
     */
    public static String text(
            List<InterfaceView> interfaces, PeerSelection selection, Instant now) {
        return Exposition.text(Exposition.Format.TEXT, Pages.usual(interfaces, selection, now));
    }
}
