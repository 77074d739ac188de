// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel.udp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.channel.IoHandlerFactory;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.nio.NioIoHandler;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class UdpTransportsTest {
    @AfterEach
    void forget() {
        System.clearProperty("wgj.udp");
        System.clearProperty("wgj.udp.gso");
        System.clearProperty("wgj.udp.gro");
    }

    private static UdpTransport on(IoHandlerFactory loops) throws Exception {
        Party party = new Party(loops, UdpTransports::create);
        party.close();
        return party.transport;
    }

    @Test
    void theLoopDecidesUnlessThePropertyInsists() throws Exception {
        assertInstanceOf(EpollUdpTransport.class, on(EpollIoHandler.newFactory()));
        assertInstanceOf(NettyUdpTransport.class, on(NioIoHandler.newFactory()));
        System.setProperty("wgj.udp", "netty");
        assertInstanceOf(NettyUdpTransport.class, on(EpollIoHandler.newFactory()));
        System.setProperty("wgj.udp", "epoll");
        assertInstanceOf(EpollUdpTransport.class, on(EpollIoHandler.newFactory()));
    }

    @Test
    void eachOffloadCanBeSwitchedOffByHand() throws Exception {
        assertEquals(new UdpOffloads(true, true), offloads());
        System.setProperty("wgj.udp.gso", "off");
        assertEquals(new UdpOffloads(false, true), offloads());
        System.setProperty("wgj.udp.gro", "off");
        assertEquals(new UdpOffloads(false, false), offloads());
        System.setProperty("wgj.udp.gso", "on");
        assertEquals(new UdpOffloads(true, false), offloads());
        System.setProperty("wgj.udp.gso", "perhaps");
        assertThrows(IllegalArgumentException.class, UdpTransportsTest::offloads);
    }

    private static UdpOffloads offloads() throws Exception {
        Party party = new Party(EpollIoHandler.newFactory(), UdpTransports::create);
        try {
            return party.open(0).on(party.transport::offloads);
        } finally {
            party.close();
        }
    }

    @Test
    void thePortableTransportHasNone() throws Exception {
        Party party = new Party(NioIoHandler.newFactory(), UdpTransports::create);
        assertEquals(new UdpOffloads(false, false), party.open(0).on(party.transport::offloads));
        party.close();
    }

    @Test
    void theKernelsReleaseIsRead() {
        assertTrue(Kernel.isAtLeast("5.12.0-amd64", 5, 12));
        assertTrue(Kernel.isAtLeast("6.1-rc3", 5, 12));
        assertTrue(Kernel.isAtLeast("10.0.1", 5, 12));
        assertFalse(Kernel.isAtLeast("5.11.22", 5, 12));
        assertFalse(Kernel.isAtLeast("4.18.0-553.el8", 5, 12));
        assertFalse(Kernel.isAtLeast("", 5, 12));
        assertFalse(Kernel.isAtLeast("six", 5, 12));
        assertTrue(Kernel.isAtLeast("7.1.5", 7, 1, 5));
        assertTrue(Kernel.isAtLeast("7.2", 7, 1, 5));
        assertFalse(Kernel.isAtLeast("7.1.4-1-pve", 7, 1, 5));
        assertFalse(Kernel.isAtLeast("7.1-rc5", 7, 1, 5));
    }

    @Test
    void offloadsThatAKernelDamagesAreOffUnlessRequested() {
        for (String good : new String[] {"5.12", "6.18.44-amd64", "7.1.5", "7.2.0-rc1"}) {
            assertEquals(new UdpOffloads(true, true), UdpOffloads.allowed(good), good);
        }
        for (String bad : new String[] {"7.0.0", "7.0.2-6-pve", "7.0.14", "7.1.0-rc3", "7.1.4"}) {
            assertEquals(new UdpOffloads(false, true), UdpOffloads.allowed(bad), bad);
        }
        for (String old : new String[] {"5.10.0-33-amd64", "4.18", ""}) {
            assertEquals(new UdpOffloads(true, false), UdpOffloads.allowed(old), old);
        }
        System.setProperty("wgj.udp.gso", "on");
        System.setProperty("wgj.udp.gro", "off");
        assertEquals(new UdpOffloads(true, false), UdpOffloads.allowed("7.0.2"));
    }

    @Test
    void unknownTransportsAreRefused() {
        System.setProperty("wgj.udp", "epoll");
        assertThrows(IllegalArgumentException.class, () -> on(NioIoHandler.newFactory()));
        System.setProperty("wgj.udp", "pigeon");
        assertThrows(IllegalArgumentException.class, () -> on(NioIoHandler.newFactory()));
    }
}
