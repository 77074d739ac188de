// SPDX-License-Identifier: Apache-2.0
package org.wgj.doctor.check;

import org.wgj.doctor.observation.Observation;
import org.wgj.doctor.observation.Observation.Host;
import org.wgj.doctor.observation.Observation.Link;
import org.wgj.doctor.observation.Observation.Subject;

import java.util.Optional;

/** Checks whether the interface exists and is up, and whether its daemon answers. */
final class InterfaceCheck implements Check {
    @Override
    public void judge(Observation seen, Findings findings) {
        for (Subject subject : seen.subjects()) {
            if (subject.local()) {
                judge(seen.host(), subject, findings.about(subject.label(), "interface"));
            }
        }
    }

    private static void judge(Host host, Subject subject, Findings.About about) {
        Optional<Link> link = host.link(subject.name());
        String up = "wgj up " + (subject.file() == null ? subject.name() : subject.file().path());
        if (link.isEmpty() && subject.device() != null) {
            about.pass(
                    "runs inside its process, without an interface (userspace mode), on UDP port "
                            + subject.device().listenPort());
            return;
        }
        if (subject.file() != null && subject.file().ofProxy()) {
            about.pass("none is needed: wgj proxy runs the tunnel inside its process");
            return;
        }
        if (link.isEmpty()) {
            if (subject.file() == null) {
                about.fail(
                        "there is neither an interface %1$s nor a file /etc/wireguard/%1$s.conf"
                                .formatted(subject.name()),
                        "wgj show interfaces, for the names that exist");
            } else if (subject.file().error()
                    == null) { // with an error the interface cannot come up yet
                absent(host, subject, up, about);
            }
            return;
        }
        if (!link.get().state().up()) {
            about.fail(
                    subject.name() + " exists but is down: it neither sends nor receives",
                    "ip link set up dev " + subject.name());
        }
        if (subject.device() != null) {
            about.passUnlessFound(
                    "up, MTU %d, listening on UDP port %d"
                            .formatted(link.get().state().mtu(), subject.device().listenPort()));
        } else if (subject.deviceUnseen() != null) {
            about.skip(subject.deviceUnseen());
        } else {
            about.fail(
                    subject.name() + " exists, but no WireGuard daemon answers for it",
                    "ip link delete dev " + subject.name() + " && " + up);
        }
    }

    private static void absent(Host host, Subject subject, String up, Findings.About about) {
        if (host.noInterfaces() == null) {
            about.fail("there is no interface " + subject.name(), up);
        } else {
            about.fail(
                    "there is no interface %s, and none can be made: %s"
                            .formatted(subject.name(), host.noInterfaces()),
                    "wgj run --userspace %1$s, or wgj proxy %1$s: neither needs an interface"
                            .formatted(subject.file().path()));
        }
    }
}
