// SPDX-License-Identifier: Apache-2.0
package org.wgj.tun;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.wgj.tun.linux.Errno;
import org.wgj.tun.linux.ErrnoException;

import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** The life of an interface: created, refused, changed by others, moved, deleted, closed. */
@Tag("root")
class LinuxTunTest {
    private Netns netns;
    private final Events events = new Events();
    private final Packets packets = new Packets();

    @BeforeEach
    void makeNamespace() throws Exception {
        netns = new Netns();
    }

    @AfterEach
    void deleteNamespace() throws Exception {
        netns.close();
    }

    private LinuxTun create(String name) throws Exception {
        return netns.call(() -> LinuxTun.create(name, 1420));
    }

    private String show(String name) throws Exception {
        return netns.run("ip", "-d", "link", "show", "dev", name);
    }

    @Test
    void aNewInterfaceIsDownWithTheRequestedMtuAndALongerQueue() throws Exception {
        try (LinuxTun tun = create("wg0")) {
            assertEquals("wg0", tun.name());
            assertEquals(1420, tun.mtu());
            String shown = show("wg0");
            assertTrue(shown.contains("mtu 1420"), shown);
            assertTrue(shown.contains("qlen 1024"), shown);
            assertTrue(shown.contains("type tun pi off vnet_hdr on"), shown);
            assertTrue(shown.contains("state DOWN"), shown);
        }
    }

    @Test
    void closeRemovesTheInterface() throws Exception {
        LinuxTun tun = create("wg0");
        tun.start(events);
        events.expect("down");
        tun.close();
        tun.close();
        assertEquals("", netns.run("ip", "-br", "link", "show", "type", "tun"));
        events.expectNoMore();
        assertThrows(java.io.IOException.class, () -> packets.readFrom(tun));
    }

    @Test
    void theKernelChoosesTheNumberInAName() throws Exception {
        try (LinuxTun first = create("wg%d");
                LinuxTun second = create("wg%d")) {
            assertEquals("wg0", first.name());
            assertEquals("wg1", second.name());
        }
    }

    @Test
    void aNameInUseByAnotherProgramIsRefused() throws Exception {
        try (LinuxTun tun = create("wg0")) {
            ErrnoException e = assertThrows(ErrnoException.class, () -> create(tun.name()));
            assertEquals(Errno.EBUSY, e.errno());
            assertTrue(e.getMessage().contains("in use by another program"), e.getMessage());
        }
    }

    @Test
    void theNameOfAnotherKindOfInterfaceIsRefused() throws Exception {
        netns.run("ip", "tuntap", "add", "dev", "tap7", "mode", "tap");
        for (String name : List.of("lo", "tap7")) {
            ErrnoException e = assertThrows(ErrnoException.class, () -> create(name));
            assertEquals(Errno.EINVAL, e.errno());
            assertTrue(e.getMessage().contains("ip link delete " + name), e.getMessage());
        }
    }

    @Test
    void aPersistentInterfaceIsUsedUnchangedAndStays() throws Exception {
        netns.run("ip", "tuntap", "add", "dev", "wg0", "mode", "tun");
        netns.run("ip", "link", "set", "wg0", "mtu", "1300", "txqueuelen", "77");
        try (LinuxTun tun = netns.call(() -> LinuxTun.create("wg0"))) {
            assertEquals(1300, tun.mtu());
        }
        assertTrue(show("wg0").contains("mtu 1300"));
        assertTrue(show("wg0").contains("qlen 77"));
    }

    @Test
    void theListenerHearsOfUpDownAndMtu() throws Exception {
        try (LinuxTun tun = create("wg0")) {
            tun.start(events);
            events.expect("down");
            netns.run("ip", "link", "set", "wg0", "up");
            events.expect("up");
            netns.run("ip", "link", "set", "wg0", "mtu", "1280");
            events.expect("mtu 1280");
            assertEquals(1280, tun.mtu());
            netns.run("ip", "link", "set", "wg0", "down");
            events.expect("down");
        }
        events.expectNoMore();
    }

    @Test
    void theListenerHearsOfDeletion() throws Exception {
        try (LinuxTun tun = create("wg0")) {
            tun.start(events);
            events.expect("down");
            netns.run("ip", "link", "delete", "wg0");
            events.expect("gone");
            assertThrows(TunGoneException.class, () -> packets.readFrom(tun));
            assertThrows(TunGoneException.class, () -> packets.writeTo(tun, Packets.packet(1, 20)));
        }
        events.expectNoMore();
    }

