// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel;

import io.netty.channel.IoEventLoop;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.wgj.crypto.PublicKey;
import org.wgj.protocol.Endpoint;
import org.wgj.protocol.PacketBatch;

import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;

/** What the datagram filter of a shared port may use of all tunnels on it. */
final class PortOutlet implements DatagramOutlet {
    private static final Logger LOG = LoggerFactory.getLogger(Tunnel.class);

    private final SharedPort port;
    private final IoEventLoop loop;
    private final BootClock clock = new BootClock();
    private final ForeignCode task;
    private final ForeignCode transport;

    PortOutlet(SharedPort port, IoEventLoop loop) {
        this.port = port;
        this.loop = loop;
        task = new ForeignCode("shared port", "a task of the datagram filter");
        transport = new ForeignCode("shared port", "the UDP transport");
    }

    @Override
    public void send(PacketBatch datagrams) {
        if (datagrams.count() == 0) {
            return;
        }
        try {
            port.send(datagrams);
        } catch (RuntimeException | Error e) {
            transport.failed(e);
        }
    }

    @Override
    public boolean isWritable() {
        return port.isWritable();
    }

    @Override
    public long nowNs() {
        return clock.nowNs();
    }

    @Override
    public boolean ownsIndex(int index) {
        return port.ownsIndex(index);
    }

    @Override
    public Endpoint provenEndpointOrNull(PublicKey key) {
        for (PortUser user : port.joined()) {
            Endpoint proven = user.provenEndpointOrNull(key);
            if (proven != null) {
                return proven;
            }
        }
        return null;
    }

    @Override
    public void initiate(PublicKey key, Endpoint alsoTo) {
        schedule(() -> port.joined().forEach(user -> user.initiate(key, alsoTo)), 0);
    }

    @Override
    public void schedule(Runnable work, long delayNs) {
        try {
            loop.schedule(() -> run(work), delayNs, TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException e) {
            LOG.trace("a shared port is closed meanwhile");
        }
    }

    private void run(Runnable work) {
        try {
            work.run();
        } catch (RuntimeException | Error e) {
            task.failed(e);
        }
    }
}
