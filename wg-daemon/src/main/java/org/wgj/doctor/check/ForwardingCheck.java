// SPDX-License-Identifier: Apache-2.0
package org.wgj.doctor.check;

import org.wgj.doctor.observation.Observation;
import org.wgj.doctor.observation.Observation.Host;
import org.wgj.doctor.observation.Observation.Subject;
import org.wgj.doctor.observation.Sysctls;
import org.wgj.tun.linux.Cidr;

/** Checks whether the kernel of a gateway forwards packets. */
final class ForwardingCheck implements Check {
    @Override
    public void judge(Observation seen, Findings findings) {
        for (Subject subject : seen.subjects()) {
            if (!subject.local() || Forwarding.of(subject) == Forwarding.NONE) {
                continue;
            }
            Findings.About about = findings.about(subject.label(), "forwarding");
            var addresses = subject.config().orElseThrow().quick().addresses();
            if (addresses.stream().anyMatch(Cidr::isIpv4)) {
                judge(about, seen.host(), subject, Sysctls.IPV4_FORWARDING);
            }
            if (addresses.stream().anyMatch(address -> !address.isIpv4())) {
                judge(about, seen.host(), subject, Sysctls.IPV6_FORWARDING);
            }
        }
    }

    private static void judge(Findings.About about, Host host, Subject subject, String sysctl) {
        String value = host.sysctls().get(sysctl);
        String fix = "sysctl -w " + sysctl + "=1";
        // Before the interface is up, its hooks cannot have set it.
        boolean due = Forwarding.of(subject) == Forwarding.DECLARED && subject.device() != null;
        if (value == null) {
            about.skip(sysctl + " could not be read");
        } else if (!value.equals("0")) {
            about.pass(sysctl + " is on");
        } else if (due && sysctl.equals(Sysctls.IPV4_FORWARDING)) {
            about.fail("hooks make this a gateway, but " + sysctl + " is off", fix);
        } else {
            about.warn(
                    sysctl + " is off: peers cannot reach one another or networks through here",
                    fix);
        }
    }
}
