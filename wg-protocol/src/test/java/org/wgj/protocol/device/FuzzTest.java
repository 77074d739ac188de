// SPDX-License-Identifier: Apache-2.0
package org.wgj.protocol.device;

import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.TestFactory;
import org.wgj.fuzz.Fuzzing;

import java.util.stream.Stream;

/** Runs the fuzz targets of the protocol. */
class FuzzTest {
    @TestFactory
    Stream<DynamicNode> targets() {
        return Fuzzing.of(DatagramFuzz.class, InnerPacketFuzz.class);
    }
}
