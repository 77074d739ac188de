// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel;

import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.TestFactory;
import org.wgj.fuzz.Fuzzing;
import org.wgj.tunnel.udp.ControlMessagesFuzz;

import java.util.stream.Stream;

/** Fuzzes the library with bytes that others may send. */
class FuzzTest {
    @TestFactory
    Stream<DynamicNode> targets() {
        return Fuzzing.of(ControlMessagesFuzz.class);
    }
}
