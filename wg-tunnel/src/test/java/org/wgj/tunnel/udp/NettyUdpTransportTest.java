// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel.udp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.netty.channel.IoEventLoop;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.nio.NioIoHandler;

import org.junit.jupiter.api.Test;
import org.wgj.tun.linux.ErrnoException;

/** The portable transport on the JDK's selector. */
class NettyUdpTransportTest extends UdpTransportTest {
    @Override
    IoHandlerFactory loops() {
        return NioIoHandler.newFactory();
    }

    @Override
    UdpTransport make(IoEventLoop loop, UdpTransport.Receiver receiver) {
        return new NettyUdpTransport(loop, receiver);
    }

    @Test
    void aMarkIsRefusedAndNothingStaysOpen() throws Exception {
        Party alice = party();
        ErrnoException refused =
                assertThrows(
                        ErrnoException.class, () -> alice.on(() -> alice.transport.open(0, 7)));
        assertEquals(95, refused.errno());
        alice.open(0);
        assertThrows(
                ErrnoException.class,
                () ->
                        alice.on(
                                () -> {
                                    alice.transport.mark(7);
                                    return null;
                                }));
        alice.on(
                () -> {
                    alice.transport.mark(0);
                    return null;
                });
    }

    @Test
    void itRemembersNoLocalAddress() throws Exception {
        Party alice = party().open(0);
        Party bob = party().open(0);
        alice.send(Party.endpoint(V4, bob.port), "ping");
        assertFalse(bob.receive().from().hasSource());
    }
}
