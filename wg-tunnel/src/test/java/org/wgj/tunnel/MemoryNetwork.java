// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel;

import io.netty.channel.IoEventLoop;

import org.wgj.protocol.Endpoint;
import org.wgj.protocol.PacketBatch;
import org.wgj.tunnel.udp.UdpCounters;
import org.wgj.tunnel.udp.UdpTransport;
import org.wgj.tunnel.udp.UdpTransportFactory;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** A network without sockets: tunnels that use it reach one another by their ports. */
final class MemoryNetwork implements UdpTransportFactory {
    /** Every call to a transport except send. */
    final List<String> calls = new CopyOnWriteArrayList<>();

    private final Map<Integer, Transport> ports = new ConcurrentHashMap<>();

    @Override
    public UdpTransport create(IoEventLoop loop, UdpTransport.Receiver receiver) {
        return new Transport(loop, receiver);
    }

    private final class Transport implements UdpTransport {
        private final IoEventLoop loop;
        private final Receiver receiver;
        private int port;
        private long sent;
        private long received;

        Transport(IoEventLoop loop, Receiver receiver) {
            this.loop = loop;
            this.receiver = receiver;
        }

        @Override
        public int open(int wanted, int mark) throws IOException {
            calls.add("open " + wanted + " mark " + mark);
            port = wanted == 0 ? 40_000 + ports.size() : wanted;
            if (ports.putIfAbsent(port, this) != null) {
                throw new BindException("port " + port + " is taken");
            }
            return port;
        }

        @Override
        public void send(PacketBatch datagrams) {
            for (int i = 0; i < datagrams.count(); i++) {
                byte[] bytes =
                        datagrams
                                .slab()
                                .asSlice(datagrams.offsets()[i], datagrams.lengths()[i])
                                .toArray(ValueLayout.JAVA_BYTE);
                Transport target = ports.get(datagrams.endpoints()[i].port());
                if (target != null) {
                    sent++;
                    target.loop.execute(() -> target.receive(bytes, port));
                }
            }
        }

        private void receive(byte[] bytes, int from) {
            if (ports.get(port) != this) {
                return;
            }
            int offset = PacketBatch.HEADROOM;
            PacketBatch batch = new PacketBatch(offset + bytes.length + PacketBatch.TAILROOM, 1);
            MemorySegment.copy(bytes, 0, batch.slab(), ValueLayout.JAVA_BYTE, offset, bytes.length);
            Endpoint source =
                    Endpoint.of(new InetSocketAddress(InetAddress.getLoopbackAddress(), from));
            batch.add(offset, bytes.length, (byte) 0, source);
            received++;
            receiver.received(batch);
        }

        @Override
        public boolean isWritable() {
            return true;
        }

        @Override
        public void mark(int mark) {
            calls.add("mark " + mark);
        }

        @Override
        public UdpCounters counters() {
            return new UdpCounters(sent, received, 0, 0, 0, 0, 0);
        }

        @Override
        public void close() {
            calls.add("close");
            ports.remove(port, this);
        }
    }
}
