// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.wgj.crypto.PublicKey;
import org.wgj.protocol.Endpoint;
import org.wgj.protocol.PacketBatch;

import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;

/** The part of a tunnel that its datagram filter may use. */
final class FilterOutlet implements DatagramOutlet {
    private static final Logger LOG = LoggerFactory.getLogger(Tunnel.class);

    private final TunnelLoop tunnel;

    FilterOutlet(TunnelLoop tunnel) {
        this.tunnel = tunnel;
    }

    @Override
    public void send(PacketBatch datagrams) {
        if (!tunnel.isClosing() && datagrams.count() > 0) {
            tunnel.transmit(datagrams);
        }
    }

    @Override
    public boolean isWritable() {
        return tunnel.isWritable();
    }

    @Override
    public long nowNs() {
        return tunnel.clock().getAsLong();
    }

    @Override
    public boolean ownsIndex(int index) {
        return tunnel.ownsIndex(index);
    }

    @Override
    public Endpoint provenEndpointOrNull(PublicKey key) {
        return tunnel.provenEndpointOrNull(key);
    }

    @Override
    public void initiate(PublicKey key, Endpoint alsoTo) {
        // Not at once: the device may be calling, through a listener or a handler.
        schedule(() -> tunnel.initiate(key, alsoTo), 0);
    }

    @Override
    public void schedule(Runnable task, long delayNs) {
        try {
            tunnel.eventLoop()
                    .schedule(() -> tunnel.runForFilter(task), delayNs, TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException e) {
            LOG.trace("{}: closed meanwhile", tunnel.name());
        }
    }
}
