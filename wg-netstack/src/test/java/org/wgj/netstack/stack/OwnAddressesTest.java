// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.stack;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.wgj.netstack.tcp.TcpConnection;
import org.wgj.netstack.tcp.TcpFailure;
import org.wgj.netstack.tcp.TcpHandler;
import org.wgj.netstack.tcp.TcpState;
import org.wgj.netstack.wire.IpAddress;
import org.wgj.netstack.wire.RawPacket;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Connections to the stack itself, and what becomes of those of an address that is taken away. */
class OwnAddressesTest {
    private static final class Side implements TcpHandler {
        final List<String> heard = new ArrayList<>();
        TcpConnection connection;
        TcpFailure failure;

        @Override
        public void established() {
            heard.add("established");
        }

        @Override
        public void readable() {}

        @Override
        public void writable() {}

        @Override
        public void ended(TcpFailure why) {
            heard.add("ended");
            failure = why;
        }
    }

    private final StackBench bench = new StackBench();
    private final Side client = new Side();
    private final Side server = new Side();

    private void connect(boolean ipv6, String to) throws IOException {
        bench.stack
                .tcp()
                .listen(
                        null,
                        80,
                        1,
                        null,
                        connection -> {
                            server.connection = connection;
                            connection.setHandler(server);
                            return true;
                        });
        client.connection =
                bench.stack
                        .tcp()
                        .connect(null, 0, IpAddress.parse(to), 80, null, client, bench.nowNs);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aConnectionToTheStackItselfNeedsNoPeer(boolean ipv6) throws IOException {
        connect(ipv6, StackBench.own(ipv6));
        assertEquals(List.of(), bench.sent());
        assertEquals(List.of("established"), client.heard);
        assertNotNull(server.connection);
        byte[] data = RawPacket.data(5000);
        assertEquals(5000, client.connection.write(data, 0, 5000));
        client.connection.wrote(bench.nowNs);
        client.connection.close(bench.nowNs);
        assertEquals(List.of(), bench.sent());
        bench.sleep(1_000_000_000L);
        assertEquals(List.of(), bench.sent());
        byte[] read = new byte[5000];
        int count = 0;
        for (int n; (n = server.connection.read(read, count, 5000 - count)) > 0; ) {
            count += n;
        }
        assertArrayEquals(data, read);
        server.connection.consumed(bench.nowNs);
        server.connection.close(bench.nowNs);
        assertEquals(List.of(), bench.sent());
        assertEquals(TcpState.CLOSED, server.connection.state());
        assertNull(server.failure);
        assertFalse(bench.stack.hasOutput());
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aConnectionEndsWithItsAddress(boolean ipv6) throws IOException {
        connect(ipv6, StackBench.peer(ipv6));
        assertEquals(1, bench.sent().size());
        bench.stack.setAddresses(List.of(IpAddress.parse(StackBench.own(!ipv6))), bench.nowNs);
        assertEquals(TcpFailure.CLOSED, client.failure);
        assertEquals(0, bench.stack.tcp().connections());
        assertEquals(List.of(), bench.sent());
        assertEquals(Long.MAX_VALUE, bench.stack.nextDeadlineNs());
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void noPeerForAnAddressEndsTheAttemptAtOnce(boolean ipv6) throws IOException {
        connect(ipv6, StackBench.peer(ipv6));
        byte[] syn = bench.sent().getFirst();
        int type = ipv6 ? 1 : 3;
        int code = ipv6 ? 3 : 1;
        // A router's word is remembered, and may be wrong for a moment.
        String router = ipv6 ? "fd00::99" : "10.0.0.99";
        bench.receive(RawPacket.icmpPacket(router, StackBench.own(ipv6), type, code, 0, syn));
        assertEquals(List.of(), client.heard);
        // The tunnel answers with the address itself as source.
        bench.receive(
                RawPacket.icmpPacket(
                        StackBench.peer(ipv6), StackBench.own(ipv6), type, code, 0, syn));
        assertEquals(TcpFailure.UNREACHABLE, client.failure);
        assertEquals(0, bench.stack.tcp().connections());
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void closingTheStackEndsConnections(boolean ipv6) throws IOException {
        connect(ipv6, StackBench.peer(ipv6));
        bench.stack.close(bench.nowNs);
        assertEquals(TcpFailure.CLOSED, client.failure);
        assertEquals(0, bench.stack.tcp().connections());
        assertEquals(0, bench.stack.tcp().pool().used());
        assertFalse(bench.stack.hasOutput());
    }
}
