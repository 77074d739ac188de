// SPDX-License-Identifier: Apache-2.0
package org.wgj.doctor.check;

import org.wgj.doctor.observation.Observation;
import org.wgj.doctor.observation.Sysctls;
import org.wgj.tunnel.udp.KernelFault;

/** Checks whether this kernel has a fault that slows tunnels down. */
final class KernelCheck implements Check {
    @Override
    public void judge(Observation seen, Findings findings) {
        Findings.About about = findings.about(Findings.HOST, "kernel");
        String release = seen.host().sysctls().get(Sysctls.OS_RELEASE);
        if (release == null) {
            about.skip("/proc/sys does not show the release of this kernel");
            return;
        }
        for (KernelFault fault : KernelFault.values()) {
            if (fault.isIn(release)) {
                about.warn(
                        "Linux %s %s: wgj handles them one by one, which is slower"
                                .formatted(release, fault.effect()),
                        "Linux %s or newer; if the distribution has fixed this one, WGJ_JAVA_OPTS=-D%s=on"
                                .formatted(fault.mendedIn(), fault.property()));
            }
        }
        about.passUnlessFound("Linux " + release + " has no fault that wgj knows of");
    }
}
