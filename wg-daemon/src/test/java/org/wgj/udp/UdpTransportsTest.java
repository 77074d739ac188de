package org.wgj.udp;

import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.netty.channel.IoHandlerFactory;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.nio.NioIoHandler;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class UdpTransportsTest {
    @AfterEach
    void forget() {
        System.clearProperty("wgj.udp");
    }

    private static UdpTransport on(IoHandlerFactory loops) throws Exception {
        Party party = new Party(loops, UdpTransports::create);
        party.close();
        return party.transport;
    }

    @Test
    void theLoopDecidesUnlessOneInsists() throws Exception {
        assertInstanceOf(EpollUdpTransport.class, on(EpollIoHandler.newFactory()));
        assertInstanceOf(NettyUdpTransport.class, on(NioIoHandler.newFactory()));
        System.setProperty("wgj.udp", "netty");
        assertInstanceOf(NettyUdpTransport.class, on(EpollIoHandler.newFactory()));
        System.setProperty("wgj.udp", "epoll");
        assertInstanceOf(EpollUdpTransport.class, on(EpollIoHandler.newFactory()));
    }

    @Test
    void whatThereIsNotIsRefused() {
        System.setProperty("wgj.udp", "epoll");
        assertThrows(IllegalArgumentException.class, () -> on(NioIoHandler.newFactory()));
        System.setProperty("wgj.udp", "pigeon");
        assertThrows(IllegalArgumentException.class, () -> on(NioIoHandler.newFactory()));
    }
}
