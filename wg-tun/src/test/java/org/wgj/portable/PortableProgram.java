// SPDX-License-Identifier: Apache-2.0
package org.wgj.portable;

import org.wgj.tun.LinuxTun;
import org.wgj.tun.LoopbackTun;
import org.wgj.tun.MemoryTun;
import org.wgj.tun.PacketOutcome;
import org.wgj.tun.Tun;
import org.wgj.tun.TunListener;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.InetAddress;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * A small program of an embedder, which says on standard output what works here. Its package is not
 * one of the library's, so that it can use the library's module.
 */
public final class PortableProgram {
    private static final int ROOM = 16;

    private PortableProgram() {}

    public static void main(String[] arguments) throws Exception {
        System.out.println("MemoryTun " + (useMemory() ? "works" : "fails"));
        System.out.println("LinuxTun is supported: " + LinuxTun.isSupported());
        if (!LinuxTun.isSupported()) {
            try {
                LinuxTun.create("wg0").close();
            } catch (IOException e) {
                System.out.println(e.getMessage());
            }
            return;
        }
        LoopbackTun[] pair = LoopbackTun.pair(1);
        pair[0].put(InetAddress.ofLiteral("10.0.0.1"), InetAddress.ofLiteral("10.0.0.2"));
        boolean read = read(pair[1]) > 0;
        pair[0].close();
        pair[1].close();
        System.out.println("system calls " + (read ? "work" : "fail"));
    }

    private static boolean useMemory() throws Exception {
        byte[] packet = new byte[20];
        packet[0] = 0x45;
        CountDownLatch readable = new CountDownLatch(1);
        try (MemoryTun tun = new MemoryTun("wg0", 1420)) {
            tun.start(new Listener(readable));
            return tun.offer(packet) == PacketOutcome.TAKEN
                    && readable.await(20, TimeUnit.SECONDS)
                    && read(tun) == 1
                    && write(tun, packet) == 1
                    && tun.receive(20, TimeUnit.SECONDS).length == packet.length;
        }
    }

    private static int read(Tun tun) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment slab = arena.allocate(Tun.MAX_PACKET + 2 * ROOM, ROOM);
            return tun.read(slab, ROOM, ROOM, new int[8], new int[8]);
        }
    }

    private static int write(Tun tun, byte[] packet) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment slab = arena.allocate(ROOM + packet.length, ROOM);
            slab.asSlice(ROOM).copyFrom(MemorySegment.ofArray(packet));
            return tun.write(slab, new int[] {ROOM}, new int[] {packet.length}, 0, 1);
        }
    }

    private record Listener(CountDownLatch told) implements TunListener {
        @Override
        public void up() {}

        @Override
        public void down() {}

        @Override
        public void mtuChanged(int mtu) {}

        @Override
        public void readable() {
            told.countDown();
        }

        @Override
        public void gone() {}
    }
}
