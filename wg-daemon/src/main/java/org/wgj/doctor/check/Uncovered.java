// SPDX-License-Identifier: Apache-2.0
package org.wgj.doctor.check;

import org.wgj.doctor.observation.Observation.Subject;
import org.wgj.doctor.observation.PeerView;

/** Says that the tunnel of a file does not lead to an address. */
final class Uncovered {
    private Uncovered() {}

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
