// SPDX-License-Identifier: Apache-2.0
package org.wgj.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.wgj.lab.Await;
import org.wgj.lab.Command;
import org.wgj.lab.Daemon;
import org.wgj.lab.Host;
import org.wgj.lab.Implementation;
import org.wgj.lab.KeyPair;
import org.wgj.lab.Repository;

import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/**
 * Faults of the machine. After SIGKILL at any moment of a command {@code wgj down} undoes
 * everything, and no file is half-written. A full disk, too few descriptors and too little memory
 * do no more damage than necessary.
 */
@Tag("root")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class MachineFaultsTest {
    private static final int TIMES = 5;
    private static final int PEERS = 4000;

    @RegisterExtension final Lab lab = new Lab();

    private final Random random = new Random();
    private RoadWarrior warrior;
    private Host client;

    @BeforeAll
    void connect() {
        warrior = new RoadWarrior(lab);
        client = warrior.client();
        warrior.recordState();
    }

    private Command.Result wgj(String arguments) {
        return client.run(program() + arguments);
    }

    private static String program() {
        return "'%s' ".formatted(Repository.folder().resolve("bin/wgj"));
    }

    /** Runs a command and kills it at a random moment within the time of a whole run. */
    private void killed(String arguments, long wholeMs) {
        long afterMs = 1 + random.nextLong(wholeMs);
        Command.Result result =
                client.run(
                        "timeout -s KILL %d.%03d %s%s"
                                .formatted(afterMs / 1000, afterMs % 1000, program(), arguments));
        System.out.printf("%s: exit %d, killed after %d ms%n", arguments, result.exit(), afterMs);
    }

    private long milliseconds(String arguments) {
        long begin = System.nanoTime();
        wgj(arguments).orFail();
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin);
    }

    private void nothingIsLeft() {
        warrior.assertStateIsRestored();
    }

    @AfterEach
    void nothingIsUp() {
        wgj("down tunnel0"); // after a failed test
    }

    @Test
    void downUndoesEveryPartOfAKilledUp() {
        String file =
                warrior.file(
                        "tunnel0", "10.9.0.1/24, fd09::1/64", "DNS = 10.9.0.2", "0.0.0.0/0, ::/0");
        long wholeMs = milliseconds("up " + file);
        wgj("down tunnel0").orFail();
        for (int i = 0; i < TIMES; i++) {
            killed("up " + file, wholeMs);
            wgj("down tunnel0"); // fails if nothing was done yet
            nothingIsLeft();
        }
        wgj("up " + file).orFail();
        Traffic.ping(client, "198.51.100.1");
        wgj("down tunnel0").orFail();
        nothingIsLeft();
    }

    @Test
    void aSecondDownCompletesAKilledOne() {
        String file =
                warrior.file(
                        "tunnel0", "10.9.0.1/24, fd09::1/64", "DNS = 10.9.0.2", "0.0.0.0/0, ::/0");
        wgj("up " + file).orFail();
        long wholeMs = milliseconds("down tunnel0");
        for (int i = 0; i < TIMES; i++) {
            wgj("up " + file).orFail();
            killed("down tunnel0", wholeMs);
            wgj("down tunnel0"); // fails if the first one completed
            nothingIsLeft();
        }
    }

    @Test
    void aKilledSaveLeavesTheOldFileOrTheNewOne() {
        client.sh("mkdir -p /run/saved");
        String file = warrior.file("saved/tunnel0", "10.9.0.1/24", "", "10.9.0.0/24");
        wgj("up " + file).orFail();
        long wholeMs = milliseconds("save " + file);
        String peer = KeyPair.generate().publicKey();
        for (int i = 0; i < TIMES; i++) {
            String old = client.sh("cat " + file);
            client.sh("wg set tunnel0 peer %s allowed-ips 10.66.%d.0/24", peer, i);
            killed("save " + file, wholeMs);
            String kept = client.sh("cat " + file);
            wgj("save " + file).orFail();
            String saved = client.sh("cat " + file);
            assertNotEquals(old, saved);
            assertTrue(kept.equals(old) || kept.equals(saved), kept);
            assertEquals("tunnel0.conf", client.sh("ls -A /run/saved"));
        }
        wgj("down tunnel0").orFail();
        nothingIsLeft();
    }

    @Test
    void onAFullDiskTheOldFileStaysAndAMessageSaysWhy() {
        client.sh("mkdir -p /run/full && mount -t tmpfs -o size=16k tmpfs /run/full");
        String file =
                warrior.file("full/tunnel0", "10.9.0.1/24", "SaveConfig = true", "10.9.0.0/24");
        String old = client.sh("cat " + file);
        wgj("up " + file).orFail();
        client.run("dd if=/dev/zero of=/run/full/filler bs=1k count=16");

        Command.Result save = wgj("save " + file);
        assertEquals(1, save.exit());
        assertTrue(save.err().contains(file), save.err());
        assertTrue(save.err().contains("No space left on device"), save.err());
        assertEquals(old, client.sh("cat " + file));
        assertEquals("filler\ntunnel0.conf", client.sh("ls -A /run/full"));

        Command.Result down = wgj("down " + file);
        assertTrue(down.err().contains("No space left on device"), down.err());
        assertEquals(old, client.sh("cat " + file));
        client.sh("rm /run/full/filler");
        if (client.run("ip link show tunnel0").exit() == 0) {
            wgj("down " + file).orFail();
            assertNotEquals(old, client.sh("cat " + file));
        }
        client.sh("umount /run/full");
        nothingIsLeft();
    }

    @Test
    void withoutFreeDescriptorsPacketsPassAndLaterWgIsServedAgain() {
        String file = warrior.file("tunnel0", "10.9.0.1/24", "", "10.9.0.0/24");
        client.run("ulimit -n 60; " + program() + "up " + file).orFail();
        Traffic.ping(client, "10.9.0.2");
        List<Uapi> connections = new ArrayList<>();
        try {
            for (int i = 0; i < 60; i++) {
                connections.add(Uapi.connect(client, "tunnel0"));
            }
            Await.until("wg is not served", () -> !isServed());
            Traffic.ping(client, "10.9.0.2");
        } finally {
            connections.forEach(Uapi::close);
        }
        Await.until("wg is served again", this::isServed);
        Traffic.ping(client, "10.9.0.2");
        wgj("down tunnel0").orFail();
        nothingIsLeft();
    }

    @Test
    void aDaemonOutOfMemorySaysSoAndEndsAndItsSuccessorWorks() {
        Host host = lab.host("small");
        Daemon daemon =
                lab.daemon(
                        host, Implementation.WGJ, "wg0", Map.of("WGJ_JAVA_OPTS", "-Xms8m -Xmx24m"));
        StringBuilder peer = new StringBuilder("[Peer]\nPublicKey = ");
        peer.append(KeyPair.generate().publicKey()).append('\n');
        for (int i = 0; i < 300_000; i++) {
            peer.append("AllowedIPs = fd00:%x:%x::/64\n".formatted(i >> 16, i & 0xffff));
        }
        String file = host.file("many.conf", peer.toString());

        assertNotEquals(0, host.run("wg addconf wg0 " + file).exit());
        Await.until("the daemon has ended", () -> daemon.pid().isEmpty());
        assertTrue(daemon.log().contains("java.lang.OutOfMemoryError"), daemon.log());
        lab.daemon(host, Implementation.WGJ, "wg0");
        host.sh("wg show wg0");
    }

    @Test
    void aKilledClientLosesItsSetAndAKilledDaemonItsInterface() {
        Host host = lab.host("amid");
        StringBuilder peers = new StringBuilder();
        byte[] key = new byte[32]; // any bytes are a public key
        for (int i = 0; i < PEERS; i++) {
            random.nextBytes(key);
            peers.append(
                    "[Peer]\nPublicKey = %s\n".formatted(Base64.getEncoder().encodeToString(key)));
            peers.append("AllowedIPs = 10.%d.%d.0/24\n".formatted(i >> 8, i & 0xff));
        }
        String set = "wg addconf wg0 " + host.file("many.conf", peers.toString());
        for (int i = 0; i < TIMES; i++) {
            Daemon daemon = lab.daemon(host, Implementation.WGJ, "wg0");
            host.run("timeout -s KILL 0.%03d %s".formatted(1 + random.nextInt(250), set));
            int known = Integer.parseInt(host.sh("wg show wg0 peers | wc -l"));
            host.sh("wg set wg0 listen-port 5555"); // the daemon still answers

            int afterMs = 1 + random.nextInt(250);
            host.run(
                    "%s & sleep 0.%03d; kill -KILL %s; wait".formatted(set, afterMs, daemon.pid()));
            Await.until("wg0 gone", () -> host.run("ip link show wg0").exit() != 0);
            System.out.printf(
                    "client killed after %d of %d peers, daemon after %d ms%n",
                    known, PEERS, afterMs);
        }
        lab.daemon(host, Implementation.WGJ, "wg0");
        assertEquals("", host.sh("wg show wg0 peers"));
        host.sh(set);
        assertEquals(PEERS, Integer.parseInt(host.sh("wg show wg0 peers | wc -l")));
        assertEquals("wg0.sock", host.sh("ls -A /run/wireguard"));
    }

    private boolean isServed() {
        return client.run("timeout 2 wg show tunnel0").exit() == 0;
    }
}