    @Test
    void anInterfaceIsFollowedToAnotherNamespaceAndName() throws Exception {
        create("wg0").close(); // loads the libraries, which open files
        List<String> before = openDescriptors();
        try (Netns elsewhere = new Netns();
                LinuxTun tun = create("wg0")) {
            tun.start(events);
            events.expect("down");
            netns.run("ip", "link", "set", "wg0", "netns", elsewhere.name());
            // An interface with the same name in the old namespace must not be confused with it.
            try (LinuxTun other = create("wg0")) {
                netns.run("ip", "link", "set", other.name(), "up", "mtu", "1111");
                elsewhere.run("ip", "link", "set", "wg0", "name", "vpn7");
                elsewhere.run("ip", "link", "set", "vpn7", "up");
                events.expect("up");
                assertEquals("vpn7", tun.name());
                elsewhere.run("ip", "link", "set", "vpn7", "mtu", "1290");
                events.expect("mtu 1290");
                elsewhere.run("ip", "link", "set", "vpn7", "down");
                events.expect("down");
                elsewhere.run("ip", "link", "delete", "vpn7");
                events.expect("gone");
            }
        }
        events.expectNoMore();
        assertEquals(before, openDescriptors());
    }

    @Test
    void aMovedInterfaceEndsWithItsNewNamespace() throws Exception {
        try (LinuxTun tun = create("wg0")) {
            try (Netns elsewhere = new Netns()) {
                tun.start(events);
                events.expect("down");
                netns.run("ip", "link", "set", "wg0", "netns", elsewhere.name());
                elsewhere.run("ip", "link", "set", "wg0", "up");
                events.expect("up");
                elsewhere.run("ip", "link", "set", "wg0", "mtu", "1290");
                events.expect("mtu 1290");
                elsewhere.run("ip", "link", "set", "wg0", "down");
                events.expect("down");
            }
            events.expect("gone");
            assertThrows(TunGoneException.class, () -> packets.readFrom(tun));
        }
    }

    @Test
    void anInterfaceIsFollowedBackToItsNamespace() throws Exception {
        try (Netns elsewhere = new Netns();
                LinuxTun tun = create("wg0")) {
            tun.start(events);
            events.expect("down");
            netns.run("ip", "link", "set", "wg0", "netns", elsewhere.name());
            elsewhere.run("ip", "link", "set", "wg0", "up");
            events.expect("up");
            elsewhere.run("ip", "link", "set", "wg0", "netns", netns.name());
            events.expect("down");
            netns.run("ip", "link", "set", "wg0", "mtu", "1290");
            events.expect("mtu 1290");
        }
    }

    @Test
    void noDescriptorIsLeftOpen() throws Exception {
        create("wg0").close(); // loads the libraries, which open files
        List<String> before = openDescriptors();
        for (int i = 0; i < 50; i++) {
            LinuxTun tun = create("wg0");
            tun.start(new Events());
            assertThrows(ErrnoException.class, () -> create("wg0"));
            tun.close();
        }
        assertEquals(before, openDescriptors());
    }

    /**
     * Returns the targets of the open descriptors, such as {@code socket:[N]}, without class files
     * and the pipes of children, which belong to the JVM.
     */
    private static List<String> openDescriptors() throws Exception {
        List<String> targets = new ArrayList<>();
        try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
            for (Path descriptor : descriptors.toList()) {
                String target = target(descriptor);
                boolean ours =
                        !target.endsWith(".jar")
                                && !target.endsWith("/fd")
                                && !target.startsWith("pipe:");
                if (ours) {
                    targets.add(target.replaceAll("[0-9]+", "N"));
                }
            }
        }
        targets.sort(null);
        return targets;
    }

    private static String target(Path descriptor) throws Exception {
        try {
            return Files.readSymbolicLink(descriptor).toString();
        } catch (NoSuchFileException e) {
            return "/fd"; // the descriptor of the listing itself
        }
    }

    @Test
    void theListenerMayCloseTheTun() throws Exception {
        LinuxTun tun = create("wg0");
        tun.start(
                new Events() {
                    @Override
                    public void down() {
                        tun.close();
                        events.down();
                    }
                });
        events.expect("down");
        assertEquals("", netns.run("ip", "-br", "link", "show", "type", "tun"));
        assertFalse(
                Thread.getAllStackTraces().keySet().stream()
                        .anyMatch(
                                thread -> thread.getName().equals("tun-wg0") && outlives(thread)));
    }

    /** Returns whether the thread is still alive after ample time to end. */
    private static boolean outlives(Thread thread) {
        try {
            return !thread.join(java.time.Duration.ofSeconds(20));
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
