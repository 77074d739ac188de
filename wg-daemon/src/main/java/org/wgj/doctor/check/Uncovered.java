// SPDX-License-Identifier: Apache-2.0
package org.wgj.doctor.check;

import org.wgj.doctor.observation.Observation.Subject;
import org.wgj.doctor.observation.PeerView;
import org.wgj.doctor.observation.StackMtu;

import java.net.Inet6Address;
import java.net.InetAddress;

/** Says that the tunnel of a file does not lead to an address. */
final class Uncovered {
    private Uncovered() {}

    /** Returns what gives a tunnel inside a process an own address of another one's family. */
    static String family(Subject subject, InetAddress address) {
        boolean ipv6 = address instanceof Inet6Address;
        String own = "IPv" + (ipv6 ? 6 : 4) + " address in Address =";
        String missing = StackMtu.hasAddress(subject, ipv6) ? "" : "an " + own;
        String small =
                ipv6 && StackMtu.of(subject) < StackMtu.LEAST_OF_IPV6
                        ? "MTU = " + StackMtu.LEAST_OF_IPV6
                        : "";
        return small
                + (small.isEmpty() || missing.isEmpty() ? "" : " and ")
                + missing
                + ", in "
                + subject.file().path();
    }

    /**
     * @param what the address and what it is
     * @param address what AllowedIPs should have
     */
    static void tell(Findings.About about, Subject subject, String what, String address) {
        if (PeerView.of(subject).stream().allMatch(peer -> peer.ranges().isEmpty())) {
            about.fail(
                    what
                            + ": the file has no AllowedIPs, so that an interface sends nothing to"
                            + " its peers; wgj proxy, nc and ping would send them everything",
                    "AllowedIPs = the addresses of the other side, in " + subject.file().path());
        } else {
            about.fail(
                    what + ": no AllowedIPs cover it",
                    "add %s to the AllowedIPs of its peer in %s"
                            .formatted(address, subject.file().path()));
        }
    }
}
