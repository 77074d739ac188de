// SPDX-License-Identifier: Apache-2.0
package org.wgj.proxy;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.wgj.protocol.IpText;

import java.io.IOException;
import java.net.InetAddress;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Pings the addresses of CheckAlive through the tunnel and remembers when they have answered. */
final class AliveChecks implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(AliveChecks.class);

    /** wireproxy takes an address for dead that is silent for so much longer than an interval. */
    private static final Duration GRACE = Duration.ofSeconds(2);

    private final ProxyTunnel tunnel;
    private final Duration interval;
    private final InstantSource clock;
    private final Map<InetAddress, Long> lastPong =
            Collections.synchronizedMap(new LinkedHashMap<>());
    private final List<Thread> threads = new ArrayList<>();

    AliveChecks(
            ProxyTunnel tunnel,
            List<InetAddress> addresses,
            Duration interval,
            InstantSource clock) {
        this.tunnel = tunnel;
        this.interval = interval;
        this.clock = clock;
        for (InetAddress address : addresses) {
            lastPong.put(address, 0L);
            threads.add(
                    Thread.ofVirtual()
                            .name("check-alive " + IpText.format(address))
                            .start(() -> check(address)));
        }
    }

    private void check(InetAddress address) {
        while (!Thread.currentThread().isInterrupted()) {
            long begin = System.nanoTime();
            try {
                tunnel.ping(address, interval);
                lastPong.put(address, clock.instant().getEpochSecond());
            } catch (IOException e) {
                LOG.debug("no answer from {}: {}", IpText.format(address), e.getMessage());
            }
            try {
                Thread.sleep(interval.minusNanos(System.nanoTime() - begin));
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    /** Returns whether each address has answered within an interval and the grace. */
    boolean isReady() {
        long oldest = clock.instant().minus(interval).minus(GRACE).getEpochSecond();
        synchronized (lastPong) {
            return lastPong.values().stream().allMatch(last -> last >= oldest);
        }
    }

    /** Returns JSON: each address with the Unix time of its last answer, 0 for none. */
    String json() {
        StringBuilder json = new StringBuilder("{");
        synchronized (lastPong) {
            lastPong.forEach(
                    (address, last) ->
                            json.append(json.length() == 1 ? "" : ",")
                                    .append('"')
                                    .append(IpText.format(address))
                                    .append("\":")
                                    .append(last));
        }
        return json.append("}").toString();
    }

    @Override
    public void close() {
        threads.forEach(Thread::interrupt);
    }
}
