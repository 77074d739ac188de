// SPDX-License-Identifier: Apache-2.0
package org.wgj.tun;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.wgj.tun.linux.Cidr;
import org.wgj.tun.linux.PollFds;
import org.wgj.tun.linux.RtNetlink;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Two network namespaces, with 10.9.0.1 and fd09::1 in the near one and .2 in the far one, and a
 * thread that carries packets between their TUNs: a tunnel without WireGuard. It checks each
 * packet's length against the MTU, and its checksums.
 */
final class JoinedTuns implements AutoCloseable {
    static final int MTU = 1420;
    private static final int STOP_WITHIN_MS = 50;
    private static final int TCP = 6;
    private static final int UDP = 17;

    final Netns near = new Netns();
    final Netns far = new Netns();
    final LinuxTun nearTun;
    final LinuxTun farTun;
    final AtomicLong packetsSeen = new AtomicLong();

    private final Packets packets = new Packets();
    private final Thread carrier = new Thread(this::carry, "carrier");
    private volatile boolean stopped;
    private volatile Throwable failure;

    JoinedTuns() throws Exception {
        nearTun = open(near, "1");
        farTun = open(far, "2");
        carrier.start();
    }

    private static LinuxTun open(Netns netns, String host) throws Exception {
        LinuxTun tun = netns.call(() -> LinuxTun.create("wg0", MTU));
        try (RtNetlink rtnetlink = netns.call(RtNetlink::open)) {
            netns.run("ip", "link", "set", "wg0", "addrgenmode", "none");
            rtnetlink.setUp("wg0", true);
            rtnetlink.addAddress("wg0", Cidr.parse("10.9.0." + host + "/24"));
            rtnetlink.addAddress("wg0", Cidr.parse("fd09::" + host + "/64"));
        }
        netns.awaitLocalRoute("fd09::" + host);
        return tun;
    }

    private void carry() {
        try (Arena arena = Arena.ofConfined()) {
            PollFds fds = new PollFds(arena, 2);
            while (!stopped) {
                fds.watch(0, nearTun.descriptor(), PollFds.POLLIN);
                fds.watch(1, farTun.descriptor(), PollFds.POLLIN);
                fds.await(STOP_WITHIN_MS);
                carryAll(nearTun, farTun);
                carryAll(farTun, nearTun);
            }
        } catch (Throwable e) {
            failure = e;
        }
    }

    private void carryAll(LinuxTun from, LinuxTun to) throws IOException {
        for (int count; (count = packets.readFrom(from)) > 0; ) {
            for (int i = 0; i < count; i++) {
                check(packets.read(i));
            }
            to.write(packets.slab, packets.offsets, packets.lengths, 0, count);
        }
    }

    private void check(byte[] packet) {
        packetsSeen.incrementAndGet();
        assertEquals(true, packet.length <= MTU, "length " + packet.length);
        ByteBuffer fields = ByteBuffer.wrap(packet);
        boolean v4 = packet[0] >> 4 == 4;
        int protocol = packet[v4 ? 9 : 6];
        if (v4) {
            assertEquals(packet.length, fields.getShort(2));
            assertEquals(0xffff, sum(fields, 0, 20));
        } else {
            assertEquals(packet.length - 40, fields.getShort(4));
        }
        if (protocol == TCP || protocol == UDP) {
            int transport = v4 ? 20 : 40;
            int sum =
                    sum(fields, v4 ? 12 : 8, packet.length) + protocol + packet.length - transport;
            assertEquals(0xffff, (sum & 0xffff) + (sum >> 16), "checksum");
        }
    }

    private static int sum(ByteBuffer bytes, int from, int to) {
        int sum = 0;
        for (int i = from; i < to; i += 2) {
            sum += i + 1 < to ? bytes.getShort(i) & 0xffff : (bytes.get(i) & 0xff) << 8;
            sum = (sum & 0xffff) + (sum >> 16);
        }
        return sum;
    }

    /** Returns the mean size of the packets that the namespace's system counted as received. */
    static double bytesPerReceivedPacket(Netns netns) throws Exception {
        return statistic(netns, "rx_bytes") / statistic(netns, "rx_packets");
    }

    private static double statistic(Netns netns, String name) throws Exception {
        return Double.parseDouble(netns.run("cat", "/sys/class/net/wg0/statistics/" + name));
    }

    /** Ends the carrier; throws if it failed. */
    @Override
    public void close() throws IOException {
        stopped = true;
        try {
            carrier.join();
        } catch (InterruptedException e) {
            throw new InterruptedIOException("waiting for the carrier");
        }
        nearTun.close();
        farTun.close();
        near.close();
        far.close();
        if (failure != null) {
            throw new AssertionError("the carrier failed", failure);
        }
    }
}
