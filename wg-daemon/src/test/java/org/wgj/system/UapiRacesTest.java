// SPDX-License-Identifier: Apache-2.0
package org.wgj.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.wgj.lab.Host;
import org.wgj.lab.Implementation;

import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Several connections set peers, allowed IPs, keys and ports while others query and TCP runs
 * through a session that is rekeyed continually. Every answer is consistent, and the stream, whose
 * peer does not change, never stops.
 */
@Tag("root")
@Tag("alone")
class UapiRacesTest {
    @RegisterExtension static final Lab lab = new Lab();

    private static final int SECONDS = 15;
    private static final int STRANGERS = 8;

    private final AtomicBoolean over = new AtomicBoolean();
    private final AtomicInteger sets = new AtomicInteger();
    private final AtomicInteger gets = new AtomicInteger();
    private final AtomicLong portChangedNs = new AtomicLong(System.nanoTime());
    private String untouched;
    private String privateKey;

    @Test
    @Timeout(300)
    void manyConnectionsChangeAndAskWhileTcpOfAnUntouchedPeerFlows() {
        Map<String, String> often = JavaOptions.environment("-Dwgj.rekeyAfterSeconds=1");
        Tunnel tunnel = Tunnel.between(lab, Implementation.WGJ, Implementation.WGJ, often);
        tunnel.configure(Tunnel.Initiator.EITHER, Tunnel.Carrier.IPV4);
        Host host = (Host) tunnel.left().machine();
        untouched = hex(tunnel.right().keys().publicKey());
        privateKey = hex(tunnel.left().keys().privateKey());
        Traffic.serve(tunnel.right().machine());
        Traffic.ping(host, "10.9.0.2");

        List<CompletableFuture<Void>> connections = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            Random random = new Random(i);
            connections.add(connected(host, uapi -> set(uapi, random)));
        }
        for (int i = 0; i < 2; i++) {
            connections.add(connected(host, this::get));
        }
        List<Long> bytes;
        try {
            bytes = Traffic.stream(host, "10.9.0.2", SECONDS, "-b 20M");
        } finally {
            over.set(true);
        }
        connections.forEach(CompletableFuture::join);
        System.out.println(sets + " sets, " + gets + " gets; bytes of each second: " + bytes);
        assertTrue(bytes.stream().noneMatch(second -> second == 0), "a stall: " + bytes);
        assertTrue(sets.get() > 100 && gets.get() > 100, sets + " sets, " + gets + " gets");
    }

    private interface Turn {
        void take(Uapi uapi);
    }

    private CompletableFuture<Void> connected(Host host, Turn turn) {
        return CompletableFuture.runAsync(
                () -> {
                    try (Uapi uapi = Uapi.connect(host, "wg0")) {
                        while (!over.get()) {
                            turn.take(uapi);
                        }
                    }
                },
                task -> Thread.ofPlatform().daemon().start(task));
    }

    private void set(Uapi uapi, Random random) {
        int number = random.nextInt(STRANGERS);
        String stranger = stranger(number);
        String request =
                switch (random.nextInt(8)) {
                    case 0 -> "public_key=" + stranger + "\nremove=true\n";
                    case 1 -> port(random);
                    case 2 -> "private_key=" + privateKey + "\n";
                    case 3 -> "fwmark=" + random.nextInt(1, 9) + "\n";
                    default ->
                            """
                            public_key=%s
                            preshared_key=%s
                            endpoint=10.1.0.77:9
                            persistent_keepalive_interval=%d
                            replace_allowed_ips=true
                            allowed_ip=10.77.%d.0/24
                            allowed_ip=fd77:%d::/64
                            """
                                    .formatted(stranger, stranger, number + 1, number, number + 1);
                };
        uapi.send("set=1\n" + request + "\n");
        assertEquals("errno=0\n\n", uapi.receive(1), request);
        sets.incrementAndGet();
    }

    /**
     * Another port once a second: what is under way to the old one is lost, and a stream that loses
     * something every few milliseconds would stop by TCP's own rules.
     */
    private String port(Random random) {
        long now = System.nanoTime();
        long changed = portChangedNs.get();
        boolean due = now - changed > 1_000_000_000L && portChangedNs.compareAndSet(changed, now);
        return due ? "listen_port=" + (52000 + random.nextInt(100)) + "\n" : "";
    }

    private void get(Uapi uapi) {
        uapi.send("get=1\n\n");
        String reply = uapi.receive(1);
        assertTrue(reply.endsWith("\nerrno=0\n\n"), reply);
        String[] sections = reply.split("(?=public_key=)");
        assertTrue(sections[0].contains("private_key=" + privateKey + "\n"), sections[0]);
        assertTrue(sections[1].startsWith("public_key=" + untouched + "\n"), sections[1]);
        assertTrue(sections[1].contains("\nallowed_ip=10.9.0.2/32\n"), sections[1]);
        for (int i = 2; i < sections.length; i++) {
            String section = sections[i];
            int number = section.matches("(?s).*_interval=\\d+\n.*") ? interval(section) - 1 : -1;
            assertTrue(number >= 0, section);
            assertTrue(section.startsWith("public_key=" + stranger(number) + "\n"), section);
            assertTrue(section.contains("\npreshared_key=" + stranger(number) + "\n"), section);
            assertTrue(section.contains("\nallowed_ip=10.77." + number + ".0/24\n"), section);
            assertTrue(section.contains("\nallowed_ip=fd77:" + (number + 1) + "::/64\n"), section);
        }
        gets.incrementAndGet();
    }

    private static int interval(String section) {
        return Integer.parseInt(section.replaceAll("(?s).*_interval=(\\d+)\n.*", "$1"));
    }

    private static String stranger(int number) {
        return "%064x".formatted(0x5000 + number);
    }

    private static String hex(String base64) {
        return HexFormat.of().formatHex(Base64.getDecoder().decode(base64));
    }
}
