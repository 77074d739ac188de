// SPDX-License-Identifier: Apache-2.0
package org.wgj.doctor;

import java.util.List;

/**
 * Judges what was seen. Pure: it looks at nothing but the observation, so that a test needs neither
 * root nor an interface.
 */
interface Check {
    /** In the order in which people would look. */
    List<Check> ALL =
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
                    new KeepaliveCheck(),
                    new MtuCheck(),
                    new FirewallCheck(),
                    new ForwardingCheck(),
                    new ClockCheck(),
                    new KernelCheck());

    void judge(Observation seen, Findings findings);
}
