// SPDX-License-Identifier: Apache-2.0
package org.wgj.tun;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.wgj.tun.linux.ErrnoException.check;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.wgj.tun.linux.Libc;

import java.io.IOException;
import java.util.Set;

/** Takes over or refuses descriptors that another program opened. */
@Tag("root")
class LinuxTunAttachTest {
    /* asm-generic/fcntl.h */
    private static final int O_RDWR = 2;
    private static final int O_NONBLOCK = 0x800;
    private static final int F_GETFD = 1;
    private static final int F_GETFL = 3;
    private static final int FD_CLOEXEC = 1;

    /* linux/if_tun.h */
    private static final long TUNSETIFF = 0x400454caL;
    private static final int IFF_TUN = 0x1;
    private static final int IFF_TAP = 0x2;
    private static final int IFF_NO_PI = 0x1000;
    private static final int IFF_VNET_HDR = 0x4000;

    private Netns netns;
    private int fd = -1;

    @BeforeEach
    void makeNamespace() throws Exception {
        netns = new Netns();
    }

    @AfterEach
    void deleteNamespace() throws Exception {
        if (fd >= 0) {
            Libc.close(fd);
        }
        netns.close();
    }

    private void open(String path) throws Exception {
        fd = netns.call(() -> check("open " + path, Libc.open(path, O_RDWR)));
    }

    private void openTun(int flags) throws Exception {
        open("/dev/net/tun");
        try (IfReq request = new IfReq("wg7")) {
            check("TUNSETIFF", request.flags(flags).ioctl(fd, TUNSETIFF));
        }
    }

    private String refusal() {
        return assertThrows(IOException.class, () -> LinuxTun.attach(fd)).getMessage();
    }

    private static void assertContains(String part, String text) {
        assertTrue(text.contains(part), text);
    }

    @Test
    void attachTakesOverAnInheritedTunAndSetsItsFlags() throws Exception {
        openTun(IFF_TUN | IFF_NO_PI);
        netns.run("ip", "link", "set", "wg7", "mtu", "1333");
        Events events = new Events();
        try (LinuxTun tun = LinuxTun.attach(fd)) {
            assertEquals(fd, tun.descriptor());
            assertEquals("wg7", tun.name());
            assertEquals(1333, tun.mtu());
            assertEquals(FD_CLOEXEC, Libc.fcntl(fd, F_GETFD, 0));
            assertEquals(O_NONBLOCK, Libc.fcntl(fd, F_GETFL, 0) & O_NONBLOCK);
            assertEquals(0, new Packets().readFrom(tun));
            tun.start(events);
            events.expect("down");
            netns.run("ip", "link", "set", "wg7", "up");
            events.expect("up");
        }
        fd = -1; // the TUN closed it
        assertEquals("", netns.run("ip", "-br", "link", "show", "type", "tun"));
    }

    @Test
    void aTapIsRefused() throws Exception {
        openTun(IFF_TAP | IFF_NO_PI);
        assertContains("interface wg7: it is a TAP", refusal());
    }

    @Test
    void packetInformationIsRefused() throws Exception {
        openTun(IFF_TUN);
        assertContains("IFF_NO_PI", refusal());
    }

    @Test
    void offloadsAreUsedIfTheOpenerAskedForVirtioHeaders() throws Exception {
        openTun(IFF_TUN | IFF_NO_PI);
        try (LinuxTun tun = LinuxTun.attach(fd)) {
            assertEquals(Set.of(), tun.offloads());
        }
        openTun(IFF_TUN | IFF_NO_PI | IFF_VNET_HDR);
        try (LinuxTun tun = LinuxTun.attach(fd)) {
            assertTrue(tun.offloads().contains(TunOffload.SPLIT_TCP));
            assertTrue(tun.offloads().contains(TunOffload.COALESCE_TCP));
            netns.run("ip", "link", "set", "wg7", "up");
            // With another header length, packet and header would be confused.
            assertEquals(1, new Packets().writeTo(tun, Packets.packet(1, 20)));
            assertEquals(0, new Packets().writeTo(tun, new byte[20]));
        }
        fd = -1;
    }

    @Test
    void inheritedVirtioHeadersWorkWithOffloadsOff() throws Exception {
        openTun(IFF_TUN | IFF_NO_PI | IFF_VNET_HDR);
        System.setProperty("wgj.tun.offload", "off");
        try (LinuxTun tun = LinuxTun.attach(fd)) {
            assertEquals(Set.of(), tun.offloads());
            netns.run("ip", "link", "set", "wg7", "up");
            assertEquals(1, new Packets().writeTo(tun, Packets.packet(1, 20)));
            assertEquals(0, new Packets().writeTo(tun, new byte[20]));
        } finally {
            System.clearProperty("wgj.tun.offload");
        }
        fd = -1;
    }

    @Test
    void aDescriptorWithoutInterfaceIsRefused() throws Exception {
        open("/dev/net/tun");
        assertContains("no interface is behind it", refusal());
    }

    @Test
    void anotherFileIsRefused() throws Exception {
        open("/dev/null");
        assertContains("it is not a TUN", refusal());
    }

    @Test
    void aClosedDescriptorIsRefused() throws Exception {
        open("/dev/null");
        int closed = fd;
        Libc.close(fd);
        fd = -1;
        IOException e = assertThrows(IOException.class, () -> LinuxTun.attach(closed + 10_000));
        assertContains("it is not open", e.getMessage());
    }

    @Test
    void aRefusedDescriptorStaysOpen() throws Exception {
        openTun(IFF_TAP | IFF_NO_PI);
        refusal();
        assertEquals(0, Libc.fcntl(fd, F_GETFD, 0));
    }
}
