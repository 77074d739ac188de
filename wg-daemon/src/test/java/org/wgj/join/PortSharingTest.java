// SPDX-License-Identifier: Apache-2.0
package org.wgj.join;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.net.InetAddress;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

class PortSharingTest {
    private static final Set<InetAddress> OWN =
            Stream.of("127.0.0.1", "192.168.1.2", "203.0.113.9", "2001:db8::9", "fe80::9")
                    .map(InetAddress::ofLiteral)
                    .collect(Collectors.toSet());

    @ParameterizedTest
    @CsvSource({
        "198.51.100.7, true",
        "10.0.0.5, true", // a provider's NAT, or one of containers
        "2001:db8:1::7, true",
        "203.0.113.9, false",
        "192.168.1.2, false", // the coordinator is in the node's own network
        "2001:db8::9, false",
        "127.0.0.1, false", // the coordinator is on the same machine
        "127.0.0.53, false",
        "::1, false"
    })
    void theNodeSharesOnePortIfAnAddressIsSeenThatIsNotItsOwn(String seenAt, boolean shares) {
        assertEquals(shares, PortSharing.of(InetAddress.ofLiteral(seenAt), OWN).shared());
    }

    @Test
    void eachPlaneHasItsPortIfTheCoordinatorSaysNothing() {
        PortSharing unknown = PortSharing.of(null, OWN);
        assertFalse(unknown.shared());
        assertTrue(unknown.text(4).contains("does not say"), unknown.text(4));
    }

    @Test
    void theReasonNamesTheAddressAndTheOtherChoice() {
        String behind = PortSharing.of(InetAddress.ofLiteral("198.51.100.7"), OWN).text(4);
        assertTrue(behind.contains("198.51.100.7"), behind);
        assertTrue(behind.contains("4 planes share one UDP port"), behind);
        assertTrue(behind.contains("--no-shared-port"), behind);
        String open = PortSharing.of(InetAddress.ofLiteral("203.0.113.9"), OWN).text(4);
        assertTrue(open.contains("its own address 203.0.113.9"), open);
    }

    /** The kernel names the interface of a link-local address; the coordinator cannot. */
    @Test
    void everyAddressOfThisMachineIsItsOwn() throws SocketException, UnknownHostException {
        Set<InetAddress> own = PortSharing.ownAddresses();
        assertFalse(own.isEmpty());
        for (InetAddress address : own) {
            InetAddress seenAt = InetAddress.getByAddress(address.getAddress());
            assertFalse(PortSharing.of(seenAt, own).shared(), seenAt::toString);
        }
    }
}
