// SPDX-License-Identifier: Apache-2.0
package org.wgj.doctor.check;

import org.wgj.doctor.observation.Observation;
import org.wgj.doctor.observation.Observation.Subject;
import org.wgj.doctor.observation.Observation.UdpPort;

import java.util.List;
import java.util.Optional;

/** Checks whether the port that the interface needs is free. */
final class PortCheck implements Check {
    @Override
    public void judge(Observation seen, Findings findings) {
        List<Subject> local =
                seen.subjects().stream()
                        .filter(subject -> subject.local() && wanted(subject) != 0)
                        .toList();
        for (int i = 0; i < local.size(); i++) {
            Subject subject = local.get(i);
            int port = wanted(subject);
            Findings.About about = findings.about(subject.label(), "port");
            for (Subject other : local.subList(0, i)) {
                if (wanted(other) == port) {
                    about.fail(
                            "ListenPort %d is also that of %s".formatted(port, other.name()),
                            "choose another ListenPort for one of them");
                }
            }
            if (subject.device() != null) {
                continue; // it has its port, which ConfiguredCheck examines
            }
            Optional<UdpPort> taken =
                    seen.host().udpPorts().stream().filter(udp -> udp.port() == port).findFirst();
            if (taken.isPresent()) {
                String owner = taken.get().owner();
                about.fail(
                        "UDP port %d is taken by %s"
                                .formatted(port, owner == null ? "another process" : owner),
                        owner == null
                                ? "ss -ulnp sport = :" + port + " shows by which"
                                : "end that process or choose another ListenPort");
            } else {
                about.passUnlessFound("UDP port " + port + " is free");
            }
        }
    }

    private static int wanted(Subject subject) {
        return subject.config().map(c -> c.device().listenPort().orElse(0)).orElse(0);
    }
}
