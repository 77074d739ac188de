// SPDX-License-Identifier: Apache-2.0
package org.wgj.tun.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** Checks what the kernel tells processes without rights. */
class RtNetlinkUnprivilegedTest {
    @Test
    void loopbackIsListedAndLookedUp() throws Exception {
        try (RtNetlink rtnetlink = RtNetlink.open()) {
            LinkState loopback = rtnetlink.link("lo");
            assertEquals(1, loopback.index());
            assertEquals("", loopback.kind());
            assertTrue(rtnetlink.links().contains(loopback));
        }
    }

    @Test
    void aMissingLinkIsAnError() throws Exception {
        try (RtNetlink rtnetlink = RtNetlink.open()) {
            ErrnoException e =
                    assertThrows(ErrnoException.class, () -> rtnetlink.link("no-such-link"));
            assertEquals(Errno.ENODEV, e.errno());
            assertTrue(e.getMessage().startsWith("look up interface no-such-link: "));
        }
    }
}
