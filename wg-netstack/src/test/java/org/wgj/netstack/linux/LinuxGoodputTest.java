// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.linux;

import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.wgj.netstack.emulator.Bulk;
import org.wgj.netstack.emulator.EmulatedLink;
import org.wgj.netstack.emulator.LinkConditions;
import org.wgj.netstack.emulator.StackEndpoint;
import org.wgj.netstack.emulator.TestStacks;
import org.wgj.netstack.stack.NetStack;
import org.wgj.netstack.tcp.TcpListener;
import org.wgj.netstack.tcp.TcpOptions;
import org.wgj.netstack.wire.IpAddress;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/**
 * Goodput of one connection over emulated links: this stack to Linux, Linux to this stack, and
 * Linux to Linux over the same link, all with CUBIC. {@code bin/netstack-linux} runs it and keeps
 * the table.
 */
@Tag("root")
@Tag("slow")
class LinuxGoodputTest {
    private static final long MS = 1_000_000L;
    private static final long SECOND = 1_000 * MS;
    private static final int PORT = 7_000;
    private static final long ENDLESS = Long.MAX_VALUE / 2;

    private record Row(String name, LinkConditions link) {}

    private static Row row(int rttMs, double lossPercent, int mbits, int reorderPercent) {
        long bits = mbits * 1_000_000L;
        int queue = (int) Math.max(30_000, bits / 8 * Math.max(rttMs, 10) / 1000);
        LinkConditions link = LinkConditions.delay(rttMs * MS / 2).loss(lossPercent / 100);
        if (reorderPercent > 0) {
            link = link.reordering(reorderPercent / 100.0, 5 * MS);
        }
        String name =
                String.format(
                        Locale.ROOT,
                        "%4d ms %4.1f %% loss %5d Mbit/s %d %% reordered",
                        rttMs,
                        lossPercent,
                        mbits,
                        reorderPercent);
        return new Row(name, link.rate(bits, queue));
    }

    private static final List<Row> ROWS =
            List.of(
                    row(0, 0, 1000, 0),
                    row(10, 0, 1, 0),
                    row(10, 0, 100, 0),
                    row(50, 0, 100, 0),
                    row(200, 0, 10, 0),
                    row(200, 0, 100, 0),
                    row(20, 0.1, 100, 0),
                    row(20, 1, 100, 0),
                    row(50, 1, 10, 0),
                    row(20, 5, 10, 0),
                    row(100, 5, 10, 0),
                    row(20, 0, 100, 2),
                    row(50, 0.5, 50, 2));

    @Test
    void goodputIsThatOfLinux() throws Exception {
        long seconds = Integer.getInteger("goodput.seconds", 5);
        List<String> report = new ArrayList<>();
        report.add(
                "goodput in Mbit/s, " + seconds + " s each; Linux is the kernel of this machine");
        report.add("link | ours to Linux | Linux to ours | Linux to Linux | worst ratio");
        for (Row row : ROWS) {
            double up = withLinux(row.link, true, seconds * SECOND);
            double down = withLinux(row.link, false, seconds * SECOND);
            double kernel = linuxToLinux(row.link, seconds * SECOND);
            String line =
                    String.format(
                            Locale.ROOT,
                            "%s | %.2f | %.2f | %.2f | %.2f",
                            row.name,
                            up,
                            down,
                            kernel,
                            Math.min(up, down) / kernel);
            System.out.println(line);
            report.add(line);
            assertTrue(up > 0 && down > 0 && kernel > 0, line);
        }
        String file = System.getProperty("goodput.report", "target/netstack-linux.txt");
        Files.write(Path.of(file), report);
    }

    private static double withLinux(LinkConditions conditions, boolean up, long ns)
            throws Exception {
        NetStack stack =
                TestStacks.make(TestStacks.MTU, new Random(4), IpAddress.parse("10.0.0.1"));
        try (LinuxHost host = new LinuxHost(2, "cubic")) {
            EmulatedLink link = new EmulatedLink(new StackEndpoint(stack), host, conditions, 5);
            Bulk bulk = new Bulk(up ? ENDLESS : 0);
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
            try (KernelSocket socket =
                    new KernelSocket(host, "10.0.0.1", PORT, false, up ? 0 : ENDLESS)) {
                RealTime.run(link, List.of(host), () -> socket.failure != null, ns);
                return (up ? socket.read : bulk.read) * 8e3 / ns;
            }
        }
    }

    private static double linuxToLinux(LinkConditions conditions, long ns) throws Exception {
        try (LinuxHost left = new LinuxHost(1, "cubic");
                LinuxHost right = new LinuxHost(2, "cubic")) {
            EmulatedLink link = new EmulatedLink(left, right, conditions, 5);
            try (KernelSocket server = new KernelSocket(left, "10.0.0.1", PORT, true, ENDLESS);
                    KernelSocket client = new KernelSocket(right, "10.0.0.1", PORT, false, 0)) {
                RealTime.run(
                        link,
                        List.of(left, right),
                        () -> server.failure != null || client.failure != null,
                        ns);
                return client.read * 8e3 / ns;
            }
        }
    }
}
