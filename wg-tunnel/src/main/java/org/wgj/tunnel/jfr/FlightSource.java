// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel.jfr;

import org.wgj.protocol.DropReason;
import org.wgj.tunnel.udp.UdpCounters;

import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** A tunnel whose counters are recorded. Any thread may call the methods. */
public interface FlightSource {
    /**
     * Returns the interface's name.
     *
     * @return the name now
     */
    String name();

    /**
     * Asks for the counters.
     *
     * @return the counters; fails after the tunnel has closed
     */
    CompletableFuture<Counters> counters();

    /**
     * The counters since the tunnel started.
     *
     * @param drops datagrams and packets that were dropped, by reason
     * @param udp what the sockets did
     * @param read packets from the interface
     * @param written packets to the interface
     */
    record Counters(Map<DropReason, Long> drops, UdpCounters udp, long read, long written) {}
}
