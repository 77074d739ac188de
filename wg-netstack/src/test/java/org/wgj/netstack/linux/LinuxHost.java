// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.linux;

import org.wgj.netstack.emulator.PacketEndpoint;
import org.wgj.tun.LinuxTun;
import org.wgj.tun.Netns;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.Callable;

/** A network namespace whose only interface is a TUN: the kernel as one end of a link. */
final class LinuxHost implements PacketEndpoint, AutoCloseable {
    static final int MTU = 1420;
    private static final String OFFLOAD = "wgj.tun.offload";

    private final Netns netns;
    private final LinuxTun tun;
    private boolean readable;

    /** Makes one at 10.0.0.n and fd00::n. */
    LinuxHost(int number, String congestionControl) throws Exception {
        netns = new Netns();
        String before = System.getProperty(OFFLOAD);
        System.setProperty(OFFLOAD, "off"); // one packet is one packet, as the link counts them
        try {
            tun = netns.call(() -> LinuxTun.create("link0", MTU));
        } finally {
            if (before == null) {
                System.clearProperty(OFFLOAD);
            } else {
                System.setProperty(OFFLOAD, before);
            }
        }
        netns.run("ip", "addr", "add", "10.0.0." + number + "/24", "dev", "link0");
        netns.run("ip", "addr", "add", "fd00::" + number + "/64", "dev", "link0", "nodad");
        netns.run("ip", "link", "set", "link0", "up");
        netns.run("ip", "link", "set", "lo", "up");
        // By route, because only the first namespace may choose any of them as its default.
        control("-4", "10.0.0.0/24", congestionControl);
        control("-6", "fd00::/64", congestionControl);
        netns.run("sysctl", "-qw", "net.ipv4.tcp_no_metrics_save=1");
        netns.awaitLocalRoute("fd00::" + number);
    }

    private void control(String family, String prefix, String name) throws Exception {
        netns.run("ip", family, "route", "replace", prefix, "dev", "link0", "congctl", name);
    }

    /** Makes the call on a thread of the namespace. */
    <T> T call(Callable<T> action) throws Exception {
        return netns.call(action);
    }

    int descriptor() {
        return tun.descriptor();
    }

    /** Tells that the descriptor is readable. */
    void readable() {
        readable = true;
    }

    @Override
    public void receive(MemorySegment slab, int[] offsets, int[] lengths, int n, long nowNs) {
        try {
            tun.write(slab, offsets, lengths, 0, n);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public int emit(MemorySegment slab, int[] offsets, int[] lengths, long nowNs) {
        try {
            int count = tun.read(slab, 0, 0, offsets, lengths);
            readable = count > 0;
            return count;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public boolean hasOutput() {
        return readable;
    }

    @Override
    public long nextDeadlineNs() {
        return NEVER;
    }

    @Override
    public void handleTimeouts(long nowNs) {}

    @Override
    public void close() throws IOException {
        tun.close();
        netns.close();
    }
}
