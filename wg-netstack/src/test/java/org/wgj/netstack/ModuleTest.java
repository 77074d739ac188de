// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.wgj.netstack.stack.NetStack;
import org.wgj.protocol.ClassReferences;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Checks what no compiler checks: the stack itself does no I/O, reads no clock, creates no thread
 * and knows nothing of tunnels; and packages depend on one another in one direction.
 */
class ModuleTest {
    private static final String BASE = "org.wgj.netstack";
    private static final String WIRE = BASE + ".wire";
    private static final String IP = BASE + ".ip";
    private static final String UDP = BASE + ".udp";
    private static final String TCP = BASE + ".tcp";
    private static final String RECOVERY = TCP + ".recovery";
    private static final String CONGESTION = TCP + ".congestion";
    private static final String STACK = BASE + ".stack";
    private static final String SOCKET = BASE + ".socket";
    private static final String NETTY = BASE + ".netty";
    private static final String DNS = BASE + ".dns";
    private static final String CAPTURE = BASE + ".capture";
    private static final String JFR = BASE + ".jfr";
    private static final String PROXY = BASE + ".proxy";

    private static final Set<String> CORE = Set.of(WIRE, IP, UDP, TCP, RECOVERY, CONGESTION, STACK);

    private static final List<String> FORBIDDEN =
            List.of(
                    "org.wgj.tunnel.",
                    "org.wgj.protocol.",
                    "org.wgj.crypto.",
                    "java.nio.channels.",
                    "java.nio.file.",
                    "java.util.logging.",
                    "java.util.Timer",
                    "java.util.Random",
                    "java.lang.Thread",
                    "java.lang.System.nanoTime",
                    "java.lang.System.currentTimeMillis",
                    "java.lang.System.getProperty",
                    "java.lang.System.out",
                    "java.lang.System.err",
                    "java.lang.System$Logger",
                    "java.lang.Math.random",
                    "java.time.Instant",
                    "java.time.Clock",
                    "java.security.SecureRandom",
                    "java.net.Socket.",
                    "java.net.DatagramSocket",
                    "java.net.ServerSocket",
                    "java.net.InetAddress.getByName",
                    "java.net.InetAddress.getAllByName",
                    "java.net.InetAddress.getLocalHost",
                    "java.net.NetworkInterface",
                    "javax.",
                    "org.slf4j.",
                    "io.netty.",
                    "com.sun.");

    private static List<ClassReferences> classes() throws IOException {
        return ClassReferences.of(NetStack.class);
    }

    private static List<ClassReferences> core() throws IOException {
        return classes().stream()
                .filter(type -> CORE.contains(type.name().replaceFirst("\\.[A-Z].*", "")))
                .toList();
    }

    @Test
    void theStackDoesNoIoReadsNoClockMakesNoThreadAndKnowsNoTunnel() throws IOException {
        List<String> found = new ArrayList<>();
        for (ClassReferences type : core()) {
            // It must tell the owner's thread from others.
            boolean owned = type.name().equals(STACK + ".NetStackTun");
            for (String reference : type.references()) {
                boolean allowed =
                        owned
                                && (reference.equals("java.lang.Thread")
                                        || reference.equals("java.lang.Thread.currentThread"));
                if (!allowed && FORBIDDEN.stream().anyMatch(reference::startsWith)) {
                    found.add(type.name() + " uses " + reference);
                }
            }
        }
        assertEquals(List.of(), found);
    }

    /** The only classes that join a stack to a tunnel. */
    private static final Set<String> FRONT =
            Set.of(BASE + ".TunnelNet", BASE + ".TunnelNetBuilder", BASE + ".Peers");

    private static final List<String> TUNNEL =
            List.of("org.wgj.tunnel.", "org.wgj.protocol.", "org.wgj.crypto.");

    @Test
    void onlyTheFrontKnowsTunnels() throws IOException {
        List<String> found = new ArrayList<>();
        Set<String> knowing = new HashSet<>();
        for (ClassReferences type : classes()) {
            String outer = type.name().replaceFirst("\\$.*", "");
            for (String reference : type.references()) {
                if (TUNNEL.stream().anyMatch(reference::startsWith)) {
                    knowing.add(outer);
                    if (!FRONT.contains(outer)) {
                        found.add(type.name() + " uses " + reference);
                    }
                }
            }
        }
        assertEquals(List.of(), found);
        assertEquals(FRONT, knowing, "the search finds what it looks for");
    }

    @Test
    void theSearchFindsWhatItLooksFor() throws IOException {
        // Otherwise the test above would also pass for an empty folder.
        assertTrue(core().size() > 60, core().size() + " classes");
        Set<String> all = new HashSet<>();
        for (ClassReferences type : core()) {
            all.addAll(type.references());
        }
        assertTrue(all.contains("java.lang.Thread.currentThread"));
        assertTrue(all.contains("org.wgj.tun.offload.Checksum.sum"));
    }

    @Test
    void packagesDependOnOneAnotherInOneDirection() throws IOException {
        Set<String> all =
                Set.of(
                        WIRE,
                        IP,
                        UDP,
                        TCP,
                        CONGESTION,
                        STACK,
                        SOCKET,
                        NETTY,
                        DNS,
                        CAPTURE,
                        PROXY,
                        JFR);
        ClassReferences.assertDependencies(
                classes(),
                BASE,
                Map.ofEntries(
                        Map.entry(WIRE, Set.of()),
                        Map.entry(IP, Set.of(WIRE)),
                        Map.entry(UDP, Set.of(WIRE, IP)),
                        Map.entry(CONGESTION, Set.of()),
                        Map.entry(RECOVERY, Set.of(CONGESTION)),
                        Map.entry(TCP, Set.of(WIRE, IP, RECOVERY, CONGESTION)),
                        Map.entry(STACK, Set.of(WIRE, IP, UDP, TCP)),
                        Map.entry(SOCKET, Set.of(WIRE, IP, UDP, TCP, CONGESTION, STACK, DNS)),
                        Map.entry(NETTY, Set.of(WIRE, TCP, STACK, SOCKET)),
                        Map.entry(DNS, Set.of()),
                        Map.entry(CAPTURE, Set.of()),
                        Map.entry(JFR, Set.of(WIRE, TCP)),
                        Map.entry(PROXY, Set.of(DNS)),
                        Map.entry(BASE, all)));
    }
}
