// SPDX-License-Identifier: Apache-2.0
package org.wgj.doctor.check;

import org.wgj.doctor.observation.Observation;
import org.wgj.doctor.report.Finding;

import java.util.List;

/** Runs all checks on an observation. */
public final class Checks {
    /** In the order in which a person would look. */
    private static final List<Check> ALL =
            List.of(
                    new FileCheck(),
                    new HookCheck(),
                    new KeyCheck(),
                    new RangeCheck(),
                    new PairCheck(),
                    new InterfaceCheck(),
                    new ConfiguredCheck(),
                    new PortCheck(),
                    new RouteCheck(),
                    new LeakCheck(),
                    new HandshakeCheck(),
                    new ReachCheck(),
                    new NamesCheck(),
                    new TargetCheck(),
                    new KeepaliveCheck(),
                    new MtuCheck(),
                    new FirewallCheck(),
                    new ForwardingCheck(),
                    new ClockCheck(),
                    new KernelCheck());

    private Checks() {}

    public static List<Finding> judge(Observation seen) {
        Findings findings = new Findings();
        ALL.forEach(check -> check.judge(seen, findings));
        return findings.all();
    }
}
