// SPDX-License-Identifier: Apache-2.0
package org.wgj.metrics;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Chooses the families of a page. */
final class Pages {
    /** Every family that a page other than wg-easy's may have. */
    static final List<MetricFamily> FAMILIES =
            Stream.of(PeerFamilies.ALL, OwnFamilies.ALL, MeshFamilies.ALL, ProcessFamilies.ALL)
                    .flatMap(List::stream)
                    .toList();

    private Pages() {}

    /**
     * Returns the usual page.
     *
     * @param now decides which peers are connected
     */
    static List<Series> usual(
            List<InterfaceView> interfaces, PeerSelection selection, Instant now) {
        List<Series> page = new ArrayList<>();
        page.addAll(new PeerFamilies(interfaces, selection, now).series());
        page.addAll(new OwnFamilies(interfaces).series());
        page.addAll(new ProcessFamilies(interfaces).series());
        return page;
    }

    /** Returns the page of wg-easy, whose handshakes are ages. */
    static List<Series> wgEasy(
            List<InterfaceView> interfaces, PeerSelection selection, Instant now) {
        return new WgEasyFamilies(interfaces, selection, now).series();
    }
}
