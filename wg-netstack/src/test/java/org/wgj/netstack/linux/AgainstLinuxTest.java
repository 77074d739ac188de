// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;
import org.wgj.netstack.emulator.Bulk;
import org.wgj.netstack.emulator.EmulatedLink;
import org.wgj.netstack.emulator.LinkConditions;
import org.wgj.netstack.emulator.StackEndpoint;
import org.wgj.netstack.emulator.TcpInvariants;
import org.wgj.netstack.emulator.TestStacks;
import org.wgj.netstack.stack.NetStack;
import org.wgj.netstack.tcp.TcpListener;
import org.wgj.netstack.tcp.TcpOptions;
import org.wgj.netstack.wire.IpAddress;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

/**
 * The stack talks to Linux's TCP over a bad link, whichever opens, both directions at once: the
 * same bytes arrive, and no packet of ours breaks an invariant.
 */
@Tag("root")
class AgainstLinuxTest {
    private static final long MS = 1_000_000L;
    private static final long SECOND = 1_000 * MS;
    private static final int PORT = 7_000;
    private static final int BYTES = 400_000;

    @TestFactory
    Stream<DynamicTest> bytesArriveBothWays() {
        List<DynamicTest> tests = new ArrayList<>();
        for (String control : List.of("reno", "cubic", "bbr")) {
            for (boolean ipv6 : new boolean[] {false, true}) {
                for (boolean weOpen : new boolean[] {false, true}) {
                    String name = (weOpen ? "to " : "from ") + control + (ipv6 ? " IPv6" : " IPv4");
                    tests.add(DynamicTest.dynamicTest(name, () -> exchange(control, ipv6, weOpen)));
                }
            }
        }
        return tests.stream();
    }

    private static void exchange(String control, boolean ipv6, boolean weOpen) throws Exception {
        String ours = ipv6 ? "fd00::1" : "10.0.0.1";
        String kernels = ipv6 ? "fd00::2" : "10.0.0.2";
        NetStack stack = TestStacks.make(TestStacks.MTU, new Random(4), IpAddress.parse(ours));
        LinkConditions conditions =
                LinkConditions.delay(5 * MS).loss(0.01).reordering(0.02, 3 * MS).duplicating(0.01);
        try (LinuxHost host = new LinuxHost(2, control)) {
            EmulatedLink link = new EmulatedLink(new StackEndpoint(stack), host, conditions, 5);
            link.observe(new TcpInvariants(true, false).mtu(TestStacks.MTU, 65_535));
            Bulk bulk = new Bulk(BYTES).closing();
            if (!weOpen) {
                TcpListener[] listener = new TcpListener[1];
                listener[0] =
                        stack.tcp()
                                .listen(
                                        null,
                                        PORT,
                                        8,
                                        TcpOptions.DEFAULT,
                                        connection -> {
                                            bulk.begin(connection, link);
                                            listener[0].accepted();
                                            link.after(0, bulk::act);
                                            return true;
                                        });
            }
            try (KernelSocket socket =
                    new KernelSocket(host, weOpen ? kernels : ours, PORT, weOpen, BYTES)) {
                if (weOpen) {
                    bulk.begin(
                            stack.tcp()
                                    .connect(
                                            null,
                                            0,
                                            IpAddress.parse(kernels),
                                            PORT,
                                            TcpOptions.DEFAULT,
                                            bulk,
                                            link.nowNs()),
                            link);
                }
                boolean all =
                        RealTime.run(
                                link,
                                List.of(host),
                                () -> bulk.ended && (socket.endRead || socket.failure != null),
                                60 * SECOND);
                assertNull(socket.failure, () -> "" + socket.failure);
                assertTrue(all, "read " + bulk.read + " and " + socket.read);
                assertNull(bulk.failure);
                assertEquals(BYTES, bulk.read);
                assertEquals(BYTES, socket.read);
            }
        }
    }
}
