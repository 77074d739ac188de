// SPDX-License-Identifier: Apache-2.0
package org.wgj.doctor.check;

import org.wgj.doctor.observation.Observation;
import org.wgj.doctor.observation.Observation.EndpointRoute;
import org.wgj.doctor.observation.Observation.Subject;
import org.wgj.doctor.observation.PeerView;
import org.wgj.doctor.observation.Ranges;

/** Checks whether keepalives keep the NAT entry on the way to a peer. */
final class KeepaliveCheck implements Check {
    @Override
    public void judge(Observation seen, Findings findings) {
        for (Subject subject : seen.subjects()) {
            Findings.About about = findings.about(subject.label(), "keepalive");
            for (PeerView peer : PeerView.of(subject)) {
                EndpointRoute route = subject.probe(peer.key()).route();
                if (route == null || route.source() == null || route.endpoint().isUnresolved()) {
                    continue;
                }
                boolean translated =
                        Ranges.isPrivate(route.source())
                                && !Ranges.isPrivate(route.endpoint().getAddress());
                if (translated && peer.keepalive() == 0) {
                    about.warn(
                            "peer %s is reached from %s, behind a NAT that drops idle entries: after some silence it cannot reach us"
                                    .formatted(peer.key(), Ranges.text(route.source())),
                            subject.device() == null
                                    ? "PersistentKeepalive = 25"
                                    : "wgj set %s peer %s persistent-keepalive 25"
                                            .formatted(subject.name(), peer.key().toBase64()));
                } else if (translated) {
                    about.pass(
                            "peer %s gets a keepalive every %d seconds, for the NAT on the way"
                                    .formatted(peer.key(), peer.keepalive()));
                } else {
                    about.pass("peer " + peer.key() + " is not reached through a NAT on this side");
                }
            }
        }
    }
}
