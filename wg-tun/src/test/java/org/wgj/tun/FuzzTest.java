// SPDX-License-Identifier: Apache-2.0
package org.wgj.tun;

import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.TestFactory;
import org.wgj.fuzz.Fuzzing;
import org.wgj.tun.linux.NetlinkFuzz;
import org.wgj.tun.offload.CoalesceFuzz;
import org.wgj.tun.offload.SplitFuzz;

import java.util.stream.Stream;

/** Runs the fuzz targets for packets of peers and for answers of the kernel. */
class FuzzTest {
    @TestFactory
    Stream<DynamicNode> targets() {
        return Fuzzing.of(SplitFuzz.class, CoalesceFuzz.class, NetlinkFuzz.class);
    }
}
